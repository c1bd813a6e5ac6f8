//! What is in a dataset.

use serde::Serialize;

use super::Bar;
use crate::data::{Reject, Scale};

/// What is in a dataset, and what was noticed on loading it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InfoView {
    /// Its short name.
    pub name: String,
    /// Users with a rating.
    pub users: usize,
    /// Items with a rating.
    pub items: usize,
    /// Items that only the metadata knows.
    pub items_without_ratings: usize,
    /// Users that only the metadata knows.
    pub users_without_ratings: usize,
    /// How many ratings.
    pub ratings: usize,
    /// Ratings over users × items, of those with a rating.
    pub density: f64,
    /// `null` where implicit.
    pub scale: Option<Scale>,
    /// Rows say only that something happened.
    pub implicit: bool,
    /// Ratings carry times.
    pub timestamps: bool,
    /// The mean rating; `null` for no ratings.
    pub mean: Option<f64>,
    /// How the ratings are spread.
    pub histogram: Vec<Bar>,
    /// Pairs that came again.
    pub duplicates: u64,
    /// What was done with them.
    pub duplicate_policy: String,
    /// Rows that could not be used (the first thousand).
    pub rejected: Vec<Reject>,
    /// How many in all.
    pub rejected_count: u64,
    /// The format that was detected.
    pub format: String,
    /// The separator of the ratings.
    pub separator: String,
    /// The encoding that was detected.
    pub encoding: String,
    /// The files that were read.
    pub files: Vec<String>,
    /// Rating rows read.
    pub rows_read: u64,
    /// Rated items that the metadata does not know.
    pub items_without_metadata: u64,
    /// Rating users that the metadata does not know.
    pub users_without_metadata: u64,
    /// The columns of item metadata.
    pub item_columns: Vec<String>,
    /// The columns of user metadata.
    pub user_columns: Vec<String>,
    /// Earliest and latest time, seconds since 1970.
    pub time_range: Option<(i64, i64)>,
    /// The data is invented.
    pub synthetic: bool,
    /// Sentences worth reading.
    pub notes: Vec<String>,
    /// Bytes held for ratings and for everything else.
    pub memory: MemoryView,
    /// Ratings per user, and per item, largest first: the long tails (for the screen).
    #[serde(skip)]
    pub activity: (Vec<u32>, Vec<u32>),
    /// Ratings per month, oldest first (for the screen): year, month, count.
    #[serde(skip)]
    pub months: Vec<(i32, u32, u64)>,
}

/// Bytes held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryView {
    /// For all that is per rating.
    pub ratings_bytes: usize,
    /// For ids, labels and metadata.
    pub catalog_bytes: usize,
    /// For fitted models.
    pub models_bytes: usize,
}
