//! What is in a dataset.

pub mod findings;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Bar, World};
use crate::data::{
    Attributes, Dataset, Day, DuplicatePolicy, FeedbackKind, FilterStep, Like, Moment, NO_OFFSET, NO_TIME, Reject,
    Scale, TimeColumn, Words, Zero,
};
use crate::evaluate::metrics::gini;
use crate::models::FitRecord;
use crate::task::{Cancel, Cancelled, Pool, Stage, process_memory};
use findings::{Finding, findings};

/// What is in a dataset, and what was noticed on loading it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InfoView {
    pub name: String,
    pub users: usize,
    pub items: usize,
    pub items_without_ratings: usize,
    pub users_without_ratings: usize,
    pub ratings: usize,
    /// Ratings over users × items, of those with a rating.
    pub density: f64,
    /// What values mean.
    pub feedback: FeedbackView,
    /// The formula that is used where none is asked for.
    pub default_formula: String,
    /// `null` where implicit.
    pub scale: Option<Scale>,
    pub implicit: bool,
    pub timestamps: bool,
    /// The mean rating; `null` for no ratings.
    pub mean: Option<f64>,
    pub histogram: Vec<Bar>,
    pub duplicates: u64,
    pub duplicate_policy: String,
    /// Rows that could not be used (the first thousand).
    pub rejected: Vec<Reject>,
    pub rejected_count: u64,
    pub format: String,
    pub separator: String,
    pub encoding: String,
    pub files: Vec<String>,
    pub rows_read: u64,
    /// Rated items that the metadata does not know.
    pub items_without_metadata: u64,
    /// Rating users that the metadata does not know.
    pub users_without_metadata: u64,
    pub item_columns: Vec<String>,
    pub user_columns: Vec<String>,
    /// Earliest and latest time, seconds since 1970.
    pub time_range: Option<(Moment, Moment)>,
    pub synthetic: bool,
    /// What filters left, step by step.
    pub filters: Vec<FilterStep>,
    pub notes: Vec<String>,
    /// Bytes held for ratings and for everything else.
    pub memory: MemoryView,
    /// For the screen.
    #[serde(skip)]
    pub took: TookView,
    /// Ratings per user, and per item, largest first: the long tails (for the screen).
    #[serde(skip)]
    pub activity: (Vec<u32>, Vec<u32>),
    /// Ratings a user, of those with any.
    pub per_user: PerHead,
    /// Ratings an item, of those with any.
    pub per_item: PerHead,
    /// Ratings by month, oldest first.
    pub months: Vec<Month>,
    /// What a careful reader should know, the worst first.
    pub findings: Vec<Finding>,
}

/// What values mean, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedbackView {
    pub kind: FeedbackKind,
    pub zero: Zero,
    /// What was done with repeated pairs.
    pub duplicates: DuplicatePolicy,
    /// From where on a value is a like; `null` where there are none.
    pub like: Option<Like>,
    /// The rule that decided, as a clause.
    pub why: String,
    /// What rows are called (for text and screen).
    #[serde(skip)]
    pub words: Words,
}

impl FeedbackView {
    fn of(data: &Dataset) -> Self {
        let feedback = data.feedback();
        Self {
            kind: feedback.kind,
            zero: feedback.zero,
            duplicates: feedback.duplicates,
            like: (data.n_ratings() > 0).then(|| data.like()),
            why: feedback.why.clone(),
            words: feedback.words(),
        }
    }

    /// The kind, what is counted, and the rule that decided.
    pub fn sentence(&self) -> String {
        let counted = match self.words.unit.many {
            unit if unit == self.words.row.many => String::new(),
            unit => format!(" of {unit}"),
        };
        let zero = if self.zero == Zero::Missing {
            "; 0 says that there is none"
        } else {
            ""
        };
        format!("{}{counted}: {}{zero}", self.kind.name(), self.why)
    }
}

/// How ratings are spread over users, or over items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PerHead {
    pub mean: f64,
    /// As many or more has one half.
    pub median: u32,
    pub most: u32,
    /// Gini's coefficient of the counts: 0 where all are equal, towards 1 where one has everything.
    pub gini: f64,
}

impl PerHead {
    /// Of counts that descend.
    pub fn of(counts: &[u32]) -> Self {
        let sum: u64 = counts.iter().map(|n| u64::from(*n)).sum();
        Self {
            mean: sum as f64 / counts.len().max(1) as f64,
            median: counts.get(counts.len() / 2).copied().unwrap_or(0),
            most: counts.first().copied().unwrap_or(0),
            gini: gini(counts),
        }
    }
}

/// The ratings of one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Month {
    /// As in `1997-09`.
    pub month: String,
    pub count: u64,
}

/// How long what took, as far as it was noted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TookView {
    /// The stages of reading and of all that the command line did since.
    pub stages: Vec<Stage>,
    /// The models that are fitted, with the seconds of their fits.
    pub fits: Vec<(String, f64)>,
}

impl TookView {
    fn of(world: &World) -> Self {
        let stages = world.timings().stages();
        if stages.is_empty() {
            return Self::default();
        }
        let fit = |record: &Arc<FitRecord>| (record.formula.clone(), record.seconds);
        Self {
            stages,
            fits: world.fits.records().iter().map(fit).collect(),
        }
    }
}

/// What the data takes in memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryView {
    pub ratings_bytes: usize,
    pub catalog_bytes: usize,
    pub models_bytes: usize,
    /// Of the ratings: by user, items and values.
    pub by_user_bytes: usize,
    /// Of the ratings: by item, users and values.
    pub by_item_bytes: usize,
    /// Of the ratings: when they were given.
    pub times_bytes: usize,
    /// Of the ratings: the order of the file.
    pub order_bytes: usize,
    /// Of the catalog: ids of users and items.
    pub ids_bytes: usize,
    /// Of the catalog: what is shown for items.
    pub labels_bytes: usize,
    /// Of the catalog: what is known of items and users.
    pub attributes_bytes: usize,
    /// The whole process now, as the operating system counts it, where it says so (for the screen: no two runs are alike).
    #[serde(skip)]
    pub process_bytes: Option<usize>,
    #[serde(skip)]
    pub process_peak_bytes: Option<usize>,
}

impl MemoryView {
    fn of(world: &World) -> Self {
        let memory = world.dataset.memory();
        let (process_bytes, process_peak_bytes) = process_memory();
        Self {
            ratings_bytes: memory.ratings(),
            catalog_bytes: memory.catalog(),
            models_bytes: world.fits.memory_bytes(),
            by_user_bytes: memory.by_user,
            by_item_bytes: memory.by_item,
            times_bytes: memory.times,
            order_bytes: memory.file_order,
            ids_bytes: memory.ids,
            labels_bytes: memory.labels,
            attributes_bytes: memory.attributes,
            process_bytes,
            process_peak_bytes,
        }
    }
}

/// What is in the world's dataset. O(ratings), for the months.
pub fn compute(world: &World, cancel: &Cancel) -> Result<InfoView, AnswerError> {
    let data = &*world.dataset;
    let report = data.report();
    let some = data.n_ratings() > 0;
    let (time_range, months) = times(data, world.pool(), cancel)?;
    let column_names = |a: &Attributes| a.columns.iter().map(|c| c.name.clone()).collect();
    let descending = |lengths: &mut dyn Iterator<Item = usize>| {
        let mut lengths: Vec<u32> = lengths.filter(|n| *n > 0).map(|n| n as u32).collect();
        lengths.sort_unstable_by(|a, b| b.cmp(a));
        lengths
    };
    let activity = (
        descending(&mut data.users().map(|u| data.user_row(u).len())),
        descending(&mut data.items().map(|i| data.item_row(i).len())),
    );
    let mut view = InfoView {
        name: data.name().to_owned(),
        users: data.users_with_ratings(),
        items: data.items_with_ratings(),
        items_without_ratings: data.n_items() - data.items_with_ratings(),
        users_without_ratings: data.n_users() - data.users_with_ratings(),
        ratings: data.n_ratings(),
        density: data.density(),
        feedback: FeedbackView::of(data),
        default_formula: world.default_formula().to_string(),
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
        filters: report.filters.clone(),
        notes: report.notes.clone(),
        memory: MemoryView::of(world),
        took: TookView::of(world),
        per_user: PerHead::of(&activity.0),
        per_item: PerHead::of(&activity.1),
        activity,
        months,
        findings: Vec::new(),
    };
    view.findings = findings(&view);
    Ok(view)
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
fn times(data: &Dataset, pool: &Pool, cancel: &Cancel) -> Result<(Option<(Moment, Moment)>, Vec<Month>), AnswerError> {
    let mut days = Days::default();
    match data.times() {
        TimeColumn::None => {}
        TimeColumn::Offsets(base, offsets) => {
            days.add_offsets(base, offsets, pool, cancel)?;
        }
        TimeColumn::Seconds(times) => {
            for piece in times.chunks(PIECE) {
                cancel.check()?;
                let known = piece.iter().filter(|&&time| time != NO_TIME);
                known.for_each(|&time| days.add(Moment::of_seconds(time), 1));
            }
        }
        TimeColumn::Fine(times) => {
            for (k, time) in times.iter().enumerate() {
                if k % PIECE == 0 {
                    cancel.check()?;
                }
                if let Some(time) = time {
                    days.add(time, 1);
                }
            }
        }
    }
    let mut months: Vec<Month> = Vec::new();
    for (day, count) in days.counts {
        let Day { year, month, .. } = Day::of_seconds(day.saturating_mul(86_400));
        let month = format!("{year}-{month:02}");
        match months.last_mut() {
            Some(last) if last.month == month => last.count += count,
            _ => months.push(Month { month, count }),
        }
    }
    Ok((days.range, months))
}

/// Ratings between two looks at the task: less than a millisecond's.
const PIECE: usize = 1 << 18;

/// Counts times by day.
#[derive(Default)]
struct Days {
    counts: BTreeMap<i64, u64>,
    range: Option<(Moment, Moment)>,
}

impl Days {
    fn add(&mut self, time: Moment, count: u64) {
        self.range = Some(self.range.map_or((time, time), |(a, b)| (a.min(time), b.max(time))));
        *self.counts.entry(time.seconds().div_euclid(86_400)).or_default() += count;
    }

    /// Seconds after `base`. Days are counted by position and not one by one looked up: ratings are many, days are few.
    fn add_offsets(&mut self, base: i64, offsets: &[u32], pool: &Pool, cancel: &Cancel) -> Result<(), Cancelled> {
        // Days begin at midnight: so many seconds of the first are over at `base`.
        let over = base.rem_euclid(86_400) as u32;
        let first = base.div_euclid(86_400);
        let share = offsets.len().div_ceil(pool.threads()).max(1);
        let parts = pool.try_map_each(offsets.chunks(share).collect(), |part| {
            let (mut counts, mut range) = (Vec::new(), (NO_OFFSET, 0));
            for piece in part.chunks(PIECE) {
                cancel.check()?;
                count_days(piece, over, &mut counts, &mut range);
            }
            Ok((counts, range))
        })?;
        for (counts, (low, high)) in parts.into_iter().filter(|(_, range)| range.0 != NO_OFFSET) {
            self.add(Moment::of_seconds(base + i64::from(low)), 0);
            self.add(Moment::of_seconds(base + i64::from(high)), 0);
            for (day, count) in counts.into_iter().enumerate().filter(|(_, n)| *n > 0) {
                *self.counts.entry(first + day as i64).or_default() += count;
            }
        }
        Ok(())
    }
}

/// Adds offsets to the counts of their days and to the range in which they are.
fn count_days(offsets: &[u32], over: u32, counts: &mut Vec<u64>, range: &mut (u32, u32)) {
    let low = offsets.iter().copied().min().unwrap_or(NO_OFFSET);
    if low == NO_OFFSET {
        return;
    }
    // One more than each, so that those not known are the lowest: without a branch many are looked at at once.
    let high = offsets.iter().map(|t| t.wrapping_add(1)).max().unwrap_or(1) - 1;
    *range = (range.0.min(low), range.1.max(high));
    let days = ((u64::from(high) + u64::from(over)) / 86_400 + 1) as usize;
    counts.resize(counts.len().max(days), 0);
    let known = offsets.iter().copied().filter(|&t| t != NO_OFFSET);
    if high.checked_add(over).is_some() {
        known.for_each(|offset| counts[((offset + over) / 86_400) as usize] += 1);
    } else {
        known.for_each(|offset| counts[((u64::from(offset) + u64::from(over)) / 86_400) as usize] += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_wherever_they_lie() {
        for base in [-90_000, -1, 0, 1, 86_399, 86_400, 1_000_000_000] {
            let offsets = [
                0,
                1,
                86_398,
                86_399,
                86_400,
                5,
                200_000,
                u32::MAX - 100_000,
                NO_OFFSET,
                NO_OFFSET - 1,
            ];
            for offsets in [&offsets[..], &offsets[..7], &offsets[..1], &[]] {
                let (mut quick, mut plain) = (Days::default(), Days::default());
                let pool = Pool::new("days", 3);
                quick.add_offsets(base, offsets, &pool, &Cancel::new()).unwrap();
                for &offset in offsets.iter().filter(|&&t| t != NO_OFFSET) {
                    plain.add(Moment::of_seconds(base + i64::from(offset)), 1);
                }
                assert_eq!(quick.range, plain.range);
                assert_eq!(quick.counts, plain.counts, "{base}");
            }
        }
    }
}
