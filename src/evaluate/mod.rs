//! How good models are: splits of the ratings into training and test, figures of merit, and a leaderboard of them.
//!
//! - [`Split`] in [`SPLITS`]: `kfold:k=5,seed=0`; its [`Folds`] come one at a time.
//! - [`Metric`] in [`METRICS`]: `rmse`, `ndcg@10`.
//! - [`evaluate`]: fits every model to every fold, and makes an [`Evaluation`] of it.
//! - [`tuning`]: the best formula that can be found within a budget.
//! - [`onboarding`]: how fast models learn somebody new, question by question.
//! - [`published`]: what others have measured, and how near we come.

mod folds;
mod lists;
mod measure;
pub mod metrics;
mod numpy_rng;
pub mod onboarding;
mod paired;
pub mod published;
mod report;
mod run;
pub mod slices;
pub mod splits;
pub mod tuning;

pub use folds::{Assignment, Fold, Folds, TestRow, TestUser};
pub use lists::{Place, Strange, listed, strange};
pub use measure::Options;
pub use metrics::{METRICS, Metric, pairs_in_order};
pub use numpy_rng::{Draw, NumpyRng};
pub use paired::Paired;
pub use report::{Evaluation, FoldSize, ModelRow, OfKnown, Outcome, Spread, Tested, Unknown};
pub use run::{FittableModel, evaluate};
pub use splits::{SPLITS, Split};

#[cfg(test)]
mod tests_common;

#[cfg(test)]
mod tests;
