use serde::ser::{Serialize, SerializeMap, Serializer};

use super::folds::Fold;
use super::metrics::Metric;
use crate::data::ItemIx;

/// The value of one metric for one model. A fold's value is `None` where it is undefined; then so is the mean.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub metric: Metric,
    pub mean: Option<f64>,
    pub values: Vec<Option<f64>>,
    pub reason: Option<String>,
    /// Over the users that training knows, where it doesn't know all.
    pub known: Option<OfKnown>,
    /// How it varies with the seed, where there is more than one.
    pub seeds: Option<Spread>,
    /// The value of each user, fold after fold in the order of [`Evaluation::tested`]; empty where it was not asked for,
    /// and for metrics that have none (errors, coverage).
    pub by_user: Vec<f64>,
}

/// The value of a metric over the users that training knows. A fold's value is `None` where it is undefined; then so is
/// the mean.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct OfKnown {
    pub mean: Option<f64>,
    pub values: Vec<Option<f64>>,
}

/// How a metric varies with the seed of the fits.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Spread {
    /// The mean over folds, seed after seed.
    pub values: Vec<f64>,
    /// The standard deviation of the values (n − 1).
    pub stdev: f64,
}

impl Spread {
    /// Of at least two values.
    pub(super) fn of(values: Vec<f64>) -> Option<Self> {
        if values.len() < 2 {
            return None;
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
        Some(Self {
            stdev: (squares / (n - 1.0)).sqrt(),
            values,
        })
    }
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

/// How large a fold is, and how much of its test training knows nothing of, or too much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct FoldSize {
    pub train: usize,
    pub test: usize,
    pub users: usize,
    /// Users with a relevant test item: those that lists are measured on.
    pub users_with_relevant: usize,
    pub unknown: Unknown,
    /// Test rows that repeat a pair that is trained on.
    pub rows_in_training: usize,
    /// Test rows that are older than a rating of the same user that is trained on.
    pub rows_before_training: usize,
}

/// What is tested and has no rating in training.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Unknown {
    pub users: usize,
    pub items: usize,
    /// Test rows of an unknown user or an unknown item.
    pub rows: usize,
}

impl FoldSize {
    /// O(test ratings + items).
    pub fn of(fold: &Fold) -> Self {
        let mut unrated = vec![false; fold.train.n_items()];
        let mut unknown = Unknown {
            items: fold.strange_items,
            ..Unknown::default()
        };
        for tested in &fold.users {
            let knows_user = fold.knows(tested);
            unknown.users += usize::from(!knows_user);
            for row in &tested.rows {
                let is_rated = |item: ItemIx| !fold.train.item_row(item).is_empty();
                let knows_item = row.item.is_some_and(is_rated);
                unknown.rows += usize::from(!knows_user || !knows_item);
                if let Some(item) = row.item.filter(|_| !knows_item) {
                    unrated[item.at()] = true;
                }
            }
        }
        unknown.items += unrated.into_iter().filter(|u| *u).count();
        Self {
            train: fold.train.n_ratings(),
            test: fold.n_test(),
            users: fold.users.len(),
            users_with_relevant: fold.users.iter().filter(|u| u.n_relevant > 0).count(),
            unknown,
            rows_in_training: fold.rows_in_training,
            rows_before_training: fold.rows_before_training,
        }
    }
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
    /// Which test items are relevant; `None`: all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevant: Option<String>,
    /// Of how many drawn items beside the relevant ones lists were made; `None`: of all unseen items.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub negatives: Option<usize>,
    pub folds: Vec<FoldSize>,
    /// Summed over folds.
    pub unknown: Unknown,
    /// Summed over folds.
    pub rows_in_training: usize,
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
        if let Some(known) = &self.known {
            map.serialize_entry("known_users", known)?;
        }
        if let Some(seeds) = &self.seeds {
            map.serialize_entry("seeds", seeds)?;
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
