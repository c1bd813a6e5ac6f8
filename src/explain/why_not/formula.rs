//! Levers in the formula, whose fitted parts are reassembled.

use super::{Lever, LeverKind, What, WhyNotQuestion};
use crate::explain::trial::ranks_before;
use crate::models::Formula;
use crate::models::formula::{Comparison, Dial, DialKind, DialValue, Test, Variable};
use crate::task::Cancelled;

pub(super) fn levers(question: &WhyNotQuestion<'_>) -> Result<Vec<Lever>, Cancelled> {
    let mut levers = match question.formula {
        Formula::Weighted { terms, .. } if terms.len() > 1 => weights(question, terms)?,
        Formula::Switch { test, .. } => threshold(question, *test)?,
        Formula::Cascade { keep, .. } => kept(question, *keep)?,
        _ => Vec::new(),
    };
    levers.extend(inner_weights(question)?);
    Ok(levers)
}

/// For every weight of a sum within the formula the nearest values, below and above, that bring the item into the list, as far
/// as a search finds them: what is around the sum may be anything, so that there is no closed form.
fn inner_weights(question: &WhyNotQuestion<'_>) -> Result<Vec<Lever>, Cancelled> {
    let is_inner = |dial: &Dial| dial.kind == DialKind::Weight && dial.path.matches('.').count() > 1;
    let dials: Vec<Dial> = question.formula.dials().into_iter().filter(is_inner).collect();
    let weight = |dial: &Dial| match dial.value {
        DialValue::Number(weight) if weight != 0.0 => Some(weight),
        _ => None,
    };
    let weights = dials.iter().filter_map(|dial| Some((dial, weight(dial)?)));
    let searches: Vec<(&Dial, f64, f64)> = weights.flat_map(|(d, w)| [(d, w, 1.0), (d, w, -1.0)]).collect();
    let found = question.trials.pool.try_map(searches.len(), |at| {
        let (dial, weight, sign) = searches[at];
        let with = |distance: f64| turned(question.formula, &dial.path, weight + sign * distance);
        let rank = |distance: f64| question.rank_by(&with(distance));
        let Some((distance, rank)) = nearest_distance(weight, sign, &rank)? else {
            return Ok::<_, Cancelled>(None);
        };
        Ok(Some(Lever {
            kind: LeverKind::Weight,
            what: What::Named(dial.of.to_string()),
            from: Some(weight),
            to: Some(weight + sign * distance),
            rank,
            formula: Some(with(distance)),
        }))
    })?;
    Ok(found.into_iter().flatten().collect())
}

/// The formula with one of its dials turned; itself where that can't be.
fn turned(formula: &Formula, path: &str, to: f64) -> Formula {
    let turned = formula.turned(path, DialValue::Number(to));
    turned.unwrap_or_else(|_| formula.clone())
}

/// How far the weight is moved at first, in parts of itself: towards 0, and away from it.
const TOWARDS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.95];
const AWAY: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 6.0];
/// How often the way to the nearest weight is halved.
const HALVINGS: usize = 8;

/// The nearest distance in one direction that gives the item a rank in the list, between the first step that does and the one
/// before it, by bisection; with few decimals, if that does as well.
fn nearest_distance(
    weight: f64,
    sign: f64,
    rank: &dyn Fn(f64) -> Result<Option<usize>, Cancelled>,
) -> Result<Option<(f64, usize)>, Cancelled> {
    let towards_zero = sign * weight < 0.0;
    let steps: &[f64] = if towards_zero { &TOWARDS } else { &AWAY };
    let (mut bad, mut good) = (0.0, None);
    for step in steps {
        let distance = step * weight.abs();
        if let Some(rank) = rank(distance)? {
            good = Some((distance, rank));
            break;
        }
        bad = distance;
    }
    let Some(mut good) = good else { return Ok(None) };
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(bad, good.0);
        match rank(middle)? {
            Some(rank) => good = (middle, rank),
            None => bad = middle,
        }
    }
    if let Some(round) = between(weight, sign, good.0 * (1.0 - 1e-12), good.0 * 1.1) {
        let distance = (round - weight) * sign;
        if let Some(rank) = rank(distance)? {
            return Ok(Some((distance, rank)));
        }
    }
    Ok(Some(good))
}

/// Another candidate's score relative to the item's, as a function of one weight.
struct Line {
    /// How fast the item's lead grows with the weight.
    slope: f64,
    /// Whether it ranks before the item as the weight is.
    is_before: bool,
    /// The item's score minus the candidate's.
    lead: f64,
}

/// For every part the nearest weights, above and below, that bring the item into the list. Normalization does not depend on
/// the weights, so every score is linear in each of them, and the crossings are known in closed form.
fn weights(question: &WhyNotQuestion<'_>, terms: &[(f64, Formula)]) -> Result<Vec<Lever>, Cancelled> {
    let (serving, item) = (question.serving, question.item);
    let Ok(own) = serving.score(item) else {
        return Ok(Vec::new());
    };
    let own_parts = serving.parts(item);
    let candidates = serving.candidates(question.trials.cancel)?;
    let others: Vec<(Vec<f64>, bool, f64)> = (candidates.iter().filter(|(other, _)| *other != item))
        .map(|(other, score)| {
            let is_before = ranks_before((*other, *score), (item, own));
            (serving.parts(*other), is_before, own - score)
        })
        .collect();
    let mut levers = Vec::new();
    for (at, (weight, part)) in terms.iter().enumerate().filter(|(_, (weight, _))| *weight != 0.0) {
        let share = own_parts.get(at).copied().unwrap_or_default();
        let lines: Vec<Line> = (others.iter())
            .map(|(parts, is_before, lead)| Line {
                slope: (share - parts.get(at).copied().unwrap_or_default()) / weight,
                is_before: *is_before,
                lead: *lead,
            })
            .collect();
        for sign in [1.0, -1.0] {
            let Some(to) = nearest_weight(&lines, *weight, sign, question.n) else {
                continue;
            };
            let formula = turned(question.formula, &format!("{}.weight", at + 1), to);
            let Some(rank) = question.rank_by(&formula)? else {
                continue;
            };
            levers.push(Lever {
                kind: LeverKind::Weight,
                what: What::Named(part.to_string()),
                from: Some(*weight),
                to: Some(to),
                rank,
                formula: Some(formula),
            });
        }
    }
    Ok(levers)
}

/// The nearest weight in one direction, of the same sign, with which fewer than `n` others rank before the item.
fn nearest_weight(lines: &[Line], weight: f64, sign: f64, n: usize) -> Option<f64> {
    let mut before = lines.iter().filter(|line| line.is_before).count();
    // Where another changes places with the item: the distance, and whether it falls behind.
    let mut crossings: Vec<(f64, bool)> = Vec::new();
    for line in lines {
        let slope = sign * line.slope;
        let falls_behind = line.is_before && slope > 0.0;
        if falls_behind || (!line.is_before && slope < 0.0) {
            crossings.push((-line.lead / slope, falls_behind));
        }
    }
    crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, (distance, falls_behind)) in crossings.iter().enumerate() {
        before = if *falls_behind { before - 1 } else { before + 1 };
        let next = crossings.get(at + 1).map_or(f64::INFINITY, |crossing| crossing.0);
        if before < n && next > *distance {
            return between(weight, sign, *distance, next);
        }
    }
    None
}

/// A weight with few decimals between two distances from `weight`, as near as a twentieth of the way.
fn between(weight: f64, sign: f64, near: f64, far: f64) -> Option<f64> {
    (0..15).find_map(|decimals| {
        let unit = 10f64.powi(decimals);
        let edge = (weight + sign * near) * unit;
        let next = if sign > 0.0 {
            edge.floor() + 1.0
        } else {
            edge.ceil() - 1.0
        };
        let to = next / unit;
        let distance = (to - weight) * sign;
        let is_close = distance - near <= near / 20.0 + 1e-9;
        (is_close && distance > near && distance < far && to * weight > 0.0).then_some(to)
    })
}

/// The nearest threshold with which the other branch is chosen.
fn threshold(question: &WhyNotQuestion<'_>, test: Test) -> Result<Vec<Lever>, Cancelled> {
    let count = match test.variable {
        Variable::Ratings => question.serving.profile().len(),
        Variable::Raters => question.trials.dataset.item_row(question.item).len(),
    };
    let (count, is_met) = (count as f64, test.is_met(count));
    let to = match test.comparison {
        Comparison::Less => count + if is_met { 0.0 } else { 1.0 },
        Comparison::LessOrEqual => count - if is_met { 1.0 } else { 0.0 },
        Comparison::Greater => count - if is_met { 0.0 } else { 1.0 },
        Comparison::GreaterOrEqual | Comparison::Equal => count + if is_met { 1.0 } else { 0.0 },
    };
    if to < 0.0 {
        return Ok(Vec::new());
    }
    let formula = turned(question.formula, "threshold", to);
    let rank = question.rank_by(&formula)?;
    Ok(Vec::from_iter(rank.map(|rank| Lever {
        kind: LeverKind::Threshold,
        what: What::Named(test.to_string()),
        from: Some(test.threshold),
        to: Some(to),
        rank,
        formula: Some(formula),
    })))
}

/// How many items the stages would have to keep: enough for this item, or too few for those that outscore it. By bisection:
/// beyond what the item itself needs, a wider cascade only adds competitors.
fn kept(question: &WhyNotQuestion<'_>, keep: usize) -> Result<Vec<Lever>, Cancelled> {
    let rank_with = |keep: usize| -> Result<Option<usize>, Cancelled> {
        let Some(model) = question.fits.get(&turned(question.formula, "keep", keep as f64)) else {
            return Ok(None);
        };
        let trial = question.trials.with_model(&model).ask(&[])?;
        trial.rank(question.item, question.trials.cancel)
    };
    // The fewest with which it has a score at all.
    let (mut too_few, mut enough) = (0, question.trials.dataset.n_items().max(keep));
    if rank_with(enough)?.is_none() {
        return Ok(Vec::new());
    }
    while enough - too_few > 1 {
        let middle = too_few.midpoint(enough);
        match rank_with(middle)? {
            Some(_) => enough = middle,
            None => too_few = middle,
        }
    }
    if question.listed(rank_with(enough)?).is_none() {
        return Ok(Vec::new());
    }
    // From there towards what it is now, as far as the item stays in the list.
    let (mut good, mut bad) = (enough, keep);
    while bad > good + 1 {
        let middle = good.midpoint(bad);
        match question.listed(rank_with(middle)?) {
            Some(_) => good = middle,
            None => bad = middle,
        }
    }
    let rank = question.listed(rank_with(good)?);
    Ok(Vec::from_iter(rank.map(|rank| Lever {
        kind: LeverKind::Keep,
        what: What::Named("keep".to_owned()),
        from: Some(keep as f64),
        to: Some(good as f64),
        rank,
        formula: Some(turned(question.formula, "keep", good as f64)),
    })))
}
