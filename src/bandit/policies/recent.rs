//! Counts that forget, for rates that change: discounted, or of the last pulls only.

use std::collections::VecDeque;

use crate::bandit::policy::{Choice, FigureKind, How, Outcome, Policy, Stream, Tally, highest};
use crate::bandit::spec::Parameter;

pub(super) const GAMMA: Parameter = Parameter {
    name: "gamma",
    doc: "what an outcome still counts one pull later; 1 forgets nothing",
    min: 0.0,
    max: 1.0,
    default: 0.999,
};

pub(super) const TAU: Parameter = Parameter {
    name: "tau",
    doc: "how many pulls are remembered",
    min: 1.0,
    max: 1e7,
    default: 1000.0,
};

/// How outcomes are forgotten.
#[derive(Clone, Debug)]
enum Forgetting {
    /// Before each new outcome all counts are multiplied by this.
    Discount(f64),
    /// Only the outcomes of the last pulls count.
    Window { most: usize, held: VecDeque<(u32, bool)> },
}

/// Pulls and successes of each arm as far as they are remembered.
#[derive(Clone, Debug)]
pub(super) struct Recent {
    forgetting: Forgetting,
    pulls: Vec<f64>,
    successes: Vec<f64>,
}

impl Recent {
    pub fn discounted(gamma: f64, arms: usize) -> Self {
        Self::new(Forgetting::Discount(gamma), arms)
    }

    /// `tau` is rounded to a whole number of pulls.
    pub fn window(tau: f64, arms: usize) -> Self {
        let held = VecDeque::new();
        Self::new(
            Forgetting::Window {
                most: tau.round() as usize,
                held,
            },
            arms,
        )
    }

    fn new(forgetting: Forgetting, arms: usize) -> Self {
        Self {
            forgetting,
            pulls: vec![0.0; arms],
            successes: vec![0.0; arms],
        }
    }

    /// N of an arm.
    pub fn pulls(&self, arm: usize) -> f64 {
        self.pulls[arm]
    }

    /// S of an arm.
    pub fn successes(&self, arm: usize) -> f64 {
        self.successes[arm]
    }

    /// S / N; 0 where nothing is remembered.
    pub fn mean(&self, arm: usize) -> f64 {
        if self.pulls[arm] > 0.0 {
            self.successes[arm] / self.pulls[arm]
        } else {
            0.0
        }
    }

    /// ln of the pulls remembered: n = Σ N, for a window min(t, τ). At least 0.
    pub fn log_total(&self) -> f64 {
        self.pulls.iter().sum::<f64>().max(1.0).ln()
    }

    fn learn(&mut self, arm: usize, reward: bool) {
        match &mut self.forgetting {
            Forgetting::Discount(gamma) => {
                self.pulls.iter_mut().for_each(|n| *n *= *gamma);
                self.successes.iter_mut().for_each(|s| *s *= *gamma);
            }
            Forgetting::Window { most, held } => {
                held.push_back((arm as u32, reward));
                if held.len() > *most
                    && let Some((old, success)) = held.pop_front()
                {
                    self.pulls[old as usize] -= 1.0;
                    self.successes[old as usize] -= f64::from(success);
                }
            }
        }
        self.pulls[arm] += 1.0;
        self.successes[arm] += f64::from(reward);
    }

    /// Takes these counts for what is remembered.
    fn resume(&mut self, tally: &Tally) {
        for arm in 0..tally.arms() {
            self.pulls[arm] = tally.pulls()[arm] as f64;
            self.successes[arm] = tally.successes()[arm] as f64;
        }
    }
}

/// A figure of each arm from counts that forget; the highest wins.
pub(super) trait RecentRule: Clone + Send + Sync + 'static {
    const KIND: FigureKind;
    /// Whether each arm is pulled once first, and whenever nothing of it is remembered.
    const NEEDS_A_PULL: bool = true;
    /// The figure of an arm; `log_total` is [`Recent::log_total`].
    fn figure(&self, recent: &Recent, arm: usize, log_total: f64, stream: &mut Stream) -> f64;
}

/// The policy that follows a [`RecentRule`].
#[derive(Clone, Debug)]
pub(super) struct ByRecent<R> {
    rule: R,
    recent: Recent,
    figures: Vec<f64>,
}

impl<R: RecentRule> ByRecent<R> {
    pub fn boxed(rule: R, recent: Recent) -> Box<dyn Policy> {
        Box::new(Self {
            rule,
            figures: vec![0.0; recent.pulls.len()],
            recent,
        })
    }

    fn is_known(&self, arm: usize) -> bool {
        !R::NEEDS_A_PULL || self.recent.pulls[arm] > 0.0
    }

    fn compute(&mut self, stream: &mut Stream) {
        let log_total = self.recent.log_total();
        for arm in 0..self.figures.len() {
            self.figures[arm] = if self.is_known(arm) {
                self.rule.figure(&self.recent, arm, log_total, stream)
            } else {
                f64::INFINITY
            };
        }
    }
}

impl<R: RecentRule> Policy for ByRecent<R> {
    fn choose(&mut self, tally: &Tally, stream: &mut Stream) -> Choice {
        if let Some(arm) = tally.unpulled().filter(|_| R::NEEDS_A_PULL) {
            return Choice::of(arm, How::Initial);
        }
        self.compute(stream);
        Choice::of(highest(&self.figures, stream), How::Best)
    }

    fn learn(&mut self, outcome: &Outcome<'_>, _: &Tally) {
        self.recent.learn(outcome.arm, outcome.reward);
    }

    fn resume(&mut self, tally: &Tally) -> bool {
        self.recent.resume(tally);
        true
    }

    fn grow(&mut self, _: Option<f64>) -> bool {
        self.recent.pulls.push(0.0);
        self.recent.successes.push(0.0);
        self.figures.push(0.0);
        true
    }

    fn figure_kind(&self) -> FigureKind {
        R::KIND
    }

    fn figures(&mut self, _: &Tally, stream: &mut Stream) -> Vec<Option<f64>> {
        self.compute(stream);
        self.figures.iter().map(|&f| f.is_finite().then_some(f)).collect()
    }
}
