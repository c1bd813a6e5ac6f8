//! Levers in the ratings: one changed, taken out, or given.

use super::{Lever, LeverKind, What, WhyNotQuestion};
use crate::data::ItemIx;
use crate::explain::history;
use crate::explain::trial::Change;
use crate::task::Cancelled;

/// So many changes of ratings are tried at most, those of the most telling ratings.
const CHANGES: usize = 200;
/// So many ratings are taken out at most, one at a time.
const REMOVALS: usize = 100;
/// So many new ratings are tried at most.
const NEW: usize = 40;
/// So many levers of a kind are told at most.
const TOLD: usize = 3;
/// Scales with more steps than this are tried at so many values.
const STEPS: usize = 10;

/// The smallest changes of single ratings that bring the item into the list. `last` is the last of the list as it is.
pub(super) fn levers(question: &WhyNotQuestion<'_>, last: Option<ItemIx>) -> Result<Vec<Lever>, Cancelled> {
    let order = most_telling(question, last);
    let rows = question.serving.profile().rows();
    let steps = steps(question);
    let changes = order.iter().flat_map(|at| {
        let row = rows[*at];
        let other = steps.iter().filter(move |step| (**step - row.rating).abs() > 1e-9);
        other.map(move |step| (LeverKind::Rating, row.item, Some(row.rating), Some(*step)))
    });
    let removals = order
        .iter()
        .map(|at| (LeverKind::Unrate, rows[*at].item, Some(rows[*at].rating), None));
    let scale = question.trials.dataset.scale();
    let best = if question.trials.dataset.is_implicit() {
        1.0
    } else {
        scale.max
    };
    let new = question.could_rate.iter().filter(|item| **item != question.item);
    let new = new.map(|item| (LeverKind::NewRating, *item, None, Some(best)));
    let kinds: [Vec<Planned>; 3] = [
        changes.take(CHANGES).collect(),
        removals.take(REMOVALS).collect(),
        new.take(NEW).collect(),
    ];
    let mut levers = Vec::new();
    for planned in kinds {
        levers.extend(those_that_work(question, &planned)?);
    }
    Ok(levers)
}

/// The item without its own rating, where it is rated.
pub(super) fn unrated(question: &WhyNotQuestion<'_>, item: ItemIx) -> Result<Option<Lever>, Cancelled> {
    let rating = question.serving.profile().rating(item);
    Ok(those_that_work(question, &[(LeverKind::Unrate, item, rating, None)])?.pop())
}

/// A change that is to be tried: the item, its rating before and after.
type Planned = (LeverKind, ItemIx, Option<f64>, Option<f64>);

/// Tries them all; of those that bring the item into the list the smallest, at most one an item.
fn those_that_work(question: &WhyNotQuestion<'_>, planned: &[Planned]) -> Result<Vec<Lever>, Cancelled> {
    let trials = &question.trials;
    let ranks = trials.pool.try_map(planned.len(), |at| {
        let (_, item, _, to) = planned[at];
        let change: [Change; 1] = [(item, to)];
        let rank = trials.ask(&change)?.rank(question.item, trials.cancel)?;
        Ok::<_, Cancelled>(question.is_in(rank))
    })?;
    let lever = |(planned, rank): (&Planned, Option<usize>)| {
        let (kind, item, from, to) = *planned;
        rank.map(|rank| Lever {
            kind,
            what: What::Item(item),
            from,
            to,
            rank,
        })
    };
    let mut levers: Vec<Lever> = planned.iter().zip(ranks).filter_map(lever).collect();
    let size = |lever: &Lever| lever.from.zip(lever.to).map_or(0.0, |(from, to)| (to - from).abs());
    levers.sort_by(|a, b| size(a).total_cmp(&size(b)).then(a.rank.cmp(&b.rank)));
    let mut told: Vec<Lever> = Vec::new();
    for lever in levers {
        if told.len() < TOLD && told.iter().all(|other| other.what != lever.what) {
            told.push(lever);
        }
    }
    Ok(told)
}

/// The rows of the profile, first those that say most for or against the item in comparison with the last of the list.
fn most_telling(question: &WhyNotQuestion<'_>, last: Option<ItemIx>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..question.serving.profile().len()).collect();
    let own = history::shares(question.serving, question.item);
    let other = last.and_then(|last| history::shares(question.serving, last));
    let silent = || vec![0.0; order.len()];
    let (own, other) = (own.unwrap_or_else(silent), other.unwrap_or_else(silent));
    let tells = |at: usize| (own[at] - other[at]).abs();
    order.sort_by(|a, b| tells(*b).total_cmp(&tells(*a)));
    order
}

/// The ratings that can be given.
fn steps(question: &WhyNotQuestion<'_>) -> Vec<f64> {
    let data = question.trials.dataset;
    let scale = data.scale();
    if data.is_implicit() || scale.min >= scale.max {
        return Vec::new();
    }
    let count = scale
        .step
        .map_or(STEPS, |step| ((scale.max - scale.min) / step).round() as usize);
    let count = count.clamp(1, 2 * STEPS);
    let at = |step: usize| scale.min + (scale.max - scale.min) * step as f64 / count as f64;
    // Rounded as scales are, so that steps are the values themselves.
    (0..=count).map(|step| (at(step) * 1e9).round() / 1e9).collect()
}
