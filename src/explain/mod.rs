//! Counterfactual explanations: which changes would change a list. Pure logic over fitted models and profiles.
//!
//! - [`Trials`]: hypothetical profiles, served by the model. Everything claimed here was verified there.
//! - [`counterfactual`]: the smallest set of ratings without which an item is not in the list.
//! - [`why_not`]: why an item is not in the list, and the smallest changes that would bring it in.
//! - [`fragility`]: which single steps of a rating change the list.
//! - [`contrast`]: the difference of two explanations, leaf by leaf.
//! - [`rank_biased_overlap`]: the similarity of two ranked lists.

mod contrast;
pub mod counterfactual;
pub mod fragility;
mod history;
mod overlap;
mod steps;
mod sums;
#[cfg(test)]
pub(crate) mod tests_common;
mod trial;
pub mod why_not;

pub use contrast::{Contrast, contrast, contrast_of, readable};
pub use overlap::{overlap, rank_biased_overlap};
pub use trial::{Change, Trial, Trials};
