//! What would have to be otherwise for a list to be otherwise: pure logic over fitted models and profiles.
//!
//! - [`Trials`]: somebody's ratings changed in thought, and the model asked again. Whatever is claimed here was tried there.
//! - [`counterfactual`]: the smallest set of ratings without which an item is not in the list.
//! - [`why_not`]: what keeps an item out of the list, and the smallest changes that would bring it in.
//! - [`contrast`]: two explanations part by part.
//! - [`rank_biased_overlap`]: how alike two lists are.

mod contrast;
pub mod counterfactual;
mod history;
mod overlap;
#[cfg(test)]
mod tests_common;
mod trial;
pub mod why_not;

pub use contrast::{Contrast, contrast, contrast_of};
pub use overlap::{overlap, rank_biased_overlap};
pub use trial::{Change, Trial, Trials};
