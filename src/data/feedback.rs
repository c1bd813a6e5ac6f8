//! What the value of a row means: a rating, a count, a vote, or nothing but that something happened.

use serde::{Deserialize, Serialize, Serializer};

use super::compact::CompactValues;
use super::storage::Stored;
use super::words::Unit;
use super::{DuplicatePolicy, FeedbackKind, Scale, Words, Zero};
use crate::task::thousands;

/// What is known of the values before they are looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FeedbackClues {
    /// As somebody told it.
    pub kind: Option<FeedbackKind>,
    pub zero: Zero,
    /// No column of values: every row says only that something happened.
    pub implicit: bool,
    /// What the column of values is called, where it has a name.
    pub column: Option<String>,
    /// What the column of items is called, where it has a name.
    pub items: Option<String>,
}

/// What the values of a dataset mean, and why that is thought.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feedback {
    pub kind: FeedbackKind,
    pub zero: Zero,
    /// What was done with repeated pairs.
    pub duplicates: DuplicatePolicy,
    /// The rule that decided, as a clause: `there are 5 distinct values, from 1 to 5`.
    pub why: String,
    /// What one unit of a count is called, if its column or that of the items says so.
    unit: Option<Unit>,
}

/// A long tail reaches over at least so many octaves,
const OCTAVES: usize = 5;
/// ends beyond so many times the median,
const BEYOND_MEDIAN: f64 = 10.0;
/// and has at most this share of the rows (or one row) in the upper half of its range.
const UPPER_HALF: f64 = 0.05;
/// A sample of this many values tells how they are spread.
const SAMPLE: usize = 1 << 16;

impl Feedback {
    /// Finds out what values mean. In this order:
    ///
    /// 1. What was told.
    /// 2. *Events*: there is no column of values, or at least two rows and all of one value.
    /// 3. *Votes*: two values, one below and one above zero.
    /// 4. *Counts*: no value is below zero, and there is a long tail: values above zero in at least five octaves (from 2^k
    ///    to 2^(k+1)), the largest beyond ten times the median, and at most a twentieth of the rows, or a single one, in
    ///    the upper half of the range. A scale ends where many rows are; and of 1 to 10 nothing is beyond ten times a
    ///    median.
    /// 5. *Counts*: no value is below zero, one is above 1, and the column is called like something that is counted (plays,
    ///    hours, clicks, quantity, …).
    /// 6. *Ratings*.
    ///
    /// O(rows).
    pub(super) fn of(values: &CompactValues, clues: &FeedbackClues) -> Self {
        let spread = Spread::of(values, clues.zero);
        let (kind, why) = match clues.kind {
            Some(kind) => (kind, "it was told so".to_owned()),
            None => spread.kind(clues),
        };
        let unit = clues.column.as_deref().and_then(Unit::of_column);
        let unit = unit.or_else(|| clues.items.as_deref().and_then(Unit::of_items));
        Self {
            kind,
            zero: clues.zero,
            duplicates: kind.duplicates(),
            why,
            unit: unit.filter(|_| kind == FeedbackKind::Counts),
        }
    }

    /// With another way to treat repeated pairs than its kind's.
    pub(super) fn with_duplicates(mut self, policy: Option<DuplicatePolicy>) -> Self {
        self.duplicates = policy.unwrap_or(self.duplicates);
        self
    }

    /// The words for it.
    pub fn words(&self) -> Words {
        Words::of(self.kind, self.unit)
    }

    /// Whether rows say only that something happened.
    pub fn is_implicit(&self) -> bool {
        self.kind == FeedbackKind::Events
    }
}

/// From which value on an item counts as liked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Like {
    AtLeast(f64),
    Above(f64),
    /// From the median of the item's values on.
    ItemMedian,
    /// Any row is a like.
    Any,
}

impl Like {
    /// What a like is, as a noun: `a rating of 3 or more`.
    pub fn noun(self, words: Words) -> String {
        match self {
            Self::AtLeast(value) if words.kind == FeedbackKind::Counts => {
                format!("{value} {} or more", words.unit.many)
            }
            Self::AtLeast(value) => format!("a {} of {value} or more", words.unit.one),
            Self::ItemMedian => format!("as many {} as its median user has, or more", words.unit.many),
            Self::Any => "the user has the item".to_owned(),
            Self::Above(_) => "a vote for it".to_owned(),
        }
    }

    pub(super) fn of(kind: FeedbackKind, scale: Scale) -> Self {
        match kind {
            FeedbackKind::Ratings => Self::AtLeast(f64::midpoint(scale.min, scale.max)),
            FeedbackKind::Counts => Self::ItemMedian,
            FeedbackKind::Events => Self::Any,
            FeedbackKind::Votes => Self::Above(0.0),
        }
    }
}

impl Serialize for Like {
    /// The number, where it is one; else in words.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::AtLeast(value) => to.serialize_f64(*value),
            Self::Above(value) => to.collect_str(&format_args!("above {value}")),
            Self::ItemMedian => to.serialize_str("item-median"),
            Self::Any => to.serialize_str("any"),
        }
    }
}

/// A value as people write it: `4.5`, `352,698`.
fn plain(value: f64) -> String {
    let sign = if value < 0.0 { "-" } else { "" };
    match value.abs() {
        size if size.fract() == 0.0 && size < 1e15 => format!("{sign}{}", thousands(size as u64)),
        size => format!("{sign}{size}"),
    }
}

/// How the values of all rows are spread.
#[derive(Debug)]
struct Spread {
    /// Value and how many rows have it, ascending; of very many values those of a sample.
    values: Vec<(f64, u64)>,
    rows: u64,
}

impl Spread {
    fn of(all: &CompactValues, zero: Zero) -> Self {
        let mut values: Vec<(f64, u64)> = match &all.stored {
            Stored::Exact(exact) => {
                let most = exact.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let least = exact.iter().copied().fold(f64::INFINITY, f64::min);
                let step = exact.len().div_ceil(SAMPLE).max(1);
                let sample = exact.iter().copied().step_by(step).chain([least, most]);
                sample.filter(|v| v.is_finite()).map(|value| (value, 1)).collect()
            }
            coded => {
                let counts = coded.counts(all.table.len());
                all.table.iter().copied().zip(counts).collect()
            }
        };
        values.retain(|&(value, n)| n > 0 && (zero == Zero::Value || value != 0.0));
        values.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        values.dedup_by(|again, first| {
            let same = again.0 == first.0;
            first.1 += if same { again.1 } else { 0 };
            same
        });
        let rows = values.iter().map(|v| v.1).sum();
        Self { values, rows }
    }

    fn kind(&self, clues: &FeedbackClues) -> (FeedbackKind, String) {
        let (Some(&(least, _)), Some(&(most, _))) = (self.values.first(), self.values.last()) else {
            return (FeedbackKind::Ratings, "there are no values".to_owned());
        };
        if clues.implicit {
            return (FeedbackKind::Events, "there is no column of values".to_owned());
        }
        if least == most && self.rows > 1 {
            return (
                FeedbackKind::Events,
                format!("every row has the value {}", plain(least)),
            );
        }
        if self.values.len() == 2 && least < 0.0 && most > 0.0 {
            let why = format!(
                "there are two values of opposite sign, {} and {}",
                plain(least),
                plain(most)
            );
            return (FeedbackKind::Votes, why);
        }
        if least >= 0.0 && self.has_long_tail(most) {
            let (median, most) = (plain(self.median()), plain(most));
            let why = format!("half of the values are at most {median}, but the largest is {most}");
            return (FeedbackKind::Counts, why);
        }
        let counted = clues.column.as_deref().filter(|name| Unit::of_column(name).is_some());
        if let Some(name) = counted.filter(|_| least >= 0.0 && most > 1.0) {
            return (FeedbackKind::Counts, format!("the column of values is called {name}"));
        }
        let (least, most) = (plain(least), plain(most));
        let why = match self.values.len() {
            1 => format!("the only value is {least}"),
            n if n <= 20 => format!("there are {n} distinct values, from {least} to {most}"),
            _ => format!("the values lie between {least} and {most}, without a long tail"),
        };
        (FeedbackKind::Ratings, why)
    }

    fn median(&self) -> f64 {
        let mut rows = 0;
        let middle = self.values.iter().find(|(_, n)| {
            rows += n;
            2 * rows >= self.rows
        });
        middle.map_or(0.0, |v| v.0)
    }

    fn has_long_tail(&self, most: f64) -> bool {
        let octave = |value: f64| value.log2().floor() as i64;
        let mut octaves: Vec<i64> = self.values.iter().filter(|v| v.0 > 0.0).map(|v| octave(v.0)).collect();
        octaves.dedup();
        let least = self.values.first().map_or(0.0, |v| v.0);
        let upper: u64 = self
            .values
            .iter()
            .filter(|v| v.0 >= f64::midpoint(least, most))
            .map(|v| v.1)
            .sum();
        let few = (self.rows as f64 * UPPER_HALF).max(1.0);
        octaves.len() >= OCTAVES && most > BEYOND_MEDIAN * self.median() && upper as f64 <= few
    }
}

#[cfg(test)]
#[path = "feedback_tests.rs"]
mod tests;
