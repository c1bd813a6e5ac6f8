use super::{Compute, MetricSpec, RankedUser};

pub(super) static RBP: MetricSpec = MetricSpec {
    name: "rbp",
    title: "Rank-biased precision",
    heads: ["RBP", "RBP"],
    extra: true,
    definition: "(1 − p) · Σ over hits of p^(rank − 1), p = 0.85, not divided by the most that can be reached",
    ..MetricSpec::share(Compute::User(rbp))
};

/// How likely the reader goes on to the next place.
const PATIENCE: f64 = 0.85;

/// (1 − p)·Σ p^(rank−1) over hits, 0 to 1 − p^k. O(k). Moffat and Zobel 2008.
fn rbp(user: &RankedUser<'_>) -> f64 {
    let weight = |rank: usize| PATIENCE.powi(rank as i32 - 1);
    (1.0 - PATIENCE) * user.hit_ranks().map(weight).sum::<f64>()
}
