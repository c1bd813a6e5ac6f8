use super::{Compute, MetricSpec, RankedUser};

pub(super) static MAP: MetricSpec = MetricSpec {
    name: "map",
    title: "Mean average precision",
    heads: ["MAP", "MAP"],
    spare: 2,
    definition: "sum over hits in the first k of the precision at their rank, / |test|",
    ..MetricSpec::share(Compute::User(map))
};

pub(super) static MAP_MIN: MetricSpec = MetricSpec {
    name: "map-min",
    title: "Mean average precision, reachable",
    heads: ["map-min", "map-min"],
    definition: "sum over hits in the first k of the precision at their rank, / min(k, |test|): 1 can be reached",
    ..MetricSpec::share(Compute::User(map_min))
};

/// Σ over hits of (hits up to this rank / rank). O(k).
fn precision_at_hits(user: &RankedUser<'_>) -> f64 {
    user.hit_ranks()
        .zip(1..)
        .map(|(rank, hit)| f64::from(hit) / rank as f64)
        .sum()
}

/// The sum / |test|, 0 to min(1, k / |test|).
fn map(user: &RankedUser<'_>) -> f64 {
    precision_at_hits(user) / user.n_relevant as f64
}

/// The sum / min(k, |test|), 0 to 1.
fn map_min(user: &RankedUser<'_>) -> f64 {
    precision_at_hits(user) / user.most_hits() as f64
}
