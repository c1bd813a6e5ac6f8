use super::recent::{ByRecent, GAMMA, Recent, RecentRule, TAU};
use crate::bandit::optimistic::kl_upper_bound;
use crate::bandit::policy::{FigureKind, Stream};
use crate::bandit::spec::PolicySpec;

pub(crate) static DISCOUNTED_KL_UCB: PolicySpec = PolicySpec {
    name: "discounted-kl-ucb",
    title: "Discounted KL-UCB",
    doc: "KL-UCB that forgets bit by bit, for rates that change",
    formula: "highest q with N kl(mean, q) <= ln n, S and N times gamma at every pull, n the sum of N",
    parameters: &[GAMMA],
    paper: "after Garivier and Moulines 2011 and Garivier and Cappe 2011",
    build: |values, setting| ByRecent::boxed(Divergence, Recent::discounted(values[0], setting.arms)),
};

pub(crate) static SLIDING_WINDOW_KL_UCB: PolicySpec = PolicySpec {
    name: "sliding-window-kl-ucb",
    title: "Sliding-window KL-UCB",
    doc: "KL-UCB that goes by the last pulls only, for rates that change",
    formula: "highest q with N kl(mean, q) <= ln min(t, tau), S and N of the last tau pulls",
    parameters: &[TAU],
    paper: "after Garivier and Moulines 2011 and Garivier and Cappe 2011",
    build: |values, setting| ByRecent::boxed(Divergence, Recent::window(values[0], setting.arms)),
};

#[derive(Clone, Debug)]
struct Divergence;

impl RecentRule for Divergence {
    const KIND: FigureKind = FigureKind::Index;

    fn figure(&self, recent: &Recent, arm: usize, log_total: f64, _: &mut Stream) -> f64 {
        kl_upper_bound(recent.mean(arm), log_total / recent.pulls(arm))
    }
}
