use super::by_index::{ByIndex, IndexRule};
use crate::bandit::policy::Tally;
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static UCB_ALPHA: PolicySpec = PolicySpec {
    name: "ucb-alpha",
    title: "UCB(α)",
    doc: "UCB1 with the width of its margin as a parameter: small ones settle sooner and are wrong more often",
    formula: "mean + sqrt(alpha ln t / (2 N))",
    parameters: &[Parameter {
        name: "alpha",
        doc: "width of the margin; 4 is UCB1",
        min: 0.0,
        max: 100.0,
        default: 4.0,
    }],
    paper: "Bubeck and Cesa-Bianchi 2012, Regret analysis of stochastic and nonstochastic multi-armed bandit problems",
    build: |values, setting| ByIndex::boxed(UcbAlpha { alpha: values[0] }, setting.arms),
};

#[derive(Clone, Debug)]
struct UcbAlpha {
    alpha: f64,
}

impl IndexRule for UcbAlpha {
    /// α ln t / 2
    type Shared = f64;

    fn shared(&self, tally: &Tally) -> f64 {
        self.alpha * (tally.total() as f64).ln() / 2.0
    }

    #[inline]
    fn index(&self, mean: f64, pulls: f64, margin: &f64) -> f64 {
        mean + (margin / pulls).sqrt()
    }
}
