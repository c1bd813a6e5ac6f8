use std::cmp::Ordering;
use std::fmt;

use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled};

/// The unit of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// The dataset's rating scale (scores are never clipped to it).
    Rating,
    /// Σ similarity × rating.
    SimilaritySum,
    /// A cosine, -1 to 1.
    Cosine,
    Count,
    /// From 0 to 1.
    Probability,
    /// A weighted sum of normalized components.
    Normalized,
    /// Only the order has meaning.
    Score,
}

impl Unit {
    /// As in answers: `rating`, `similarity-sum`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Rating => "rating",
            Self::SimilaritySum => "similarity-sum",
            Self::Cosine => "cosine",
            Self::Count => "count",
            Self::Probability => "probability",
            Self::Normalized => "normalized",
            Self::Score => "score",
        }
    }

    /// What it means, and what 0 means, in a few words: for score cards.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Rating => "a predicted rating, not clipped to the scale",
            Self::SimilaritySum => "similarity × rating, summed; 0 = nothing similar was rated",
            Self::Cosine => "a cosine; 1 = the same direction, 0 = nothing in common",
            Self::Count => "the number of users who rated it",
            Self::Probability => "a probability, 0 to 1",
            Self::Normalized => "weighted normalized parts; 0 = the lowest of every part (min-max)",
            Self::Score => "only the order means something",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an item has no score for a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum NoScore {
    #[error("unknown-user")]
    UnknownUser,
    /// Nobody rated the item (in training), or it isn't in the catalog.
    #[error("unknown-item")]
    UnknownItem,
    /// No neighbor, or too few, to vote for it.
    #[error("no-neighbors")]
    NoNeighbors,
    /// Neither the profile nor the item has features in common with the catalog.
    #[error("no-features")]
    NoFeatures,
    /// An earlier stage of a cascade did not keep it.
    #[error("below-cut")]
    BelowCut,
    /// The model needs at least one rating in the profile.
    #[error("empty-profile")]
    EmptyProfile,
    #[error("no-component")]
    NoComponent,
    /// The files of a model that was trained elsewhere don't have it.
    #[error("not-imported")]
    NotImported,
}

impl NoScore {
    /// Checks a model's need for ratings of `item` and in the profile.
    pub(super) fn check(data: &Dataset, item: ItemIx, profile_is_empty: bool) -> Result<(), Self> {
        if item.at() >= data.n_items() || data.item_row(item).is_empty() {
            Err(Self::UnknownItem)
        } else if profile_is_empty {
            Err(Self::EmptyProfile)
        } else {
            Ok(())
        }
    }

    /// The reason as text for users.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::UnknownUser => "nothing is known of this user",
            Self::UnknownItem => "nobody has rated this item",
            Self::NoNeighbors => "too few neighbors to score it",
            Self::NoFeatures => "it shares no feature with the profile",
            Self::BelowCut => "an earlier stage of the cascade did not keep it",
            Self::EmptyProfile => "the profile has no ratings yet",
            Self::NoComponent => "no part of the hybrid could score it",
            Self::NotImported => "the imported model has no score for it",
        }
    }
}

/// One score for every item, and which of them are known. Values of unknown items are 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scores {
    values: Vec<f64>,
    known: Vec<bool>,
}

impl Scores {
    /// `n_items` unknown scores.
    pub fn unknown(n_items: usize) -> Self {
        Self {
            values: vec![0.0; n_items],
            known: vec![false; n_items],
        }
    }

    /// `score` of every item from 0 to `n_items`, one by one; unknown where it is an error.
    pub fn compute(
        n_items: usize,
        cancel: &Cancel,
        mut score: impl FnMut(ItemIx) -> Result<f64, NoScore>,
    ) -> Result<Self, Cancelled> {
        let mut scores = Self::unknown(n_items);
        for i in 0..n_items {
            if i % 256 == 0 {
                cancel.check()?;
            }
            let item = ItemIx(i as u32);
            if let Ok(value) = score(item) {
                scores.set(item, value);
            }
        }
        Ok(scores)
    }

    /// Sets a score. A value that is not finite becomes unknown, and −0 becomes 0, so that the two tie.
    #[inline]
    pub fn set(&mut self, item: ItemIx, value: f64) {
        let finite = value.is_finite();
        self.values[item.at()] = if finite { value + 0.0 } else { 0.0 };
        self.known[item.at()] = finite;
    }

    /// Adds to a score; an unknown one starts at 0. Call [`Scores::finite`] at the end: sums may not be finite.
    #[inline]
    pub(super) fn add(&mut self, item: ItemIx, value: f64) {
        self.values[item.at()] += value;
        self.known[item.at()] = true;
    }

    /// Makes values that are not finite unknown.
    pub(super) fn finite(mut self) -> Self {
        for (value, known) in self.values.iter_mut().zip(&mut self.known) {
            if !value.is_finite() {
                (*value, *known) = (0.0, false);
            }
        }
        self
    }

    #[inline]
    pub fn get(&self, item: ItemIx) -> Option<f64> {
        self.known[item.at()].then(|| self.values[item.at()])
    }

    /// The (item, score) pairs that are known, items ascending.
    pub fn iter(&self) -> impl Iterator<Item = (ItemIx, f64)> + '_ {
        let all = self.values.iter().zip(&self.known).enumerate();
        all.filter(|(_, (_, known))| **known)
            .map(|(i, (value, _))| (ItemIx(i as u32), *value))
    }

    /// The number of items, known or not.
    pub fn n_items(&self) -> usize {
        self.values.len()
    }

    /// The `n` best of those that `wanted` accepts, best first; ties in item order.
    pub fn best(&self, n: usize, wanted: impl Fn(ItemIx) -> bool) -> Vec<(ItemIx, f64)> {
        best(self.iter().filter(|(i, _)| wanted(*i)), n)
    }
}

/// The votes for an item added so far. Always added in the same order: floating-point sums depend on it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    /// Σ similarity · deviation.
    pub sum: f64,
    /// Σ similarity.
    pub weight: f64,
    pub used: usize,
}

impl Tally {
    #[inline]
    pub fn add(&mut self, similarity: f64, deviation: f64) {
        self.sum += similarity * deviation;
        self.weight += similarity;
        self.used += 1;
    }
}

/// Votes for some of all items: to take them out again costs nothing for the others.
#[derive(Debug, Default)]
pub struct Tallies {
    /// By item; empty between two profiles.
    all: Vec<Tally>,
    /// The items with a vote.
    touched: Vec<u32>,
}

impl Tallies {
    /// Makes room for the votes for `n_items` items.
    pub(super) fn grow(&mut self, n_items: usize) {
        if self.all.len() < n_items {
            self.all.resize(n_items, Tally::default());
        }
    }

    #[inline]
    pub(super) fn add(&mut self, item: u32, similarity: f64, deviation: f64) {
        let tally = &mut self.all[item as usize];
        if tally.used == 0 {
            self.touched.push(item);
        }
        tally.add(similarity, deviation);
    }

    /// Takes all votes out: each item that has any, in the order of its first.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = (ItemIx, Tally)> {
        let all = &mut self.all;
        let taken = self.touched.drain(..);
        taken.map(|item| (ItemIx(item), std::mem::take(&mut all[item as usize])))
    }
}

/// The `n` best of `scores`, best first; ties in item order. O(scores).
pub(super) fn best(scores: impl Iterator<Item = (ItemIx, f64)>, n: usize) -> Vec<(ItemIx, f64)> {
    first_by(scores, n, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)))
}

/// The `n` first of `all` by an `order` without ties. O(all).
pub(crate) fn first_by<T: Copy>(
    all: impl IntoIterator<Item = T>,
    n: usize,
    order: impl Fn(&T, &T) -> Ordering + Copy,
) -> Vec<T> {
    let room = n.saturating_mul(2).max(64);
    let mut first: Vec<T> = Vec::new();
    // The n-th so far: what comes after it is skipped at once.
    let mut last: Option<T> = None;
    for one in all {
        if last.is_none_or(|last| order(&one, &last).is_lt()) {
            first.push(one);
        }
        if first.len() >= room {
            first.select_nth_unstable_by(n.max(1) - 1, order);
            first.truncate(n);
            last = first.last().copied();
        }
    }
    keep_first(&mut first, n, order);
    first
}

/// Keeps the `n` first by an `order` without ties, and sorts them.
pub(super) fn keep_first<T>(all: &mut Vec<T>, n: usize, order: impl Fn(&T, &T) -> Ordering + Copy) {
    if n > 0 && n < all.len() {
        all.select_nth_unstable_by(n - 1, order);
    }
    all.truncate(n);
    all.sort_unstable_by(order);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_come_first_and_ties_keep_the_order_of_the_file() {
        let mut scores = Scores::unknown(6);
        for (item, value) in [(0, 1.0), (1, 3.0), (2, 3.0), (4, f64::NAN), (5, 2.0)] {
            scores.set(ItemIx(item), value);
        }
        let best = |n| scores.best(n, |i| i.0 != 5).iter().map(|b| b.0.0).collect::<Vec<_>>();
        assert_eq!(best(0), Vec::<u32>::new());
        assert_eq!(best(2), [1, 2]);
        assert_eq!(best(9), [1, 2, 0]);
        assert_eq!(scores.get(ItemIx(4)), None);
    }
}
