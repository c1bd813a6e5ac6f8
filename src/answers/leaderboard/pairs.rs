use serde::Serialize;

use super::{LEAD, Spread};
use crate::evaluate::{Evaluation, ModelRow, Paired};

/// What the values of each user say beyond their mean, by the leading measure: what Leaderboard, Lesson and Users show.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UserFigures {
    /// How the users are spread, a model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<ModelSpread>,
    /// Every model against every other, user by user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<ModelPair>,
}

/// How a measure is spread over the users.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelSpread {
    pub model: String,
    /// The measure: `ndcg@10`.
    pub metric: &'static str,
    /// Users with exactly 0.
    pub zero: usize,
    /// The others in equal bins over (0, 1].
    pub bins: Vec<usize>,
    /// A quarter of users have this or less, a half, three quarters.
    pub quartiles: [f64; 3],
}

/// A model against another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelPair {
    pub model: String,
    pub against: String,
    /// The measure: `ndcg@10`.
    pub metric: &'static str,
    /// The mean difference of the same users, and for how many it is higher, lower and the same.
    #[serde(flatten)]
    pub difference: Paired,
}

impl UserFigures {
    /// Of an evaluation with the values of each user. O(models² · users).
    pub fn of(result: &Evaluation) -> Self {
        let values = |row: &ModelRow| {
            let lead = row.metrics.iter().find(|m| m.metric.to_string() == LEAD);
            lead.map(|m| m.by_user.clone()).filter(|v| !v.is_empty())
        };
        let known = result
            .rows
            .iter()
            .filter_map(|row| Some((row.model.clone(), values(row)?)));
        let known: Vec<(String, Vec<f64>)> = known.collect();
        let spread = known.iter().map(|(model, values)| {
            let Spread {
                zero, bins, quartiles, ..
            } = Spread::of(values, |_| 0);
            ModelSpread {
                model: model.clone(),
                metric: LEAD,
                zero,
                bins: bins.to_vec(),
                quartiles,
            }
        });
        let pairs = known.iter().enumerate().flat_map(|(n, (model, one))| {
            let others = known.iter().enumerate().filter(move |(other, _)| *other != n);
            others.filter_map(move |(_, (against, other))| {
                Some(ModelPair {
                    model: model.clone(),
                    against: against.clone(),
                    metric: LEAD,
                    difference: Paired::of(one, other)?,
                })
            })
        });
        Self {
            spread: spread.collect(),
            pairs: pairs.collect(),
        }
    }
}
