use super::{Compute, MetricSpec, Predicted};

pub(super) static FCP: MetricSpec = MetricSpec {
    name: "fcp",
    title: "Fraction of concordant pairs",
    heads: ["FCP", "FCP"],
    extra: true,
    definition: "pairs of a user's test ratings that differ and are predicted in the same order / all that differ, over all users; \
                 equal predictions are not",
    ..MetricSpec::share(Compute::Predictions(fcp))
};

/// Concordant pairs / pairs of different ratings, each of one user, 0 to 1; one half where no ratings differ.
/// O(Σ test ratings of a user²). Koren and Sill 2011; Surprise counts users alike that have pairs of either kind.
fn fcp(users: &[&[Predicted]]) -> f64 {
    let (mut concordant, mut all) = (0u64, 0u64);
    for rows in users {
        for (n, a) in rows.iter().enumerate() {
            for b in &rows[n + 1..] {
                let (low, high) = if a.rating < b.rating { (a, b) } else { (b, a) };
                if low.rating < high.rating {
                    all += 1;
                    concordant += u64::from(low.prediction < high.prediction);
                }
            }
        }
    }
    if all == 0 { 0.5 } else { concordant as f64 / all as f64 }
}
