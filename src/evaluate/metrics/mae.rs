use super::{Better, Compute, MetricSpec};

pub(super) static MAE: MetricSpec = MetricSpec {
    name: "mae",
    title: "Mean absolute error",
    heads: ["mae", "mae"],
    definition: "mean absolute error over all test ratings of a fold, fallbacks included, predictions clipped to the training scale",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Errors(mae))
};

/// Σ|e|/n, in units of the rating. O(n).
fn mae(errors: &[f64]) -> f64 {
    errors.iter().map(|e| e.abs()).sum::<f64>() / errors.len() as f64
}
