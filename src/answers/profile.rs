//! Everything known of one user or item.

use serde::Serialize;

use super::{AnswerError, Bar, Entity, Named, Subject, Whose, World};
use crate::data::{Attributes, ItemIx};
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
    let mut rows = match subject {
        Subject::Person(whose) => person_rows(world, whose),
        Subject::Item(item) => item_rows(world, *item),
    };
    cancel.check()?;
    // Highest first, then newest; what an edit took away stands where it stood.
    let standing = |r: &ProfileRow| r.rating.or(r.stored.flatten()).unwrap_or(f64::NEG_INFINITY);
    rows.sort_by(|a, b| {
        let by_rating = standing(b).total_cmp(&standing(a));
        by_rating.then(b.time.cmp(&a.time)).then(a.entity.cmp(&b.entity))
    });
    let ratings: Vec<f64> = rows.iter().filter_map(|r| r.rating).collect();
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
        edits: rows.iter().filter(|r| r.stored.is_some()).count(),
        rows,
    })
}

/// How `ratings` fall into the bars of the dataset's histogram. A rating beyond the scale counts in the bar at its end;
/// one between two values (an edit may be anything) in the nearer one.
fn spread(world: &World, ratings: &[f64]) -> Vec<Bar> {
    if world.dataset.n_ratings() == 0 {
        return Vec::new();
    }
    let mut bars = Bar::of(&world.dataset.histogram());
    for bar in &mut bars {
        *bar.count_mut() = 0;
    }
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

fn row(world: &World, entity: Entity, rating: Option<f64>, stored: Stored, time: Option<i64>) -> ProfileRow {
    ProfileRow {
        entity,
        id: world.id(entity).to_owned(),
        label: world.label(entity),
        rating,
        stored,
        time,
    }
}

fn person_rows(world: &World, whose: &Whose) -> Vec<ProfileRow> {
    let profile = world.profile(whose);
    let Whose::User(user) = whose else {
        let plain = |r: &Rated| row(world, Entity::Item(r.item), Some(r.rating), None, r.time);
        return profile.rows().iter().map(plain).collect();
    };
    let stored = |item: ItemIx| world.dataset.rating(*user, item);
    let mut rows: Vec<ProfileRow> = profile
        .rows()
        .iter()
        .map(|r| {
            let edited = world.edits().get(*user, r.item).map(|_| stored(r.item));
            row(world, Entity::Item(r.item), Some(r.rating), edited, r.time)
        })
        .collect();
    let removed = world.edits().of_user(*user).filter(|(_, edit)| edit.is_none());
    rows.extend(removed.map(|(item, _)| {
        let at = world.dataset.user_row(*user).ids.binary_search(&item.0).ok();
        let time = at.and_then(|k| world.dataset.time(*user, k));
        row(world, Entity::Item(item), None, Some(stored(item)), time)
    }));
    rows
}

fn item_rows(world: &World, item: ItemIx) -> Vec<ProfileRow> {
    let data = &world.dataset;
    let time = |user| {
        let at = data.user_row(user).ids.binary_search(&item.0).ok()?;
        data.time(user, at)
    };
    let stored = |user| data.rating(user, item);
    let raters = world.edits().item_ratings(data, item).into_iter();
    let mut rows: Vec<ProfileRow> = raters
        .map(|(user, rating)| {
            let edited = world.edits().get(user, item).map(|_| stored(user));
            row(world, Entity::User(user), Some(rating), edited, time(user))
        })
        .collect();
    let removed = world.edits().of_item(item).filter(|(_, edit)| edit.is_none());
    rows.extend(removed.map(|(user, _)| row(world, Entity::User(user), None, Some(stored(user)), time(user))));
    rows
}
