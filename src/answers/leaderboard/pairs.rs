use serde::Serialize;

use super::{LEAD, Spread};
use crate::evaluate::{Evaluation, ModelRow, Paired};
use crate::experiment::{Adjustment, paired_t};

/// How far chance alone explains that each model is other than the best: two-sided p-values of paired t-tests over the same
/// users, adjusted by Holm for as many comparisons as there are. The best has that of the nearest to it: the largest.
/// `None` where a model has no values, or there are no others. O(models·users).
pub fn holm(by_user: &[&[f64]], best: usize) -> Vec<Option<f64>> {
    let test = |n: usize| paired_t(by_user.get(best)?, by_user[n]);
    let tested: Vec<(usize, f64)> = (0..by_user.len())
        .filter(|n| *n != best)
        .filter_map(|n| Some((n, test(n)?)))
        .collect();
    let p: Vec<f64> = tested.iter().map(|(_, p)| *p).collect();
    let mut adjusted = vec![None; by_user.len()];
    for ((n, _), p) in tested.iter().zip(Adjustment::Holm.adjust(&p)) {
        adjusted[*n] = Some(p);
    }
    if let Some(own) = adjusted.get(best).copied() {
        adjusted[best] = adjusted.iter().copied().fold(own, |most, p| match (most, p) {
            (Some(a), Some(b)) => Some(f64::max(a, b)),
            (a, b) => a.or(b),
        });
    }
    adjusted
}

/// What the values of each user say beyond their mean, by the leading measure: what Leaderboard, Lesson and Users show.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct UserFigures {
    /// How the users are spread, a model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub spread: Vec<ModelSpread>,
    /// Every model against every other, user by user.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<ModelPair>,
    /// Every model against the best.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub against_best: Vec<AgainstBest>,
}

/// A model against the best one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgainstBest {
    pub model: String,
    pub best: String,
    /// The measure: `ndcg@10`.
    pub metric: &'static str,
    /// Two-sided, of the paired t-test over users, adjusted by Holm.
    pub p_holm: f64,
    /// How many comparisons it is adjusted for.
    pub comparisons: usize,
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
        let (spread, pairs) = (spread.collect(), pairs.collect());
        Self {
            spread,
            pairs,
            against_best: against_best(&known),
        }
    }
}

/// Of the models and the values of their users, the best by the mean.
fn against_best(known: &[(String, Vec<f64>)]) -> Vec<AgainstBest> {
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len().max(1) as f64;
    let means = known.iter().map(|(_, values)| mean(values)).enumerate();
    let Some((best, _)) = means.reduce(|best, next| if next.1 > best.1 { next } else { best }) else {
        return Vec::new();
    };
    let by_user: Vec<&[f64]> = known.iter().map(|(_, values)| values.as_slice()).collect();
    let adjusted = holm(&by_user, best);
    let others = || adjusted.iter().enumerate().filter(|(n, _)| *n != best);
    let comparisons = others().filter(|(_, p)| p.is_some()).count();
    let row = |(n, p): (usize, &Option<f64>)| {
        Some(AgainstBest {
            model: known[n].0.clone(),
            best: known[best].0.clone(),
            metric: LEAD,
            p_holm: (*p)?,
            comparisons,
        })
    };
    others().filter_map(row).collect()
}
