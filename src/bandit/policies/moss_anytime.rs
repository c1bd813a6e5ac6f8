use super::by_index::{ByIndex, IndexRule};
use crate::bandit::policy::Tally;
use crate::bandit::spec::PolicySpec;

pub(crate) static MOSS_ANYTIME: PolicySpec = PolicySpec {
    name: "moss-anytime",
    title: "MOSS anytime",
    doc: "MOSS for those who do not know when it ends: the pulls so far stand for the horizon",
    formula: "mean + sqrt(max(0, ln(t / (K N))) / N)",
    parameters: &[],
    paper: "Degenne and Perchet 2016, Anytime optimal algorithms in stochastic multi-armed bandits",
    build: |_, setting| ByIndex::boxed(MossAnytime, setting.arms),
};

#[derive(Clone, Debug)]
struct MossAnytime;

impl IndexRule for MossAnytime {
    /// t / K: an arm's fair share of the pulls so far.
    type Shared = f64;

    fn shared(&self, tally: &Tally) -> f64 {
        tally.total() as f64 / tally.arms() as f64
    }

    #[inline]
    fn index(&self, mean: f64, pulls: f64, share: &f64) -> f64 {
        mean + ((share / pulls).ln().max(0.0) / pulls).sqrt()
    }
}
