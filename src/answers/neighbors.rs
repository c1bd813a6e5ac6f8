//! Who or what is near.

use serde::Serialize;

use super::{AnswerError, Entity, Named, Subject, Whose, World};
use crate::data::{ItemIx, UserIx, Words};
use crate::models::neighborhood::{Bootstrap, Measure, Neighbor, Side, Significance, Similarity, best_neighbors};
use crate::task::Cancel;

/// Who or what is near.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborsView {
    /// Of whom; `null` for a guest.
    pub subject: Option<Named>,
    pub similarity: String,
    /// What ratings are called (for text and screen).
    #[serde(skip)]
    pub words: Words,
    /// The nearest, highest first.
    pub neighbors: Vec<NeighborRow>,
    /// How many have a defined similarity in all.
    pub defined: usize,
    /// What-if edits were counted in.
    pub edited: bool,
    /// How the intervals were drawn, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bootstrap: Option<Bootstrap>,
}

/// Somebody or something near the subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborRow {
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// How alike it is to the subject.
    pub similarity: f64,
    /// What that is worth, where it was asked for.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub significance: Option<Significance>,
    pub support: u32,
    /// How many ratings it has in all.
    pub ratings: usize,
    pub mean: Option<f64>,
    /// What it says of the focus item (a user's rating of it; for an item neighbor, the person's rating of that item).
    pub focus_rating: Option<f64>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborsQuery {
    /// Of whom, or of which item.
    pub subject: Subject,
    pub measure: Measure,
    pub k: usize,
    /// What the neighbors are asked about: an item.
    pub focus: Option<ItemIx>,
    /// Whether each row says what its similarity is worth.
    pub interval: bool,
}

impl NeighborsQuery {
    /// The `k` nearest by `similarity` with its defaults.
    pub fn new(subject: Subject, similarity: Similarity, k: usize) -> Self {
        Self {
            subject,
            measure: similarity.into(),
            k,
            focus: None,
            interval: false,
        }
    }
}

/// The nearest of a person among the users, or of an item among the items, what-if edits counted in. O(Σ ratings of those
/// that share an entry).
pub fn compute(world: &World, query: &NeighborsQuery, cancel: &Cancel) -> Result<NeighborsView, AnswerError> {
    let found = world.near_to(&query.subject, query.measure, cancel)?;
    let nearest = best_neighbors(found.iter().copied(), query.k);
    let bootstrap = query.interval.then(|| Bootstrap::of_seed(world.seed()));
    let worth = bootstrap.map(|bootstrap| significance(world, query, &nearest, bootstrap, cancel));
    let mut worth = worth.transpose()?.unwrap_or_default().into_iter();
    let row = |n: Neighbor| NeighborRow {
        significance: worth.next().flatten(),
        ..row(world, query, n)
    };
    let subject = match &query.subject {
        Subject::Person(Whose::User(user)) => Some(world.named(Entity::User(*user))),
        Subject::Person(Whose::Guest(_)) => None,
        Subject::Item(item) => Some(world.named(Entity::Item(*item))),
    };
    Ok(NeighborsView {
        subject,
        similarity: query.measure.similarity.name().to_owned(),
        words: world.dataset.feedback().words(),
        neighbors: nearest.into_iter().map(row).collect(),
        bootstrap,
        defined: found.len(),
        edited: match &query.subject {
            Subject::Person(Whose::User(user)) => world.edits().of_user(*user).next().is_some(),
            Subject::Person(Whose::Guest(_)) => false,
            Subject::Item(item) => world.edits().of_item(*item).next().is_some(),
        },
    })
}

/// What each similarity is worth, in the order of `nearest`.
fn significance(
    world: &World,
    query: &NeighborsQuery,
    nearest: &[Neighbor],
    bootstrap: Bootstrap,
    cancel: &Cancel,
) -> Result<Vec<Option<Significance>>, AnswerError> {
    let others: Vec<u32> = nearest.iter().map(|n| n.index).collect();
    let (near, how, task) = (&world.near, (query.measure, bootstrap), (world.pool(), cancel));
    Ok(match &query.subject {
        Subject::Person(whose) => near.significance_of_profile(&world.profile(whose), &others, how, task)?,
        Subject::Item(item) => near.significance_of_item(world.edits(), *item, &others, how, task)?,
    })
}

fn row(world: &World, query: &NeighborsQuery, neighbor: Neighbor) -> NeighborRow {
    let (data, edits) = (&world.dataset, world.edits());
    let (entity, (ratings, mean)) = match &query.subject {
        Subject::Person(_) => {
            let user = UserIx(neighbor.index);
            let known = match edits.of_user(user).next() {
                None => world.near.summary(Side::Users, user.0),
                Some(_) => counted(edits.user_ratings(data, user).into_iter().map(|(_, r)| r)),
            };
            (Entity::User(user), known)
        }
        Subject::Item(_) => {
            let item = ItemIx(neighbor.index);
            let known = match edits.of_item(item).next() {
                None => world.near.summary(Side::Items, item.0),
                Some(_) => counted(edits.item_ratings(data, item).into_iter().map(|(_, r)| r)),
            };
            (Entity::Item(item), known)
        }
    };
    let focus_rating = match entity {
        Entity::User(user) => query.focus.and_then(|item| rating(world, user, item)),
        Entity::Item(_) => None,
    };
    NeighborRow {
        entity,
        id: world.id(entity).to_owned(),
        label: world.label(entity),
        similarity: neighbor.similarity,
        significance: None,
        support: neighbor.support,
        ratings,
        mean,
        focus_rating,
    }
}

/// How many ratings there are, and their mean; `None` for none.
fn counted(ratings: impl Iterator<Item = f64>) -> (usize, Option<f64>) {
    let (n, sum) = ratings.fold((0, 0.0), |(n, sum), rating| (n + 1, sum + rating));
    (n, (n > 0).then(|| sum / n as f64))
}

/// The rating of `item` by `user` as it counts: edited where it was edited.
pub(super) fn rating(world: &World, user: UserIx, item: ItemIx) -> Option<f64> {
    let edit = world.edits().get(user, item);
    edit.unwrap_or_else(|| world.dataset.rating(user, item))
}
