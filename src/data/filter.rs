//! Filters: which ratings are left of a dataset, step by step.

use std::fmt::Write;

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::compact::CompactRows;
use super::index::{Unindexed, index};
use super::{Condition, Dataset, DatasetParts, Day, DuplicatePolicy, FilterStep, Ids, ItemIx, LoadError, UserIx};
use crate::task::{Cancel, Cancelled, Task};

/// What ratings are to be left, applied in this order, once repeated pairs are resolved. The default leaves all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    pub condition: Option<Condition>,
    /// Users with fewer ratings are left out, and items with fewer than theirs, until none is left (a core of the data).
    pub min_user_ratings: u32,
    pub min_item_ratings: u32,
    /// The first day of which ratings are left.
    pub since: Option<Day>,
    /// The last day of which ratings are left.
    pub until: Option<Day>,
    /// How many users are left, drawn at random.
    pub sample_users: Option<UserSample>,
}

/// How users are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserSample {
    pub users: u32,
    pub seed: u64,
}

/// Ratings between two questions whether anybody still wants to know.
const PIECE: usize = 1 << 18;

impl Filters {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// As on the command line: a name and its value each, in the order in which they are applied.
    pub fn arguments(&self) -> Vec<[String; 2]> {
        let mut all = Vec::new();
        let mut add = |name: &str, value: Option<String>| all.extend(value.map(|v| [name.to_owned(), v]));
        let at_least = |n: u32| (n > 0).then(|| n.to_string());
        add("--where", self.condition.map(|c| c.to_string()));
        add("--min-user-ratings", at_least(self.min_user_ratings));
        add("--min-item-ratings", at_least(self.min_item_ratings));
        add("--since", self.since.map(|d| d.to_string()));
        add("--until", self.until.map(|d| d.to_string()));
        add("--sample-users", self.sample_users.map(|s| s.users.to_string()));
        all
    }

    /// What is left of `dataset`: ids, titles and attributes of users and items that had ratings and have none now, or
    /// fewer than asked for, are gone; the others keep their order, by first appearance. O(ratings · rounds of the core).
    ///
    /// # Errors
    /// Nothing is left; the data has no times, but a day is named; cancelled.
    pub(super) fn apply(&self, dataset: Dataset, task: &Task) -> Result<Dataset, LoadError> {
        if self.is_empty() {
            return Ok(dataset);
        }
        if !dataset.has_times() && (self.since.is_some() || self.until.is_some()) {
            let sentence = "--since and --until need times, and the data has none";
            return Err(LoadError::Option(sentence.to_owned()));
        }
        let mut sieve = Sieve::new(&dataset, &task.cancel)?;
        if let Some(condition) = self.condition {
            sieve.keep(|k, _| condition.holds(dataset.value_at(k)))?;
            sieve.note(&self.arguments(), &["--where"])?;
        }
        if self.min_user_ratings > 0 || self.min_item_ratings > 0 {
            sieve.core(self.min_user_ratings, self.min_item_ratings)?;
            sieve.note(&self.arguments(), &["--min-user-ratings", "--min-item-ratings"])?;
        }
        if self.since.is_some() || self.until.is_some() {
            sieve.keep(|k, _| {
                let day = dataset.time_at(k).map(|time| Day::of_seconds(time.seconds()));
                day.is_some_and(|d| self.since.is_none_or(|s| d >= s) && self.until.is_none_or(|u| d <= u))
            })?;
            sieve.note(&self.arguments(), &["--since", "--until"])?;
        }
        if let Some(sample) = self.sample_users {
            sieve.sample(sample)?;
            sieve.note(&self.arguments(), &["--sample-users"])?;
        }
        self.finish(&sieve, task)
    }

    /// A dataset of what is left.
    fn finish(&self, sieve: &Sieve<'_>, task: &Task) -> Result<Dataset, LoadError> {
        let data = sieve.data;
        let mut users = Numbering::new(data.n_users());
        let mut items = Numbering::new(data.n_items());
        let mut rows = CompactRows::default();
        for file_row in 0..data.n_ratings() {
            if file_row % PIECE == 0 {
                task.cancel.check()?;
            }
            let k = data.position(file_row);
            if !sieve.kept[k] {
                continue;
            }
            rows.users.push(users.number(sieve.user_of[k]));
            rows.items.push(items.number(data.by_user.ids[k]));
            rows.values.push(data.value_at(k));
            if data.has_times() {
                rows.times.push(data.ticks_at(k));
            }
        }
        rows.times.narrow();
        let (rated_users, rated_items) = (users.order.len(), items.order.len());
        // Those that never had a rating stay, unless ratings are asked of them.
        let unrated_user = |u: &u32| self.min_user_ratings == 0 && data.user_row(UserIx(*u)).is_empty();
        let unrated_item = |i: &u32| self.min_item_ratings == 0 && data.item_row(ItemIx(*i)).is_empty();
        users.order.extend((0..data.n_users() as u32).filter(unrated_user));
        items.order.extend((0..data.n_items() as u32).filter(unrated_item));
        let indexed = index(rows, rated_users, rated_items, DuplicatePolicy::Error, task);
        let indexed = indexed.map_err(|why| match why {
            Unindexed::Cancelled => LoadError::Cancelled,
            // A dataset has no pair twice.
            Unindexed::Repeated(_) => LoadError::Option("a pair came twice".to_owned()),
        })?;
        let ids = |all: &Ids, order: &[u32]| Ids::new(order.iter().map(|&n| all.get(n as usize)).collect::<Vec<_>>());
        let mut report = data.report().clone();
        report.filters.clone_from(&sieve.steps);
        let duplicates = report.duplicates;
        let parts = DatasetParts {
            name: format!("{}, filtered", data.name()),
            users: ids(data.user_ids(), &users.order),
            items: ids(data.item_ids(), &items.order),
            titles: items
                .order
                .iter()
                .map(|&i| Some(data.item_label(ItemIx(i)).to_owned()))
                .collect(),
            item_attributes: data.item_attributes().of_rows(&items.order),
            user_attributes: data.user_attributes().of_rows(&users.order),
            synthetic: data.is_synthetic(),
            resolution: data.resolution,
            report,
            ..DatasetParts::default()
        };
        let filtered = Dataset::build(parts, indexed, data.feedback().clone(), task);
        Ok(filtered.with_duplicates(duplicates))
    }
}

/// Users or items get new numbers, in order of first appearance.
struct Numbering {
    new: Vec<u32>,
    /// The old numbers, in the order of the new ones.
    order: Vec<u32>,
}

impl Numbering {
    fn new(n: usize) -> Self {
        Self {
            new: vec![u32::MAX; n],
            order: Vec::new(),
        }
    }

    fn number(&mut self, old: u32) -> u32 {
        let new = &mut self.new[old as usize];
        if *new == u32::MAX {
            *new = self.order.len() as u32;
            self.order.push(old);
        }
        *new
    }
}

/// Which ratings are left so far, by position: by user, then item.
struct Sieve<'a> {
    data: &'a Dataset,
    user_of: Vec<u32>,
    kept: Vec<bool>,
    /// Ratings that are left, by user and by item.
    of_user: Vec<u32>,
    of_item: Vec<u32>,
    steps: Vec<FilterStep>,
    cancel: &'a Cancel,
}

impl<'a> Sieve<'a> {
    fn new(data: &'a Dataset, cancel: &'a Cancel) -> Result<Self, Cancelled> {
        cancel.check()?;
        let lengths = |n: usize, length: &dyn Fn(u32) -> usize| (0..n as u32).map(|r| length(r) as u32).collect();
        let user_of = (0..data.n_users() as u32)
            .flat_map(|u| std::iter::repeat_n(u, data.user_row(UserIx(u)).len()))
            .collect();
        Ok(Self {
            data,
            user_of,
            kept: vec![true; data.n_ratings()],
            of_user: lengths(data.n_users(), &|u| data.user_row(UserIx(u)).len()),
            of_item: lengths(data.n_items(), &|i| data.item_row(ItemIx(i)).len()),
            steps: Vec::new(),
            cancel,
        })
    }

    /// Leaves what `keep` picks by position and user; how many went.
    fn keep(&mut self, keep: impl Fn(usize, usize) -> bool) -> Result<usize, Cancelled> {
        let mut gone = 0;
        for k in 0..self.kept.len() {
            if k % PIECE == 0 {
                self.cancel.check()?;
            }
            let user = self.user_of[k] as usize;
            if self.kept[k] && !keep(k, user) {
                self.kept[k] = false;
                self.of_user[user] -= 1;
                self.of_item[self.data.by_user.ids[k] as usize] -= 1;
                gone += 1;
            }
        }
        Ok(gone)
    }

    /// Leaves the largest part in which every user has so many ratings, and every item so many.
    fn core(&mut self, of_user: u32, of_item: u32) -> Result<(), Cancelled> {
        loop {
            let has_enough = |counts: &[u32], least: u32| -> Vec<bool> { counts.iter().map(|n| *n >= least).collect() };
            let users = has_enough(&self.of_user, of_user);
            let items = has_enough(&self.of_item, of_item);
            let rated = &self.data.by_user.ids;
            if self.keep(|k, user| users[user] && items[rated[k] as usize])? == 0 {
                return Ok(());
            }
        }
    }

    /// Leaves users drawn at random, of those who have ratings left.
    fn sample(&mut self, sample: UserSample) -> Result<(), Cancelled> {
        let users: Vec<u32> = (0..self.of_user.len() as u32)
            .filter(|&u| self.of_user[u as usize] > 0)
            .collect();
        let amount = users.len().min(sample.users as usize);
        let mut rng = Pcg64::seed_from_u64(sample.seed);
        let mut is_drawn = vec![false; self.of_user.len()];
        for at in rand::seq::index::sample(&mut rng, users.len(), amount) {
            is_drawn[users[at] as usize] = true;
        }
        self.keep(|_, user| is_drawn[user])?;
        Ok(())
    }

    /// Writes down what is left after the filters of these names.
    fn note(&mut self, arguments: &[[String; 2]], names: &[&str]) -> Result<(), LoadError> {
        let mut filter = String::new();
        for [name, value] in arguments.iter().filter(|[name, _]| names.contains(&name.as_str())) {
            let blank = if filter.is_empty() { "" } else { " " };
            // Writing to a string cannot fail.
            let _ = write!(filter, "{blank}{name} {value}");
        }
        let before = self.steps.last().map_or(self.data.n_ratings(), |s| s.ratings);
        let left = |counts: &[u32]| counts.iter().filter(|n| **n > 0).count();
        let step = FilterStep {
            users: left(&self.of_user),
            items: left(&self.of_item),
            ratings: self.kept.iter().filter(|k| **k).count(),
            filter,
        };
        if step.ratings == 0 {
            let sentence = format!("{} leaves none of {before} ratings", step.filter);
            return Err(LoadError::Option(sentence));
        }
        self.steps.push(step);
        Ok(())
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
