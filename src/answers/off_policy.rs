//! Off-policy evaluation on a log that a simulation wrote, beside the truth that it knows.

use serde::Serialize;

use super::AnswerError;
use crate::bandit::ope::{Knobs, OffPolicy, evaluate, written};
use crate::bandit::{Arm, BanditError, PolicyChoice};
use crate::task::Cancel;

/// What a policy would have earned, by the log of another, and what it earns in truth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffPolicyView {
    /// The policy that wrote the log.
    pub logged_by: String,
    /// The arm that the policy in question always takes: its id.
    pub target: String,
    pub label: String,
    /// The true rate of that arm.
    pub truth: f64,
    #[serde(flatten)]
    pub found: OffPolicy,
}

/// What is asked: the whole input.
#[derive(Clone, Debug, PartialEq)]
pub struct OffPolicyQuery {
    /// Arms whose rates stay.
    pub arms: Vec<Arm>,
    pub logger: PolicyChoice,
    /// The arm that is always taken, by its place.
    pub target: usize,
    pub rows: usize,
    pub seed: u64,
    pub knobs: Knobs,
}

/// Writes the log and evaluates it.
///
/// # Errors
/// [`AnswerError::Usage`] where the logger's probabilities are not known, or there is no such arm; cancellation.
pub fn compute(query: &OffPolicyQuery, cancel: &Cancel) -> Result<OffPolicyView, AnswerError> {
    let error = |error: BanditError| match error {
        BanditError::Cancelled(cancelled) => AnswerError::Cancelled(cancelled),
        other => AnswerError::Usage(other.to_string()),
    };
    let arm = query.arms.get(query.target);
    let arm = arm.ok_or_else(|| AnswerError::Usage("there is no such arm".to_owned()))?;
    let log = written(&query.arms, &query.logger, query.rows, query.seed, cancel).map_err(error)?;
    let always: Vec<f64> = (0..query.arms.len()).map(|at| f64::from(at == query.target)).collect();
    Ok(OffPolicyView {
        logged_by: query.logger.to_string(),
        target: arm.id.clone(),
        label: arm.label.clone(),
        truth: arm.mean,
        found: evaluate(&log, &always, &[], query.knobs).map_err(error)?,
    })
}
