//! Levers in the ratings: one changed, removed or added.

use super::{Lever, LeverKind, What, WhyNotQuestion};
use crate::data::ItemIx;
use crate::explain::history;
use crate::explain::steps::ratings_of;
use crate::explain::trial::Change;
use crate::task::Cancelled;

/// The most changes tried, of the most influential ratings.
const CHANGES: usize = 200;
/// The most removals tried.
const REMOVALS: usize = 100;
/// The most new ratings tried.
const NEW: usize = 40;
/// The most levers of a kind that are reported.
const REPORTED: usize = 3;

/// The smallest changes of single ratings that bring the item into the list. `last` is the last item of the list.
pub(super) fn levers(question: &WhyNotQuestion<'_>, last: Option<ItemIx>) -> Result<Vec<Lever>, Cancelled> {
    let order = most_influential(question, last);
    let rows = question.serving.profile().rows();
    let steps = ratings_of(question.trials.dataset);
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
        levers.extend(effective(question, &planned)?);
    }
    Ok(levers)
}

/// Removing the rating of `item`, if that brings the item of the question into the list.
pub(super) fn unrated(question: &WhyNotQuestion<'_>, item: ItemIx) -> Result<Option<Lever>, Cancelled> {
    let rating = question.serving.profile().rating(item);
    Ok(effective(question, &[(LeverKind::Unrate, item, rating, None)])?.pop())
}

/// A change to try: the item, its rating before and after.
type Planned = (LeverKind, ItemIx, Option<f64>, Option<f64>);

/// Tries them all and returns the smallest that bring the item into the list, at most one per rated item.
fn effective(question: &WhyNotQuestion<'_>, planned: &[Planned]) -> Result<Vec<Lever>, Cancelled> {
    let trials = &question.trials;
    let ranks = trials.pool.try_map(planned.len(), |at| {
        let (_, item, _, to) = planned[at];
        let change: [Change; 1] = [(item, to)];
        let rank = trials.ask(&change)?.rank(question.item, trials.cancel)?;
        Ok::<_, Cancelled>(question.listed(rank))
    })?;
    let lever = |(planned, rank): (&Planned, Option<usize>)| {
        let (kind, item, from, to) = *planned;
        rank.map(|rank| Lever {
            kind,
            what: What::Item(item),
            from,
            to,
            rank,
            formula: None,
        })
    };
    let mut levers: Vec<Lever> = planned.iter().zip(ranks).filter_map(lever).collect();
    let size = |lever: &Lever| lever.from.zip(lever.to).map_or(0.0, |(from, to)| (to - from).abs());
    levers.sort_by(|a, b| size(a).total_cmp(&size(b)).then(a.rank.cmp(&b.rank)));
    let mut reported: Vec<Lever> = Vec::new();
    for lever in levers {
        if reported.len() < REPORTED && reported.iter().all(|other| other.what != lever.what) {
            reported.push(lever);
        }
    }
    Ok(reported)
}

/// The rows of the profile, in order of how much their shares in the two scores differ.
fn most_influential(question: &WhyNotQuestion<'_>, last: Option<ItemIx>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..question.serving.profile().len()).collect();
    let own = history::shares(question.serving, question.item);
    let other = last.and_then(|last| history::shares(question.serving, last));
    let silent = || vec![0.0; order.len()];
    let (own, other) = (own.unwrap_or_else(silent), other.unwrap_or_else(silent));
    let tells = |at: usize| (own[at] - other[at]).abs();
    order.sort_by(|a, b| tells(*b).total_cmp(&tells(*a)));
    order
}
