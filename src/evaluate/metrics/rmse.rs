use super::{Better, Compute, MetricSpec};

pub(super) static RMSE: MetricSpec = MetricSpec {
    name: "rmse",
    title: "Root mean squared error",
    heads: ["RMSE", "RMSE"],
    definition: "square root of the mean squared error over all test ratings of a fold, fallbacks included, predictions clipped to the training scale",
    better: Better::Lower,
    ..MetricSpec::share(Compute::Errors(rmse))
};

/// √(Σe²/n), in units of the rating. O(n).
fn rmse(errors: &[f64]) -> f64 {
    (errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64).sqrt()
}
