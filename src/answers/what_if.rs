//! Somebody's list before and after a file of edits.

use serde::Serialize;

use super::compare::PERSISTENCE;
use super::recommend::{self, RecommendRow, RecommendView};
use super::{AnswerError, Entity, Named, NeighborsQuery, Rbo, RecommendQuery, Subject, Whose, World, neighbors};
use crate::explain::{overlap, rank_biased_overlap};
use crate::models::neighborhood::Similarity;
use crate::models::{Formula, Profile};
use crate::task::Task;

/// Somebody's list before and after edits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub model: String,
    /// How many ratings are others now: given, changed or taken out.
    pub edits: usize,
    /// Which they are, in the order of the file.
    pub changes: Vec<ChangeRow>,
    /// The share of the lists that both have, of the longer one's length.
    pub overlap: f64,
    pub rbo: Rbo,
    pub before: Vec<RecommendRow>,
    pub after: Vec<RecommendRow>,
    pub neighbors: NeighborsMoved,
}

/// A rating that is another one now.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeRow {
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// `null` where there was none.
    pub from: Option<f64>,
    /// `null` where it was taken out.
    pub to: Option<f64>,
}

/// Who is near that was not, and the other way round: the ten nearest users by cosine.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NeighborsMoved {
    /// Nearest first.
    pub gained: Vec<Named>,
    pub lost: Vec<Named>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct WhatIfQuery {
    /// Whose list it is.
    pub whose: Whose,
    pub formula: Formula,
    pub n: usize,
}

/// How many neighbors are compared.
const NEIGHBORS: usize = 10;

/// Both lists, and the neighbors. `after` is somebody in a world with the edits, as by [`World::edited_by`].
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn compute(
    world: &World,
    query: &WhatIfQuery,
    after: (&World, &Whose),
    task: &Task,
) -> Result<WhatIfView, AnswerError> {
    let list = |world: &World, whose: &Whose| -> Result<RecommendView, AnswerError> {
        let query = RecommendQuery {
            subject: Subject::Person(whose.clone()),
            formula: query.formula.clone(),
            n: query.n,
            include_seen: false,
        };
        recommend::compute(world, &query, task, &mut |_| {})
    };
    let near = |world: &World, whose: &Whose| -> Result<Vec<Entity>, AnswerError> {
        let query = NeighborsQuery::new(Subject::Person(whose.clone()), Similarity::Cosine, NEIGHBORS);
        let found = neighbors::compute(world, &query, &task.cancel)?.neighbors;
        Ok(found
            .iter()
            .filter(|row| row.similarity > 0.0)
            .map(|row| row.entity)
            .collect())
    };
    let (before_list, after_list) = (list(world, &query.whose)?, list(after.0, after.1)?);
    let (was, is) = (near(world, &query.whose)?, near(after.0, after.1)?);
    let only = |some: &[Entity], others: &[Entity]| {
        let new = some.iter().filter(|one| !others.contains(one));
        new.map(|one| world.named(*one)).collect()
    };
    let changes = changes(world, &world.profile(&query.whose), &after.0.profile(after.1));
    let listed = |list: &RecommendView| list.items.iter().map(|row| row.entity).collect::<Vec<_>>();
    let (was_listed, is_listed) = (listed(&before_list), listed(&after_list));
    Ok(WhatIfView {
        user: before_list.user.clone(),
        model: query.formula.to_string(),
        edits: changes.len(),
        changes,
        overlap: overlap(&was_listed, &is_listed),
        rbo: Rbo {
            p: PERSISTENCE,
            value: rank_biased_overlap(&was_listed, &is_listed, PERSISTENCE),
        },
        after: after_list.compared(&before_list).items,
        before: before_list.items,
        neighbors: NeighborsMoved {
            gained: only(&is, &was),
            lost: only(&was, &is),
        },
    })
}

/// The ratings that differ, by item.
fn changes(world: &World, before: &Profile, after: &Profile) -> Vec<ChangeRow> {
    let row = |item, from, to| ChangeRow {
        entity: Entity::Item(item),
        id: world.dataset.item_id(item).to_owned(),
        label: world.dataset.item_label(item).to_owned(),
        from,
        to,
    };
    let mut rows: Vec<ChangeRow> = (before.rows().iter())
        .map(|was| (was, after.rating(was.item)))
        .filter(|(was, now)| *now != Some(was.rating))
        .map(|(was, now)| row(was.item, Some(was.rating), now))
        .collect();
    let new = after.rows().iter().filter(|now| !before.contains(now.item));
    rows.extend(new.map(|now| row(now.item, None, Some(now.rating))));
    rows.sort_by_key(|row| row.entity);
    rows
}
