//! What a policy would have earned, from the log of another: off-policy evaluation.
//!
//! Of each row of a log it is known which action was taken, with what probability (its propensity), and what came of it.
//! Estimators weigh rows by w = π(a) / propensity, where π is the policy in question, or predict rewards by q̂, or both.

mod estimate;
mod estimators;
mod evidence;
mod log;
mod replay;
mod target;
mod written;

pub use estimate::{Estimated, OffPolicy, evaluate};
pub use estimators::{ESTIMATORS, Estimate, EstimatorSpec};
pub use evidence::{Evidence, Knobs};
pub use log::{Log, LogColumns, Logged, read_expected};
pub use replay::{Replayed, replay};
pub use target::Target;
pub use written::written;

#[cfg(test)]
#[path = "ope_tests.rs"]
mod tests;
