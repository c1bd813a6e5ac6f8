use super::recent::{ByRecent, GAMMA, Recent, RecentRule, TAU};
use crate::bandit::policy::{FigureKind, Stream};
use crate::bandit::spec::{Parameter, PolicySpec};

const XI: Parameter = Parameter {
    name: "xi",
    doc: "width of the margin",
    min: 0.0,
    max: 100.0,
    default: 0.5,
};

const PAPER: &str = "Garivier and Moulines 2011, On upper-confidence bound policies for switching bandit problems";

pub(crate) static DISCOUNTED_UCB: PolicySpec = PolicySpec {
    name: "discounted-ucb",
    title: "Discounted UCB",
    doc: "UCB that forgets bit by bit, for rates that change",
    formula: "mean + 2 sqrt(xi ln n / N), S and N times gamma at every pull, n the sum of N",
    parameters: &[GAMMA, XI],
    paper: PAPER,
    build: |values, setting| {
        let recent = Recent::discounted(values[0], setting.arms);
        ByRecent::boxed(Margin { width: 4.0 * values[1] }, recent)
    },
};

pub(crate) static SLIDING_WINDOW_UCB: PolicySpec = PolicySpec {
    name: "sliding-window-ucb",
    title: "Sliding-window UCB",
    doc: "UCB that goes by the last pulls only, for rates that change",
    formula: "mean + sqrt(xi ln min(t, tau) / N), S and N of the last tau pulls",
    parameters: &[TAU, XI],
    paper: PAPER,
    build: |values, setting| {
        let recent = Recent::window(values[0], setting.arms);
        ByRecent::boxed(Margin { width: values[1] }, recent)
    },
};

/// mean + √(width · ln n / N)
#[derive(Clone, Debug)]
struct Margin {
    width: f64,
}

impl RecentRule for Margin {
    const KIND: FigureKind = FigureKind::Index;

    fn figure(&self, recent: &Recent, arm: usize, log_total: f64, _: &mut Stream) -> f64 {
        recent.mean(arm) + (self.width * log_total / recent.pulls(arm)).sqrt()
    }
}
