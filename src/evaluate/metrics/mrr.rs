use super::{Compute, MetricSpec, RankedUser};

pub(super) static MRR: MetricSpec = MetricSpec {
    name: "mrr",
    title: "Mean reciprocal rank",
    heads: ["MRR", "MRR"],
    spare: 1,
    definition: "1 / rank of the first hit, 0 where the first k hold none",
    ..MetricSpec::share(Compute::User(reciprocal_rank))
};

/// 1 / rank of the first hit, 0 to 1. O(k).
fn reciprocal_rank(user: &RankedUser<'_>) -> f64 {
    user.hit_ranks().next().map_or(0.0, |rank| 1.0 / rank as f64)
}
