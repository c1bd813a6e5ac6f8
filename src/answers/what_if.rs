//! Somebody's list before and after a file of edits.

use std::sync::Arc;

use serde::Serialize;

use super::recommend::{self, RecommendRow, RecommendView};
use super::{AnswerError, Entity, Named, NeighborsQuery, RecommendQuery, Subject, Whose, World, neighbors};
use crate::data::{Day, Edits, ItemIx, clean_label};
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

impl World {
    /// Somebody after the edits of a file, in the world where that is so. A line each: `rate ID 4.5`, `unrate ID`,
    /// `until 1998-01-01`, `scale 0.5`; `#` begins a comment; they are done one after the other. `name` is what the file is
    /// called in errors.
    ///
    /// # Errors
    /// [`AnswerError::Unknown`]: one sentence with file, line and column.
    pub fn edited_by(&self, whose: &Whose, text: &str, name: &str) -> Result<(Self, Whose), AnswerError> {
        let mut rows: std::collections::BTreeMap<ItemIx, (f64, Option<i64>)> = (self
            .profile(whose)
            .rows()
            .iter()
            .map(|row| (row.item, (row.rating, row.time))))
        .collect();
        // The order in which a guest names things counts.
        let mut named: Vec<ItemIx> = match whose {
            Whose::User(_) => Vec::new(),
            Whose::Guest(ratings) => ratings.iter().map(|(item, _)| *item).collect(),
        };
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let wrong = |column: usize, why: String| {
                let place = format!("{}:{}:{column}", clean_label(name), at + 1);
                AnswerError::Unknown(format!("{place}: {why}"))
            };
            let step = self.edit_step(line).map_err(|(column, why)| wrong(column, why))?;
            match step {
                None => {}
                Some(Step::Rate(item, rating)) => {
                    let time = rows.get(&item).and_then(|row| row.1);
                    rows.insert(item, (rating, time));
                    if !named.contains(&item) {
                        named.push(item);
                    }
                }
                Some(Step::Unrate(item)) => {
                    if rows.remove(&item).is_none() {
                        let id = clean_label(self.dataset.item_id(item)).into_owned();
                        return Err(wrong(
                            1,
                            format!("item {id} is not rated here, so its rating cannot be taken out"),
                        ));
                    }
                }
                Some(Step::Until(day)) => {
                    rows.retain(|_, (_, time)| time.is_none_or(|time| Day::of_seconds(time) <= day));
                }
                Some(Step::Scale(by)) => {
                    for (rating, _) in rows.values_mut() {
                        *rating = self.scaled(*rating, by);
                    }
                }
            }
        }
        let Whose::User(user) = whose else {
            named.retain(|item| rows.contains_key(item));
            let ratings = named.iter().map(|item| (*item, rows[item].0)).collect();
            return Ok((self.clone(), Whose::Guest(Arc::new(ratings))));
        };
        let mut edits: Edits = (**self.edits()).clone();
        for row in self.profile(whose).rows() {
            edits.set(&self.dataset, *user, row.item, None);
        }
        for (item, (rating, _)) in rows {
            edits.set(&self.dataset, *user, item, Some(rating));
        }
        Ok((self.with_edits(Arc::new(edits)), whose.clone()))
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

    /// What a line asks for; `None` for an empty one. An error has the column where it is, from 1.
    fn edit_step(&self, line: &str) -> Result<Option<Step>, (usize, String)> {
        // An id may hold the sign, but not begin a word with it.
        let comment = line
            .char_indices()
            .find(|(at, c)| *c == '#' && (*at == 0 || line[..*at].ends_with(char::is_whitespace)));
        let line = comment.map_or(line, |(at, _)| &line[..at]).trim_end();
        let start = line.len() - line.trim_start().len();
        let column = |at: usize| line[..at].chars().count() + 1;
        let rest = &line[start..];
        if rest.is_empty() {
            return Ok(None);
        }
        let end = rest.find(char::is_whitespace).map_or(line.len(), |at| start + at);
        let (verb, argument) = (&line[start..end], line[end..].trim_start());
        let at = line.len() - argument.len();
        let wrong = |at: usize, why: String| (column(at), why);
        let said = |error: AnswerError| (column(at), error.to_string());
        if argument.is_empty() && ["rate", "unrate", "until", "scale"].contains(&verb) {
            return Err(wrong(line.len(), format!("{verb} needs something behind it; {FORMS}")));
        }
        Ok(Some(match verb {
            "rate" => {
                let Some((id, rating)) = argument.rsplit_once(char::is_whitespace) else {
                    return Err(wrong(line.len(), format!("the rating is missing; {FORMS}")));
                };
                let item = self.find_item(id).map_err(said)?;
                let rating_at = line.len() - rating.len();
                let rating = self.typed_rating(rating).map_err(|e| wrong(rating_at, e.to_string()))?;
                Step::Rate(item, rating)
            }
            "unrate" => Step::Unrate(self.find_item(argument).map_err(said)?),
            "until" => {
                let day = argument.parse::<Day>().map_err(|why| wrong(at, why))?;
                if !self.dataset.has_times() {
                    return Err(wrong(
                        start,
                        "the data has no times, so nothing can be cut off by a day".to_owned(),
                    ));
                }
                Step::Until(day)
            }
            "scale" => {
                let by = argument.parse::<f64>().ok().filter(|by| by.is_finite() && *by > 0.0);
                Step::Scale(
                    by.ok_or_else(|| wrong(at, format!("{:?} is not a number above 0", clean_label(argument))))?,
                )
            }
            other => {
                return Err(wrong(
                    start,
                    format!("there is no edit {:?}; {FORMS}", clean_label(other)),
                ));
            }
        }))
    }
}

/// What lines of a file of edits look like.
const FORMS: &str = "edits are `rate ID 4.5`, `unrate ID`, `until 1998-01-31` and `scale 0.5`";
