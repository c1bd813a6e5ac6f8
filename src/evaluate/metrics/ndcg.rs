use super::{Compute, GradedUser, MetricSpec, RankedUser};

pub(super) static NDCG: MetricSpec = MetricSpec {
    name: "ndcg",
    title: "Normalized discounted cumulative gain",
    heads: ["nDCG", "nDCG"],
    definition: "binary relevance, 1/log2(rank+1), ideal = min(k, |test|)",
    ..MetricSpec::share(Compute::User(ndcg))
};

pub(super) static NDCG_GRADED: MetricSpec = MetricSpec {
    name: "ndcg-graded",
    title: "Normalized discounted cumulative gain, graded",
    heads: ["nDCG-g", "nDCG graded"],
    definition: "gain = the test rating (0 if negative), times 1/log2(rank+1), ideal = the min(k, |test|) highest; 0 \
                 where no gain is positive",
    ..MetricSpec::share(Compute::Graded(ndcg_graded))
};

/// By how much a gain at the 1-based `rank` counts.
pub(super) fn discount(rank: usize) -> f64 {
    1.0 / libm::log2(rank as f64 + 1.0)
}

/// Σ over hits of 1/log2(rank+1), divided by the same sum for a list that begins with min(k, |test|) hits; 0 to 1. O(k).
///
/// Järvelin and Kekäläinen 2002 leave the first ranks undiscounted; this is the form in common use, as of Burges 2005.
pub(in crate::evaluate) fn ndcg(user: &RankedUser<'_>) -> f64 {
    let ideal: f64 = (1..=user.most_hits()).map(discount).sum();
    user.hit_ranks().map(discount).sum::<f64>() / ideal
}

/// The same where a hit is worth its rating, as LensKit's with a linear gain; 0 to 1. O(k).
fn ndcg_graded(user: &GradedUser<'_>) -> f64 {
    let discounted = |gains: &[f64]| -> f64 {
        let first = gains.iter().zip(1..).take(user.k);
        first.map(|(gain, rank)| gain.max(0.0) * discount(rank)).sum()
    };
    let ideal = discounted(user.ideal);
    if ideal > 0.0 {
        discounted(user.gains) / ideal
    } else {
        0.0
    }
}
