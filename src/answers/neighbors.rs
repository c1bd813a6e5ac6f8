//! Who or what is near.

use serde::Serialize;

use super::{AnswerError, Entity, Named, Subject, Whose, World};
use crate::data::{ItemIx, UserIx};
use crate::models::neighborhood::{Measure, Neighbor, Similarity};
use crate::task::Cancel;

/// Who or what is near.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborsView {
    /// Of whom; `null` for a guest.
    pub subject: Option<Named>,
    /// The similarity's name.
    pub similarity: String,
    /// The nearest, highest first.
    pub neighbors: Vec<NeighborRow>,
    /// How many have a defined similarity in all.
    pub defined: usize,
    /// What-if edits were counted in.
    pub edited: bool,
}

/// One neighbor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborRow {
    /// The user or item itself.
    #[serde(skip)]
    pub entity: Entity,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
    /// Its similarity.
    pub similarity: f64,
    /// How many entries both have.
    pub support: u32,
    /// How many ratings it has in all.
    pub ratings: usize,
    /// Its mean rating.
    pub mean: Option<f64>,
    /// What it says of the focus item (a user's rating of it; for an item neighbor, the person's rating of that item).
    pub focus_rating: Option<f64>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborsQuery {
    /// Of whom, or of which item.
    pub subject: Subject,
    /// How alike, with its settings.
    pub measure: Measure,
    /// How many.
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
    let found = search(world, &query.subject, query.measure, cancel)?;
    let defined = found.len();
    let nearest = found.into_iter().take(query.k);
    let subject = match &query.subject {
        Subject::Person(Whose::User(user)) => Some(world.named(Entity::User(*user))),
        Subject::Person(Whose::Guest(_)) => None,
        Subject::Item(item) => Some(world.named(Entity::Item(*item))),
    };
    Ok(NeighborsView {
        subject,
        similarity: query.measure.similarity.name().to_owned(),
        neighbors: nearest.map(|n| row(world, query, n)).collect(),
        defined,
        edited: match &query.subject {
            Subject::Person(Whose::User(user)) => world.edits().of_user(*user).next().is_some(),
            Subject::Person(Whose::Guest(_)) => false,
            Subject::Item(item) => world.edits().of_item(*item).next().is_some(),
        },
    })
}

/// All that have a similarity to the subject, highest first.
pub(super) fn search(
    world: &World,
    subject: &Subject,
    measure: Measure,
    cancel: &Cancel,
) -> Result<Vec<Neighbor>, AnswerError> {
    Ok(match subject {
        Subject::Person(whose) => world.near.of_profile(&world.profile(whose), measure, cancel)?,
        Subject::Item(item) => world.near.of_item(world.edits(), *item, measure, cancel)?,
    })
}

fn row(world: &World, query: &NeighborsQuery, neighbor: Neighbor) -> NeighborRow {
    let data = &world.dataset;
    let (entity, ratings): (Entity, Vec<f64>) = match &query.subject {
        Subject::Person(_) => {
            let user = UserIx(neighbor.index);
            let rows = world.edits().user_ratings(data, user).into_iter();
            (Entity::User(user), rows.map(|(_, r)| r).collect())
        }
        Subject::Item(_) => {
            let item = ItemIx(neighbor.index);
            let rows = world.edits().item_ratings(data, item).into_iter();
            (Entity::Item(item), rows.map(|(_, r)| r).collect())
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
        ratings: ratings.len(),
        mean: (!ratings.is_empty()).then(|| ratings.iter().sum::<f64>() / ratings.len() as f64),
        focus_rating,
    }
}

/// The rating of `item` by `user` as it counts: edited where it was edited.
pub(super) fn rating(world: &World, user: UserIx, item: ItemIx) -> Option<f64> {
    let edit = world.edits().get(user, item);
    edit.unwrap_or_else(|| world.dataset.rating(user, item))
}
