use super::log::Logged;

/// What an estimator may be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Knobs {
    /// λ: clipped IPS counts no weight as more than this.
    pub clip: f64,
    /// τ: switch-DR trusts q̂ alone where a weight is above this.
    pub tau: f64,
}

/// A log beside the policy in question: what estimators go by.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// At least one.
    pub rows: &'a [Logged],
    /// π: the probability of each action.
    pub target: &'a [f64],
    /// q̂: the reward that is expected of each action; `None` where it is not known for an action that π or the log takes.
    pub expected: Option<Vec<f64>>,
    pub knobs: Knobs,
}

impl Evidence<'_> {
    pub fn len(&self) -> f64 {
        self.rows.len() as f64
    }

    /// w = π(a) / propensity.
    pub fn weight(&self, row: &Logged) -> f64 {
        self.target[row.action] / row.propensity
    }

    pub fn weights(&self) -> impl Iterator<Item = f64> {
        self.rows.iter().map(|row| self.weight(row))
    }

    /// Σ_a π(a) q̂(a).
    pub fn expected_of_target(&self, expected: &[f64]) -> f64 {
        self.target.iter().zip(expected).map(|(p, q)| p * q).sum()
    }
}
