//! The most similar rows of every row where few are kept: each pair is compared once and offered to both.
//!
//! - [`steps`]: values as small integers.
//! - [`ids`]: what stands for a row.
//! - [`numbered`]: rows in the order of their numbers of ratings.
//! - [`packed`]: sums of the pairs of one row.
//! - [`sets`]: counts of pairs of many ratings, where nothing but counts is needed.
//! - [`best`]: what was kept so far.
//! - [`exact`]: similarities by sums that are not rounded.

mod best;
mod exact;
mod ids;
mod numbered;
mod packed;
mod sets;
mod steps;

use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use best::{Best, MARGIN};
use exact::Exact;
use ids::Id;
use numbered::Numbered;
use packed::{LongSums, SmallSums, Useful};
use sets::{BAND, Counts, Sets};
use steps::Steps;

use super::rows::Rows;
use super::search::{Neighbor, rank_neighbors};
use super::similarity::Measure;
use super::sums::{RowStats, Sums};
use crate::task::{Cancelled, Report, Task, fetch};

/// A comparison of all rows of a side.
///
/// A similarity is at most Σ x·y / (norm a · norm b) · n / (n + shrinkage), in the values and norms of its
/// [`SimilaritySpec`](super::SimilaritySpec). The sums are integers. Where that loses nothing the similarity follows from
/// them; else they tell which pairs can be among the best at all, and those are compared again.
pub(super) struct Pairs<'a> {
    rows: &'a Rows<'a>,
    measure: Measure,
    keep: usize,
    population: f64,
    steps: Steps<'a>,
    /// By row, see [`SimilaritySpec::norm`](super::similarity::SimilaritySpec::norm).
    norms: Vec<f64>,
    /// The most ratings of a row that is not long.
    most: usize,
}

/// What one thread has: the sums of its row with all of higher numbers, and the best so far.
struct ThreadState {
    /// With rows of many ratings, by number; or counts of those that are compared as sets.
    long: LongSums,
    counts: Counts,
    /// With the others, by number.
    small: SmallSums,
    best: Best,
    exact: Option<Exact>,
    /// See [`Numbered::rewind`].
    starts: Vec<u32>,
    /// The rows that the sums are not 0 of, or those that may be of use.
    met: Vec<u32>,
}

/// The rows that are compared next, by number: of those that are not long one, then of those that are a band; the last come
/// first.
fn part_of(part: usize, band: usize, (n_long, n): (usize, usize)) -> Option<Range<usize>> {
    let others = n - n_long;
    if part < others {
        return Some(n - 1 - part..n - part);
    }
    let end = n_long.checked_sub((part - others) * band).filter(|end| *end > 0)?;
    Some(end.saturating_sub(band)..end)
}

/// The row that is compared.
struct Subject {
    number: usize,
    row: u32,
    stats: RowStats,
    norm: f64,
}

/// The number of co-rated entries of a pair and the sum of their products, as integers.
struct Whole {
    n: u64,
    sum: i64,
    /// The value of 1, and by how many a product may be off.
    unit: f64,
    slack: f64,
}

/// Where the ratings to add are fewer than the rows by this factor, only rows that were met are looked at.
const FEW_MET: usize = 4;

/// Rows looked at before bounds are looked up again.
const ROWS_AT_ONCE: usize = 512;

/// So many entries in advance a line is fetched, and where it begins twice as many.
const AHEAD: usize = 8;

/// Candidates for each place in a list of neighbors beyond which they are compared exactly at once.
const MOST_ALIKE: usize = 6;

/// The most shrinkage that bounds are right for in 32 bits.
const MOST_SHRINKAGE: f64 = 1e6;

impl<'a> Pairs<'a> {
    /// Keeps `keep` (at least one) neighbors of every row. `None` where nothing bounds the similarity, or its values are too
    /// far apart for integers.
    pub fn new(rows: &'a Rows<'a>, measure: Measure, keep: usize) -> Option<Self> {
        let norm = measure
            .similarity
            .spec()
            .norm
            .filter(|_| measure.shrinkage <= MOST_SHRINKAGE)?;
        let population = rows.population();
        let steps = Steps::of(rows, measure.similarity)?;
        Some(Self {
            most: SmallSums::most_entries(steps.most_product()),
            steps,
            norms: (0..rows.len() as u32)
                .map(|row| norm(&rows.stats(row), population))
                .collect(),
            population,
            rows,
            measure,
            keep: keep.max(1),
        })
    }

    /// The most similar rows of every row, most similar first; only those above 0.
    ///
    /// Takes half of Σ over entries of (ratings of the entry)² steps, so it grows faster than the ratings. Rows of few
    /// ratings come first: they are most like each other, so that what is little alike is seen at a glance later. The
    /// threads take the next rows and keep their own best; the best of all does not depend on which thread saw it.
    pub fn compare(&self, task: &Task) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        if self.rows.len() <= u16::MOST {
            self.compare_by::<u16>(task)
        } else {
            self.compare_by::<u32>(task)
        }
    }

    fn compare_by<I: Id>(&self, task: &Task) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        let n = self.rows.len();
        let numbered = Numbered::<I>::of(self.rows, &self.steps, self.most, &task.cancel)?;
        let norms: Vec<f32> = numbered.rows.iter().map(|row| self.in_units(*row) as f32).collect();
        let sets = (self.steps.is_set())
            .then(|| Sets::of(self.rows, &numbered.rows[..numbered.n_long], &task.cancel))
            .transpose()?;
        let band = if sets.is_some() { BAND } else { 1 };
        let (next, compared) = (AtomicU32::new(0), AtomicU64::new(0));
        let total = numbered.n_ratings() as u64;
        let bests = task.pool.try_map(task.pool.threads(), |_| {
            let mut state = self.state(&numbered);
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed) as usize;
                let Some(subjects) = part_of(part, band, (numbered.n_long, n)) else {
                    return Ok(state.best);
                };
                if let Some(sets) = sets.as_ref().filter(|_| subjects.start < numbered.n_long) {
                    sets.count(subjects.clone(), &mut state.counts);
                }
                let mut ratings = 0;
                for number in subjects.rev() {
                    let row = numbered.rows[number];
                    let subject = Subject {
                        number,
                        row,
                        stats: self.rows.stats(row),
                        norm: self.norms[row as usize],
                    };
                    self.compare_with_later(&numbered, &norms, &subject, &mut state, task)?;
                    ratings += self.rows.row(row).len() as u64;
                }
                let done = compared.fetch_add(ratings, Ordering::Relaxed) + ratings;
                task.progress
                    .say(|| Report::of("comparing items", done, total, "ratings"));
            }
        })?;
        self.settle(&numbered, bests, task)
    }

    fn state<I: Id>(&self, numbered: &Numbered<I>) -> ThreadState {
        let (n, [long, small]) = (self.rows.len(), self.steps.dropped());
        ThreadState {
            long: LongSums::long(long, if self.steps.is_set() { 0 } else { numbered.n_long }),
            counts: Counts::default(),
            small: SmallSums::small(small, self.steps.most_product(), n),
            best: Best::new(n, self.keep),
            exact: (!self.steps.is_exact()).then(|| Exact::new(self.rows)),
            starts: numbered.starts(),
            met: Vec::new(),
        }
    }

    /// The norm of a row in the root of a unit of small sums.
    fn in_units(&self, row: u32) -> f64 {
        self.norms[row as usize] / self.steps.units()[1].sqrt()
    }

    /// What all threads kept, exact and in order.
    fn settle<I: Id>(
        &self,
        numbered: &Numbered<I>,
        bests: Vec<Best>,
        task: &Task,
    ) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        let mut all = vec![Vec::new(); self.rows.len()];
        for mut best in bests {
            for (neighbors, row) in best.rows.iter_mut().zip(&numbered.rows) {
                all[*row as usize].append(neighbors);
            }
        }
        if !self.steps.is_exact() {
            for (row, neighbors) in all.iter_mut().enumerate() {
                self.drop_useless(row as u32, neighbors);
            }
            all = self.exactly(&all, task)?;
        }
        task.pool.try_each(all.iter_mut().collect(), |neighbors| {
            rank_neighbors(neighbors, self.keep);
            task.cancel.check()
        })?;
        Ok(all)
    }

    /// The same candidates with their exact similarities, those above 0. Every pair is compared once, from its longer row,
    /// of which the other's ratings are looked up: most candidates of rows of few ratings have many. O(Σ over candidates of
    /// the ratings of the shorter row).
    fn exactly(&self, all: &[Vec<Neighbor>], task: &Task) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        let length = |row: u32| (self.rows.row(row).len(), row);
        let mut shorter: Vec<Vec<u32>> = vec![Vec::new(); all.len()];
        for (row, neighbors) in all.iter().enumerate() {
            for other in neighbors.iter().map(|neighbor| neighbor.index) {
                let (long, short) = if length(row as u32) > length(other) {
                    (row, other)
                } else {
                    (other as usize, row as u32)
                };
                shorter[long].push(short);
            }
        }
        let share = shorter.len().div_ceil(64 * task.pool.threads()).max(1);
        let parts: Vec<&[Vec<u32>]> = shorter.chunks(share).collect();
        // Those with popular rows take longest.
        let compared = task.pool.try_map_long(parts.len(), |part| {
            let mut exact = Exact::new(self.rows);
            let mut found = Vec::new();
            for (at, others) in parts[part].iter().enumerate() {
                task.cancel.check()?;
                // Twice where both have each other among their candidates.
                let mut others = others.clone();
                others.sort_unstable();
                others.dedup();
                let row = (part * share + at) as u32;
                let unknown = |index: &u32| Neighbor {
                    index: *index,
                    similarity: 0.0,
                    support: 0,
                };
                let mut neighbors: Vec<Neighbor> = others.iter().map(unknown).collect();
                exact.compare(self.rows, self.measure, row, &mut neighbors);
                neighbors.retain(|neighbor| neighbor.similarity > 0.0);
                found.extend(neighbors.into_iter().map(|neighbor| (row, neighbor)));
            }
            Ok(found)
        })?;
        let mut lists = vec![Vec::new(); all.len()];
        for (row, neighbor) in compared.into_iter().flatten() {
            lists[row as usize].push(neighbor);
            lists[neighbor.index as usize].push(Neighbor { index: row, ..neighbor });
        }
        Ok(lists)
    }

    /// Compares a row with all rows of higher numbers.
    fn compare_with_later<I: Id>(
        &self,
        numbered: &Numbered<I>,
        norms: &[f32],
        subject: &Subject,
        state: &mut ThreadState,
        task: &Task,
    ) -> Result<(), Cancelled> {
        task.cancel.check()?;
        let (number, n) = (subject.number, numbered.rows.len());
        let row = self.rows.row(subject.row);
        // Its pairs with long rows are counted already.
        let is_counted = self.steps.is_set() && number < numbered.n_long;
        let to_add = if is_counted {
            0
        } else {
            numbered.rewind(row.ids, number, &mut state.starts)
        };
        state.met.clear();
        if number >= numbered.n_long && to_add * FEW_MET < n - number {
            for (entry, value) in self.steps.values(subject.row) {
                let (_, line) = numbered.lines(entry, state.starts[entry as usize]);
                state
                    .small
                    .add_short_line(self.steps.factor(entry, value), line, &mut state.met);
            }
            for at in 0..state.met.len() {
                let other = state.met[at] as usize;
                self.offer(numbered, subject, other, &self.small(state, other), state);
                state.small.clear(other);
            }
            return Ok(());
        }
        for (at, (entry, value)) in self.steps.values(subject.row).enumerate() {
            if let Some(entry) = row.ids.get(at + 2 * AHEAD) {
                fetch(&state.starts, *entry as usize);
                numbered.fetch_bounds(*entry);
            }
            let start = |entry: u32| {
                if is_counted {
                    numbered.split(entry)
                } else {
                    state.starts[entry as usize]
                }
            };
            if let Some(entry) = row.ids.get(at + AHEAD) {
                numbered.fetch(start(*entry));
            }
            let (long, short) = numbered.lines(entry, start(entry));
            let factor = self.steps.factor(entry, value);
            if !long.0.is_empty() {
                state.long.add_line(factor, long);
            }
            state.small.add_line(factor, short);
            task.cancel.check()?;
        }
        self.look_through(numbered, norms, subject, state);
        Ok(())
    }

    /// Offers the pairs of a row with all rows of higher numbers that may be of use, and clears their sums.
    fn look_through<I: Id>(&self, numbered: &Numbered<I>, norms: &[f32], subject: &Subject, state: &mut ThreadState) {
        let (number, n) = (subject.number, numbered.rows.len());
        for other in number + 1..numbered.n_long {
            let (n, sum) = if self.steps.is_set() {
                let n = state.counts.of(number, other);
                (n, n as i64)
            } else {
                state.long.whole(other)
            };
            let (unit, slack) = (self.steps.units()[0], self.steps.slack()[0]);
            self.offer(numbered, subject, other, &Whole { n, sum, unit, slack }, state);
        }
        state.long.clear_from(0);
        let begin = numbered.n_long.max(number + 1);
        let useful = Useful {
            support: self.measure.min_support.max(1) as f32,
            slack: self.steps.slack()[1] as f32,
            shrinkage: self.measure.shrinkage as f32,
        };
        for first in (begin..n).step_by(ROWS_AT_ONCE) {
            let last = n.min(first + ROWS_AT_ONCE);
            state.met.clear();
            let reaches = &state.best.reaches;
            let bounds = ((&reaches[..], norms[number]), (norms, reaches[number]));
            state
                .small
                .promising((first, last), useful, bounds.0, bounds.1, &mut state.met);
            for at in 0..state.met.len() {
                let other = state.met[at] as usize;
                self.offer(numbered, subject, other, &self.small(state, other), state);
            }
        }
        state.small.clear_from(begin);
    }

    /// What the small sums say of a row.
    #[inline]
    fn small(&self, state: &ThreadState, other: usize) -> Whole {
        let (n, sum) = state.small.whole(other);
        Whole {
            n,
            sum,
            unit: self.steps.units()[1],
            slack: self.steps.slack()[1],
        }
    }

    /// Offers the pair of a row with `other` to both, if it is of use.
    #[inline]
    fn offer<I: Id>(
        &self,
        numbered: &Numbered<I>,
        subject: &Subject,
        other: usize,
        whole: &Whole,
        state: &mut ThreadState,
    ) {
        let n = whole.n as f64;
        let most = (whole.sum as f64 + whole.slack * n) * whole.unit;
        // Only similarities above 0 are used.
        if most <= 0.0 || whole.n < self.measure.min_support.max(1) as u64 {
            return;
        }
        let (at, row) = (subject.number, numbered.rows[other]);
        let (top, below) = (
            most * n,
            subject.norm * self.norms[row as usize] * (n + self.measure.shrinkage),
        );
        let for_own = top >= state.best.least[at] * below;
        let for_other = top >= state.best.least[other] * below;
        if !for_own && !for_other {
            return;
        }
        let similarity = if self.steps.is_exact() {
            let sums = Sums {
                n,
                xy: whole.sum as f64 * whole.unit,
                ..Sums::default()
            };
            let found = self
                .measure
                .of(&sums, &subject.stats, &self.rows.stats(row), self.population);
            found.unwrap_or(0.0)
        } else {
            top / below
        };
        // Not where a norm is 0 either.
        if !(similarity > 0.0 && similarity.is_finite()) {
            return;
        }
        let neighbor = |index: u32| Neighbor {
            index,
            similarity,
            support: whole.n as u32,
        };
        if for_own && state.best.offer(at, neighbor(row)) {
            self.shorten(at, subject.row, state);
        }
        if for_other && state.best.offer(other, neighbor(subject.row)) {
            self.shorten(other, row, state);
        }
    }

    /// Keeps the best of a row that has many.
    fn shorten(&self, number: usize, row: u32, ThreadState { best, exact, .. }: &mut ThreadState) {
        let norm = self.in_units(row);
        let Some(exact) = exact else {
            best.shorten(number, norm);
            return;
        };
        let neighbors = &mut best.rows[number];
        let mut least = self.drop_useless(row, neighbors);
        // Very many that are nearly alike, as where the same few rated them.
        if neighbors.len() > MOST_ALIKE * self.keep {
            exact.settle(self.rows, self.measure, row, neighbors, self.keep);
            least = neighbors.get(self.keep - 1).map_or(0.0, |last| last.similarity);
        }
        best.raise(number, least, norm);
        best.make_room(number);
    }

    /// Drops of `neighbors`, whose similarities are the highest that they can be, those that can't be among the best. How
    /// similar the last of the best is at least.
    fn drop_useless(&self, row: u32, neighbors: &mut Vec<Neighbor>) -> f64 {
        if neighbors.len() < self.keep {
            return 0.0;
        }
        let [long, small] = [0, 1].map(|k| 2.0 * self.steps.units()[k] * self.steps.slack()[k]);
        let is_long = |row: u32| self.rows.row(row).len() > self.most;
        let (norm, all_small) = (self.norms[row as usize], !is_long(row));
        let least = |neighbor: &Neighbor| {
            let n = f64::from(neighbor.support);
            let below = norm * self.norms[neighbor.index as usize] * (n + self.measure.shrinkage);
            // As in the sums that it comes from.
            let off = if all_small || !is_long(neighbor.index) {
                small
            } else {
                long
            };
            neighbor.similarity - off * n * n / below
        };
        let mut all: Vec<f64> = neighbors.iter().map(least).collect();
        let (_, last, _) = all.select_nth_unstable_by(self.keep - 1, |a, b| b.total_cmp(a));
        let last = *last;
        neighbors.retain(|neighbor| neighbor.similarity >= last * MARGIN);
        last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_in_one_part_from_the_last_on() {
        for (n, n_long, band) in [(0, 0, 16), (5, 0, 16), (40, 40, 16), (40, 33, 16), (7, 3, 1)] {
            let parts: Vec<_> = (0..).map_while(|part| part_of(part, band, (n_long, n))).collect();
            let rows = parts.iter().cloned().flat_map(Iterator::rev);
            assert!(rows.eq((0..n).rev()), "{n} {n_long}: {parts:?}");
            assert!(parts.iter().all(|part| part.len() == 1 || part.end <= n_long));
        }
    }
}
