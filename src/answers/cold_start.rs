//! How a cold start learns: a bandit run as it stands, with everything that a pane shows of it.

use serde::Serialize;

use super::Entity;
use crate::bandit::{How, LaneView, NextPull, Simulation, p_best, value_remaining};
use crate::data::{Dataset, Like};

/// Whether a run goes on by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    Running,
    /// It waits to be stepped or resumed.
    #[default]
    Paused,
    Finished,
}

/// A few policies side by side on the same arms, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColdStartView {
    pub state: RunState,
    pub step: u64,
    /// Pulls each policy will have made at the end.
    pub horizon: u64,
    /// What the random numbers come from.
    pub seed: u64,
    /// What counts as a success, in words: `a rating of 3 or more`.
    pub success: String,
    pub arms: Vec<ColdStartArm>,
    /// The Lai-Robbins coefficient C: for a long run no good policy's regret stays below C·ln t; `null` where rates change.
    pub lower_bound: Option<f64>,
    /// Each policy with what it did so far, on the same arms.
    pub policies: Vec<ColdStartPolicy>,
}

/// What counts as a success where arms are items of `data`, in words; `like` is the least value that was told to be a like.
pub fn success(data: &Dataset, like: Option<f64>) -> String {
    let like = like.map_or_else(|| data.like(), Like::AtLeast);
    like.noun(data.feedback().words())
}

/// Something that can be pulled: an item, where the arms come from a dataset.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStartArm {
    /// The item itself, where it is one.
    #[serde(skip)]
    pub entity: Option<Entity>,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// Its true success rate, 0 to 1, which no policy sees.
    pub mean: f64,
    /// What similar items let expect of it, where a policy goes by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub guess: Option<f64>,
}

/// One policy of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColdStartPolicy {
    /// In canonical form: `epsilon-greedy:epsilon=0.1`.
    pub name: String,
    /// As people say it: `Thompson sampling`.
    pub title: String,
    /// The pseudo-regret so far: expected successes lost against always pulling the best arm.
    pub regret: f64,
    /// The share of pulls that went to a best arm, 0 to 1; `null` before the first pull.
    pub best_arm_share: Option<f64>,
    /// (pulls, pseudo-regret), ascending, ending at the present.
    pub curve: Vec<(u64, f64)>,
    pub pulls: Vec<u64>,
    pub successes: Vec<u64>,
    /// Of the pulls those whose outcome is known.
    #[serde(skip)]
    pub seen: Vec<u64>,
    /// Whether it goes by the posteriors; the others have them only to be compared.
    pub bayesian: bool,
    /// What is believed of each arm: from the prior of the policy, a flat one where it has none.
    pub posteriors: Vec<ColdStartPosterior>,
    /// By how much the best arm may still beat the favorite (95 % quantile, a share of its rate).
    pub value_remaining: Option<f64>,
    /// The last pull; `null` before the first.
    pub last: Option<ColdStartPull>,
    /// The next pull; `null` at the horizon.
    pub next: Option<ColdStartNext>,
    /// What decided the last pull, where that was made step by step.
    #[serde(skip)]
    pub decided: Option<ColdStartNext>,
}

/// What is believed of an arm's success rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColdStartPosterior {
    pub mean: f64,
    /// α and β of the Beta law.
    pub law: (f64, f64),
    /// The lower end of the central 95 % interval.
    pub low: f64,
    pub high: f64,
    /// The probability that this arm is the best.
    pub p_best: f64,
}

/// A pull that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStartPull {
    pub arm: usize,
    pub success: bool,
    pub how: How,
}

/// A pull that is about to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStartNext {
    /// The arm that will be pulled, by its place.
    pub arm: usize,
    pub how: How,
    /// What the figures are, in the plural: `draws`, `indices`, `means`, `probabilities`.
    pub figures_are: &'static str,
    /// The figure of each arm that decides; `null` where the policy has nothing to go by yet.
    pub figures: Vec<Option<f64>>,
}

impl ColdStartView {
    /// A run as it stands; `running` unless it is to wait. `dataset` is where the arms come from, `success` says in words
    /// what counts as one. About 5 ms a policy for ten arms, most of it for the probabilities to be the best.
    pub fn of(simulation: &Simulation, running: bool, dataset: Option<&Dataset>, success: impl Into<String>) -> Self {
        let view = simulation.view();
        let arm = |arm: &crate::bandit::Arm| ColdStartArm {
            entity: dataset.and_then(|d| d.find_item(&arm.id)).map(Entity::Item),
            id: arm.id.clone(),
            label: arm.label.clone(),
            mean: arm.mean,
            guess: arm.guess,
        };
        let means: Vec<f64> = view.arms.iter().map(|a| a.mean).collect();
        Self {
            state: match (view.t >= view.horizon, running) {
                (true, _) => RunState::Finished,
                (false, true) => RunState::Running,
                (false, false) => RunState::Paused,
            },
            step: view.t,
            horizon: view.horizon,
            seed: view.seed,
            success: success.into(),
            arms: view.arms.iter().map(arm).collect(),
            lower_bound: simulation
                .is_stationary()
                .then(|| crate::bandit::lower_bound_coefficient(&means)),
            policies: view.lanes.into_iter().map(ColdStartPolicy::of).collect(),
        }
    }
}

impl ColdStartPolicy {
    fn of(lane: LaneView) -> Self {
        let best = p_best(&lane.posteriors);
        let posterior = |(p, p_best): (&crate::bandit::Posterior, f64)| {
            let (low, high) = p.interval(0.95);
            ColdStartPosterior {
                mean: p.mean(),
                law: (p.alpha, p.beta),
                low,
                high,
                p_best,
            }
        };
        Self {
            value_remaining: value_remaining(&lane.posteriors, &best, 0.95),
            posteriors: lane.posteriors.iter().zip(best).map(posterior).collect(),
            bayesian: lane.bayesian,
            name: lane.name,
            title: lane.title.to_owned(),
            regret: lane.regret,
            best_arm_share: lane.best_arm_share,
            curve: lane.curve,
            pulls: lane.pulls,
            successes: lane.successes,
            seen: lane.seen,
            last: lane.last.map(|pull| ColdStartPull {
                arm: pull.arm,
                success: pull.reward,
                how: pull.how,
            }),
            next: lane.next.map(ColdStartNext::of),
            decided: None,
        }
    }
}

impl ColdStartNext {
    /// A pull that a policy is about to make.
    pub fn of(next: NextPull) -> Self {
        Self {
            arm: next.arm,
            how: next.how,
            figures_are: next.kind.noun(),
            figures: next.figures,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bandit::{arms_of, parse_policies};
    use crate::task::Cancel;

    #[test]
    fn a_run_is_shown_as_it_stands() {
        let policies = parse_policies("thompson; ucb1").unwrap();
        let mut run = Simulation::new(&arms_of(&[0.2, 0.8]), &policies, 300, 42).unwrap();
        let before = ColdStartView::of(&run, true, None, "a like");
        assert_eq!(
            (before.state, before.step, before.policies[0].best_arm_share),
            (RunState::Running, 0, None)
        );
        // Nothing is known yet: both arms are as likely the best, by symmetry, and their law is flat.
        let flat = &before.policies[0].posteriors[0];
        assert!((flat.p_best - 0.5).abs() < 1e-9 && (flat.mean - 0.5).abs() < 1e-12);
        assert!((flat.low - 0.025).abs() < 1e-9 && (flat.high - 0.975).abs() < 1e-9);
        run.step_many(1_000, &Cancel::new()).unwrap();
        let after = ColdStartView::of(&run, true, None, "a like");
        assert_eq!((after.state, after.step), (RunState::Finished, 300));
        for policy in &after.policies {
            assert_eq!(policy.pulls.iter().sum::<u64>(), 300);
            assert!((policy.regret - 0.6 * policy.pulls[0] as f64).abs() < 1e-9);
            assert!(policy.next.is_none() && policy.last.is_some());
            assert!((policy.posteriors.iter().map(|p| p.p_best).sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
