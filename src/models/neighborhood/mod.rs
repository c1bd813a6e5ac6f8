//! Neighborhood models: similarities between users or between items, and predictions from the nearest.

mod baselines;
mod bootstrap;
#[cfg(test)]
mod bootstrap_tests;
mod grid;
mod item_knn;
mod item_table;
#[cfg(test)]
mod knn_tests;
mod lanes;
#[cfg(test)]
mod offset_tests;
mod pair;
#[cfg(test)]
mod pair_tests;
mod pairs;
mod prediction;
mod rows;
mod search;
#[cfg(test)]
mod search_tests;
mod similar_items;
mod similarity;
mod sums;
#[cfg(test)]
mod tests_common;
mod user_knn;
mod voters;
mod weighting;

pub use baselines::Baselines;
pub use bootstrap::{Bootstrap, Significance};
pub use item_knn::ITEM_KNN;
pub use pair::{CoRated, PairArithmetic, PairEntry};
pub use prediction::measure_of;
pub use rows::Side;
pub use search::{Neighbor, NeighborSearch, best_neighbors, rank_neighbors};
pub use similar_items::similar_items;
pub(in crate::models) use similarity::log_likelihood_ratio;
pub use similarity::{Measure, PairColumn, SIMILARITIES, SIMILARITY_NAMES, Similarity, SimilaritySpec, Undefined};
pub use user_knn::USER_KNN;
