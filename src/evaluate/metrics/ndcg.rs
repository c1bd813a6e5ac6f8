use super::{Compute, MetricSpec, RankedUser};

pub(super) static NDCG: MetricSpec = MetricSpec {
    name: "ndcg",
    title: "Normalized discounted cumulative gain",
    heads: ["nDCG", "nDCG"],
    definition: "binary relevance, 1/log2(rank+1), ideal = min(k, |test|)",
    ..MetricSpec::share(Compute::User(ndcg))
};

/// What a hit at the 1-based `rank` is worth.
fn gain(rank: usize) -> f64 {
    1.0 / libm::log2(rank as f64 + 1.0)
}

/// Σ over hits of 1/log2(rank+1), divided by the same sum for a list that begins with min(k, |test|) hits; 0 to 1. O(k).
///
/// Järvelin and Kekäläinen 2002 leave the first ranks undiscounted; this is the form in common use, as of Burges 2005.
fn ndcg(user: &RankedUser<'_>) -> f64 {
    let ideal: f64 = (1..=user.most_hits()).map(gain).sum();
    user.hit_ranks().map(gain).sum::<f64>() / ideal
}
