//! Somebody's list before and after a file of edits.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::recommend::{self, RecommendRow, RecommendView};
use super::{AnswerError, Entity, Named, NeighborsQuery, RecommendQuery, Subject, Whose, World, neighbors};
use crate::data::{Day, Edits, ItemIx, Moment, clean_label};
use crate::models::Formula;
use crate::models::neighborhood::Similarity;
use crate::task::Task;

/// Somebody's list before and after edits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhatIfView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub model: String,
    /// How many ratings are others now: given, changed or taken out.
    pub edits: usize,
    pub before: Vec<RecommendRow>,
    pub after: Vec<RecommendRow>,
    pub neighbors: NeighborsMoved,
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
    Ok(WhatIfView {
        user: before_list.user.clone(),
        model: query.formula.to_string(),
        edits: changed(&world.profile(&query.whose), &after.0.profile(after.1)),
        after: after_list.compared(&before_list).items,
        before: before_list.items,
        neighbors: NeighborsMoved {
            gained: only(&is, &was),
            lost: only(&was, &is),
        },
    })
}

/// How many ratings differ.
fn changed(before: &crate::models::Profile, after: &crate::models::Profile) -> usize {
    let kept = before
        .rows()
        .iter()
        .filter(|row| after.rating(row.item) != Some(row.rating));
    let new = after.rows().iter().filter(|row| !before.contains(row.item));
    kept.count() + new.count()
}

/// One line of a file of edits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Rate(ItemIx, f64),
    Unrate(ItemIx),
    /// Only ratings up to the end of this day are left; those without a time stay.
    Until(Day),
    /// Every rating times this, and back onto the scale.
    Scale(f64),
}

/// The ratings that edits are applied to, with their times.
type Edited = BTreeMap<ItemIx, (f64, Option<Moment>)>;

impl World {
    /// Applies a file of edits to somebody, and returns them in the world with the edits. A line each: `rate ID 4.5`, `unrate
    /// ID`, `until 1998-01-01`, `scale 0.5`; `#` begins a comment. They are applied in order. `name` is what errors call the
    /// file.
    ///
    /// # Errors
    /// [`AnswerError::Unknown`]: one sentence with file, line and column.
    pub fn edited_by(&self, whose: &Whose, text: &str, name: &str) -> Result<(Self, Whose), AnswerError> {
        let profile = self.profile(whose);
        let mut rows: Edited = (profile.rows().iter().map(|row| (row.item, (row.rating, row.time)))).collect();
        let mut new = Vec::new();
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let wrong = |(column, why): (usize, String)| {
                AnswerError::Unknown(format!("{}:{}:{column}: {why}", clean_label(name), at + 1))
            };
            if let Some(step) = self.edit_step(line).map_err(wrong)? {
                self.apply(step, &mut rows).map_err(|why| wrong((1, why)))?;
                if let Step::Rate(item, _) = step {
                    new.push(item);
                }
            }
        }
        match whose {
            Whose::User(user) => {
                let mut edits: Edits = (**self.edits()).clone();
                for row in profile.rows() {
                    edits.set(&self.dataset, *user, row.item, None);
                }
                for (item, (rating, _)) in rows {
                    edits.set(&self.dataset, *user, item, Some(rating));
                }
                Ok((self.with_edits(Arc::new(edits)), whose.clone()))
            }
            Whose::Guest(ratings) => {
                // The order in which a guest names items counts: new ones come last.
                let named = ratings.iter().map(|(item, _)| *item).chain(new);
                let ratings = named.filter_map(|item| Some((item, rows.remove(&item)?.0))).collect();
                Ok((self.clone(), Whose::Guest(Arc::new(ratings))))
            }
        }
    }

    /// Applies one edit; an error says why it cannot be.
    fn apply(&self, step: Step, rows: &mut Edited) -> Result<(), String> {
        match step {
            Step::Rate(item, rating) => {
                let time = rows.get(&item).and_then(|row| row.1);
                rows.insert(item, (rating, time));
            }
            Step::Unrate(item) if rows.remove(&item).is_none() => {
                let id = clean_label(self.dataset.item_id(item)).into_owned();
                return Err(format!("item {id} is not rated here, so its rating cannot be removed"));
            }
            Step::Unrate(_) => {}
            Step::Until(day) => {
                rows.retain(|_, (_, time)| time.is_none_or(|time| Day::of_seconds(time.seconds()) <= day));
            }
            Step::Scale(by) => rows.values_mut().for_each(|row| row.0 = self.scaled(row.0, by)),
        }
        Ok(())
    }

    /// A rating times `by`, on the scale of the data.
    fn scaled(&self, rating: f64, by: f64) -> f64 {
        let scaled = rating * by + 0.0;
        let scale = self.dataset.scale();
        if self.dataset.is_implicit() || scale.min >= scale.max {
            scaled
        } else {
            scale.clip(scaled)
        }
    }

    /// The edit of a line; `None` for an empty one. An error comes with its column, from 1.
    fn edit_step(&self, line: &str) -> Result<Option<Step>, (usize, String)> {
        let line = without_comment(line).trim_end();
        let start = line.len() - line.trim_start().len();
        if start == line.len() {
            return Ok(None);
        }
        let end = line[start..]
            .find(char::is_whitespace)
            .map_or(line.len(), |at| start + at);
        let (verb, argument) = (&line[start..end], line[end..].trim_start());
        let wrong = |at: usize, why: String| (line[..at].chars().count() + 1, why);
        let at = line.len() - argument.len();
        let is_known = ["rate", "unrate", "until", "scale"].contains(&verb);
        if !is_known {
            return Err(wrong(
                start,
                format!("there is no edit {:?}; {FORMS}", clean_label(verb)),
            ));
        }
        if argument.is_empty() {
            return Err(wrong(at, format!("{verb} needs something behind it; {FORMS}")));
        }
        let step = match verb {
            "rate" => {
                let Some((id, rating)) = argument.rsplit_once(char::is_whitespace) else {
                    return Err(wrong(line.len(), format!("the rating is missing; {FORMS}")));
                };
                let item = self.find_item(id).map_err(|why| wrong(at, why.to_string()))?;
                let rating_at = line.len() - rating.len();
                let rating = self.typed_rating(rating);
                Step::Rate(item, rating.map_err(|why| wrong(rating_at, why.to_string()))?)
            }
            "unrate" => Step::Unrate(self.find_item(argument).map_err(|why| wrong(at, why.to_string()))?),
            "until" if !self.dataset.has_times() => {
                return Err(wrong(
                    start,
                    "the data has no times, so no day can cut them off".to_owned(),
                ));
            }
            "until" => Step::Until(argument.parse().map_err(|why| wrong(at, why))?),
            _ => {
                let by = argument.parse::<f64>().ok().filter(|by| by.is_finite() && *by > 0.0);
                let why = || wrong(at, format!("{:?} is not a number above 0", clean_label(argument)));
                Step::Scale(by.ok_or_else(why)?)
            }
        };
        Ok(Some(step))
    }
}

/// The line up to `#`, which begins a comment at the beginning of a word: an id may hold one.
fn without_comment(line: &str) -> &str {
    let begins = |at: usize| line[..at].chars().next_back().is_none_or(char::is_whitespace);
    let comment = line.match_indices('#').find(|(at, _)| begins(*at));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// What lines of a file of edits look like.
const FORMS: &str = "edits are `rate ID 4.5`, `unrate ID`, `until 1998-01-31` and `scale 0.5`";
