//! From what people type to whom and what they mean.

use std::sync::Arc;

use super::{AnswerError, World, split};
use crate::data::{Edit, Edits, FeedbackKind, Ids, ItemIx, LARGEST_RATING, UserIx, clean_label};

impl World {
    /// The user with this id.
    ///
    /// # Errors
    /// One sentence with the nearest ids.
    pub fn find_user(&self, id: &str) -> Result<UserIx, AnswerError> {
        let found = self.dataset.find_user(id.trim());
        found.ok_or_else(|| unknown("user", id, self.dataset.user_ids()))
    }

    /// The item with this id.
    ///
    /// # Errors
    /// One sentence with the nearest ids.
    pub fn find_item(&self, id: &str) -> Result<ItemIx, AnswerError> {
        let found = self.dataset.find_item(id.trim());
        found.ok_or_else(|| unknown("item", id, self.dataset.item_ids()))
    }

    /// The item with this title: the whole of it, else the only one that holds it; upper and lower case are the same.
    ///
    /// # Errors
    /// One sentence that lists the candidates where several fit, and says so where none does.
    pub fn find_title(&self, title: &str) -> Result<ItemIx, AnswerError> {
        let wanted = clean_label(title).to_lowercase();
        let lower = |item: ItemIx| self.dataset.item_label(item).to_lowercase();
        // `Alien` means `Alien (1979)`, whatever else has an alien in it.
        let without_year = |item: ItemIx| {
            let label = lower(item);
            label.rfind(" (").map_or_else(String::new, |at| label[..at].to_owned())
        };
        let tests: [&dyn Fn(ItemIx) -> bool; 3] = [&|i| lower(i) == wanted, &|i| without_year(i) == wanted, &|i| {
            lower(i).contains(&wanted)
        }];
        for test in tests {
            let found: Vec<ItemIx> = self.dataset.items().filter(|i| test(*i)).collect();
            match found.as_slice() {
                [] => {}
                [item] => return Ok(*item),
                several => return Err(self.ambiguous(title, several)),
            }
        }
        let text = clean_label(title);
        Err(AnswerError::Unknown(format!("no title has {text:?} in it")))
    }

    fn ambiguous(&self, title: &str, found: &[ItemIx]) -> AnswerError {
        const LISTED: usize = 8;
        let name = |i: &ItemIx| {
            format!(
                "{} ({})",
                self.dataset.item_label(*i),
                clean_label(self.dataset.item_id(*i))
            )
        };
        let listed: Vec<String> = found.iter().take(LISTED).map(name).collect();
        let unlisted = match found.len().saturating_sub(LISTED) {
            0 => String::new(),
            n => format!(", and {n} more"),
        };
        let (text, listed) = (clean_label(title), listed.join(", "));
        AnswerError::Unknown(format!(
            "{} titles have {text:?} in them, choose one by --item with the id in parentheses: {listed}{unlisted}",
            found.len()
        ))
    }

    /// Ratings as they are typed: `50=5,181=4`. An id that holds `,` is given alone, or quoted as in CSV: `"a,b"=5`; one
    /// that holds `=` is read up to the last one.
    ///
    /// # Errors
    /// One sentence: an unknown item, a rating that isn't a number or is off the scale.
    pub fn parse_ratings(&self, text: &str) -> Result<Vec<(ItemIx, f64)>, AnswerError> {
        if let Ok(one) = self.parse_rating(text) {
            return Ok(vec![one]);
        }
        // As in CSV: quotation marks count where a part begins with them, doubled ones within stand for one.
        let (mut inside, mut before) = (false, ',');
        let outside = |c: char| {
            inside ^= c == '"' && (inside || before == ',' || before == '"');
            if !c.is_whitespace() {
                before = c;
            }
            c == ',' && !inside
        };
        let plain = self.parse_each(text.split(','));
        if plain.is_err() && text.contains('"') {
            return self.parse_each(text.split(outside));
        }
        plain
    }

    /// Items as they are typed: `50,181`, each id as in [`World::parse_ratings`].
    ///
    /// # Errors
    /// One sentence: an unknown item.
    pub fn parse_items(&self, text: &str) -> Result<Vec<ItemIx>, AnswerError> {
        split(text).iter().map(|id| self.find_item(id)).collect()
    }

    fn parse_each<'a>(&self, parts: impl Iterator<Item = &'a str>) -> Result<Vec<(ItemIx, f64)>, AnswerError> {
        let parts = parts.filter(|p| !p.trim().is_empty());
        parts.map(|p| self.parse_rating(p)).collect()
    }

    /// One rating as it is typed: `50=5`.
    ///
    /// # Errors
    /// As [`World::parse_ratings`].
    pub fn parse_rating(&self, text: &str) -> Result<(ItemIx, f64), AnswerError> {
        let Some((id, rating)) = text.rsplit_once('=') else {
            let text = clean_label(text);
            return Err(AnswerError::Usage(format!(
                "{text:?} is not of the form item=rating (e.g. 50=5)"
            )));
        };
        let value = self.typed_rating(rating)?;
        // Quotation marks may be part of the id.
        let item = self.find_item(id).or_else(|unknown| match unquoted(id) {
            Some(id) => self.find_item(&id),
            None => Err(unknown),
        });
        Ok((item?, value))
    }

    /// A rating as it is typed: a number as files may hold it, on the scale of the data.
    pub(super) fn typed_rating(&self, text: &str) -> Result<f64, AnswerError> {
        let number = text.trim().parse::<f64>().ok().filter(|r| r.is_finite());
        let feedback = self.dataset.feedback();
        let row = feedback.words().row.one;
        let wrong = |what: &str| AnswerError::Usage(format!("{row} {:?} {what}", clean_label(text)));
        let scale = self.dataset.scale();
        // A count may be higher than any so far.
        let least = scale.min.min(0.0);
        let has_scale = !feedback.kind.is_countable();
        match number {
            Some(value) if value.abs() > LARGEST_RATING => Err(wrong(&format!("is beyond ±{LARGEST_RATING:e}"))),
            Some(value) if feedback.kind == FeedbackKind::Counts && value < least => {
                Err(wrong(&format!("is below {least}")))
            }
            Some(value) if has_scale && !scale.holds(value) => Err(wrong(&format!(
                "is off the scale, which goes from {} to {}",
                scale.min, scale.max
            ))),
            // Adding 0 takes the sign off a zero.
            Some(value) => Ok(value + 0.0),
            None => Err(wrong("is not a number")),
        }
    }

    /// An edit of anybody's as it is typed: `42/50=1`, and `42/50=` to take the rating away. Ids may hold `/` and `=`.
    ///
    /// # Errors
    /// As [`World::parse_ratings`]; an unknown user.
    pub fn parse_edit(&self, text: &str) -> Result<(UserIx, ItemIx, Edit), AnswerError> {
        let malformed = || {
            let text = clean_label(text);
            AnswerError::Usage(format!("{text:?} is not of the form user/item=rating (e.g. 42/50=1)"))
        };
        let (cell, rating) = text.rsplit_once('=').ok_or_else(malformed)?;
        let splits = || cell.match_indices('/').map(|(at, _)| (&cell[..at], &cell[at + 1..]));
        let known = |(user, item): (&str, &str)| Some((self.find_user(user).ok()?, self.find_item(item).ok()?));
        let (user, item) = if let Some(found) = splits().find_map(known) {
            found
        } else {
            let (user, item) = splits().next().ok_or_else(malformed)?;
            (self.find_user(user)?, self.find_item(item)?)
        };
        if rating.trim().is_empty() {
            return Ok((user, item, None));
        }
        Ok((user, item, Some(self.typed_rating(rating)?)))
    }

    /// Edits of one user: `rate` as by [`World::parse_ratings`], `unrate` item ids.
    ///
    /// # Errors
    /// As [`World::parse_ratings`]; an item to be unrated that isn't rated.
    pub fn parse_edits(&self, user: UserIx, rate: &[String], unrate: &[String]) -> Result<Arc<Edits>, AnswerError> {
        let mut edits = (**self.edits()).clone();
        for text in rate {
            for (item, rating) in self.parse_ratings(text)? {
                edits.set(&self.dataset, user, item, Some(rating));
            }
        }
        for id in unrate {
            let item = self.find_item(id)?;
            if self.dataset.rating(user, item).is_none() && edits.get(user, item).is_none() {
                let (user, item) = (self.dataset.user_label(user), clean_label(id));
                let did = self.dataset.feedback().words().did;
                return Err(AnswerError::Unknown(format!("user {user} has not {did} item {item}")));
            }
            edits.set(&self.dataset, user, item, None);
        }
        Ok(Arc::new(edits))
    }
}

/// The id between quotation marks, if it stands in any.
pub(super) fn unquoted(id: &str) -> Option<String> {
    let inside = id.trim().strip_prefix('"')?.strip_suffix('"')?;
    Some(inside.replace("\"\"", "\""))
}

fn unknown(kind: &str, id: &str, known: &Ids) -> AnswerError {
    let near: Vec<String> = known
        .nearest(id.trim(), 3)
        .iter()
        .map(|n| clean_label(n).into_owned())
        .collect();
    let id = clean_label(id);
    AnswerError::Unknown(match near.as_slice() {
        [] if known.is_empty() => format!("there is no {kind} {id}; the dataset has none"),
        [] => {
            let first: Vec<String> = known.iter().take(3).map(|n| clean_label(n).into_owned()).collect();
            format!("there is no {kind} {id}; ids look like {}", first.join(", "))
        }
        near => format!("there is no {kind} {id}; the nearest are {}", near.join(", ")),
    })
}
