//! Who or what is near.

use serde::Serialize;

use super::{AnswerError, Entity, Named, Subject, Whose, World};
use crate::data::{ItemIx, UserIx, Words};
use crate::models::neighborhood::{Measure, Neighbor, Side, Similarity, best_neighbors};
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
}

impl NeighborsQuery {
    /// The `k` nearest by `similarity` with its defaults.
    pub fn new(subject: Subject, similarity: Similarity, k: usize) -> Self {
        Self {
            subject,
            measure: similarity.into(),
            k,
            focus: None,
        }
    }
}

/// The nearest of a person among the users, or of an item among the items, what-if edits counted in. O(Σ ratings of those
/// that share an entry).
pub fn compute(world: &World, query: &NeighborsQuery, cancel: &Cancel) -> Result<NeighborsView, AnswerError> {
    let found = world.near_to(&query.subject, query.measure, cancel)?;
    let nearest = best_neighbors(found.iter().copied(), query.k).into_iter();
    let subject = match &query.subject {
        Subject::Person(Whose::User(user)) => Some(world.named(Entity::User(*user))),
        Subject::Person(Whose::Guest(_)) => None,
        Subject::Item(item) => Some(world.named(Entity::Item(*item))),
    };
    Ok(NeighborsView {
        subject,
        similarity: query.measure.similarity.name().to_owned(),
        words: world.dataset.feedback().words(),
        neighbors: nearest.map(|n| row(world, query, n)).collect(),
        defined: found.len(),
        edited: match &query.subject {
            Subject::Person(Whose::User(user)) => world.edits().of_user(*user).next().is_some(),
            Subject::Person(Whose::Guest(_)) => false,
            Subject::Item(item) => world.edits().of_item(*item).next().is_some(),
        },
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
