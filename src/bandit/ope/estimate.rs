use serde::Serialize;

use super::estimators::ESTIMATORS;
use super::evidence::{Evidence, Knobs};
use super::log::Log;
use crate::bandit::BanditError;

/// 95 % of a normal law lie within so many standard deviations.
const WIDTH: f64 = 1.959_963_984_540_054;

/// What one estimator says.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimated {
    pub name: &'static str,
    /// `None` where it can say nothing; `note` says why.
    pub value: Option<f64>,
    pub stderr: Option<f64>,
    /// The ends of the normal 95 % interval.
    pub low: Option<f64>,
    pub high: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<&'static str>,
}

/// What a policy would have earned a pull, by every estimator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OffPolicy {
    pub rows: usize,
    pub estimators: Vec<Estimated>,
    /// (Σw)² / Σw²: how many rows of equal weight would tell as much.
    pub effective_n: f64,
    pub max_weight: f64,
    /// The probability that the policy gives to actions that were never logged: of these weights tell nothing.
    pub unlogged: f64,
}

/// Estimates what the policy with the probabilities `target` would have earned a pull on the rows of `log`.
///
/// `expected` is q̂ of each action; an action without one has the mean reward of its rows.
pub fn evaluate(log: &Log, target: &[f64], expected: &[Option<f64>], knobs: Knobs) -> Result<OffPolicy, BanditError> {
    if log.rows.is_empty() {
        return Err(BanditError::EmptyLog);
    }
    let means = means(log);
    let known = |action: usize| expected.get(action).copied().flatten().or(means[action]);
    // What nobody takes needs no q̂.
    let expected = (0..target.len()).map(|a| known(a).or((target[a] == 0.0).then_some(0.0)));
    let evidence = Evidence {
        rows: &log.rows,
        target,
        expected: expected.collect(),
        knobs,
    };
    let is_uniform = log.is_uniform();
    let estimators = ESTIMATORS.iter().map(|spec| {
        let found = (spec.estimate)(&evidence);
        let estimate = found.ok();
        let stderr = estimate.and_then(|e| e.stderr);
        let end = |sign: f64| Some(estimate?.value + sign * WIDTH * stderr?);
        let biased = spec.name == "replay" && !is_uniform;
        Estimated {
            name: spec.name,
            value: estimate.map(|e| e.value),
            stderr,
            low: end(-1.0),
            high: end(1.0),
            note: found
                .err()
                .or(biased.then_some("biased: the actions were not logged uniformly")),
        }
    });
    let (sum, squares) = evidence.weights().fold((0.0, 0.0), |(s, q), w| (s + w, q + w * w));
    Ok(OffPolicy {
        rows: log.rows.len(),
        estimators: estimators.collect(),
        effective_n: if squares > 0.0 { sum * sum / squares } else { 0.0 },
        max_weight: evidence.weights().fold(0.0, f64::max),
        unlogged: target
            .iter()
            .zip(&means)
            .filter(|(_, m)| m.is_none())
            .map(|(p, _)| p)
            .sum::<f64>()
            + 0.0,
    })
}

/// The mean reward of each action; `None` for one that was never logged.
fn means(log: &Log) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0u64); log.actions.len()];
    for row in &log.rows {
        sums[row.action].0 += row.reward;
        sums[row.action].1 += 1;
    }
    sums.iter().map(|&(sum, n)| (n > 0).then(|| sum / n as f64)).collect()
}
