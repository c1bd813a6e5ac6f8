use rand_distr::{Beta, Distribution};

use super::recent::{ByRecent, GAMMA, Recent, RecentRule, TAU};
use crate::bandit::policy::{FigureKind, Stream};
use crate::bandit::spec::PolicySpec;

pub(crate) static DISCOUNTED_THOMPSON: PolicySpec = PolicySpec {
    name: "discounted-thompson",
    title: "Discounted Thompson",
    doc: "Thompson sampling that forgets bit by bit, for rates that change",
    formula: "highest draw of Beta(1 + S, 1 + N - S), S and N times gamma at every pull",
    parameters: &[GAMMA],
    paper: "Raj and Kalyani 2017, Taming non-stationary bandits: a Bayesian approach",
    build: |values, setting| ByRecent::boxed(Draw, Recent::discounted(values[0], setting.arms)),
};

pub(crate) static SLIDING_WINDOW_THOMPSON: PolicySpec = PolicySpec {
    name: "sliding-window-thompson",
    title: "Sliding-window Thompson",
    doc: "Thompson sampling that goes by the last pulls only, for rates that change",
    formula: "highest draw of Beta(1 + S, 1 + N - S), S and N of the last tau pulls",
    parameters: &[TAU],
    paper: "Trovo, Paladino, Restelli and Gatti 2020, Sliding-window Thompson sampling for non-stationary settings",
    build: |values, setting| ByRecent::boxed(Draw, Recent::window(values[0], setting.arms)),
};

#[derive(Clone, Debug)]
struct Draw;

impl RecentRule for Draw {
    const KIND: FigureKind = FigureKind::Draw;
    const NEEDS_A_PULL: bool = false;

    fn figure(&self, recent: &Recent, arm: usize, _: f64, stream: &mut Stream) -> f64 {
        let successes = recent.successes(arm);
        let (alpha, beta) = (1.0 + successes, 1.0 + (recent.pulls(arm) - successes).max(0.0));
        // There is a law for every α and β of at least 1.
        Beta::new(alpha, beta).map_or(alpha / (alpha + beta), |law| law.sample(stream))
    }
}
