//! Edits as text: a line each, so that they can be kept, sent and replayed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::Arc;

use super::resolve::unquoted;
use super::timeline::Event;
use super::{AnswerError, Whose, World};
use crate::data::{Day, Edits, ItemIx, Moment, UserIx, clean_label};

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
    /// ID`, `until 1998-01-01`, `scale 0.5`; `#` begins a comment. They are applied in order. In place of an id, a title or a
    /// unique part of it will do; either may stand in quotation marks. `name` is what errors call the file.
    ///
    /// # Errors
    /// [`AnswerError::Unknown`]: one sentence with file, line and column.
    pub fn edited_by(&self, whose: &Whose, text: &str, name: &str) -> Result<(Self, Whose), AnswerError> {
        let place = |wrong: Mistake| {
            let (line, column) = (wrong.line, wrong.column);
            AnswerError::Unknown(format!("{}:{line}:{column}: {}", clean_label(name), wrong.why))
        };
        self.edited(whose, text).map_err(place)
    }

    /// As [`World::edited_by`]; an error says where in the text it is.
    ///
    /// # Errors
    /// The first mistake in the text.
    pub fn edited(&self, whose: &Whose, text: &str) -> Result<(Self, Whose), Mistake> {
        let profile = self.profile(whose);
        let mut rows: Edited = (profile.rows().iter().map(|row| (row.item, (row.rating, row.time)))).collect();
        let mut new = Vec::new();
        for (at, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            let wrong = |(column, why): (usize, String)| Mistake {
                line: at + 1,
                column,
                why,
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
                let item = self.named_item(id).map_err(|why| wrong(at, why.to_string()))?;
                let rating_at = line.len() - rating.len();
                let rating = self.typed_rating(rating);
                Step::Rate(item, rating.map_err(|why| wrong(rating_at, why.to_string()))?)
            }
            "unrate" => Step::Unrate(self.named_item(argument).map_err(|why| wrong(at, why.to_string()))?),
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

    /// The item with this id, else with this title.
    fn named_item(&self, name: &str) -> Result<ItemIx, AnswerError> {
        let inside = unquoted(name);
        let name = inside.as_deref().unwrap_or(name);
        self.find_item(name).or_else(|unknown| match self.find_title(name) {
            // That several titles fit is worth saying; that none does says less than which ids are near.
            Err(AnswerError::Unknown(several)) if several.contains("choose one") => Err(AnswerError::Unknown(several)),
            found => found.map_err(|_| unknown),
        })
    }

    /// The edits of somebody as such a text: applied to the ratings as stored (a guest's: to none), it gives the same ones.
    ///
    /// # Errors
    /// A sentence, where an id has a line break in it.
    pub fn edits_as_text(&self, whose: &Whose) -> Result<String, String> {
        let mut text = String::new();
        let mut line = |verb: &str, item: ItemIx, rating: Option<f64>| {
            let id = self.dataset.item_id(item);
            if id.contains(['\n', '\r']) {
                let label = clean_label(id);
                return Err(format!(
                    "the id {label:?} has a line break in it, so no line can name it"
                ));
            }
            let rating = rating.map_or_else(String::new, |rating| format!(" {rating}"));
            let _ = writeln!(text, "{verb} {}{rating}", script_word(id));
            Ok(())
        };
        let Whose::User(user) = whose else {
            let Whose::Guest(ratings) = whose else { return Ok(text) };
            for (item, rating) in ratings.iter() {
                line("rate", *item, Some(*rating))?;
            }
            return Ok(text);
        };
        let cut = self.cut_of(*user);
        for (item, edit) in self.edits().of_user(*user) {
            match edit {
                Some(rating) => line("rate", item, Some(rating))?,
                None if cut.as_ref().is_some_and(|cut| cut.items.contains(&item)) => {}
                None => line("unrate", item, None)?,
            }
        }
        Ok(cut.map_or_else(String::new, |cut| format!("until {}\n", cut.day)) + &text)
    }

    /// The last day of which something is left, where at least two later ratings are taken out, and all of them are.
    fn cut_of(&self, user: UserIx) -> Option<Cut> {
        let events = self.events(user);
        let edits = self.edits();
        let is_out = |item: ItemIx| edits.get(user, item) == Some(None);
        let day = |event: &Event| Day::of_seconds(event.time.seconds());
        let last = events.iter().filter(|e| !is_out(e.item)).map(day).max()?;
        let items: BTreeSet<ItemIx> = (events.iter().filter(|e| day(e) > last).map(|e| e.item)).collect();
        (items.len() >= 2).then_some(Cut { day: last, items })
    }
}

/// What lies after a day.
struct Cut {
    day: Day,
    items: BTreeSet<ItemIx>,
}

/// What is wrong with a text of edits, and where: line and column from 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Mistake {
    pub line: usize,
    pub column: usize,
    pub why: String,
}

/// An id as a line of edits names it: in quotation marks where it would be read as something else.
fn script_word(id: &str) -> String {
    let is_plain = !id.is_empty() && id.trim() == id && !id.starts_with('"') && without_comment(id) == id;
    if is_plain {
        return id.to_owned();
    }
    format!("\"{}\"", id.replace('"', "\"\""))
}

/// The line up to `#`, which begins a comment at the beginning of a word: an id may hold one.
fn without_comment(line: &str) -> &str {
    let begins = |at: usize| line[..at].chars().next_back().is_none_or(char::is_whitespace);
    let is_quoted = |at: usize| line[..at].matches('"').count() % 2 == 1;
    let comment = line.match_indices('#').find(|(at, _)| begins(*at) && !is_quoted(*at));
    comment.map_or(line, |(at, _)| &line[..at])
}

/// What lines of a file of edits look like.
const FORMS: &str = "edits are `rate ID 4.5`, `unrate ID`, `until 1998-01-31` and `scale 0.5`";
