//! Two items side by side for the same person: part by part, what makes the difference of their scores.

use serde::Serialize;

use super::why_not::{ContrastRow, contrast_row};
use super::{AnswerError, CutRow, Entity, Whose, World};
use crate::data::ItemIx;
use crate::explain::contrast_of;
use crate::models::{Formula, Serving};
use crate::task::Cancel;

/// Two items side by side for the same person.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContrastView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub model: String,
    pub item: CutRow,
    /// What it is compared with.
    pub cut: CutRow,
    /// The second score less the first.
    pub gap: f64,
    /// Both scores part by part, the largest differences first; the differences sum to minus the gap.
    pub contrast: Vec<ContrastRow>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct ContrastQuery {
    /// To whom both would be recommended.
    pub whose: Whose,
    pub item: ItemIx,
    /// Where none is named, the one just before it in the list; for the first, the one after it.
    pub against: Option<ItemIx>,
    pub formula: Formula,
}

impl ContrastView {
    /// What the differences add up to.
    pub fn sum(&self) -> f64 {
        self.contrast.iter().map(|row| row.difference).sum()
    }

    /// Whether the differences add up to minus the gap, within 1e-6 of their magnitudes.
    pub fn holds(&self) -> bool {
        let size: f64 = self.contrast.iter().map(|row| row.item.abs() + row.cut.abs()).sum();
        (self.sum() + self.gap).abs() <= 1e-6 * size.max(1.0)
    }
}

/// The item to compare with where none is named: see [`ContrastQuery::against`]. `None` where nothing else has a score.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn neighbor_in_the_list(
    world: &World,
    query: &ContrastQuery,
    cancel: &Cancel,
) -> Result<Option<ItemIx>, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    if let Some(item) = query.against.filter(|other| *other != query.item) {
        return Ok(Some(item));
    }
    let rank = serving.standing(query.item, cancel)?.rank;
    // One that is rated has no place: it is compared with the first.
    let at = match rank {
        None => 0,
        Some(1) => 1,
        Some(rank) => rank - 2,
    };
    let list = serving.recommend(at + 1, false, cancel)?;
    Ok(list.get(at).map(|(item, _)| *item))
}

/// Both scores, and what makes the difference.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::NoScore`] where it has nothing to say of one of them,
/// [`AnswerError::Usage`] where there is nothing to compare with; cancellation.
pub fn compute(world: &World, query: &ContrastQuery, cancel: &Cancel) -> Result<ContrastView, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    let other = match query.against {
        // The same twice is its own counterpart, if somebody asks for it by name.
        Some(item) => Some(item),
        None => neighbor_in_the_list(world, query, cancel)?,
    };
    let other = other.ok_or_else(|| AnswerError::Usage("there is no other item to compare with".to_owned()))?;
    let (item, cut) = (
        row(world, &serving, query.item, cancel)?,
        row(world, &serving, other, cancel)?,
    );
    let parts = contrast_of((&serving, query.item), (&serving, other));
    Ok(ContrastView {
        user: serving.profile().user().map(|u| world.dataset.user_id(u).to_owned()),
        model: query.formula.to_string(),
        gap: cut.score - item.score,
        item,
        cut,
        contrast: parts.iter().map(|part| contrast_row(world, part)).collect(),
    })
}

fn row(world: &World, serving: &Serving, item: ItemIx, cancel: &Cancel) -> Result<CutRow, AnswerError> {
    Ok(CutRow {
        rank: serving.standing(item, cancel)?.rank,
        named: world.named(Entity::Item(item)),
        score: serving.score(item)?,
    })
}
