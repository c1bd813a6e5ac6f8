use super::by_index::{ByIndex, IndexRule};
use crate::bandit::policy::Tally;
use crate::bandit::spec::PolicySpec;

pub(crate) static UCB1: PolicySpec = PolicySpec {
    name: "ucb1",
    title: "UCB1",
    doc: "optimism: the mean plus a margin that shrinks with pulls; safe, and slow to settle",
    formula: "mean + sqrt(2 ln t / N)",
    parameters: &[],
    paper: "Auer, Cesa-Bianchi and Fischer 2002, Finite-time analysis of the multiarmed bandit problem",
    build: |_, setting| ByIndex::boxed(Ucb1, setting.arms),
};

pub(crate) static UCB_TUNED: PolicySpec = PolicySpec {
    name: "ucb-tuned",
    title: "UCB-tuned",
    doc: "UCB1 with a margin that also shrinks where outcomes vary little",
    formula: "mean + sqrt(ln t / N * min(1/4, mean - mean^2 + sqrt(2 ln t / N)))",
    parameters: &[],
    paper: "Auer, Cesa-Bianchi and Fischer 2002, Finite-time analysis of the multiarmed bandit problem",
    build: |_, setting| ByIndex::boxed(UcbTuned, setting.arms),
};

pub(crate) static MOSS: PolicySpec = PolicySpec {
    name: "moss",
    title: "MOSS",
    doc: "optimism that knows how many pulls there will be, and stops doubting arms pulled often",
    formula: "mean + sqrt(max(0, ln(n / (K N))) / N), n the horizon",
    parameters: &[],
    paper: "Audibert and Bubeck 2009, Minimax policies for adversarial and stochastic bandits",
    build: |_, setting| {
        let share = setting.horizon as f64 / setting.arms as f64;
        ByIndex::boxed(Moss { share }, setting.arms)
    },
};

#[derive(Clone, Debug)]
struct Ucb1;

impl IndexRule for Ucb1 {
    type Shared = f64;

    /// sqrt(2 ln t)
    fn shared(&self, tally: &Tally) -> f64 {
        (2.0 * (tally.total() as f64).ln()).sqrt()
    }

    #[inline]
    fn by_pulls(&self, pulls: f64) -> f64 {
        1.0 / pulls.sqrt()
    }

    #[inline]
    fn index(&self, mean: f64, per_root: f64, root: &f64) -> f64 {
        mean + root * per_root
    }
}

#[derive(Clone, Debug)]
struct UcbTuned;

impl IndexRule for UcbTuned {
    type Shared = f64;

    fn shared(&self, tally: &Tally) -> f64 {
        (tally.total() as f64).ln()
    }

    #[inline]
    fn index(&self, mean: f64, pulls: f64, log_t: &f64) -> f64 {
        let rate = log_t / pulls;
        let variance = mean - mean * mean + (2.0 * rate).sqrt();
        mean + (rate * variance.min(0.25)).sqrt()
    }
}

#[derive(Clone, Debug)]
struct Moss {
    /// n / K: an arm's fair share of the pulls.
    share: f64,
}

impl IndexRule for Moss {
    type Shared = ();

    fn shared(&self, _: &Tally) {}

    #[inline]
    fn index(&self, mean: f64, pulls: f64, (): &()) -> f64 {
        mean + ((self.share / pulls).ln().max(0.0) / pulls).sqrt()
    }
}
