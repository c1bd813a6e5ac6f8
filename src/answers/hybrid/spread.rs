//! How the scores of a part are spread over the candidates, as the part gives them and as they enter the sum.

use serde::Serialize;

use super::HybridQuery;
use crate::answers::{AnswerError, Whose, World};
use crate::models::formula::Variable;
use crate::models::hybrid::ItemPool;
use crate::models::{Formula, Norm};
use crate::task::Cancel;

/// How many bars a spread has.
pub const BINS: usize = 24;

/// How scores are spread over the candidates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub low: f64,
    pub high: f64,
    pub mean: f64,
    /// The population standard deviation.
    pub deviation: f64,
    pub count: usize,
    /// How many scores fall into each of equal steps from `low` to `high`; a score on a border counts above it.
    pub bins: Vec<usize>,
}

/// A part of a formula.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartRow {
    /// The places of the parts on the way to it, from 1: `2.1`.
    pub path: String,
    pub name: String,
    /// Its weight, in a weighted sum.
    pub weight: Option<f64>,
    pub unit: String,
    /// Whether it has a say for this profile: a part of weight 0 and the branch that a switch does not take have none.
    pub used: bool,
    /// Over the candidates that it can score; `null` where there are none.
    pub raw: Option<Spread>,
    /// What enters the weighted sum, before it is weighed; `null` where it is no part of one.
    pub normalized: Option<Spread>,
}

impl Spread {
    /// Of some scores; `None` of none. O(scores).
    pub fn of(scores: &[f64]) -> Option<Self> {
        let count = scores.len();
        if count == 0 {
            return None;
        }
        let low = scores.iter().copied().fold(f64::INFINITY, f64::min);
        let high = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mean = scores.iter().sum::<f64>() / count as f64;
        let variance = scores.iter().map(|s| (s - mean) * (s - mean)).sum::<f64>() / count as f64;
        let mut bins = vec![0; BINS];
        for score in scores {
            let share = (score - low) / (high - low);
            // All in the first one where all are equal.
            let at = if share.is_finite() {
                (share * BINS as f64) as usize
            } else {
                0
            };
            bins[at.min(BINS - 1)] += 1;
        }
        Some(Self {
            low,
            high,
            mean,
            deviation: variance.sqrt(),
            count,
            bins,
        })
    }
}

/// The parts of the formula, the outermost first.
pub(super) fn parts(world: &World, query: &HybridQuery, cancel: &Cancel) -> Result<Vec<PartRow>, AnswerError> {
    let mut rows = Vec::new();
    below(world, query, &query.formula, ("", true), &mut rows, cancel)?;
    Ok(rows)
}

/// The scores of a part as it gives them, and as a sum takes them.
type Spreads = (Option<Spread>, Option<Spread>);

fn spreads(
    world: &World,
    (part, whose, norm): (&Formula, &Whose, Option<Norm>),
    cancel: &Cancel,
) -> Result<Spreads, AnswerError> {
    let serving = world.serving(part, whose, cancel)?;
    let mut scores: Vec<f64> = serving.candidates(cancel)?.iter().map(|(_, score)| *score).collect();
    let raw = Spread::of(&scores);
    let Some(norm) = norm else { return Ok((raw, None)) };
    let pool = ItemPool::of(serving.scores(cancel)?, serving.profile(), norm);
    for score in &mut scores {
        *score = pool.normalize(*score);
    }
    Ok((raw, Spread::of(&scores)))
}

fn below(
    world: &World,
    query: &HybridQuery,
    whole: &Formula,
    (path, used): (&str, bool),
    rows: &mut Vec<PartRow>,
    cancel: &Cancel,
) -> Result<(), AnswerError> {
    if matches!(whole, Formula::Augment { .. }) {
        return Ok(());
    }
    for (n, part) in whole.parts().into_iter().enumerate() {
        let serving = world.serving(part, &query.whose, cancel)?;
        let (mut weight, mut norm, mut used) = (None, None, used);
        match whole {
            Formula::Weighted { terms, norm: by } => {
                weight = terms.get(n).map(|term| term.0);
                used &= weight != Some(0.0);
                norm = Some(*by);
            }
            Formula::Switch { test, .. } if test.variable == Variable::Ratings => {
                used &= test.is_met(serving.profile().len()) == (n == 0);
            }
            _ => {}
        }
        let path = format!("{path}{}", n + 1);
        let spreads = world.once(&(part.clone(), query.whose.clone(), norm), cancel, || {
            spreads(world, (part, &query.whose, norm), cancel)
        })?;
        rows.push(PartRow {
            name: part.to_string(),
            weight,
            unit: serving.unit().name().to_owned(),
            used,
            raw: spreads.0.clone(),
            normalized: spreads.1.clone(),
            path: path.clone(),
        });
        below(world, query, part, (&format!("{path}."), used), rows, cancel)?;
    }
    Ok(())
}
