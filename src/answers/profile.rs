//! Everything known of one user or item.

use serde::Serialize;

use super::{AnswerError, Bar, Entity, Line, Lines, Named, Naming, Subject, Whose, World};
use crate::data::{Attributes, ItemIx, Moment, UserIx, Words};
use crate::models::Rated;
use crate::task::Cancel;

/// Who somebody is, or what an item is: everything the Profile pane shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileView {
    /// Who or what; `null` for a guest.
    pub subject: Option<Named>,
    pub ratings: usize,
    /// What they are called (for text and screen).
    #[serde(skip)]
    pub words: Words,
    /// Their mean; `null` for none.
    pub mean: Option<f64>,
    /// Their standard deviation (population); `null` for none.
    pub deviation: Option<f64>,
    /// Their median (for text and screen).
    #[serde(skip)]
    pub median: Option<f64>,
    /// How they are spread, over the bars of the dataset's histogram.
    pub histogram: Vec<Bar>,
    /// What is known beyond ratings: column, text.
    pub attributes: Vec<(String, String)>,
    /// The ratings: a person's items, or an item's raters. Highest first, then newest, then the order of the file.
    pub rows: Lines<ProfileLine>,
    /// How many of them are edited.
    pub edits: usize,
}

/// One rating in a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileRow {
    /// The item (of a person) or the user (of an item).
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// The rating as it counts; `null` where an edit took it away.
    pub rating: Option<f64>,
    /// The rating as stored, where an edit changed it (`null` inside where there was none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<Option<f64>>,
    /// Seconds since 1970.
    pub time: Option<Moment>,
}

/// What an edit stands over: nothing where there is no edit, else what was stored.
#[allow(clippy::option_option)]
type Stored = Option<Option<f64>>;

/// A [`ProfileRow`] without its names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ProfileLine {
    /// The item (of a person) or the user (of an item).
    pub entity: Entity,
    pub rating: Option<f64>,
    /// The rating as stored, where an edit changed it.
    pub stored: Stored,
    /// Seconds since 1970.
    pub time: Option<Moment>,
}

impl Line for ProfileLine {
    type Row = ProfileRow;

    fn entity(&self) -> Entity {
        self.entity
    }

    fn row(&self, names: &dyn Naming) -> ProfileRow {
        ProfileRow {
            entity: self.entity,
            id: names.id(self.entity).to_owned(),
            label: names.label(self.entity),
            rating: self.rating,
            stored: self.stored,
            time: self.time,
        }
    }
}

/// Everything known of `subject`, what-if edits included.
pub fn compute(world: &World, subject: &Subject, cancel: &Cancel) -> Result<ProfileView, AnswerError> {
    let mut lines = match subject {
        Subject::Person(whose) => person_lines(world, whose),
        Subject::Item(item) => item_lines(world, *item, cancel)?,
    };
    cancel.check()?;
    lines.sort_unstable_by(order);
    cancel.check()?;
    let ratings: Vec<f64> = lines.iter().filter_map(|l| l.rating).collect();
    let n = ratings.len() as f64;
    let mean = (!ratings.is_empty()).then(|| ratings.iter().sum::<f64>() / n);
    let (named, attributes) = match subject {
        Subject::Person(Whose::User(user)) => (
            Some(world.named(Entity::User(*user))),
            attributes(world.dataset.user_attributes(), user.at()),
        ),
        Subject::Person(Whose::Guest(_)) => (None, Vec::new()),
        Subject::Item(item) => (
            Some(world.named(Entity::Item(*item))),
            attributes(world.dataset.item_attributes(), item.at()),
        ),
    };
    Ok(ProfileView {
        subject: named,
        ratings: ratings.len(),
        words: world.dataset.feedback().words(),
        median: median(&ratings),
        mean,
        deviation: mean.map(|m| (ratings.iter().map(|r| (r - m) * (r - m)).sum::<f64>() / n).sqrt()),
        histogram: spread(world, &ratings),
        attributes,
        edits: lines.iter().filter(|l| l.stored.is_some()).count(),
        rows: Lines::new(world.dataset.clone(), lines),
    })
}

/// Of values that descend.
fn median(values: &[f64]) -> Option<f64> {
    let (low, high) = (values.get(values.len() / 2)?, values.get((values.len() - 1) / 2)?);
    Some(f64::midpoint(*low, *high))
}

/// Highest first, then newest; what an edit took away stands where it stood.
fn order(a: &ProfileLine, b: &ProfileLine) -> std::cmp::Ordering {
    let standing = |l: &ProfileLine| l.rating.or(l.stored.flatten()).unwrap_or(f64::NEG_INFINITY);
    let by_rating = standing(b).total_cmp(&standing(a));
    by_rating.then(b.time.cmp(&a.time)).then(a.entity.cmp(&b.entity))
}

/// How `ratings` fall into the bars of the dataset's histogram. A rating beyond the scale counts in the bar at its end;
/// one between two values (an edit may be anything) in the nearer one.
fn spread(world: &World, ratings: &[f64]) -> Vec<Bar> {
    let mut bars = world.empty_bars().to_vec();
    let last = bars.len().saturating_sub(1);
    for &rating in ratings {
        let exact = bars.iter().enumerate().position(|(n, b)| b.holds(rating, n == last));
        let nearest = || (0..bars.len()).min_by(|&a, &b| bars[a].distance(rating).total_cmp(&bars[b].distance(rating)));
        if let Some(at) = exact.or_else(nearest) {
            *bars[at].count_mut() += 1;
        }
    }
    bars
}

fn attributes(known: &Attributes, row: usize) -> Vec<(String, String)> {
    let said = |c: &crate::data::Attribute| {
        let text = c.display(row)?;
        Some((c.name.clone(), crate::data::clean_label(&text).into_owned()))
    };
    known.columns.iter().filter_map(said).collect()
}

fn person_lines(world: &World, whose: &Whose) -> Vec<ProfileLine> {
    let profile = world.profile(whose);
    let line = |r: &Rated, stored: Stored| ProfileLine {
        entity: Entity::Item(r.item),
        rating: Some(r.rating),
        stored,
        time: r.time,
    };
    let Whose::User(user) = whose else {
        return profile.rows().iter().map(|r| line(r, None)).collect();
    };
    let stored = |item: ItemIx| world.dataset.rating(*user, item);
    let of = |r: &Rated| line(r, world.edits().get(*user, r.item).map(|_| stored(r.item)));
    let mut lines: Vec<ProfileLine> = profile.rows().iter().map(of).collect();
    let removed = world.edits().of_user(*user).filter(|(_, edit)| edit.is_none());
    lines.extend(removed.map(|(item, _)| ProfileLine {
        entity: Entity::Item(item),
        rating: None,
        stored: Some(stored(item)),
        time: time(world, *user, item),
    }));
    lines
}

/// When `user` rated `item`, as stored.
fn time(world: &World, user: UserIx, item: ItemIx) -> Option<Moment> {
    let at = world.dataset.user_row(user).ids.binary_search(&item.0).ok()?;
    world.dataset.time(user, at)
}

/// Raters that are looked at between two questions whether anybody still wants to know.
const CHUNK: usize = 4096;

fn item_lines(world: &World, item: ItemIx, cancel: &Cancel) -> Result<Vec<ProfileLine>, AnswerError> {
    let (edits, data) = (world.edits(), &world.dataset);
    let raters = edits.item_ratings(data, item);
    let line = |(user, rating): (UserIx, f64), time: Option<Moment>| ProfileLine {
        entity: Entity::User(user),
        rating: Some(rating),
        stored: edits.get(user, item).map(|_| data.rating(user, item)),
        time,
    };
    let chunks = world.pool().try_map(raters.len().div_ceil(CHUNK), |k| {
        cancel.check()?;
        let chunk = &raters[k * CHUNK..raters.len().min((k + 1) * CHUNK)];
        let users: Vec<UserIx> = chunk.iter().map(|rater| rater.0).collect();
        let mut times = data.times_of(item, &users).into_iter();
        let lines = chunk.iter().map(|rater| line(*rater, times.next().flatten()));
        Ok::<_, AnswerError>(lines.collect::<Vec<_>>())
    })?;
    let mut lines: Vec<ProfileLine> = chunks.into_iter().flatten().collect();
    let removed = edits.of_item(item).filter(|(_, edit)| edit.is_none());
    lines.extend(removed.map(|(user, _)| ProfileLine {
        entity: Entity::User(user),
        rating: None,
        stored: Some(data.rating(user, item)),
        time: time(world, user, item),
    }));
    Ok(lines)
}
