use super::by_index::{ByIndex, IndexRule};
use crate::bandit::kl::kl;
use crate::bandit::policy::{FigureKind, Tally};
use crate::bandit::spec::PolicySpec;

pub(crate) static IMED: PolicySpec = PolicySpec {
    name: "imed",
    title: "IMED",
    doc: "takes the arm with the least evidence against it: no solving, and asymptotically as good as can be",
    formula: "lowest N kl(mean, highest mean) + ln N",
    parameters: &[],
    paper: "Honda and Takemura 2015, Non-asymptotic analysis of a new bandit algorithm for semi-bounded rewards",
    build: |_, setting| ByIndex::boxed(Imed, setting.arms),
};

#[derive(Clone, Debug)]
struct Imed;

impl IndexRule for Imed {
    const KIND: FigureKind = FigureKind::LowIndex;
    /// The highest observed mean.
    type Shared = f64;

    fn shared(&self, tally: &Tally) -> f64 {
        (0..tally.arms()).map(|arm| tally.mean(arm)).fold(0.0, f64::max)
    }

    #[inline]
    fn index(&self, mean: f64, pulls: f64, highest: &f64) -> f64 {
        let against = if mean == *highest {
            0.0
        } else {
            pulls * kl(mean, *highest)
        };
        against + pulls.ln()
    }
}
