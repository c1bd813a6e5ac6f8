//! What all models share whose score is a sum over the profile's items: Σ affinity(j) · W[j → i].
//!
//! - [`ItemWeights`]: W, dense or sparse.
//! - [`Affinity`]: how much each rating of a profile counts: its value, its age, what came after it.
//! - [`LinearModel`]: both at work, with the exact sum as its reasons. New and edited profiles need no training.
//! - [`for_each_item`], [`weights_between`]: co-occurrence counts and their like, from which most W are made.
//! - [`Chosen`]: the items that a dense W is for, and their Gram matrix.
//! - [`Closeness`]: how much two ratings of a user belong together in time.

mod affinity;
mod chosen;
mod closeness;
mod co_raters;
mod model;
mod weights;

pub use affinity::{Affinity, Aging, HALF_LIFE, Recency, Speaker};
pub use chosen::{Chosen, ITEMS};
pub use closeness::{CLOSENESS, Closeness};
pub use co_raters::{NEIGHBORS, alike, for_each_item, weights_between};
pub use model::LinearModel;
pub use weights::{DenseWeights, ItemWeights, SparseWeights};
