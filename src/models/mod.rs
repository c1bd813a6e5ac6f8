//! A dataset becomes a fitted model that scores a [`Profile`] and explains every score.
//!
//! - [`ModelSpec`] in [`MODELS`]: one registry line per model, its facts and how to fit it.
//! - [`Catalog`]: those models and the imports, by name; reads formulas.
//! - [`Fit`]: fits a model in two steps: train, then open what was trained.
//! - [`Recommender`]: a fitted model, read-only and shared. [`Served`]: a model serving one profile.
//! - [`Ranker`]: the lists of many profiles at once.
//! - [`Explanation`]: a tree of parts that sum to the served score.
//!
//! # Writing a model
//!
//! One struct is the result of training, and derives `Serialize` and `Deserialize`; another is the fitted model, which
//! has the first (behind an `Arc`), the dataset and its settings, and implements [`Recommender`]. [`Fit`] connects
//! them:
//!
//! ```ignore
//! pub static SPEC: ModelSpec = ModelSpec { name: "mean", /* … */ fit: Training::of::<Mean>() };
//!
//! #[derive(Serialize, Deserialize)]
//! struct Trained { item_means: Vec<f64> }
//!
//! struct Mean { dataset: Arc<Dataset>, trained: Arc<Trained>, damping: f64 }
//!
//! impl Fit for Mean {
//!     type Trained = Trained;
//!
//!     fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> { /* all that takes long */ }
//!
//!     fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
//!         let dataset = Arc::clone(&context.dataset);
//!         Ok(Arc::new(Mean { dataset, trained, damping: params.real("damping") }))
//!     }
//! }
//! ```
//!
//! Nothing else is needed for the model to be cached on disk. What serves depends on `Trained`, dataset and parameters
//! alone, never on anything that only `train` knew; a test over the whole registry compares both ways bit for bit.

mod als;
pub mod audience;
mod baseline;
mod biased_als;
mod bpr;
mod catalog;
mod chronology;
mod co_clustering;
pub mod content;
mod cost;
mod demographic;
mod ease;
pub mod eigen;
mod explanation;
pub mod export;
mod file_order;
mod fit;
pub mod formula;
pub mod hybrid;
pub mod imported;
mod item_weights;
mod latent;
mod likes;
mod lmf;
mod markov;
pub mod neighborhood;
mod nmf;
mod params;
mod places;
mod popularity;
mod profile;
mod puresvd;
mod random;
mod ranking;
mod reading;
mod recommender;
mod registry;
mod rp3beta;
mod rules;
mod runs;
mod sar;
mod scores;
mod search;
mod session_knn;
mod slim;
mod slope_one;
mod spec;
mod store;
mod svd;
mod svdpp;
#[cfg(test)]
pub(crate) mod tests_common;
mod trending;
mod two_tower;
mod warp;
mod wide;

pub use audience::{Audience, Reach};
pub use catalog::{Catalog, ModelEntry};
pub use cost::{FitCost, StepTime};
pub use ease::co_ratings;
pub use explanation::{About, Detail, Explanation, PartKind};
use file_order::FileOrder;
pub use fit::{Fit, JustTrained, Save, Training};
pub use formula::{DEFAULT_FORMULA, Formula, FormulaError, Norm, default_formula, default_neighborhood};
pub(crate) use latent::{Cholesky, Squares};
pub use params::{ParamValue, Parameter, Params, Range};
pub use places::Ladder;
pub use profile::{Profile, Rated};
pub use ranking::{Ranker, Wanted};
pub use recommender::{
    Additive, FitContext, FitError, Fitted, LatentFactors, Recommender, Served, ServedItem, Serving, Standing, Stopped,
};
pub use registry::MODELS;
pub(crate) use scores::first_by;
pub use scores::{NoScore, Scores, Tallies, Unit};
pub use search::{Search, Span};
pub use spec::{LowRatings, ModelSpec};
pub use store::{FitRecord, FitStore};
