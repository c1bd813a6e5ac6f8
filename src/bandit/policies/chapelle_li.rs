use super::by_index::{ByIndex, IndexRule};
use crate::bandit::policy::Tally;
use crate::bandit::spec::{Parameter, PolicySpec};

pub(crate) static CHAPELLE_LI: PolicySpec = PolicySpec {
    name: "chapelle-li-ucb",
    title: "Chapelle and Li's UCB",
    doc: "the optimism that Thompson sampling was first compared with: a margin that shrinks with the mean",
    formula: "mean + sqrt(2 mean ln(1/delta) / N) + 2 ln(1/delta) / N, delta = t^-power",
    parameters: &[Parameter {
        name: "power",
        doc: "how fast delta falls with the pulls; 0.5 in the paper",
        min: 0.0,
        max: 10.0,
        default: 0.5,
    }],
    paper: "Chapelle and Li 2011, An empirical evaluation of Thompson sampling",
    build: |values, setting| ByIndex::boxed(ChapelleLi { power: values[0] }, setting.arms),
};

#[derive(Clone, Debug)]
struct ChapelleLi {
    power: f64,
}

impl IndexRule for ChapelleLi {
    /// ln(1/δ)
    type Shared = f64;

    fn shared(&self, tally: &Tally) -> f64 {
        self.power * (tally.total() as f64).ln()
    }

    #[inline]
    fn index(&self, mean: f64, pulls: f64, log: &f64) -> f64 {
        let rate = 2.0 * log / pulls;
        mean + (mean * rate).sqrt() + rate
    }
}
