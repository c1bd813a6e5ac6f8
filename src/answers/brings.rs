//! What a neighbor brings to a list: the list with it and without it, scored anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use serde::Serialize;

use super::recommend::rated_users;
use super::{AnswerError, Entity, Named, Subject, Whose, World, neighbors};
use crate::data::{ItemIx, UserIx};
use crate::models::neighborhood::Measure;
use crate::models::{Formula, Serving};
use crate::task::{Cancel, Report, Task};

/// What a neighbor brings to a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BringsView {
    pub neighbor: Named,
    /// The neighborhood model that scores both lists.
    pub model: String,
    /// The length of the list.
    pub n: usize,
    /// Whether its similarity is above 0, so that it votes at all.
    pub votes: bool,
    /// How many scores are others without it.
    pub changed: usize,
    /// Items for a person, users for an item: what stands in either list, in the order of the list with the neighbor; what
    /// only stands in the other one comes last.
    pub rows: Vec<BringsRow>,
}

/// A row of either list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BringsRow {
    #[serde(skip)]
    pub entity: Entity,
    pub id: String,
    pub label: String,
    /// What the neighbor brings: `added`, `lifted`, `same`, `pushed-down`, `pushed-out`.
    pub effect: Effect,
    /// With the neighbor; `null` where it has no score.
    pub score: Option<f64>,
    pub rank: Option<usize>,
    /// Without it.
    pub score_without: Option<f64>,
    pub rank_without: Option<usize>,
    /// The rating behind its vote: the neighbor's of the item, or the user's of the neighbor.
    pub rating: Option<f64>,
}

/// What a neighbor does to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// In the list only with the neighbor.
    Added,
    /// Higher in the list with it.
    Lifted,
    Same,
    /// Lower in the list with it.
    PushedDown,
    /// In the list only without it.
    PushedOut,
}

impl Effect {
    /// As in JSON and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Lifted => "lifted",
            Self::Same => "same",
            Self::PushedDown => "pushed-down",
            Self::PushedOut => "pushed-out",
        }
    }
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct BringsQuery {
    /// Whose list: of items for a person, of users for an item.
    pub subject: Subject,
    /// Of the subject's kind.
    pub neighbor: Entity,
    pub measure: Measure,
    /// How many of the nearest vote.
    pub k: usize,
    /// The length of the list.
    pub n: usize,
}

impl BringsQuery {
    /// The model that lists by exactly the neighbors of [`neighbors`]: for a person `user-knn` of the k nearest, for an item
    /// `item-knn`, where the k nearest of every item vote for it.
    ///
    /// # Errors
    /// [`AnswerError::Usage`] for settings that the model does not take.
    pub fn formula(&self) -> Result<Formula, AnswerError> {
        let model = match self.subject {
            Subject::Person(_) => "user-knn",
            Subject::Item(_) => "item-knn",
        };
        let Measure {
            similarity,
            min_support,
            shrinkage,
        } = self.measure;
        let (name, k) = (similarity.name(), self.k.max(1));
        let all = if model == "user-knn" {
            format!(",k={k}")
        } else {
            String::new()
        };
        let mut text = format!("{model}:similarity={name},neighbors={k}{all},min-support={min_support}");
        if shrinkage != similarity.default_shrinkage() {
            let _ = write!(text, ",shrinkage={shrinkage}");
        }
        Ok(Formula::parse(&text)?)
    }
}

/// Scores by user or item, and what was rated by or for them already is not among them.
type Scored = BTreeMap<u32, f64>;

/// Both lists. For a person the neighbor is taken out of the data, and whoever is next takes its place among the k; for an
/// item the neighbor is taken out of everybody's profile. What the model learned from it otherwise (means, the similarities
/// of other rows) stays.
///
/// Costs two lists of `user-knn`; for an item the audience of `item-knn` and one score for each rater of the neighbor.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; [`AnswerError::Usage`] for a neighbor of another kind.
pub fn compute(world: &World, query: &BringsQuery, task: &Task) -> Result<BringsView, AnswerError> {
    let formula = query.formula()?;
    let (with, without) = match (&query.subject, query.neighbor) {
        (Subject::Person(whose), Entity::User(user)) => (
            candidates(world, &formula, whose, &task.cancel)?,
            candidates(&without_user(world, user), &formula, whose, &task.cancel)?,
        ),
        (Subject::Item(item), Entity::Item(other)) => for_item(world, &formula, (*item, other), task)?,
        _ => {
            return Err(AnswerError::Usage(
                "a person's neighbor is a user, an item's is an item".to_owned(),
            ));
        }
    };
    let index = match query.neighbor {
        Entity::User(user) => user.0,
        Entity::Item(item) => item.0,
    };
    let near = world.near_to(&query.subject, query.measure, &task.cancel)?;
    let votes = near.iter().any(|n| n.index == index && n.similarity > 0.0);
    let (ranks, ranks_without) = (ranks(&with), ranks(&without));
    let listed = |ranks: &BTreeMap<u32, usize>| -> Vec<u32> {
        let mut listed: Vec<(usize, u32)> = ranks.iter().map(|(at, rank)| (*rank, *at)).collect();
        listed.sort_unstable();
        listed.into_iter().take(query.n).map(|(_, at)| at).collect()
    };
    let mut shown = listed(&ranks);
    let others = listed(&ranks_without);
    shown.extend(
        others
            .into_iter()
            .filter(|at| ranks.get(at).is_none_or(|rank| *rank > query.n)),
    );
    let row = |at: u32| {
        let entity = match query.subject {
            Subject::Person(_) => Entity::Item(ItemIx(at)),
            Subject::Item(_) => Entity::User(UserIx(at)),
        };
        let (rank, rank_without) = (ranks.get(&at).copied(), ranks_without.get(&at).copied());
        BringsRow {
            entity,
            id: world.id(entity).to_owned(),
            label: world.label(entity),
            effect: effect(rank, rank_without, query.n),
            score: with.get(&at).copied(),
            rank,
            score_without: without.get(&at).copied(),
            rank_without,
            rating: match (entity, query.neighbor) {
                (Entity::Item(item), Entity::User(user)) | (Entity::User(user), Entity::Item(item)) => {
                    neighbors::rating(world, user, item)
                }
                _ => None,
            },
        }
    };
    let all = with.keys().chain(without.keys().filter(|at| !with.contains_key(at)));
    Ok(BringsView {
        neighbor: world.named(query.neighbor),
        model: formula.to_string(),
        n: query.n,
        votes,
        changed: all.filter(|at| with.get(at) != without.get(at)).count(),
        rows: shown.into_iter().map(row).collect(),
    })
}

fn effect(rank: Option<usize>, without: Option<usize>, n: usize) -> Effect {
    let listed = |rank: Option<usize>| rank.filter(|rank| *rank <= n);
    match (listed(rank), listed(without)) {
        (Some(_), None) => Effect::Added,
        (None, _) => Effect::PushedOut,
        (Some(with), Some(without)) if with < without => Effect::Lifted,
        (Some(with), Some(without)) if with > without => Effect::PushedDown,
        _ => Effect::Same,
    }
}

/// Ranks from 1: highest first, ties in the order of the file.
fn ranks(scores: &Scored) -> BTreeMap<u32, usize> {
    let mut order: Vec<(u32, f64)> = scores.iter().map(|(at, score)| (*at, *score)).collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    order.into_iter().zip(1..).map(|((at, _), rank)| (at, rank)).collect()
}

/// The scores of what somebody has not rated.
fn candidates(world: &World, formula: &Formula, whose: &Whose, cancel: &Cancel) -> Result<Scored, AnswerError> {
    let serving = world.serving(formula, whose, cancel)?;
    let found = serving.candidates(cancel)?.iter();
    Ok(found.map(|(item, score)| (item.0, *score)).collect())
}

/// The world as if a user had rated nothing.
fn without_user(world: &World, user: UserIx) -> World {
    let mut edits = (**world.edits()).clone();
    for (item, _) in world.edits().user_ratings(&world.dataset, user) {
        edits.set(&world.dataset, user, item, None);
    }
    world.with_edits(Arc::new(edits))
}

/// The scores of an item for those who have not rated it, as they are and as if nobody had rated `other`.
fn for_item(
    world: &World,
    formula: &Formula,
    (item, other): (ItemIx, ItemIx),
    task: &Task,
) -> Result<(Scored, Scored), AnswerError> {
    let model = world.fitted(formula)?;
    let cancel = &task.cancel;
    let score = |user: UserIx, edits: &Arc<crate::data::Edits>| -> Result<Option<f64>, AnswerError> {
        let world = world.with_edits(Arc::clone(edits));
        let serving = Serving::open(&model, world.profile(&Whose::User(user)).into(), cancel)?;
        Ok(serving.score(item).ok())
    };
    let users: Vec<UserIx> = rated_users(world)
        .into_iter()
        .filter(|user| neighbors::rating(world, *user, item).is_none())
        .collect();
    let raters: Vec<UserIx> = users
        .iter()
        .copied()
        .filter(|user| neighbors::rating(world, *user, other).is_some())
        .collect();
    // Who is edited is served alone, the others together where the model has a way.
    let stored = model.audience(&world.dataset, item, task)?.filter(|all| all.exact);
    let (mut with, mut without) = (Scored::new(), Scored::new());
    for chunk in users.chunks(64 * task.pool.threads()) {
        let scores = task.pool.try_map(chunk.len(), |at| {
            let user = chunk[at];
            match &stored {
                Some(audience) if world.edits().of_user(user).next().is_none() => Ok(audience.scores[user.at()]),
                _ => score(user, world.edits()),
            }
        })?;
        with.extend(
            chunk
                .iter()
                .zip(scores)
                .filter_map(|(user, score)| Some((user.0, score? + 0.0))),
        );
        cancel.check()?;
    }
    let mut done = 0;
    without.clone_from(&with);
    for chunk in raters.chunks(64 * task.pool.threads()) {
        let scores = task.pool.try_map(chunk.len(), |at| {
            let mut edits = (**world.edits()).clone();
            edits.set(&world.dataset, chunk[at], other, None);
            score(chunk[at], &Arc::new(edits))
        })?;
        for (user, score) in chunk.iter().zip(scores) {
            match score {
                Some(score) => without.insert(user.0, score),
                None => without.remove(&user.0),
            };
        }
        done += chunk.len() as u64;
        task.progress
            .say(|| Report::of("scoring raters", done, raters.len() as u64, "users"));
    }
    Ok((with, without))
}
