//! The most similar rows of every row where few are kept: each pair is compared once and offered to both.
//!
//! - [`numbered`]: rows in the order of their numbers of ratings.
//! - [`small`]: sums of the pairs of one row.
//! - [`best`]: what was kept so far.

mod best;
mod numbered;
mod small;

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use best::Best;
use numbered::Numbered;
use small::SmallSums;

use super::grid::GridSums;
use super::rows::Rows;
use super::search::{Neighbor, rank_neighbors};
use super::similarity::Measure;
use super::sums::RowStats;
use crate::models::wide::fetch;
use crate::task::{Cancelled, Report, Task};

/// A comparison of all rows of a side by their cosine, ratings on a grid.
pub(super) struct Pairs<'a> {
    rows: &'a Rows<'a>,
    measure: Measure,
    keep: usize,
    population: f64,
}

/// What one thread has: the sums of its row with all of higher numbers, and the best so far.
struct ThreadState {
    /// With rows of many ratings, by number.
    long: GridSums,
    /// With the others, by number.
    small: SmallSums,
    best: Best,
    /// See [`Numbered::rewind`].
    starts: Vec<u32>,
    /// The rows that the sums are not 0 of, or those that may be of use.
    met: Vec<u32>,
}

/// The row that is compared.
struct Subject {
    number: usize,
    stats: RowStats,
    /// Its length in steps.
    norm: f32,
}

/// Where the ratings to add are fewer than the rows by this factor, only rows that were met are looked at.
const FEW_MET: usize = 4;

/// Rows looked at before bounds are looked up again.
const ROWS_AT_ONCE: usize = 512;

/// So many entries in advance a line is fetched, and where it begins twice as many.
const AHEAD: usize = 8;

impl<'a> Pairs<'a> {
    /// Keeps `keep` (at least one) neighbors of every row.
    pub fn new(rows: &'a Rows<'a>, measure: Measure, keep: usize) -> Self {
        Self {
            population: rows.population(),
            rows,
            measure,
            keep: keep.max(1),
        }
    }

    /// The most similar rows of every row, most similar first; only those above 0. `empty` is the kind of sums to use.
    ///
    /// Takes half of Σ over entries of (ratings of the entry)² steps, so it grows faster than the ratings. Rows of few
    /// ratings come first: they are most like each other, so that what is little alike is seen at a glance later. The
    /// threads take the next row each and keep their own best; the best of all does not depend on which thread saw it.
    pub fn compare(&self, empty: &GridSums, task: &Task) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        let n = self.rows.len();
        let most = SmallSums::most_entries(empty.steps());
        let numbered = Numbered::of(self.rows, most, &task.cancel)?;
        let norms: Vec<f32> = numbered
            .squares
            .iter()
            .map(|s| s.sqrt() * empty.per_unit())
            .map(|x| x as f32)
            .collect();
        let (next, compared) = (AtomicU32::new(0), AtomicU64::new(0));
        let total = numbered.n_ratings() as u64;
        let mut bests = task.pool.try_map(task.pool.threads(), |_| {
            let mut state = ThreadState {
                long: empty.of_size(numbered.n_long),
                small: SmallSums::new(empty.steps(), n),
                best: Best::new(n, self.keep),
                starts: numbered.starts(),
                met: Vec::new(),
            };
            loop {
                let before = next.fetch_add(1, Ordering::Relaxed) as usize;
                let Some(number) = n.checked_sub(before + 1) else {
                    return Ok(state.best);
                };
                let row = numbered.rows[number];
                let subject = Subject {
                    number,
                    stats: self.rows.stats(row),
                    norm: norms[number],
                };
                self.compare_with_later(&numbered, &norms, &subject, &mut state, task)?;
                let ratings = self.rows.row(row).len() as u64;
                let done = compared.fetch_add(ratings, Ordering::Relaxed) + ratings;
                task.progress
                    .say(|| Report::of("comparing items", done, total, "ratings"));
            }
        })?;
        let mut all = vec![Vec::new(); n];
        for (number, row) in numbered.rows.iter().enumerate() {
            let neighbors = &mut all[*row as usize];
            for best in &mut bests {
                neighbors.append(&mut best.rows[number]);
            }
            rank_neighbors(neighbors, self.keep);
        }
        Ok(all)
    }

    /// Compares a row with all rows of higher numbers.
    fn compare_with_later(
        &self,
        numbered: &Numbered<'_>,
        norms: &[f32],
        subject: &Subject,
        state: &mut ThreadState,
        task: &Task,
    ) -> Result<(), Cancelled> {
        task.cancel.check()?;
        let (number, n) = (subject.number, numbered.rows.len());
        let row = self.rows.row(numbered.rows[number]);
        let to_add = numbered.rewind(row.ids, number as u32, &mut state.starts);
        state.met.clear();
        if number >= numbered.n_long && to_add * FEW_MET < n - number {
            for (entry, rating) in row.iter() {
                let (_, line) = numbered.lines(entry, state.starts[entry as usize]);
                let x = state.long.steps_of(rating);
                state.small.add_short_line(x, line, &mut state.met);
            }
            for at in 0..state.met.len() {
                let other = state.met[at] as usize;
                self.offer(numbered, subject, other, state.small.whole(other), state);
                state.small.clear(other);
            }
            return Ok(());
        }
        for (at, (entry, rating)) in row.iter().enumerate() {
            if let Some(entry) = row.ids.get(at + 2 * AHEAD) {
                fetch(&state.starts, *entry as usize);
                numbered.fetch_bounds(*entry);
            }
            if let Some(entry) = row.ids.get(at + AHEAD) {
                numbered.fetch(state.starts[*entry as usize]);
            }
            let (long, short) = numbered.lines(entry, state.starts[entry as usize]);
            if !long.is_empty() {
                state.long.add_line(rating, long);
            }
            state.small.add_line(state.long.steps_of(rating), short);
            task.cancel.check()?;
        }
        for other in number + 1..numbered.n_long {
            self.offer(numbered, subject, other, state.long.whole(other), state);
        }
        state.long.clear();
        let begin = numbered.n_long.max(number + 1);
        for first in (begin..n).step_by(ROWS_AT_ONCE) {
            let last = n.min(first + ROWS_AT_ONCE);
            state.met.clear();
            let reaches = &state.best.reaches;
            let bounds = ((&reaches[..], subject.norm), (norms, reaches[number]));
            state.small.promising((first, last), bounds.0, bounds.1, &mut state.met);
            for at in 0..state.met.len() {
                let other = state.met[at] as usize;
                self.offer(numbered, subject, other, state.small.whole(other), state);
            }
        }
        state.small.clear_from(begin);
        Ok(())
    }

    /// Offers the pair of a row with `other` to both, if it is of use; its entries and the sum of their products, in steps.
    #[inline]
    fn offer(
        &self,
        numbered: &Numbered<'_>,
        subject: &Subject,
        other: usize,
        whole: (u64, i64),
        ThreadState { best, long, .. }: &mut ThreadState,
    ) {
        // Only similarities above 0 are used.
        if whole.1 <= 0 {
            return;
        }
        let (at, squares) = (subject.number, &numbered.squares);
        let pair = long.sums(whole);
        let squared = pair.xy * pair.xy;
        let for_own = squared >= best.thresholds[at] * squares[other];
        let for_other = squared >= best.thresholds[other] * squares[at];
        if !for_own && !for_other {
            return;
        }
        let theirs = self.rows.stats(numbered.rows[other]);
        let found = self.measure.of(&pair, &subject.stats, &theirs, self.population);
        let Some(similarity) = found.ok().filter(|s| *s > 0.0) else {
            return;
        };
        let neighbor = |number: usize| Neighbor {
            index: numbered.rows[number],
            similarity,
            support: pair.n as u32,
        };
        if for_own {
            best.offer(at, neighbor(other), squares[at], long.per_unit());
        }
        if for_other {
            best.offer(other, neighbor(at), squares[other], long.per_unit());
        }
    }
}
