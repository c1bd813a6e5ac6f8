//! The weight at which two rows of a list change places.

use serde::Serialize;

use super::{HybridQuery, Swaps};
use crate::answers::{AnswerError, Entity, World};
use crate::data::ItemIx;
use crate::models::Formula;
use crate::models::formula::{Dial, DialKind, DialValue};
use crate::task::Cancel;

/// Two neighbors in a list, and the weight at which they change places.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SwapRow {
    /// The rank of the upper one.
    pub rank: usize,
    /// The id of the upper one.
    pub above: String,
    pub below: String,
    #[serde(skip)]
    pub items: (Entity, Entity),
    /// As `sweep --dial` takes it.
    pub dial: String,
    pub part: String,
    pub from: f64,
    /// The weight at which both have the same score; beyond it the lower one is above. Verified by ranking anew.
    pub to: f64,
    /// The score of both there.
    pub score: f64,
    /// Whether the scores meet there; else they jump past each other, as they do where places are what is summed up.
    pub meets: bool,
}

/// The scores meet where they differ by no more than this, relative to the larger of 1 and themselves.
const TIE: f64 = 1e-9;
/// So far beyond the weights in the formula, or 1, is looked for a swap that has no closed form.
const REACH: f64 = 2.0;
/// Into so many steps that is divided.
const STEPS: usize = 32;

/// The weights at which neighbors among `items` change places, by the rank of the upper one, then by dial.
pub(super) fn rows(
    world: &World,
    query: &HybridQuery,
    items: &[ItemIx],
    cancel: &Cancel,
) -> Result<Vec<SwapRow>, AnswerError> {
    let wanted = |pair: &[ItemIx]| match query.swaps {
        Swaps::None => false,
        Swaps::Around(item) => pair.contains(&item),
        Swaps::All => true,
    };
    // Every weight 1: the shares of an item are its normalized scores then.
    let unit = match &query.formula {
        Formula::Weighted { terms, .. } if query.swaps != Swaps::None => {
            let ones = (0..terms.len()).fold(query.formula.clone(), |formula, n| formula.with_weight(n, 1.0));
            Some(world.combined(&ones, &query.whose, cancel)?)
        }
        _ => None,
    };
    let weights: Vec<Dial> = query
        .formula
        .dials()
        .into_iter()
        .filter(|dial| dial.kind == DialKind::Weight)
        .collect();
    let mut rows = Vec::new();
    for (at, pair) in items.windows(2).enumerate().filter(|(_, pair)| wanted(pair)) {
        for dial in &weights {
            let turning = Turning {
                world,
                query,
                dial,
                pair: (pair[0], pair[1]),
                normalized: (unit.as_ref().filter(|_| dial.path.matches('.').count() == 1))
                    .map(|unit| (unit.parts(pair[0]), unit.parts(pair[1]))),
                cancel,
            };
            let Some((from, swap)) = turning.swap()? else { continue };
            let entities = (Entity::Item(pair[0]), Entity::Item(pair[1]));
            rows.push(SwapRow {
                rank: at + 1,
                above: world.id(entities.0).to_owned(),
                below: world.id(entities.1).to_owned(),
                items: entities,
                dial: dial.path.clone(),
                part: dial.of.to_string(),
                from,
                to: swap.weight,
                score: swap.score,
                meets: swap.meets,
            });
        }
    }
    Ok(rows)
}

/// One weight being turned under two items.
struct Turning<'a> {
    world: &'a World,
    query: &'a HybridQuery,
    dial: &'a Dial,
    pair: (ItemIx, ItemIx),
    /// The normalized scores of both by every part, where the weight is one of the outermost sum: they don't depend on it.
    normalized: Option<(Vec<f64>, Vec<f64>)>,
    cancel: &'a Cancel,
}

struct Swap {
    weight: f64,
    score: f64,
    meets: bool,
}

/// The two scores at a weight.
#[derive(Clone, Copy)]
struct At {
    weight: f64,
    above: f64,
    below: f64,
}

impl At {
    /// How far the upper one leads.
    fn lead(self) -> f64 {
        self.above - self.below
    }

    fn is_tie(self) -> bool {
        self.lead().abs() <= TIE * self.above.abs().max(1.0)
    }
}

impl Turning<'_> {
    /// The scores of both at a weight; `None` where either has none.
    fn at(&self, weight: f64) -> Result<Option<At>, AnswerError> {
        let turned = self.query.formula.turned(&self.dial.path, DialValue::Number(weight));
        let Ok(turned) = turned else { return Ok(None) };
        let serving = self.world.combined(&turned, &self.query.whose, self.cancel)?;
        let scores = (serving.score(self.pair.0), serving.score(self.pair.1));
        Ok(match scores {
            (Ok(above), Ok(below)) => Some(At { weight, above, below }),
            _ => None,
        })
    }

    /// As [`Turning::at`], from the normalized scores where they are known: nothing is combined for it.
    fn quickly(&self, weight: f64) -> Result<Option<At>, AnswerError> {
        let (Some((above, below)), Formula::Weighted { terms, .. }) = (&self.normalized, &self.query.formula) else {
            return self.at(weight);
        };
        let turned = self.dial.path.split('.').next().and_then(|n| n.parse::<usize>().ok());
        let sum = |shares: &[f64]| -> f64 {
            let parts = terms.iter().zip(shares).enumerate();
            parts
                .map(|(n, (term, share))| share * if Some(n + 1) == turned { weight } else { term.0 })
                .sum()
        };
        Ok(Some(At {
            weight,
            above: sum(above),
            below: sum(below),
        }))
    }

    /// The weight now, and the nearest of the same sign at which the two change places.
    fn swap(&self) -> Result<Option<(f64, Swap)>, AnswerError> {
        let DialValue::Number(from) = self.dial.value else {
            return Ok(None);
        };
        // A part of weight 0 is left out: the line through the scores is taken beside it.
        let (first, second) = if from == 0.0 { (0.25, 0.75) } else { (from, from * 1.5) };
        let (Some(first), Some(second)) = (self.quickly(first)?, self.quickly(second)?) else {
            return Ok(None);
        };
        let sign = if from < 0.0 { -1.0 } else { 1.0 };
        let found = match self.on_the_line(first, second, sign)? {
            Found::At(swap) => Some(swap),
            Found::Nowhere => None,
            Found::Bent => self.by_bisection(from, sign)?,
        };
        Ok(found.map(|swap| (from, swap)))
    }

    /// Where the total is linear in the weight, and so is the lead: its zero.
    fn on_the_line(&self, mut first: At, mut second: At, sign: f64) -> Result<Found, AnswerError> {
        // A third point tells a line from a curve.
        let beyond = second.weight + (second.weight - first.weight);
        let Some(third) = self.quickly(beyond)? else {
            return Ok(Found::Bent);
        };
        let scale = 1.0
            + [first, second, third]
                .iter()
                .map(|p| p.above.abs().max(p.below.abs()))
                .fold(0.0, f64::max);
        if (first.lead() - 2.0 * second.lead() + third.lead()).abs() > 1e-11 * scale {
            return Ok(Found::Bent);
        }
        // The second step takes away what was rounded in the first.
        for _ in 0..3 {
            let slope = (second.lead() - first.lead()) / (second.weight - first.weight);
            let weight = first.weight - first.lead() / slope;
            if slope.abs() <= 1e-13 * scale || !weight.is_finite() || weight * sign <= 0.0 {
                return Ok(Found::Nowhere);
            }
            let Some(here) = self.at(weight)? else {
                return Ok(Found::Nowhere);
            };
            if here.is_tie() {
                let swap = Swap {
                    weight,
                    score: here.above,
                    meets: true,
                };
                return Ok(if self.changes_places(weight)? {
                    Found::At(swap)
                } else {
                    Found::Nowhere
                });
            }
            if here.weight == second.weight || here.weight == first.weight {
                break;
            }
            (first, second) = (second, here);
        }
        Ok(Found::Bent)
    }

    /// Ranks anew on both sides.
    fn changes_places(&self, weight: f64) -> Result<bool, AnswerError> {
        let step = 1e-6 * weight.abs();
        let (Some(one), Some(other)) = (self.at(weight - step)?, self.at(weight + step)?) else {
            return Ok(false);
        };
        Ok(one.lead() * other.lead() < 0.0)
    }

    /// Where it is no line: the nearest step on either side in which the order changes, halved until the scores meet.
    fn by_bisection(&self, from: f64, sign: f64) -> Result<Option<Swap>, AnswerError> {
        let reach = REACH * from.abs().max(1.0);
        let point = |n: usize| sign * reach * (n.max(1) as f64 - if n == 0 { 1.0 - 1e-6 } else { 0.0 }) / STEPS as f64;
        let mut points = Vec::with_capacity(STEPS + 1);
        for n in 0..=STEPS {
            points.push(self.at(point(n))?);
        }
        let steps = points.windows(2).filter_map(|pair| Some((pair[0]?, pair[1]?)));
        let changing = steps.filter(|(a, b)| (a.lead() > 0.0) != (b.lead() > 0.0));
        let away = |(a, b): &(At, At)| (f64::midpoint(a.weight, b.weight) - from).abs();
        let Some((mut a, mut b)) = changing.min_by(|x, y| away(x).total_cmp(&away(y))) else {
            return Ok(None);
        };
        for _ in 0..80 {
            let middle = f64::midpoint(a.weight, b.weight);
            let Some(here) = self.at(middle)? else { return Ok(None) };
            if here.is_tie() && self.changes_places(middle)? {
                return Ok(Some(Swap {
                    weight: middle,
                    score: here.above,
                    meets: true,
                }));
            }
            if (here.lead() > 0.0) == (a.lead() > 0.0) {
                a = here;
            } else {
                b = here;
            }
            if (b.weight - a.weight).abs() <= 1e-15 * b.weight.abs() {
                break;
            }
        }
        Ok(Some(Swap {
            weight: b.weight,
            score: b.above,
            meets: b.is_tie(),
        }))
    }
}

/// What looking along the line came to.
enum Found {
    At(Swap),
    Nowhere,
    /// It is no line.
    Bent,
}
