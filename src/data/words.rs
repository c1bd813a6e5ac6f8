//! The words for what is in a dataset: ratings, plays, votes. The one place that has them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::FeedbackKind;
use crate::task::thousands;

/// A noun in both its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noun {
    pub one: &'static str,
    pub many: &'static str,
}

impl Noun {
    const fn of(one: &'static str, many: &'static str) -> Self {
        Self { one, many }
    }

    /// `1 play`, `13,883 plays`.
    pub fn counted(self, n: impl TryInto<u64>) -> String {
        let n = n.try_into().unwrap_or(0);
        format!("{} {}", thousands(n), if n == 1 { self.one } else { self.many })
    }
}

/// The words for one kind of feedback; those for ratings by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words {
    pub kind: FeedbackKind,
    /// What a row is called.
    pub row: Noun,
    /// What the values count, else what a row is called.
    pub unit: Noun,
    /// What a user did to an item, the same in the past and as a participle: `rated`.
    pub did: &'static str,
    /// Those who did.
    pub doers: &'static str,
}

impl Default for Words {
    fn default() -> Self {
        Self::of(FeedbackKind::Ratings, None)
    }
}

impl Words {
    pub(super) fn of(kind: FeedbackKind, unit: Option<Unit>) -> Self {
        let (row, did, doers) = match kind {
            FeedbackKind::Ratings => (Noun::of("rating", "ratings"), "rated", "raters"),
            FeedbackKind::Counts => (Noun::of("count", "counts"), "used", "users"),
            FeedbackKind::Events => (Noun::of("event", "events"), "picked", "users"),
            FeedbackKind::Votes => (Noun::of("vote", "votes"), "voted on", "voters"),
        };
        let known = unit.and_then(|unit| UNITS.get(usize::from(unit.0)));
        Self {
            kind,
            row,
            unit: known.map_or(row, |unit| unit.noun),
            did: known.map_or(did, |unit| unit.did),
            doers,
        }
    }

    /// A text about ratings as one about what there is: its words `rating`, `ratings`, `rated` and `raters` are replaced.
    pub fn say<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.kind == FeedbackKind::Ratings {
            return Cow::Borrowed(text);
        }
        let is_letter = |c: char| c.is_alphanumeric() || c == '-';
        let mut said = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let word = rest.find(|c| !is_letter(c)).unwrap_or(rest.len());
            let new = self.word(&rest[..word]);
            let is_vowel = new != &rest[..word] && new.starts_with(['a', 'e', 'i', 'o', 'u']);
            if is_vowel && (said == "a " || said.ends_with(" a ")) {
                said.insert(said.len() - 1, 'n');
            }
            said.push_str(new);
            let gap = rest[word..].find(is_letter).unwrap_or(rest.len() - word);
            said.push_str(&rest[word..word + gap]);
            rest = &rest[word + gap..];
        }
        Cow::Owned(said)
    }

    fn word<'a>(&self, word: &'a str) -> &'a str {
        match word {
            "rating" => self.row.one,
            "ratings" => self.row.many,
            "rated" => self.did,
            "raters" => self.doers,
            other => other,
        }
    }
}

/// What a count counts, as its column is called.
struct UnitWords {
    noun: Noun,
    did: &'static str,
    /// Names of columns, without anything but letters.
    columns: &'static [&'static str],
}

const fn unit(noun: Noun, did: &'static str, columns: &'static [&'static str]) -> UnitWords {
    UnitWords { noun, did, columns }
}

const UNITS: [UnitWords; 8] = [
    unit(
        Noun::of("play", "plays"),
        "played",
        &["play", "plays", "playcount", "playcounts"],
    ),
    unit(
        Noun::of("listen", "listens"),
        "listened to",
        &["listen", "listens", "listencount"],
    ),
    unit(
        Noun::of("purchase", "purchases"),
        "bought",
        &["purchase", "purchases", "purchasecount"],
    ),
    unit(
        Noun::of("click", "clicks"),
        "clicked on",
        &["click", "clicks", "clickcount"],
    ),
    unit(
        Noun::of("view", "views"),
        "viewed",
        &["view", "views", "viewcount", "pageviews"],
    ),
    unit(Noun::of("hour", "hours"), "used", &["hours", "hoursplayed", "playtime"]),
    unit(Noun::of("piece", "pieces"), "bought", &["quantity", "qty", "units"]),
    unit(Noun::of("count", "counts"), "used", &["count", "counts", "frequency"]),
];

/// One of the units that names of columns tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unit(u8);

impl Unit {
    pub fn of_column(name: &str) -> Option<Self> {
        let letters = letters(name);
        let at = UNITS.iter().position(|unit| unit.columns.contains(&letters.as_str()))?;
        Some(Self(at as u8))
    }

    /// What is counted of items that are called so: music is played.
    pub fn of_items(name: &str) -> Option<Self> {
        let letters = letters(name);
        let music = ["artist", "track", "song", "album"];
        let is_music = music
            .iter()
            .any(|one| letters.strip_prefix(one).is_some_and(|rest| ITEM_ENDS.contains(&rest)));
        is_music.then(|| Self::of_column("plays")).flatten()
    }
}

/// What may stand behind the name of an item in that of its column.
const ITEM_ENDS: [&str; 5] = ["", "id", "s", "name", "mbid"];

fn letters(name: &str) -> String {
    let letters: String = name.chars().filter(|c| c.is_alphabetic()).collect();
    letters.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_about_ratings_are_about_what_there_is() {
        let plays = Words::of(FeedbackKind::Counts, Unit::of_column("playCount"));
        let events = Words::of(FeedbackKind::Events, None);
        let text = "how the 3 nearest raters rated it; no ratings, co-rated";
        assert_eq!(Words::default().say(text), text);
        assert_eq!(
            plays.say(text),
            "how the 3 nearest users played it; no counts, co-rated"
        );
        assert_eq!(events.say("a rating – rated"), "an event – picked");
        assert_eq!(plays.unit.counted(13_883_u64), "13,883 plays");
        let of_items = |name: &str| Words::of(FeedbackKind::Counts, Unit::of_items(name)).unit.many;
        assert_eq!(["artistID", "track_id", "Song", "artist"].map(of_items), ["plays"; 4]);
        assert_eq!(["item", "articleID", "artistry", ""].map(of_items), ["counts"; 4]);
        assert_eq!(events.row.counted(1_u64), "1 event");
    }
}
