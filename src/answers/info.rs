//! What is in a dataset.

use std::collections::BTreeMap;

use serde::Serialize;

use super::calendar::Day;
use super::{AnswerError, Bar, World};
use crate::data::{Attributes, Dataset, DuplicatePolicy, Reject, Scale};
use crate::task::Cancel;

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

/// What is in the world's dataset. O(ratings), for the months.
pub fn compute(world: &World, cancel: &Cancel) -> Result<InfoView, AnswerError> {
    let data = &*world.dataset;
    let report = data.report();
    let some = data.n_ratings() > 0;
    let (ratings_bytes, catalog_bytes) = data.memory_bytes();
    let (time_range, months) = times(data, cancel)?;
    let column_names = |a: &Attributes| a.columns.iter().map(|c| c.name.clone()).collect();
    let long_tail = |lengths: &mut dyn Iterator<Item = usize>| {
        let mut lengths: Vec<u32> = lengths.filter(|n| *n > 0).map(|n| n as u32).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths
    };
    Ok(InfoView {
        name: data.name().to_owned(),
        users: data.users_with_ratings(),
        items: data.items_with_ratings(),
        items_without_ratings: data.n_items() - data.items_with_ratings(),
        users_without_ratings: data.n_users() - data.users_with_ratings(),
        ratings: data.n_ratings(),
        density: data.density(),
        scale: (some && !data.is_implicit()).then(|| data.scale()),
        implicit: data.is_implicit(),
        timestamps: data.has_times(),
        mean: some.then(|| data.mean()),
        histogram: if some { Bar::of(&data.histogram()) } else { Vec::new() },
        duplicates: report.duplicates,
        duplicate_policy: policy_name(report.duplicate_policy).to_owned(),
        rejected: report.rejected.clone(),
        rejected_count: report.rejected_count,
        format: report.format.clone(),
        separator: report.separator.clone(),
        encoding: report.encoding.clone(),
        files: report.files.clone(),
        rows_read: report.rows_read,
        items_without_metadata: report.items_without_metadata,
        users_without_metadata: report.users_without_metadata,
        item_columns: column_names(data.item_attributes()),
        user_columns: column_names(data.user_attributes()),
        time_range,
        synthetic: data.is_synthetic(),
        notes: report.notes.clone(),
        memory: MemoryView {
            ratings_bytes,
            catalog_bytes,
            models_bytes: world.fits.memory_bytes(),
        },
        activity: (
            long_tail(&mut data.users().map(|u| data.user_row(u).len())),
            long_tail(&mut data.items().map(|i| data.item_row(i).len())),
        ),
        months,
    })
}

fn policy_name(policy: DuplicatePolicy) -> &'static str {
    match policy {
        DuplicatePolicy::Last => "last",
        DuplicatePolicy::First => "first",
        DuplicatePolicy::Mean => "mean",
        DuplicatePolicy::Sum => "sum",
        DuplicatePolicy::Error => "error",
    }
}

/// The earliest and latest time, and how many ratings fall into each month that has any.
#[allow(clippy::type_complexity)]
fn times(data: &Dataset, cancel: &Cancel) -> Result<(Option<(i64, i64)>, Vec<(i32, u32, u64)>), AnswerError> {
    let mut range: Option<(i64, i64)> = None;
    // Ratings come in runs of the same day: the calendar is asked once a day, not once a rating.
    let mut days: BTreeMap<i64, u64> = BTreeMap::new();
    let mut last = (i64::MIN, 0u64);
    for user in data.users() {
        cancel.check()?;
        for k in 0..data.user_row(user).len() {
            let Some(time) = data.time(user, k) else {
                return Ok((None, Vec::new()));
            };
            range = Some(range.map_or((time, time), |(a, b)| (a.min(time), b.max(time))));
            let day = time.div_euclid(86_400);
            if day == last.0 {
                last.1 += 1;
            } else {
                if last.1 > 0 {
                    *days.entry(last.0).or_default() += last.1;
                }
                last = (day, 1);
            }
        }
    }
    if last.1 > 0 {
        *days.entry(last.0).or_default() += last.1;
    }
    let mut months: Vec<(i32, u32, u64)> = Vec::new();
    for (day, count) in days {
        let Day { year, month, .. } = Day::of_seconds(day.saturating_mul(86_400));
        match months.last_mut() {
            Some(m) if (m.0, m.1) == (year as i32, month) => m.2 += count,
            _ => months.push((year as i32, month, count)),
        }
    }
    Ok((range, months))
}
