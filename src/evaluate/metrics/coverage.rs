use super::{Compute, MetricSpec, RankedUser, Setting};
use crate::data::ItemIx;

pub(super) static COVERAGE: MetricSpec = MetricSpec {
    name: "coverage",
    title: "Catalog coverage",
    heads: ["cover", "coverage"],
    definition: "distinct items in all lists of k, of those with a rating in training / all items with a rating in training",
    ..MetricSpec::share(Compute::Lists(coverage))
};

/// Distinct recommended items / items rated in training, for the users with a test item; 0 to 1. Items that nobody rated
/// in training count on neither side, though a list may hold them. O(users·k + items).
fn coverage(users: &[RankedUser<'_>], setting: &Setting<'_>) -> f64 {
    let train = setting.train;
    let mut is_listed = vec![false; train.n_items()];
    for item in users.iter().flat_map(|u| u.items) {
        is_listed[item.at()] = true;
    }
    let listed = (0..train.n_items() as u32)
        .map(ItemIx)
        .filter(|item| is_listed[item.at()] && !train.item_row(*item).is_empty())
        .count();
    listed as f64 / train.items_with_ratings().max(1) as f64
}
