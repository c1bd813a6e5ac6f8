//! The input of one training step: pairs of a user and a rated item, each with the rest of the user's history.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::matrix::Real;
use crate::data::{Dataset, Scale};
use crate::models::runs::{run, sort_by_key};
use crate::task::{Cancel, Cancelled};

/// The weight of a rating in the mean of a history: 1 + strength·(r − mean)/(max − min), from 1 − strength to 1 +
/// strength. 1 where all ratings are equal.
#[derive(Clone, Copy, Debug)]
pub struct Weighing {
    mean: f64,
    per_unit: f64,
    strength: f64,
}

impl Weighing {
    /// For ratings on this scale with this mean; `strength` from 0 to 1.
    pub fn new(scale: Scale, mean: f64, strength: f64) -> Self {
        let range = scale.max - scale.min;
        Self {
            mean,
            per_unit: if range > 0.0 { 1.0 / range } else { 0.0 },
            strength,
        }
    }

    #[inline]
    pub fn of(&self, rating: f64) -> f64 {
        1.0 + self.strength * ((rating - self.mean) * self.per_unit).clamp(-1.0, 1.0)
    }
}

/// The (user, item) pairs of training, user by user, without those held out for validation.
pub struct Pairs {
    ends: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f32>,
    users: Vec<u32>,
    /// By item: how many pairs it is in.
    counts: Vec<u32>,
}

impl Pairs {
    /// All ratings but those where `is_held_out` by position (users, then items ascending).
    pub fn of(
        dataset: &Dataset,
        weighing: &Weighing,
        is_held_out: &[bool],
        cancel: &Cancel,
    ) -> Result<(Self, Vec<Pair>), Cancelled> {
        let n = dataset.n_ratings();
        let mut pairs = Self {
            ends: Vec::with_capacity(dataset.n_users()),
            items: Vec::with_capacity(n),
            weights: Vec::with_capacity(n),
            users: Vec::with_capacity(n),
            counts: vec![0; dataset.n_items()],
        };
        let mut held_out = Vec::new();
        let mut at = 0;
        for user in dataset.users() {
            cancel.check()?;
            for (item, rating) in dataset.user_row(user).iter() {
                if is_held_out[at] {
                    held_out.push(Pair { user: user.0, item });
                } else {
                    pairs.items.push(item);
                    pairs.weights.push(weighing.of(rating) as f32);
                    pairs.users.push(user.0);
                    pairs.counts[item as usize] += 1;
                }
                at += 1;
            }
            pairs.ends.push(pairs.items.len());
        }
        Ok((pairs, held_out))
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn get(&self, at: usize) -> Pair {
        Pair {
            user: self.users[at],
            item: self.items[at],
        }
    }

    fn run(&self, user: u32) -> std::ops::Range<usize> {
        run(&self.ends, user as usize)
    }

    pub fn has_user(&self, user: u32) -> bool {
        !self.run(user).is_empty()
    }

    pub fn has_item(&self, item: u32) -> bool {
        self.counts[item as usize] > 0
    }

    /// ln of the item's share of all pairs: how likely it is a candidate. An item without pairs counts as if it had
    /// one.
    fn log_share(&self, item: u32) -> f64 {
        let count = self.counts[item as usize].max(1);
        (f64::from(count) / self.len().max(1) as f64).ln()
    }
}

/// A user and an item that the user rated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    pub user: u32,
    pub item: u32,
}

/// How batches are sampled.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// The most history items read per row.
    pub history: usize,
    /// The probability of dropping the embedding of a user's id.
    pub user_dropout: f64,
    /// The same for a candidate's id.
    pub item_dropout: f64,
}

/// The rows of one step. Every row's positive item is a candidate of all rows.
#[derive(Clone, Debug)]
pub struct Batch<F> {
    /// The distinct items that take part, ascending: a slot is a position in it.
    pub slots: Vec<u32>,
    pub users: Vec<u32>,
    /// By row: whether the user's own embedding is used, not dropped.
    pub keeps_user: Vec<bool>,
    /// By row: whether the positive item's own embedding is used as a candidate, not dropped.
    pub keeps_item: Vec<bool>,
    /// By row: the slot of the positive item.
    pub positives: Vec<u32>,
    /// By row: ln of how likely the positive item is to be a candidate.
    pub log_share: Vec<F>,
    /// By row: the end of its run in the next two.
    pub ends: Vec<usize>,
    /// Slots of the history, never the positive one.
    pub history: Vec<u32>,
    /// The weight of each; they sum to 1 in every row that has a history.
    pub weights: Vec<F>,
}

impl<F: Real> Batch<F> {
    /// The rows of `wanted`, their histories sampled as `drawing` says.
    pub fn draw(wanted: &[Pair], pairs: &Pairs, drawing: Drawing, random: &mut Pcg64) -> Self {
        let mut batch = Self {
            slots: Vec::new(),
            users: wanted.iter().map(|pair| pair.user).collect(),
            keeps_user: Vec::with_capacity(wanted.len()),
            keeps_item: Vec::with_capacity(wanted.len()),
            positives: wanted.iter().map(|pair| pair.item).collect(),
            log_share: Vec::with_capacity(wanted.len()),
            ends: Vec::with_capacity(wanted.len()),
            history: Vec::new(),
            weights: Vec::new(),
        };
        for pair in wanted {
            batch.keeps_user.push(!random.random_bool(drawing.user_dropout));
            batch.keeps_item.push(!random.random_bool(drawing.item_dropout));
            batch.log_share.push(F::of(pairs.log_share(pair.item)));
            batch.push_history(*pair, pairs, drawing.history, random);
        }
        batch.number_slots();
        batch
    }

    /// All of the history, or `most` of it sampled without replacement.
    fn push_history(&mut self, pair: Pair, pairs: &Pairs, most: usize, random: &mut Pcg64) {
        let run = pairs.run(pair.user);
        let from = self.history.len();
        let mut take = |at: usize| {
            self.history.push(pairs.items[at]);
            self.weights.push(F::of(f64::from(pairs.weights[at])));
        };
        let own = pairs.items[run.clone()].binary_search(&pair.item).ok();
        let others = run.len() - usize::from(own.is_some());
        // The k-th of the others.
        let place = |k: usize| run.start + k + usize::from(own.is_some_and(|own| k >= own));
        if others <= most {
            (0..others).for_each(|k| take(place(k)));
        } else {
            let drawn = rand::seq::index::sample(random, others, most);
            drawn.into_iter().for_each(|k| take(place(k)));
        }
        let sum: F = self.weights[from..].iter().copied().sum();
        if sum > F::zero() {
            self.weights[from..].iter_mut().for_each(|w| *w /= sum);
        }
        self.ends.push(self.history.len());
    }

    /// Replaces items by slots.
    fn number_slots(&mut self) {
        self.slots = self.positives.iter().chain(&self.history).copied().collect();
        self.slots.sort_unstable();
        self.slots.dedup();
        for item in self.positives.iter_mut().chain(&mut self.history) {
            *item = self.slots.partition_point(|slot| slot < item) as u32;
        }
    }

    pub fn rows(&self) -> usize {
        self.users.len()
    }

    /// The history of one row: slots with weights.
    pub fn history(&self, row: usize) -> impl Iterator<Item = (usize, F)> + Clone + '_ {
        let range = run(&self.ends, row);
        let slots = self.history[range.clone()].iter().map(|slot| *slot as usize);
        slots.zip(self.weights[range].iter().copied())
    }

    /// The histories transposed: (row, weight) by slot, rows ascending, with the end of each slot's run.
    pub fn by_slot(&self) -> (Vec<usize>, Vec<(u32, F)>) {
        let rows = 0..self.rows();
        let entries = rows.flat_map(|row| self.history(row).map(move |(slot, w)| (slot as u32, (row as u32, w))));
        let mut places = vec![(0, F::zero()); self.history.len()];
        let ends = sort_by_key(self.slots.len(), entries, |slot, place| places[slot] = place);
        (ends, places)
    }
}
