//! What somebody did a moment ago, and what it says of items like those.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::store::Similar;
use crate::models::neighborhood::Similarity;

/// What was done with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Act {
    Click,
    Skip,
    Watch,
    Buy,
}

impl Act {
    pub const ALL: [Self; 4] = [Self::Click, Self::Skip, Self::Watch, Self::Buy];

    pub fn name(self) -> &'static str {
        match self {
            Self::Click => "click",
            Self::Skip => "skip",
            Self::Watch => "watch",
            Self::Buy => "buy",
        }
    }

    /// The act of this name; a few of what logs call them are known, too.
    pub fn find(name: &str) -> Option<Self> {
        Some(match name {
            "click" | "view" => Self::Click,
            "skip" | "dismiss" => Self::Skip,
            "watch" | "play" | "listen" => Self::Watch,
            "buy" | "purchase" => Self::Buy,
            _ => return None,
        })
    }

    /// Whether the item is not to be recommended any more in this session.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Watch | Self::Buy)
    }

    /// Whether it says that the item was liked: the reward of a slot.
    pub fn is_reward(self) -> bool {
        self != Self::Skip
    }
}

/// Something done with an item, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SessionEvent {
    pub act: Act,
    pub item: String,
}

impl fmt::Display for SessionEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // As CSV quotes: an id may hold anything.
        let quoted = self.item.contains([',', '"', '\n', '\r']) || self.item.trim() != self.item;
        if quoted {
            write!(f, "{}:\"{}\"", self.act.name(), self.item.replace('"', "\"\""))
        } else {
            write!(f, "{}:{}", self.act.name(), self.item)
        }
    }
}

/// Several events, the oldest first: `click:50,skip:"a,b"`. Written back by [`written`].
///
/// # Errors
/// Which part is none, and how one is written.
pub fn parse(text: &str) -> Result<Vec<SessionEvent>, String> {
    let mut events = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (act, after) = rest.split_once(':').unwrap_or((rest, ""));
        let names = || Act::ALL.map(Act::name).join(", ");
        let act =
            Act::find(act.trim()).ok_or_else(|| format!("{act:?} is none of {}: write click:ID,skip:ID", names()))?;
        let (item, after) = if let Some(quoted) = after.strip_prefix('"') {
            unquoted(quoted).ok_or("the closing \" is missing")?
        } else {
            let end = after.find(',').unwrap_or(after.len());
            (after[..end].trim().to_owned(), &after[end..])
        };
        if item.is_empty() {
            return Err(format!("{} of what? write {0}:ID", act.name()));
        }
        events.push(SessionEvent { act, item });
        let after = after.trim_start();
        rest = match after.strip_prefix(',') {
            Some(more) => more.trim_start(),
            None if after.is_empty() => after,
            None => return Err(format!("expected a comma before {after:?}")),
        };
    }
    Ok(events)
}

/// What stands up to the closing quote, and what follows it.
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut item = String::new();
    let mut rest = text;
    loop {
        let (before, after) = rest.split_once('"')?;
        item.push_str(before);
        let Some(more) = after.strip_prefix('"') else {
            return Some((item, after));
        };
        item.push('"');
        rest = more;
    }
}

/// As [`parse`] reads it.
pub fn written(events: &[SessionEvent]) -> String {
    events.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

impl FromStr for SessionEvent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut events = parse(text)?;
        match (events.pop(), events.is_empty()) {
            (Some(event), true) => Ok(event),
            _ => Err(format!("{text:?} is not one event")),
        }
    }
}

/// What a session's events count for.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionPlan {
    /// w.
    pub weight: f64,
    /// λ: what is left of an event after each later one.
    pub decay: f64,
    pub similarity: Similarity,
    /// Items kept as similar to one.
    pub neighbors: usize,
    pub buy: f64,
    pub watch: f64,
    pub click: f64,
    pub skip: f64,
}

impl Default for SessionPlan {
    fn default() -> Self {
        Self {
            weight: 0.25,
            decay: 0.8,
            similarity: Similarity::Cosine,
            neighbors: 200,
            buy: 1.0,
            watch: 0.8,
            click: 0.5,
            skip: -0.5,
        }
    }
}

impl SessionPlan {
    pub fn gain(&self, act: Act) -> f64 {
        match act {
            Act::Click => self.click,
            Act::Skip => self.skip,
            Act::Watch => self.watch,
            Act::Buy => self.buy,
        }
    }
}

/// An event with what is similar to its item, ascending by item.
#[derive(Clone)]
pub(super) struct Weighed {
    /// g(e)·λ^age(e).
    pub weight: f64,
    pub item: Option<u32>,
    row: Vec<Similar>,
}

impl Weighed {
    /// Events, the oldest first, each with the row of its item.
    pub fn of(plan: &SessionPlan, events: &[SessionEvent], rows: Vec<(Option<u32>, Vec<Similar>)>) -> Vec<Self> {
        let n = events.len();
        let weighed = events
            .iter()
            .zip(rows)
            .enumerate()
            .map(|(at, (event, (item, mut row)))| {
                row.sort_unstable_by_key(|s| s.item);
                Self {
                    weight: plan.gain(event.act) * plan.decay.powi((n - 1 - at) as i32),
                    item,
                    row,
                }
            });
        weighed.collect()
    }

    /// What the event adds to an item's score: weight · sim(i, e), where an item is as similar to itself as can be.
    pub fn share(&self, item: u32) -> f64 {
        if self.item == Some(item) {
            return self.weight;
        }
        let found = self.row.binary_search_by_key(&item, |s| s.item).ok();
        found.map_or(0.0, |at| self.weight * f64::from(self.row[at].similarity))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_back_whatever_the_ids(
            events in prop::collection::vec((0..4usize, "[a-z ,:\"\n=ü]{1,6}"), 0..6)
        ) {
            let event = |(act, item): &(usize, String)| SessionEvent { act: Act::ALL[*act], item: item.clone() };
            let events: Vec<SessionEvent> = events.iter().map(event).collect();
            prop_assert_eq!(parse(&written(&events)), Ok(events));
        }
    }

    #[test]
    fn events_are_read_as_people_write_them() {
        let read = |text: &str| parse(text).map(|e| written(&e));
        assert_eq!(
            read(" click:50 , purchase:1,play:x:y "),
            Ok("click:50,buy:1,watch:x:y".to_owned())
        );
        assert_eq!(read(""), Ok(String::new()));
        for (text, said) in [
            ("fly:1", "is none of click, skip, watch, buy"),
            ("click", "click of what?"),
            ("click:", "click of what?"),
            ("click:\"a", "the closing \" is missing"),
            ("click:\"a\"b", "expected a comma"),
        ] {
            assert!(read(text).unwrap_err().contains(said), "{text}: {:?}", read(text));
        }
    }
}
