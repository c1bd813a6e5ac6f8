//! How a cold start learns: a bandit run as it stands, with everything that a pane shows of it.

use serde::Serialize;

use super::Entity;

/// Whether a run goes on by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// It pulls.
    Running,
    /// It waits to be stepped or resumed.
    #[default]
    Paused,
    /// The horizon is reached.
    Finished,
}

/// A few policies side by side on the same arms, as they stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColdStartView {
    /// Whether it goes on.
    pub state: RunState,
    /// Pulls each policy has made.
    pub step: u64,
    /// Pulls each policy will have made at the end.
    pub horizon: u64,
    /// The seed.
    pub seed: u64,
    /// What counts as a success, in words: `a rating of 3 or more`.
    pub success: String,
    /// The arms.
    pub arms: Vec<ColdStartArm>,
    /// The Lai-Robbins coefficient C: for a long run no good policy's regret stays below C·ln t.
    pub lower_bound: f64,
    /// The policies.
    pub policies: Vec<ColdStartPolicy>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStartArm {
    /// The item itself, where it is one.
    #[serde(skip)]
    pub entity: Option<Entity>,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
    /// Its true success rate, 0 to 1, which no policy sees.
    pub mean: f64,
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
    /// Pulls of each arm.
    pub pulls: Vec<u64>,
    /// Successes of each arm.
    pub successes: Vec<u64>,
    /// What is believed of each arm.
    pub posteriors: Vec<ColdStartPosterior>,
    /// The last pull; `null` before the first.
    pub last: Option<ColdStartPull>,
    /// The next pull; `null` at the horizon.
    pub next: Option<ColdStartNext>,
}

/// What is believed of an arm's success rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColdStartPosterior {
    /// Its mean.
    pub mean: f64,
    /// The lower end of the central 95 % interval.
    pub low: f64,
    /// The upper end of it.
    pub high: f64,
    /// The probability that this arm is the best.
    pub p_best: f64,
    /// Its density at evenly spaced rates from 0 to 1, both ends included (for the screen).
    #[serde(skip)]
    pub density: Vec<f64>,
}

/// A pull that was made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStartPull {
    /// The arm, by its place.
    pub arm: usize,
    /// Whether it was a success.
    pub success: bool,
    /// Why this arm: `initial`, `best`, `explore` or `drawn`.
    pub how: &'static str,
}

/// A pull that is about to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColdStartNext {
    /// The arm that will be pulled, by its place.
    pub arm: usize,
    /// Why this arm: `initial`, `best`, `explore` or `drawn`.
    pub how: &'static str,
    /// What the figures are, in the plural: `draws`, `indices`, `means`, `probabilities`.
    pub figures_are: &'static str,
    /// The figure of each arm that decides; `null` where the policy has nothing to go by yet.
    pub figures: Vec<Option<f64>>,
}
