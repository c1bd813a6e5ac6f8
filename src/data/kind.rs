//! The kinds of feedback.

use serde::{Deserialize, Serialize};

use super::DuplicatePolicy;

/// What a row's value means. Everything that shows, compares or learns from values follows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedbackKind {
    /// A place on a scale that has two ends.
    #[default]
    Ratings,
    /// How often or how much: plays, hours, quantities. Long-tailed, without an upper end.
    Counts,
    /// Nothing but that it happened.
    Events,
    /// For or against.
    Votes,
}

impl FeedbackKind {
    pub const ALL: [Self; 4] = [Self::Ratings, Self::Counts, Self::Events, Self::Votes];

    pub fn name(self) -> &'static str {
        match self {
            Self::Ratings => "ratings",
            Self::Counts => "counts",
            Self::Events => "events",
            Self::Votes => "votes",
        }
    }

    /// Whether rows without a value can be of this kind: so many of them happened.
    pub fn is_countable(self) -> bool {
        matches!(self, Self::Counts | Self::Events)
    }

    /// What becomes of repeated pairs where nobody says it: what is counted adds up, an opinion replaces the earlier one.
    pub fn duplicates(self) -> DuplicatePolicy {
        if self.is_countable() {
            DuplicatePolicy::Sum
        } else {
            DuplicatePolicy::Last
        }
    }
}

/// What a value of 0 means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Zero {
    /// A value like any other.
    #[default]
    Value,
    /// That there is none: such rows are left out.
    Missing,
}

impl Zero {
    pub fn name(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Missing => "missing",
        }
    }
}
