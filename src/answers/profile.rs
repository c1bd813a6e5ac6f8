//! Everything known of one user or item.

use serde::Serialize;

use super::{AnswerError, Bar, Entity, Named, Subject, Whose, World};
use crate::data::{Attributes, ItemIx, UserIx};
use crate::models::Rated;
use crate::task::Cancel;

/// Who somebody is, or what an item is: everything the Profile pane shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileView {
    /// Who or what; `null` for a guest.
    pub subject: Option<Named>,
    /// How many ratings.
    pub ratings: usize,
    /// Their mean; `null` for none.
    pub mean: Option<f64>,
    /// Their standard deviation (population); `null` for none.
    pub deviation: Option<f64>,
    /// How they are spread, over the bars of the dataset's histogram.
    pub histogram: Vec<Bar>,
    /// What is known beyond ratings: column, text.
    pub attributes: Vec<(String, String)>,
    /// The ratings: a person's items, or an item's raters. Highest first, then newest, then the order of the file.
    pub rows: Vec<ProfileRow>,
    /// How many of them are edited.
    pub edits: usize,
}

/// One rating in a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileRow {
    /// The item (of a person) or the user (of an item).
    #[serde(skip)]
    pub entity: Entity,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
    /// The rating as it counts; `null` where an edit took it away.
    pub rating: Option<f64>,
    /// The rating as stored, where an edit changed it (`null` inside where there was none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<Option<f64>>,
    /// Seconds since 1970.
    pub time: Option<i64>,
}

/// Everything known of `subject`, what-if edits included.
pub fn compute(world: &World, subject: &Subject, cancel: &Cancel) -> Result<ProfileView, AnswerError> {
    let mut lines = match subject {
        Subject::Person(whose) => person_lines(world, whose),
        Subject::Item(item) => item_lines(world, *item, cancel)?,
    };
    cancel.check()?;
    // Highest first, then newest; what an edit took away stands where it stood.
    let standing = |l: &Line| l.rating.or(l.stored.flatten()).unwrap_or(f64::NEG_INFINITY);
    lines.sort_unstable_by(|a, b| {
        let by_rating = standing(b).total_cmp(&standing(a));
        by_rating.then(b.time.cmp(&a.time)).then(a.entity.cmp(&b.entity))
    });
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
        mean,
        deviation: mean.map(|m| (ratings.iter().map(|r| (r - m) * (r - m)).sum::<f64>() / n).sqrt()),
        histogram: spread(world, &ratings),
        attributes,
        edits: lines.iter().filter(|l| l.stored.is_some()).count(),
        rows: rows(world, &lines, cancel)?,
    })
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

/// What an edit stands over: nothing where there is no edit, else what was stored.
#[allow(clippy::option_option)]
type Stored = Option<Option<f64>>;

/// A row without its names: an item may have a great many.
#[derive(Clone, Copy)]
struct Line {
    entity: Entity,
    rating: Option<f64>,
    stored: Stored,
    time: Option<i64>,
}

/// Lines that are worked on at a time.
const CHUNK: usize = 4096;

/// The lines with their names.
fn rows(world: &World, lines: &[Line], cancel: &Cancel) -> Result<Vec<ProfileRow>, AnswerError> {
    let named = |line: &Line| ProfileRow {
        entity: line.entity,
        id: world.id(line.entity).to_owned(),
        label: world.label(line.entity),
        rating: line.rating,
        stored: line.stored,
        time: line.time,
    };
    let chunks = world.pool().try_map(lines.len().div_ceil(CHUNK), |k| {
        cancel.check()?;
        let chunk = &lines[k * CHUNK..lines.len().min((k + 1) * CHUNK)];
        Ok::<_, AnswerError>(chunk.iter().map(named).collect::<Vec<_>>())
    })?;
    Ok(chunks.into_iter().flatten().collect())
}

fn person_lines(world: &World, whose: &Whose) -> Vec<Line> {
    let profile = world.profile(whose);
    let line = |r: &Rated, stored: Stored| Line {
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
    let mut lines: Vec<Line> = profile.rows().iter().map(of).collect();
    let removed = world.edits().of_user(*user).filter(|(_, edit)| edit.is_none());
    lines.extend(removed.map(|(item, _)| Line {
        entity: Entity::Item(item),
        rating: None,
        stored: Some(stored(item)),
        time: time(world, *user, item),
    }));
    lines
}

/// When `user` rated `item`, as stored.
fn time(world: &World, user: UserIx, item: ItemIx) -> Option<i64> {
    let at = world.dataset.user_row(user).ids.binary_search(&item.0).ok()?;
    world.dataset.time(user, at)
}

fn item_lines(world: &World, item: ItemIx, cancel: &Cancel) -> Result<Vec<Line>, AnswerError> {
    let edits = world.edits();
    let raters = edits.item_ratings(&world.dataset, item);
    let stored = |user| world.dataset.rating(user, item);
    let line = |&(user, rating): &(UserIx, f64)| Line {
        entity: Entity::User(user),
        rating: Some(rating),
        stored: edits.get(user, item).map(|_| stored(user)),
        time: time(world, user, item),
    };
    let chunks = world.pool().try_map(raters.len().div_ceil(CHUNK), |k| {
        cancel.check()?;
        let chunk = &raters[k * CHUNK..raters.len().min((k + 1) * CHUNK)];
        Ok::<_, AnswerError>(chunk.iter().map(line).collect::<Vec<_>>())
    })?;
    let mut lines: Vec<Line> = chunks.into_iter().flatten().collect();
    let removed = edits.of_item(item).filter(|(_, edit)| edit.is_none());
    lines.extend(removed.map(|(user, _)| Line {
        entity: Entity::User(user),
        rating: None,
        stored: Some(stored(user)),
        time: time(world, user, item),
    }));
    Ok(lines)
}
