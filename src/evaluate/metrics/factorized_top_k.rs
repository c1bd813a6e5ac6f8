use super::{Compute, MetricSpec};

pub(super) static FACTORIZED_TOP_K: MetricSpec = MetricSpec {
    name: "factorized-top-k",
    title: "Factorized top-k",
    heads: ["factorized-top-k", "factorized-top-k"],
    definition: "test items with fewer than k of all items scored above them (seen items not removed) / all test items: \
                 a mean over interactions, not users",
    ..MetricSpec::share(Compute::Places(factorized_top_k))
};

/// The share of test interactions with fewer than k items above, 0 to 1: `FactorizedTopK` of TensorFlow Recommenders, where
/// ties count in favor too. Items without a score are not found. O(interactions).
fn factorized_top_k(places: &[Option<usize>], k: usize) -> f64 {
    let found = places.iter().flatten().filter(|above| **above < k).count();
    found as f64 / places.len().max(1) as f64
}
