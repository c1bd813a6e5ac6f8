//! Two rows side by side, with the arithmetic of their similarity.

use serde::Serialize;

use super::{AnswerError, Entity, Line, Lines, Named, Naming, Subject, Whose, World};
use crate::data::{ItemIx, UserIx, Words};
use crate::models::neighborhood::{Measure, PairArithmetic, PairColumn, PairEntry, Undefined};
use crate::task::Cancel;

/// Two rows side by side, with the similarity's arithmetic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairView {
    /// The subject; `null` for a guest.
    pub a: Option<Named>,
    /// The user or item that it is compared with.
    pub b: Named,
    pub similarity: String,
    /// `null` where undefined.
    pub value: Option<f64>,
    pub support: u32,
    /// What ratings are called (for text and screen).
    #[serde(skip)]
    pub words: Words,
    /// What both rated: name, a's rating, b's rating.
    pub common: Lines<CommonLine>,
    /// What each of these adds to the similarity's main sum, and what that is called.
    #[serde(skip)]
    pub shares: Vec<f64>,
    #[serde(skip)]
    pub sum: &'static str,
    /// Every entry that goes into it, ascending: name, a's rating, b's rating, `null` where unrated. Whole rows where the
    /// similarity compares those, else what both rated.
    pub vectors: Lines<VectorLine>,
    /// How many entries neither rated, where whole rows are compared.
    pub left_out: Option<usize>,
    /// What is added up over the entries, beside the ratings.
    #[serde(skip)]
    pub columns: &'static [PairColumn],
    /// The sums that go into it, by name, in order.
    pub sums: Vec<(String, f64)>,
    /// The formula with the numbers filled in, one line each.
    pub arithmetic: Vec<String>,
    /// All similarities of the pair: name, value, `null` where undefined.
    pub all: Vec<(String, Option<f64>)>,
}

/// What both rated, a's rating, b's rating.
pub type CommonLine = (Entity, f64, f64);

impl Line for CommonLine {
    type Row = (Named, f64, f64);

    fn entity(&self) -> Entity {
        self.0
    }

    fn row(&self, names: &dyn Naming) -> Self::Row {
        (Named::of(self.0, names), self.1, self.2)
    }
}

/// An entry of either row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VectorLine {
    pub entity: Entity,
    pub ratings: (Option<f64>, Option<f64>),
    /// What counts for them, which the columns are computed from.
    pub seen: (f64, f64),
}

impl Line for VectorLine {
    type Row = (Named, Option<f64>, Option<f64>);

    fn entity(&self) -> Entity {
        self.entity
    }

    fn row(&self, names: &dyn Naming) -> Self::Row {
        (Named::of(self.entity, names), self.ratings.0, self.ratings.1)
    }
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct PairQuery {
    pub subject: Subject,
    /// The other, of the same kind: a user beside a person, an item beside an item.
    pub other: Entity,
    /// The similarity that is shown in detail.
    pub measure: Measure,
}

/// The two rows, what-if edits counted in, and every similarity of theirs: the one asked for with its settings, the
/// others with their defaults.
///
/// # Errors
/// [`AnswerError::Usage`] for a person beside an item; cancellation.
pub fn compute(world: &World, query: &PairQuery, cancel: &Cancel) -> Result<PairView, AnswerError> {
    let detail = arithmetic(world, query, cancel)?;
    let finite = |value: Result<f64, Undefined>| value.ok().filter(|v| v.is_finite());
    let all = detail.all.iter();
    let all = all.map(|(similarity, value)| (similarity.name().to_owned(), finite(*value)));
    let entry = |index: u32| match query.other {
        Entity::User(_) => Entity::Item(ItemIx(index)),
        Entity::Item(_) => Entity::User(UserIx(index)),
    };
    let vector = |e: &PairEntry| VectorLine {
        entity: entry(e.index),
        ratings: e.ratings,
        seen: e.seen,
    };
    let entries = match query.other {
        Entity::User(_) => world.dataset.n_items(),
        Entity::Item(_) => world.dataset.n_users(),
    };
    Ok(PairView {
        a: match &query.subject {
            Subject::Person(Whose::User(user)) => Some(world.named(Entity::User(*user))),
            Subject::Person(Whose::Guest(_)) => None,
            Subject::Item(item) => Some(world.named(Entity::Item(*item))),
        },
        b: world.named(query.other),
        similarity: query.measure.similarity.name().to_owned(),
        value: finite(detail.value),
        support: detail.support,
        words: world.dataset.feedback().words(),
        common: Lines::new(
            world.dataset.clone(),
            detail.common.iter().map(|c| (entry(c.index), c.a, c.b)).collect(),
        ),
        shares: detail.common.iter().map(|c| c.share).collect(),
        sum: detail.sum,
        vectors: Lines::new(world.dataset.clone(), detail.entries.iter().map(vector).collect()),
        left_out: detail.whole.then(|| entries.saturating_sub(detail.entries.len())),
        columns: detail.columns,
        sums: detail
            .figures
            .iter()
            .map(|(name, x)| ((*name).to_owned(), *x))
            .collect(),
        all: all.collect(),
        arithmetic: detail.lines,
    })
}

/// The two rows and every similarity, by index.
pub(super) fn arithmetic(world: &World, query: &PairQuery, cancel: &Cancel) -> Result<PairArithmetic, AnswerError> {
    let (near, measure) = (&world.near, query.measure);
    match (&query.subject, query.other) {
        (Subject::Person(whose), Entity::User(user)) => {
            Ok(near.pair_with_user(&world.profile(whose), user, measure, cancel)?)
        }
        (Subject::Item(item), Entity::Item(other)) => {
            Ok(near.pair_of_items(world.edits(), *item, other, measure, cancel)?)
        }
        _ => Err(AnswerError::Usage(
            "a person is compared with a user, an item with an item".to_owned(),
        )),
    }
}
