//! A formula taken apart: what can be turned in it, what each part says of the candidates, the list as it is turned now
//! against the list as it was, and where two rows change places.

mod spread;
mod swap;

use serde::Serialize;

use super::compare::{PERSISTENCE, Rbo};
use super::recommend::{self, Moved};
use super::{AnswerError, Entity, RecommendQuery, Subject, Whose, World};
use crate::data::ItemIx;
use crate::explain::{overlap, rank_biased_overlap};
use crate::models::formula::DialKind;
use crate::models::{Formula, Serving};
use crate::task::{Cancel, Task};

pub use spread::{PartRow, Spread};
pub use swap::SwapRow;

/// A list by a formula, and the same list as the formula was turned before.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HybridView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub model: String,
    /// The formula that old ranks are by.
    pub against: String,
    pub unit: String,
    pub n: usize,
    pub candidates: usize,
    /// The share of the two lists that both have.
    pub overlap: f64,
    pub rbo: Rbo,
    /// All that can be turned.
    pub dials: Vec<DialRow>,
    /// The parts of the formula, each with the spread of its scores over the candidates.
    pub parts: Vec<PartRow>,
    /// What the scores of the rows are shared between: the legend of the stacked bars, in the order of [`HybridRow::parts`].
    pub components: Vec<String>,
    pub rows: Vec<HybridRow>,
    /// Where neighbors in the list change places, where that was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub swaps: Vec<SwapRow>,
    /// Why this is no ranking, or what to know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// Something that can be turned.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DialRow {
    /// As `sweep --dial` takes it.
    pub dial: String,
    pub kind: DialKind,
    /// What it is set to.
    pub value: String,
    /// What it was set to before.
    pub before: String,
    /// The part that a weight weighs, else the combination.
    pub part: String,
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HybridRow {
    pub rank: usize,
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    pub score: f64,
    /// Its rank by the formula before, among all candidates; `null` where that has no score for it.
    pub old_rank: Option<usize>,
    #[serde(skip)]
    pub moved: Moved,
    /// The share of each component, their sum the score; empty where the formula is no sum and no switch.
    pub parts: Vec<f64>,
}

/// Which neighbors in the list are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swaps {
    None,
    /// This item with the one above it and the one below.
    Around(ItemIx),
    /// All of the list.
    All,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct HybridQuery {
    pub whose: Whose,
    pub formula: Formula,
    /// The formula that old ranks are by.
    pub against: Formula,
    pub n: usize,
    pub swaps: Swaps,
}

/// Takes the formula apart for somebody. O(parts·items) for the list, whatever was turned, and once for all who ask for it;
/// swaps come on top of it.
///
/// # Errors
/// [`AnswerError::Fitting`] where the models aren't fitted; cancellation.
pub fn compute(world: &World, query: &HybridQuery, task: &Task) -> Result<HybridView, AnswerError> {
    let without_swaps = HybridQuery {
        swaps: Swaps::None,
        ..query.clone()
    };
    let turned = world.once(&without_swaps, &task.cancel, || turned(world, query, task))?;
    let mut view = HybridView::clone(&turned);
    let items: Vec<ItemIx> = view.rows.iter().filter_map(|row| row.entity.item()).collect();
    view.swaps = swap::rows(world, query, &items, &task.cancel)?;
    Ok(view)
}

/// The list and its parts, without swaps.
fn turned(world: &World, query: &HybridQuery, task: &Task) -> Result<HybridView, AnswerError> {
    let cancel = &task.cancel;
    let list = recommend::compute(world, &list_query(query, &query.formula), task, &mut |_| ())?;
    let before = world.serving(&query.against, &query.whose, cancel)?;
    let new_items: Vec<ItemIx> = list.items.iter().filter_map(|row| row.entity.item()).collect();
    let old = ranks(&before, &new_items, cancel)?;
    let rows = list.items.into_iter().zip(old).map(|(row, old_rank)| HybridRow {
        rank: row.rank,
        entity: row.entity,
        id: row.id,
        label: row.label,
        score: row.score,
        old_rank,
        // What was further down than this list reaches is new in it.
        moved: old_rank
            .filter(|old| *old <= query.n)
            .map_or(Moved::New, |old| Moved::By(old as i64 - row.rank as i64)),
        parts: row.parts,
    });
    let rows = rows.collect();
    let old_items: Vec<ItemIx> = before
        .recommend(query.n, false, cancel)?
        .into_iter()
        .map(|(item, _)| item)
        .collect();
    Ok(HybridView {
        user: list.user,
        against: query.against.to_string(),
        unit: list.unit,
        n: query.n,
        candidates: list.candidates,
        overlap: overlap(&new_items, &old_items),
        rbo: Rbo {
            p: PERSISTENCE,
            value: rank_biased_overlap(&new_items, &old_items, PERSISTENCE),
        },
        dials: dials(query),
        parts: spread::parts(world, query, cancel)?,
        components: recommend::components(&query.formula),
        swaps: Vec::new(),
        rows,
        note: list.note,
        model: list.model,
    })
}

fn list_query(query: &HybridQuery, formula: &Formula) -> RecommendQuery {
    RecommendQuery {
        subject: Subject::Person(query.whose.clone()),
        formula: formula.clone(),
        n: query.n,
        include_seen: false,
    }
}

/// The ranks of some candidates among all of them, in the order of `items`; `None` where one has no score. Nothing is sorted but
/// those: O(candidates · log items).
fn ranks(serving: &Serving, items: &[ItemIx], cancel: &Cancel) -> Result<Vec<Option<usize>>, AnswerError> {
    let scores = serving.scores(cancel)?;
    let scored = items
        .iter()
        .enumerate()
        .filter_map(|(at, item)| Some((scores.get(*item)?, *item, at)));
    let mut scored: Vec<(f64, ItemIx, usize)> = scored.collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    // How many candidates stand before each, and not before the one above it; the first of them is itself.
    let mut before = vec![0; scored.len() + 1];
    for (item, score) in serving.candidates(cancel)? {
        let above = |other: &(f64, ItemIx, usize)| other.0 > *score || (other.0 == *score && other.1 < *item);
        before[scored.partition_point(above)] += 1;
    }
    let mut ranks = vec![None; items.len()];
    let mut rank = 0;
    for ((_, _, at), more) in scored.iter().zip(before) {
        rank += more;
        ranks[*at] = Some(rank);
    }
    Ok(ranks)
}

fn dials(query: &HybridQuery) -> Vec<DialRow> {
    let row = |dial: crate::models::formula::Dial| DialRow {
        before: query
            .against
            .dial(&dial.path)
            .map_or(dial.value, |before| before.value)
            .to_string(),
        value: dial.value.to_string(),
        kind: dial.kind,
        part: dial.of.to_string(),
        dial: dial.path,
    };
    query.formula.dials().into_iter().map(row).collect()
}

#[cfg(test)]
mod tests;
