//! A dataset becomes a fitted model that scores a [`Profile`] and explains every score.
//!
//! - [`ModelSpec`] in [`MODELS`]: one registry line a model, its facts and how to fit it.
//! - [`Recommender`]: a fitted model, read-only and shared. [`Served`]: a model at work for one profile.
//! - [`Explanation`]: a tree of parts that sum to the score that is served.

mod baseline;
pub mod content;
mod explanation;
pub mod formula;
pub mod hybrid;
pub mod neighborhood;
mod params;
mod popularity;
mod profile;
mod random;
mod recommender;
mod registry;
mod scores;
mod store;
mod svd;
#[cfg(test)]
pub(crate) mod testing;

pub use explanation::{About, Detail, Explanation, PartKind};
pub use formula::{DEFAULT_FORMULA, Formula, FormulaError, Norm};
pub use params::{ParamValue, Parameter, Params, Range, nearest};
pub use profile::{Profile, Rated};
pub use recommender::{FitContext, FitError, LatentFactors, Recommender, Served, Serving};
pub use registry::{Fitted, MODELS, ModelSpec, find_model};
pub use scores::{NoScore, Scores, Unit};
pub use store::{FitRecord, FitStore};
