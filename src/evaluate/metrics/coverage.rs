use super::{Better, Measure, MetricSpec, RankedUser};
use crate::data::Dataset;

pub(super) static COVERAGE: MetricSpec = MetricSpec {
    name: "coverage",
    title: "Catalog coverage",
    definition: "distinct items in all lists of k / items with a rating in training",
    better: Better::Higher,
    measure: Measure::Lists(coverage),
};

/// Distinct recommended items / items rated in training, for the users with a test item; 0 to 1 for models that
/// recommend rated items only, and above it where the catalog has others. O(users·k + items).
fn coverage(users: &[RankedUser<'_>], train: &Dataset) -> f64 {
    let mut is_listed = vec![false; train.n_items()];
    for item in users.iter().flat_map(|u| u.items) {
        is_listed[item.at()] = true;
    }
    let listed = is_listed.iter().filter(|l| **l).count();
    listed as f64 / train.items_with_ratings().max(1) as f64
}
