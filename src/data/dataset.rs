mod counting;
mod derived;
mod histogram;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use counting::{exact_sum, scale_of};

use super::compact::CompactRows;
use super::identity::Identity;
use super::index::{Indexed, Unindexed, index};
use super::storage::{FileOrder, Orientation, Times};
use super::{
    Attributes, DuplicatePolicy, Feedback, FeedbackClues, FineTimes, Ids, ItemIx, Like, LoadReport, MemoryUse, Moment,
    NO_TIME, RatingRows, Resolution, Row, Scale, TimeColumn, UserIx, clean_label, printable,
};
use crate::task::{Stages, Task};

/// Rows that are searched in step.
const ROWS_AT_ONCE: usize = 32;

/// What a loader hands over to make a [`Dataset`].
#[derive(Clone, Debug, Default)]
pub struct DatasetParts {
    pub name: String,
    /// User ids, verbatim, in order of first appearance in the ratings, then those only in the metadata.
    pub users: Ids,
    pub items: Ids,
    pub ratings: RatingRows,
    /// The title of each item, as in the file, where it has one; may be shorter than the items.
    pub titles: Vec<Option<String>>,
    pub item_attributes: Attributes,
    pub user_attributes: Attributes,
    /// What is known of the values' meaning, beside the values.
    pub clues: FeedbackClues,
    /// The data is invented, and every screen must be able to say so.
    pub synthetic: bool,
    /// How finely the times of `ratings` are known.
    pub resolution: Resolution,
    pub report: LoadReport,
}

/// Who rated what, immutable, in both orientations, with everything known of users and items.
///
/// Per rating it costs 14 bytes with time and 10 without, where there are at most 256 distinct values; the order of the
/// file, which only the published splits need, costs another 2 where the file comes user by user, another 4 where it does
/// not, and nothing where it is sorted as the dataset is.
///
/// serde leaves out whatever is one entry a rating: only the cache uses it, which keeps those apart.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Dataset {
    name: String,
    pub(super) users: Arc<Ids>,
    pub(super) items: Arc<Ids>,
    pub(super) labels: Arc<Ids>,
    pub(super) item_attributes: Arc<Attributes>,
    pub(super) user_attributes: Arc<Attributes>,
    pub(super) by_user: Orientation,
    pub(super) by_item: Orientation,
    table: Vec<f64>,
    /// How often each value of the table was given.
    counts: Vec<u64>,
    pub(super) times: Times,
    pub(super) resolution: Resolution,
    pub(super) file_order: FileOrder,
    scale: Scale,
    mean: f64,
    feedback: Arc<Feedback>,
    synthetic: bool,
    report: Arc<LoadReport>,
    identity: u64,
}

impl Dataset {
    /// Builds both orientations and resolves repeated pairs.
    ///
    /// # Errors
    /// With [`DuplicatePolicy::Error`]: the position in `parts.ratings` of the first row that repeats a pair.
    pub fn new(mut parts: DatasetParts, policy: DuplicatePolicy) -> Result<Self, usize> {
        let task = Task::unattended();
        let rows = CompactRows::of(std::mem::take(&mut parts.ratings));
        let feedback = Feedback::of(&rows.values, &parts.clues).with_duplicates(Some(policy));
        match index(rows, parts.users.len(), parts.items.len(), policy, &task) {
            Ok(indexed) => Ok(Self::build(parts, indexed, feedback, &task)),
            Err(Unindexed::Repeated(pair)) => Err(pair.file_row),
            // Nothing else can cancel this task.
            Err(Unindexed::Cancelled) => Err(0),
        }
    }

    /// As [`Dataset::new`], of ratings that are already indexed: those of `parts` are left aside.
    pub(super) fn build(mut parts: DatasetParts, mut indexed: Indexed, feedback: Feedback, task: &Task) -> Self {
        let n_users = parts.users.len();
        let n_items = parts.items.len();
        indexed.grow(n_users, n_items);
        let mut stages = Stages::begin(&task.timings);
        parts.report.duplicates = indexed.duplicates;
        parts.report.duplicate_policy = feedback.duplicates;
        let labels = (0..n_items).map(|i| {
            let title = parts.titles.get(i).and_then(Option::as_deref).map(clean_label);
            match title {
                Some(title) if !title.is_empty() => title.into_owned(),
                _ => printable(parts.items.get(i)),
            }
        });
        let labels = || Arc::new(Ids::new(labels.collect::<Vec<_>>()));
        let (labels, mut dataset) = task.pool.join(labels, || Self::of(indexed));
        stages.end("labels and statistics");
        let rated = |o: &Orientation| o.row_count();
        parts.report.items_without_ratings = (n_items - rated(&dataset.by_item)) as u64;
        parts.report.users_without_ratings = (n_users - rated(&dataset.by_user)) as u64;
        dataset.name = clean_label(&parts.name).into_owned();
        dataset.users = Arc::new(parts.users);
        dataset.items = Arc::new(parts.items);
        dataset.labels = labels;
        dataset.item_attributes = Arc::new(parts.item_attributes);
        dataset.user_attributes = Arc::new(parts.user_attributes);
        dataset.feedback = Arc::new(feedback);
        dataset.resolution = parts.resolution;
        dataset.synthetic = parts.synthetic;
        dataset.report = Arc::new(parts.report);
        dataset.identity = dataset.hash(task);
        stages.end("identity");
        dataset
    }

    /// Ratings and their statistics; nothing else is known yet.
    fn of(indexed: Indexed) -> Self {
        let Indexed {
            by_user, table, times, ..
        } = indexed;
        let counts = by_user.values.counts(table.len());
        let values = || (0..by_user.ids.len()).map(|k| by_user.values.get(k, &table));
        let scale = if table.is_empty() {
            scale_of(values(), &table)
        } else {
            scale_of(table.iter().copied(), &table)
        };
        let sum = exact_sum(&table, &counts).unwrap_or_else(|| values().sum());
        let n = by_user.ids.len();
        Self {
            name: String::new(),
            users: Arc::default(),
            items: Arc::default(),
            labels: Arc::default(),
            item_attributes: Arc::default(),
            user_attributes: Arc::default(),
            by_user,
            by_item: indexed.by_item,
            table,
            counts,
            times,
            resolution: Resolution::default(),
            file_order: indexed.file_order,
            scale,
            mean: if n == 0 { 0.0 } else { sum / n as f64 },
            feedback: Arc::default(),
            synthetic: false,
            report: Arc::default(),
            identity: 0,
        }
    }

    /// A short name, fit to be shown.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// All users: those with ratings and those only in the metadata.
    pub fn n_users(&self) -> usize {
        self.by_user.ends.len()
    }

    /// All items: those with ratings and those only in the metadata.
    pub fn n_items(&self) -> usize {
        self.by_item.ends.len()
    }

    pub fn n_ratings(&self) -> usize {
        self.by_user.ids.len()
    }

    pub fn users_with_ratings(&self) -> usize {
        self.by_user.row_count()
    }

    pub fn items_with_ratings(&self) -> usize {
        self.by_item.row_count()
    }

    /// Ratings divided by (users with a rating × items with a rating); 0 for no ratings.
    pub fn density(&self) -> f64 {
        let cells = self.users_with_ratings() as f64 * self.items_with_ratings() as f64;
        if cells > 0.0 {
            self.n_ratings() as f64 / cells
        } else {
            0.0
        }
    }

    /// All users in index order.
    pub fn users(&self) -> impl Iterator<Item = UserIx> + use<> {
        (0..self.n_users() as u32).map(UserIx)
    }

    /// All items in index order.
    pub fn items(&self) -> impl Iterator<Item = ItemIx> + use<> {
        (0..self.n_items() as u32).map(ItemIx)
    }

    pub fn user_ids(&self) -> &Ids {
        &self.users
    }

    pub fn item_ids(&self) -> &Ids {
        &self.items
    }

    /// The id of a user, verbatim: may hold anything that the file held.
    pub fn user_id(&self, user: UserIx) -> &str {
        self.users.get(user.at())
    }

    /// The id of an item, verbatim: may hold anything that the file held.
    pub fn item_id(&self, item: ItemIx) -> &str {
        self.items.get(item.at())
    }

    pub fn find_user(&self, id: &str) -> Option<UserIx> {
        self.users.find(id).map(|i| UserIx(i as u32))
    }

    pub fn find_item(&self, id: &str) -> Option<ItemIx> {
        self.items.find(id).map(|i| ItemIx(i as u32))
    }

    /// What to show for an item: its title, else its id, fit for a terminal.
    pub fn item_label(&self, item: ItemIx) -> &str {
        self.labels.get(item.at())
    }

    /// What to show for a user: the id, fit for a terminal.
    pub fn user_label(&self, user: UserIx) -> String {
        printable(self.user_id(user))
    }

    /// The ratings of a user, items ascending.
    #[inline]
    pub fn user_row(&self, user: UserIx) -> Row<'_> {
        self.by_user.row(user.at(), &self.table)
    }

    /// The ratings of an item, users ascending.
    #[inline]
    pub fn item_row(&self, item: ItemIx) -> Row<'_> {
        self.by_item.row(item.at(), &self.table)
    }

    /// The rating of `item` by `user`, if there is one.
    pub fn rating(&self, user: UserIx, item: ItemIx) -> Option<f64> {
        self.user_row(user).get(item.0)
    }

    /// The time of the `k`-th rating of `user`'s row, where it is known.
    pub fn time(&self, user: UserIx, k: usize) -> Option<Moment> {
        self.time_at(self.by_user.range(user.at()).start + k)
    }

    /// The times of `user`'s row, in its order, as they are kept.
    pub fn user_times(&self, user: UserIx) -> TimeColumn<'_> {
        self.times_in(self.by_user.range(user.at()))
    }

    /// When each of `users`, who all rated `item`, did so; empty where the data has no times. O(users · log of their
    /// ratings), but many rows are searched at a time, so that waiting for memory is shared.
    pub fn times_of(&self, item: ItemIx, users: &[UserIx]) -> Vec<Option<Moment>> {
        if !self.has_times() {
            return Vec::new();
        }
        let mut times = Vec::with_capacity(users.len());
        for some in users.chunks(ROWS_AT_ONCE) {
            let mut places = [(0, 0); ROWS_AT_ONCE];
            for (place, user) in places.iter_mut().zip(some) {
                let range = self.by_user.range(user.at());
                *place = (range.start, range.len());
            }
            let places = &mut places[..some.len()];
            // Halves of rows, all rows in step: (where it begins, how long it is).
            while places.iter().any(|(_, length)| *length > 1) {
                for (start, length) in places.iter_mut() {
                    let middle = *start + *length / 2;
                    let is_after = *length > 1 && self.by_user.ids[middle] <= item.0;
                    *start = if is_after { middle } else { *start };
                    *length -= *length / 2;
                }
            }
            times.extend(places.iter().map(|(at, length)| {
                let is_there = *length > 0 && self.by_user.ids[*at] == item.0;
                is_there.then(|| self.time_at(*at)).flatten()
            }));
        }
        times
    }

    /// All times, by user and then item, as they are kept.
    pub fn times(&self) -> TimeColumn<'_> {
        self.times_in(0..self.n_ratings())
    }

    fn times_in(&self, range: std::ops::Range<usize>) -> TimeColumn<'_> {
        match &self.times {
            Times::None => TimeColumn::None,
            times if self.resolution != Resolution::Seconds => TimeColumn::Fine(FineTimes {
                times,
                resolution: self.resolution,
                start: range.start,
                end: range.end,
            }),
            Times::Narrow(base, offsets) => TimeColumn::Offsets(*base, &offsets[range]),
            Times::Wide(times) => TimeColumn::Seconds(&times[range]),
        }
    }

    /// Whether some ratings have a time and others none.
    pub fn has_missing_times(&self) -> bool {
        self.times.missing() > 0
    }

    pub fn has_times(&self) -> bool {
        !matches!(self.times, Times::None)
    }

    /// The rating of row `file_row` in the order of the file: user, item, rating, time.
    pub fn rating_in_file_order(&self, file_row: usize) -> (UserIx, ItemIx, f64, Option<Moment>) {
        let position = self.position(file_row);
        let user = self.by_user.ends.partition_point(|&end| end as usize <= position);
        let item = self.by_user.ids[position];
        let value = self.by_user.values.get(position, &self.table);
        (UserIx(user as u32), ItemIx(item), value, self.time_at(position))
    }

    /// Whose row the rating of row `file_row` in the order of the file stands in, and at which place: its item is that
    /// row's `ids[place]`.
    pub fn place_in_file_order(&self, file_row: usize) -> (UserIx, usize) {
        let position = self.position(file_row);
        let user = self.by_user.ends.partition_point(|&end| end as usize <= position);
        (UserIx(user as u32), position - self.by_user.range(user).start)
    }

    pub(super) fn position(&self, file_row: usize) -> usize {
        self.file_order.position(file_row, &self.by_user)
    }

    pub(super) fn time_at(&self, position: usize) -> Option<Moment> {
        let ticks = self.times.get(position)?;
        Some(Moment::of_ticks(ticks, self.resolution))
    }

    /// As it is kept, or [`NO_TIME`].
    pub(super) fn ticks_at(&self, position: usize) -> i64 {
        self.times.get(position).unwrap_or(NO_TIME)
    }

    pub(super) fn value_at(&self, position: usize) -> f64 {
        self.by_user.values.get(position, &self.table)
    }

    /// The same, as read from a file in which so many pairs came again.
    pub(super) fn with_duplicates(mut self, duplicates: u64) -> Self {
        Arc::make_mut(&mut self.report).duplicates = duplicates;
        self
    }

    /// The scale found in the ratings. All zero for no ratings.
    pub fn scale(&self) -> Scale {
        self.scale
    }

    /// The mean of all ratings (μ); 0 for no ratings.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Whether rows say only that something happened.
    pub fn is_implicit(&self) -> bool {
        self.feedback.is_implicit()
    }

    /// What values mean.
    pub fn feedback(&self) -> &Feedback {
        &self.feedback
    }

    /// From which value on an item counts as liked.
    pub fn like(&self) -> Like {
        Like::of(self.feedback.kind, self.scale)
    }

    pub fn is_synthetic(&self) -> bool {
        self.synthetic
    }

    /// Genres, year, tags, … of the items.
    pub fn item_attributes(&self) -> &Attributes {
        &self.item_attributes
    }

    /// Age, occupation, … of the users.
    pub fn user_attributes(&self) -> &Attributes {
        &self.user_attributes
    }

    pub fn report(&self) -> &LoadReport {
        &self.report
    }

    /// A number that changes with any rating, id, title or attribute: keys for fits and caches.
    pub fn identity(&self) -> u64 {
        self.identity
    }

    /// The distinct ratings, ascending, where they are few enough to be coded (at most 65,536).
    pub fn distinct_values(&self) -> &[f64] {
        &self.table
    }

    /// Bytes held, and for what.
    pub fn memory(&self) -> MemoryUse {
        MemoryUse {
            by_user: self.by_user.memory_bytes(),
            by_item: self.by_item.memory_bytes(),
            times: self.times.memory_bytes(),
            file_order: self.file_order.memory_bytes(),
            ids: self.users.memory_bytes() + self.items.memory_bytes(),
            labels: self.labels.memory_bytes(),
            attributes: self.item_attributes.memory_bytes() + self.user_attributes.memory_bytes(),
        }
    }

    fn hash(&self, task: &Task) -> u64 {
        let mut identity = Identity::default();
        for ids in [&self.users, &self.items, &self.labels] {
            ids.iter().for_each(|id| identity.bytes(id.as_bytes()));
        }
        for attributes in [&self.item_attributes, &self.user_attributes] {
            identity.attributes(attributes);
        }
        identity.bytes(self.feedback.kind.name().as_bytes());
        identity.ratings(&self.by_user, &self.table, &self.times, self.resolution, task);
        identity.number()
    }
}

#[cfg(test)]
#[path = "dataset_tests.rs"]
mod tests;
