//! The input of one training step: users whose histories are parted into what is read and what is to be predicted.

use rand::RngExt;
use rand_pcg::Pcg64;

use super::matrix::Real;
use crate::data::{Dataset, Scale};
use crate::models::runs::{run, sort_by_key};
use crate::task::{Cancel, Cancelled};

/// The weight of a rating in the mean of a history, and in the loss where it is hidden: 1 + strength·(r − mean)/(max − min),
/// from 1 − strength to 1 + strength. 1 where all ratings are equal.
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

/// The rated items of every user, without those held out for validation.
pub struct Histories {
    ends: Vec<usize>,
    items: Vec<u32>,
    weights: Vec<f32>,
    /// By item: how many users have it.
    pub counts: Vec<u32>,
    /// The items that anybody has, ascending.
    pub rated: Vec<u32>,
}

impl Histories {
    /// All ratings but those where `is_held_out` by position (users, then items ascending), and these by user.
    pub fn of(
        dataset: &Dataset,
        weighing: &Weighing,
        is_held_out: &[bool],
        cancel: &Cancel,
    ) -> Result<(Self, Vec<Vec<u32>>), Cancelled> {
        let n = dataset.n_ratings();
        let mut histories = Self {
            ends: Vec::with_capacity(dataset.n_users()),
            items: Vec::with_capacity(n),
            weights: Vec::with_capacity(n),
            counts: vec![0; dataset.n_items()],
            rated: Vec::new(),
        };
        let mut held_out = vec![Vec::new(); dataset.n_users()];
        let mut at = 0;
        for user in dataset.users() {
            cancel.check()?;
            for (item, rating) in dataset.user_row(user).iter() {
                if is_held_out[at] {
                    held_out[user.at()].push(item);
                } else {
                    histories.items.push(item);
                    histories.weights.push(weighing.of(rating) as f32);
                    histories.counts[item as usize] += 1;
                }
                at += 1;
            }
            histories.ends.push(histories.items.len());
        }
        let rated = (0..dataset.n_items() as u32).filter(|item| histories.counts[*item as usize] > 0);
        histories.rated = rated.collect();
        Ok((histories, held_out))
    }

    pub fn n_users(&self) -> usize {
        self.ends.len()
    }

    /// The items of one user, ascending.
    pub fn items(&self, user: u32) -> &[u32] {
        &self.items[run(&self.ends, user as usize)]
    }

    /// The items of one user with their weights.
    fn weighted(&self, user: u32) -> impl Iterator<Item = (u32, f32)> + '_ {
        let range = run(&self.ends, user as usize);
        let items = self.items[range.clone()].iter().copied();
        items.zip(self.weights[range].iter().copied())
    }
}

/// How batches are sampled.
#[derive(Clone, Copy, Debug)]
pub struct Drawing {
    /// The share of a history that is hidden, to be predicted from the rest.
    pub hidden: f64,
    /// The probability of dropping a candidate's own embedding.
    pub item_dropout: f64,
    /// The most candidates of a step.
    pub candidates: usize,
}

/// The rows of one step.
#[derive(Clone, Debug)]
pub struct Batch<F> {
    /// The items that take part, each once: a slot is a position in it. The first are the candidates.
    pub slots: Vec<u32>,
    /// By candidate: whether its own embedding is used, not dropped.
    pub keeps: Vec<bool>,
    /// By candidate: ln of how likely it is to be one; 0 where all rated items are.
    pub log_share: Vec<F>,
    /// By row.
    pub users: Vec<u32>,
    pub history: Lists<F>,
    /// What is hidden: candidates, with the weight of each in the loss.
    pub targets: Lists<F>,
}

/// Slots with weights, for every row.
#[derive(Clone, Debug)]
pub struct Lists<F> {
    ends: Vec<usize>,
    slots: Vec<u32>,
    weights: Vec<F>,
}

impl<F: Real> Lists<F> {
    fn empty(rows: usize) -> Self {
        Self {
            ends: Vec::with_capacity(rows),
            slots: Vec::new(),
            weights: Vec::new(),
        }
    }

    fn push(&mut self, item: u32, weight: F) {
        self.slots.push(item);
        self.weights.push(weight);
    }

    /// Ends a row, whose weights are divided by their sum if that `is_mean`.
    fn end_row(&mut self, is_mean: bool) {
        let from = self.ends.last().copied().unwrap_or(0);
        let sum: F = self.weights[from..].iter().copied().sum();
        if is_mean && sum > F::zero() {
            self.weights[from..].iter_mut().for_each(|w| *w /= sum);
        }
        self.ends.push(self.slots.len());
    }

    /// Slots with weights of one row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, F)> + Clone + '_ {
        let range = run(&self.ends, row);
        let slots = self.slots[range.clone()].iter().map(|slot| *slot as usize);
        slots.zip(self.weights[range].iter().copied())
    }

    /// The sum of all weights.
    pub fn total(&self) -> F {
        self.weights.iter().copied().sum()
    }

    /// Transposed: (row, weight) by slot, of which there are `n`, rows ascending, with the end of each slot's run.
    pub fn by_slot(&self, n: usize) -> (Vec<usize>, Vec<(u32, F)>) {
        let rows = 0..self.ends.len();
        let entries = rows.flat_map(|row| self.row(row).map(move |(slot, w)| (slot as u32, (row as u32, w))));
        let mut places = vec![(0, F::zero()); self.slots.len()];
        let ends = sort_by_key(n, entries, |slot, place| places[slot] = place);
        (ends, places)
    }
}

impl<F: Real> Batch<F> {
    /// A row for each of `users`, its history parted at random.
    pub fn draw(users: &[u32], histories: &Histories, drawing: Drawing, random: &mut Pcg64) -> Self {
        let (mut history, mut targets) = (Lists::empty(users.len()), Lists::empty(users.len()));
        for user in users {
            for (item, weight) in histories.weighted(*user) {
                let is_hidden = random.random_bool(drawing.hidden);
                let list = if is_hidden { &mut targets } else { &mut history };
                list.push(item, F::of(f64::from(weight)));
            }
            history.end_row(true);
            targets.end_row(false);
        }
        let (slots, log_share) = candidates(&mut targets, users.len(), histories, drawing, random);
        let keeps = slots.iter().map(|_| !random.random_bool(drawing.item_dropout));
        let mut batch = Self {
            keeps: keeps.collect(),
            users: users.to_vec(),
            slots,
            log_share,
            history,
            targets,
        };
        batch.number_slots(histories.counts.len());
        batch
    }

    /// A row for each of `users` that reads all of its history; all rated items are candidates.
    pub fn whole(users: &[u32], histories: &Histories) -> Self {
        let (mut history, mut targets) = (Lists::empty(users.len()), Lists::empty(users.len()));
        for user in users {
            for (item, weight) in histories.weighted(*user) {
                history.push(item, F::of(f64::from(weight)));
            }
            history.end_row(true);
            targets.end_row(false);
        }
        let slots = histories.rated.clone();
        let mut batch = Self {
            keeps: vec![true; slots.len()],
            log_share: vec![F::zero(); slots.len()],
            users: users.to_vec(),
            slots,
            history,
            targets,
        };
        batch.number_slots(histories.counts.len());
        batch
    }

    /// Replaces items by slots; items of histories that are no candidates get slots behind those.
    fn number_slots(&mut self, n_items: usize) {
        const NONE: u32 = u32::MAX;
        let mut slot_of = vec![NONE; n_items];
        for (slot, item) in self.slots.iter().enumerate() {
            slot_of[*item as usize] = slot as u32;
        }
        for item in &mut self.history.slots {
            let slot = &mut slot_of[*item as usize];
            if *slot == NONE {
                *slot = self.slots.len() as u32;
                self.slots.push(*item);
            }
            *item = *slot;
        }
        for item in &mut self.targets.slots {
            *item = slot_of[*item as usize];
        }
    }

    pub fn rows(&self) -> usize {
        self.users.len()
    }

    pub fn n_candidates(&self) -> usize {
        self.keeps.len()
    }
}

/// The candidates of a step, with ln of how likely each is to be one: all rated items, or, if they are too many, those to be
/// predicted and others at random. Where even those are too many, some of them are not predicted.
fn candidates<F: Real>(
    targets: &mut Lists<F>,
    rows: usize,
    histories: &Histories,
    drawing: Drawing,
    random: &mut Pcg64,
) -> (Vec<u32>, Vec<F>) {
    let (rated, most) = (&histories.rated, drawing.candidates);
    if rated.len() <= most {
        return (rated.clone(), vec![F::zero(); rated.len()]);
    }
    let mut wanted = targets.slots.clone();
    wanted.sort_unstable();
    wanted.dedup();
    let n_wanted = wanted.len();
    // How likely a wanted item is to be taken, and any other.
    let (mut share_of_wanted, mut share_of_others) = (1.0, 0.0);
    if n_wanted > most {
        let mut kept: Vec<u32> = rand::seq::index::sample(random, n_wanted, most)
            .into_iter()
            .map(|at| wanted[at])
            .collect();
        kept.sort_unstable();
        targets.retain(|item| kept.binary_search(&item).is_ok());
        share_of_wanted = most as f64 / n_wanted as f64;
        wanted = kept;
    } else {
        let others: Vec<u32> = rated
            .iter()
            .copied()
            .filter(|item| wanted.binary_search(item).is_err())
            .collect();
        let n = most - n_wanted;
        share_of_others = n as f64 / others.len().max(1) as f64;
        let drawn = rand::seq::index::sample(random, others.len(), n.min(others.len()));
        wanted.extend(drawn.into_iter().map(|at| others[at]));
    }
    let per_row = drawing.hidden / histories.n_users().max(1) as f64;
    let log_share = |item: &u32| {
        let in_a_row = (f64::from(histories.counts[*item as usize]) * per_row).min(1.0);
        let is_wanted = 1.0 - (1.0 - in_a_row).powi(rows as i32);
        F::of((is_wanted * share_of_wanted + (1.0 - is_wanted) * share_of_others).ln())
    };
    let shares = wanted.iter().map(log_share).collect();
    (wanted, shares)
}

impl<F: Real> Lists<F> {
    /// Keeps the entries of the items that `is_kept`.
    fn retain(&mut self, is_kept: impl Fn(u32) -> bool) {
        let mut kept = Self::empty(self.ends.len());
        let mut from = 0;
        for end in &self.ends {
            for at in (from..*end).filter(|at| is_kept(self.slots[*at])) {
                kept.push(self.slots[at], self.weights[at]);
            }
            kept.ends.push(kept.slots.len());
            from = *end;
        }
        *self = kept;
    }
}
