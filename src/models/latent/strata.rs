//! Stochastic gradient steps over user and item rows, deterministic on any number of threads.
//!
//! Users and items are partitioned into blocks. In each round every block of users is paired with a different block of
//! items, so that no two threads touch the same row; after as many rounds as there are blocks all pairs are done. What
//! a step reads depends on the partition alone, not on which thread was faster. The items are partitioned again for
//! every epoch, and a block fits the cache, which a pass over all rows does not.
//!
//! R. Gemulla, E. Nijkamp, P. Haas and Y. Sismanis (2011), Large-Scale Matrix Factorization with Distributed Stochastic
//! Gradient Descent.

use rand::SeedableRng;
use rand::rand_core::Rng;
use rand_pcg::Pcg64;

use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::runs::run;
use crate::task::{Cancel, Cancelled, Task};

/// Blocks of users and of items: the most threads that can work at once.
const BLOCKS: usize = 8;

/// About how many ratings a run has: a block of users is cut into runs so that their rows stay in the cache.
const RUN: usize = 16_384;

/// A number below `n`, from 32 random bits.
#[inline]
pub(in crate::models) fn below(bits: u32, n: usize) -> usize {
    ((u64::from(bits) * n as u64) >> 32) as usize
}

/// Rows of numbers, partitioned into blocks.
struct Partitioned {
    width: usize,
    ids: Vec<u32>,
    /// Where each block ends, in rows.
    ends: Vec<usize>,
    numbers: Vec<f32>,
}

impl Partitioned {
    /// Puts `ids` in a random order, cut into blocks of about equal total `weight`.
    fn random(mut ids: Vec<u32>, weight: impl Fn(u32) -> usize, width: usize, random: &mut Pcg64) -> Self {
        for k in (1..ids.len()).rev() {
            ids.swap(k, below(random.next_u32(), k + 1));
        }
        let total: usize = ids.iter().map(|id| weight(*id)).sum();
        let mut ends = vec![ids.len(); BLOCKS];
        let (mut sum, mut block) = (0, 0);
        for (at, id) in ids.iter().enumerate() {
            while block + 1 < BLOCKS && sum * BLOCKS >= total * (block + 1) {
                ends[block] = at;
                block += 1;
            }
            sum += weight(*id);
        }
        Self {
            width,
            numbers: vec![0.0; ids.len() * width],
            ids,
            ends,
        }
    }

    fn block(&self, b: usize) -> std::ops::Range<usize> {
        run(&self.ends, b)
    }

    /// The rows of each block.
    fn pieces(&mut self) -> Vec<&mut [f32]> {
        let lengths: Vec<usize> = (0..BLOCKS).map(|b| self.block(b).len() * self.width).collect();
        let mut rest = self.numbers.as_mut_slice();
        let split = |length| {
            let (piece, left) = std::mem::take(&mut rest).split_at_mut(length);
            rest = left;
            piece
        };
        lengths.into_iter().map(split).collect()
    }

    /// The rows by id; 0 for ids without one.
    fn by_id(&self, n: usize) -> Vec<f32> {
        let mut numbers = vec![0.0; n * self.width];
        for (row, id) in self.numbers.chunks_exact(self.width).zip(&self.ids) {
            numbers[*id as usize * self.width..][..self.width].copy_from_slice(row);
        }
        numbers
    }
}

/// A Bloom filter of the ratings of a run, with one hash: at most one bit in sixteen is set.
#[derive(Default)]
pub(in crate::models) struct Sieve {
    bits: Vec<u64>,
    shift: u32,
}

impl Sieve {
    #[inline]
    fn place(&self, user: u32, item: u32) -> usize {
        let mixed = (u64::from(user) << 32 | u64::from(item)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> self.shift) as usize
    }

    fn fill(&mut self, pairs: &[(u32, u32)]) {
        let size = (16 * pairs.len()).next_power_of_two().max(64);
        self.shift = 64 - size.trailing_zeros();
        self.bits.clear();
        self.bits.resize(size / 64, 0);
        for &(user, item) in pairs {
            let at = self.place(user, item);
            self.bits[at / 64] |= 1 << (at % 64);
        }
    }

    #[inline]
    fn may_contain(&self, user: u32, item: u32) -> bool {
        let at = self.place(user, item);
        self.bits[at / 64] >> (at % 64) & 1 == 1
    }
}

/// A unit of work: some users' ratings of some items, and all rows that steps over them may touch.
pub(in crate::models) struct Run<'a> {
    pub users: &'a mut [f32],
    pub items: &'a mut [f32],
    /// The ratings as (row of the user, row of the item), in any order.
    pub pairs: &'a mut [(u32, u32)],
    pub random: Pcg64,
    pub cancel: &'a Cancel,
    dataset: &'a Dataset,
    user_ids: &'a [u32],
    item_ids: &'a [u32],
    sieve: &'a Sieve,
}

impl Run<'_> {
    pub fn n_items(&self) -> usize {
        self.item_ids.len()
    }

    /// Whether the user of one row rated the item of the other.
    #[inline]
    pub fn is_rated(&self, user: u32, item: u32) -> bool {
        self.sieve.may_contain(user, item) && {
            let row = self.dataset.user_row(UserIx(self.user_ids[user as usize]));
            row.ids.binary_search(&self.item_ids[item as usize]).is_ok()
        }
    }
}

/// The ratings of one block of users, sorted by run.
struct Sorted {
    pairs: Vec<(u32, u32)>,
    /// Where each run ends: runs of users, and in each the blocks of items.
    ends: Vec<usize>,
}

/// The rows of both sides, partitioned.
pub(in crate::models) struct Strata<'a> {
    dataset: &'a Dataset,
    users: Partitioned,
    items: Partitioned,
    /// Runs per block of users.
    runs: usize,
    seed: u64,
    epoch: u64,
}

impl<'a> Strata<'a> {
    /// Rows of `width` numbers for every user and item with ratings. `init` fills a row, users before items, each side
    /// in the order of its ids. Memory while training: the rows, and 8 bytes per rating.
    pub fn new(dataset: &'a Dataset, width: usize, seed: u64, mut init: impl FnMut(&mut [f32], &mut Pcg64)) -> Self {
        let mut random = Pcg64::seed_from_u64(seed);
        let user_weight = |u| dataset.user_row(UserIx(u)).len();
        let item_weight = |i| dataset.item_row(ItemIx(i)).len();
        let known = |n: usize, weight: &dyn Fn(u32) -> usize| (0..n as u32).filter(|k| weight(*k) > 0).collect();
        let users: Vec<u32> = known(dataset.n_users(), &user_weight);
        let items: Vec<u32> = known(dataset.n_items(), &item_weight);
        let mut fill = |side: &mut Partitioned, random: &mut Pcg64| {
            let mut order: Vec<usize> = (0..side.ids.len()).collect();
            order.sort_unstable_by_key(|at| side.ids[*at]);
            for at in order {
                init(&mut side.numbers[at * width..][..width], random);
            }
        };
        let mut users = Partitioned::random(users, user_weight, width, &mut random);
        fill(&mut users, &mut random);
        let mut items = Partitioned::random(items, item_weight, width, &mut random);
        fill(&mut items, &mut random);
        Self {
            dataset,
            users,
            items,
            runs: (dataset.n_ratings() / (BLOCKS * BLOCKS * RUN)).clamp(1, 64),
            seed,
            epoch: 0,
        }
    }

    /// Partitions the items again and calls `work` once per run. The order of results does not depend on the threads.
    pub fn epoch<T: Send>(
        &mut self,
        task: &Task,
        work: impl Fn(Run<'_>) -> Result<T, Cancelled> + Send + Sync,
    ) -> Result<Vec<T>, Cancelled> {
        self.epoch += 1;
        self.repartition_items();
        let sorted = task.pool.try_map(BLOCKS, |block| self.sort(block, &task.cancel))?;
        let mut sorted: Vec<(usize, Sorted)> = sorted.into_iter().enumerate().collect();
        let (dataset, runs, seed, epoch) = (self.dataset, self.runs, self.seed, self.epoch);
        let user_blocks: Vec<_> = (0..BLOCKS).map(|b| self.users.block(b)).collect();
        let item_blocks: Vec<_> = (0..BLOCKS).map(|b| self.items.block(b)).collect();
        let mut answers = Vec::new();
        for round in 0..BLOCKS {
            let (user_ids, item_ids) = (self.users.ids.clone(), self.items.ids.clone());
            let mut items: Vec<Option<&mut [f32]>> = self.items.pieces().into_iter().map(Some).collect();
            let pieces = self.users.pieces().into_iter().zip(&mut sorted);
            let jobs: Vec<_> = pieces
                .map(|(users, sorted)| {
                    let items = items[(sorted.0 + round) % BLOCKS].take();
                    (users, items.unwrap_or_default(), sorted)
                })
                .collect();
            let parts = task.pool.try_map_each(jobs, |(users, items, (block, sorted))| {
                let other = (*block + round) % BLOCKS;
                let mut sieve = Sieve::default();
                let mut answers = Vec::with_capacity(runs);
                for piece in 0..runs {
                    task.cancel.check()?;
                    let pairs = &mut sorted.pairs[run(&sorted.ends, piece * BLOCKS + other)];
                    sieve.fill(pairs);
                    let place =
                        ((epoch * BLOCKS as u64 + round as u64) * BLOCKS as u64 + *block as u64) * 64 + piece as u64;
                    answers.push(work(Run {
                        users,
                        items,
                        pairs,
                        random: Pcg64::seed_from_u64(seed ^ place.wrapping_mul(0x9e37_79b9_7f4a_7c15)),
                        cancel: &task.cancel,
                        dataset,
                        user_ids: &user_ids[user_blocks[*block].clone()],
                        item_ids: &item_ids[item_blocks[other].clone()],
                        sieve: &sieve,
                    })?);
                }
                Ok(answers)
            })?;
            answers.extend(parts.into_iter().flatten());
        }
        Ok(answers)
    }

    /// The rows of users and of items by id; 0 for those without ratings.
    pub fn finish(self) -> (Vec<f32>, Vec<f32>) {
        (
            self.users.by_id(self.dataset.n_users()),
            self.items.by_id(self.dataset.n_items()),
        )
    }

    fn repartition_items(&mut self) {
        let mut random = Pcg64::seed_from_u64(self.seed.wrapping_add(self.epoch.wrapping_mul(0x2545_f491_4f6c_dd1d)));
        let old = std::mem::take(&mut self.items.numbers);
        let mut ids: Vec<u32> = self.items.ids.clone();
        ids.sort_unstable();
        let mut place = vec![0; self.dataset.n_items()];
        for (at, id) in self.items.ids.iter().enumerate() {
            place[*id as usize] = at;
        }
        let width = self.items.width;
        let dataset = self.dataset;
        self.items = Partitioned::random(ids, |i| dataset.item_row(ItemIx(i)).len(), width, &mut random);
        for (row, id) in self.items.numbers.chunks_exact_mut(width).zip(&self.items.ids) {
            row.copy_from_slice(&old[place[*id as usize] * width..][..width]);
        }
    }

    /// The ratings of one block of users, counting-sorted by run.
    fn sort(&self, block: usize, cancel: &Cancel) -> Result<Sorted, Cancelled> {
        let users = self.users.block(block);
        let mut place = vec![(0u32, 0u32); self.dataset.n_items()];
        for b in 0..BLOCKS {
            for (at, id) in self.items.ids[self.items.block(b)].iter().enumerate() {
                place[*id as usize] = (b as u32, at as u32);
            }
        }
        let each = users.len().div_ceil(self.runs).max(1);
        let ids = &self.users.ids[users];
        let mut ends = vec![0usize; self.runs * BLOCKS + 1];
        for (at, user) in ids.iter().enumerate() {
            if at % 256 == 0 {
                cancel.check()?;
            }
            for item in self.dataset.user_row(UserIx(*user)).ids {
                ends[at / each * BLOCKS + place[*item as usize].0 as usize + 1] += 1;
            }
        }
        for k in 1..ends.len() {
            ends[k] += ends[k - 1];
        }
        let mut pairs = vec![(0, 0); *ends.last().unwrap_or(&0)];
        for (at, user) in ids.iter().enumerate() {
            if at % 256 == 0 {
                cancel.check()?;
            }
            for item in self.dataset.user_row(UserIx(*user)).ids {
                let (other, item_at) = place[*item as usize];
                let next = &mut ends[at / each * BLOCKS + other as usize];
                pairs[*next] = (at as u32, item_at);
                *next += 1;
            }
        }
        // Every start has moved to its end.
        ends.pop();
        Ok(Sorted { pairs, ends })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::synthetic;
    use crate::task::Pool;

    #[test]
    fn every_rating_is_met_once_an_epoch_whatever_the_threads() {
        let data = synthetic(60, 40);
        let all = |threads: usize| {
            let task = Task {
                pool: Pool::new("strata", threads),
                ..Task::unattended()
            };
            let mut next = 0.0;
            let mut strata = Strata::new(&data, 1, 3, |row, _| {
                row[0] = next;
                next += 1.0;
            });
            let mut seen = Vec::new();
            for _ in 0..3 {
                let met = strata.epoch(&task, |run| {
                    // Rows hold their ids: 60 users, then the items.
                    let id = |row: &[f32], at: u32| row[at as usize] as u32;
                    let pairs = run.pairs.iter();
                    let met = pairs.map(|(u, i)| (id(run.users, *u), id(run.items, *i) - 60, run.is_rated(*u, *i)));
                    Ok(met.collect::<Vec<_>>())
                });
                let mut met = met.unwrap().concat();
                assert!(met.iter().all(|m| m.2));
                seen.push(met.clone());
                met.sort_unstable();
                let users = data.users();
                let stored: Vec<_> = users
                    .flat_map(|u| data.user_row(u).ids.iter().map(move |i| (u.0, *i, true)))
                    .collect();
                assert_eq!(met, stored);
            }
            assert_ne!(seen[0], seen[1]);
            let (users, items) = strata.finish();
            assert_eq!((users[7], items[0], items[39]), (7.0, 60.0, 99.0));
            seen
        };
        assert_eq!(all(1), all(3));
    }

    #[test]
    fn what_was_not_rated_is_not_rated() {
        let data = synthetic(60, 40);
        let mut strata = Strata::new(&data, 1, 3, |_, _| ());
        let wrong = strata.epoch(&Task::unattended(), |run| {
            let mut wrong = 0;
            for user in 0..run.user_ids.len() as u32 {
                for item in 0..run.n_items() as u32 {
                    let (u, i) = (run.user_ids[user as usize], run.item_ids[item as usize]);
                    wrong += usize::from(run.is_rated(user, item) != data.rating(UserIx(u), ItemIx(i)).is_some());
                }
            }
            Ok(wrong)
        });
        assert_eq!(wrong.unwrap().iter().sum::<usize>(), 0);
    }
}
