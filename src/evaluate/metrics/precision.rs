use super::{Compute, MetricSpec, RankedUser};

pub(super) static PRECISION: MetricSpec = MetricSpec {
    name: "precision",
    title: "Precision",
    heads: ["prec", "precision"],
    spare: 4,
    definition: "hits in the first k / k, also where the list is shorter",
    ..MetricSpec::share(Compute::User(precision))
};

/// hits / k, 0 to 1. O(k).
fn precision(user: &RankedUser<'_>) -> f64 {
    user.n_hits() as f64 / user.k as f64
}
