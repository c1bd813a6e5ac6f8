use serde::ser::{Serialize, SerializeMap, Serializer};

use super::metrics::Metric;

/// The value of one metric for one model. A fold's value is `None` where it is undefined; then so is the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub metric: Metric,
    pub mean: Option<f64>,
    pub values: Vec<Option<f64>>,
    pub reason: Option<String>,
    /// The value of each user, fold after fold in the order of [`Evaluation::tested`]; empty where it was not asked for,
    /// and for metrics that have none (errors, coverage).
    pub by_user: Vec<f64>,
}

/// What came out for one model.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ModelRow {
    /// The model, as given: a formula in canonical form.
    pub model: String,
    /// Each metric, in the order asked for.
    #[serde(serialize_with = "by_name")]
    pub metrics: Vec<Outcome>,
    /// Seconds spent on fitting, all folds together.
    pub fit_seconds: f64,
    /// Seconds spent on predictions and lists, all folds together.
    pub test_seconds: f64,
    /// Why it could not be fitted, where it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl ModelRow {
    /// The mean of `metric` (as displayed: `ndcg@10`), where it was asked for and is defined.
    pub fn mean(&self, metric: &str) -> Option<f64> {
        self.metrics.iter().find(|o| o.metric.to_string() == metric)?.mean
    }
}

/// How large a fold is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FoldSize {
    pub train: usize,
    pub test: usize,
    pub users: usize,
}

/// A user in a fold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Tested {
    /// Who, as the file has it; `None` for one that the training data doesn't know.
    pub user: Option<String>,
    pub fold: usize,
    /// How many distinct test items there are.
    pub test_items: usize,
}

/// A leaderboard. Serializes as the command line's contract says.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Evaluation {
    pub split: String,
    pub folds: Vec<FoldSize>,
    /// One row a model, in the order asked for.
    pub rows: Vec<ModelRow>,
    /// Whom the values by user belong to; empty where they were not asked for.
    #[serde(rename = "users", skip_serializing_if = "Vec::is_empty")]
    pub tested: Vec<Tested>,
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("mean", &self.mean)?;
        map.serialize_entry("values", &self.values)?;
        map.serialize_entry("definition", self.metric.spec().definition)?;
        map.serialize_entry("better", &self.metric.spec().better)?;
        if let Some(reason) = &self.reason {
            map.serialize_entry("reason", reason)?;
        }
        if !self.by_user.is_empty() {
            map.serialize_entry("by_user", &self.by_user)?;
        }
        map.end()
    }
}

/// Metrics by name, in their order.
fn by_name<S: Serializer>(metrics: &[Outcome], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(metrics.iter().map(|o| (o.metric.to_string(), o)))
}
