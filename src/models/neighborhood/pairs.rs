//! The most similar rows of every row where few are kept: each pair is compared once and offered to both.

use std::cmp::Reverse;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use super::grid::GridSums;
use super::rows::Rows;
use super::search::{Neighbor, by_similarity, rank_neighbors};
use super::similarity::Measure;
use crate::data::{Row, Values};
use crate::task::{Cancel, Cancelled, Report, Task};

/// A comparison of all rows of a side by their cosine, ratings on a grid.
pub(super) struct Pairs<'a> {
    rows: &'a Rows<'a>,
    measure: Measure,
    keep: usize,
    population: f64,
}

/// The rows numbered by how many ratings they have, most first, and the ratings of every entry in these numbers. A few
/// rows have most of the ratings: their sums are adjacent then and stay in the processor's cache.
struct Numbered<'a> {
    rows: Vec<u32>,
    /// By number Σ r².
    squares: Vec<f64>,
    /// Where the ratings of each entry end.
    ends: Vec<usize>,
    /// By entry the numbers of the rows that it rated, ascending.
    numbers: Vec<u32>,
    codes: Vec<u8>,
    table: &'a [f64],
}

impl<'a> Numbered<'a> {
    /// Takes five bytes per rating.
    fn of(rows: &Rows<'a>, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|row| Reverse(rows.row(*row).len()));
        let mut next = Vec::with_capacity(rows.entries());
        let mut total = 0;
        for entry in 0..rows.entries() as u32 {
            next.push(total);
            total += rows.line(entry).len();
        }
        let (mut numbers, mut codes) = (vec![0; total], vec![0; total]);
        for (number, row) in order.iter().enumerate() {
            cancel.check()?;
            let row = rows.row(*row);
            let Values::Coded8(coded, _) = row.values else { continue };
            for (entry, code) in row.ids.iter().zip(coded) {
                let slot = &mut next[*entry as usize];
                (numbers[*slot], codes[*slot]) = (number as u32, *code);
                *slot += 1;
            }
        }
        Ok(Self {
            squares: order.iter().map(|row| rows.stats(*row).squared_length()).collect(),
            rows: order,
            // Every next slot has moved to its end.
            ends: next,
            numbers,
            codes,
            table: rows.data.distinct_values(),
        })
    }

    /// Where the ratings of each entry start, to begin [`Numbered::line_after`] with.
    fn starts(&self) -> Vec<usize> {
        std::iter::once(0).chain(self.ends.iter().copied()).collect()
    }

    /// The ratings of `entry` among the rows numbered above `number`. `starts` remembers where the last call for the
    /// entry began; its number must have been lower.
    fn line_after(&self, entry: u32, number: u32, starts: &mut [usize]) -> Row<'_> {
        let (mut start, end) = (starts[entry as usize], self.ends[entry as usize]);
        while start < end && self.numbers[start] <= number {
            start += 1;
        }
        starts[entry as usize] = start;
        Row {
            ids: &self.numbers[start..end],
            values: Values::Coded8(&self.codes[start..end], self.table),
        }
    }
}

/// The best neighbors of every row so far, by number, as one thread has seen them.
struct Best {
    keep: usize,
    rows: Vec<Vec<Neighbor>>,
    /// The last of the `keep` best, once there are that many: neighbors ranked after it are of no use.
    last: Vec<Option<Neighbor>>,
    /// A little below (similarity of `last`)² · Σ r² of the row: a pair with (Σ a·b)² below that times Σ r² of the
    /// other row is of no use. 0 while any pair is.
    thresholds: Vec<f64>,
}

struct ThreadState {
    sums: GridSums,
    best: Best,
    /// See [`Numbered::line_after`].
    starts: Vec<usize>,
}

/// The factor that lowers a threshold by more than any rounding error.
const MARGIN: f64 = 1.0 - 1e-9;

impl Best {
    fn new(n: usize, keep: usize) -> Self {
        Self {
            keep,
            rows: vec![Vec::new(); n],
            last: vec![None; n],
            thresholds: vec![0.0; n],
        }
    }

    fn offer(&mut self, row: usize, neighbor: Neighbor, squares: f64) {
        if self.last[row].is_some_and(|last| by_similarity(&neighbor, &last).is_gt()) {
            return;
        }
        let best = &mut self.rows[row];
        best.push(neighbor);
        if best.len() < self.keep + self.keep / 2 + 8 {
            return;
        }
        best.select_nth_unstable_by(self.keep - 1, by_similarity);
        best.truncate(self.keep);
        if let Some(last) = best.last() {
            self.last[row] = Some(*last);
            self.thresholds[row] = last.similarity * last.similarity * squares * MARGIN;
        }
    }
}

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
    /// Takes half of Σ over entries of (ratings of the entry)² steps, so it grows faster than the ratings. The threads
    /// take the next row each and keep their own best; the best of all does not depend on which thread saw it.
    pub fn compare(&self, empty: &GridSums, task: &Task) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        let n = self.rows.len();
        let numbered = Numbered::of(self.rows, &task.cancel)?;
        let (next, compared) = (AtomicU32::new(0), AtomicU64::new(0));
        let total = numbered.numbers.len() as u64;
        let mut bests = task.pool.try_map(task.pool.threads(), |_| {
            let mut state = ThreadState {
                sums: empty.empty_like(),
                best: Best::new(n, self.keep),
                starts: numbered.starts(),
            };
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(row) = numbered.rows.get(number as usize) else {
                    return Ok(state.best);
                };
                self.compare_with_later(&numbered, number, &mut state, task)?;
                let ratings = self.rows.row(*row).len() as u64;
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

    /// Compares the row of this number with all rows of higher numbers.
    fn compare_with_later(
        &self,
        numbered: &Numbered<'_>,
        number: u32,
        ThreadState { sums, best, starts }: &mut ThreadState,
        task: &Task,
    ) -> Result<(), Cancelled> {
        let (row, at) = (numbered.rows[number as usize], number as usize);
        for (entry, rating) in self.rows.row(row).iter() {
            sums.add_line(rating, numbered.line_after(entry, number, starts));
            task.cancel.check()?;
        }
        let (own, squares) = (self.rows.stats(row), &numbered.squares);
        for other in at + 1..numbered.rows.len() {
            // Only similarities above 0 are used.
            if sums.whole(other).1 <= 0 {
                continue;
            }
            let pair = sums.at(other);
            let squared = pair.xy * pair.xy;
            if squared < best.thresholds[at] * squares[other] && squared < best.thresholds[other] * squares[at] {
                continue;
            }
            let theirs = self.rows.stats(numbered.rows[other]);
            let found = self.measure.of(&pair, &own, &theirs, self.population);
            let Some(similarity) = found.ok().filter(|s| *s > 0.0) else {
                continue;
            };
            let neighbor = |number: usize| Neighbor {
                index: numbered.rows[number],
                similarity,
                support: pair.n as u32,
            };
            best.offer(at, neighbor(other), squares[at]);
            best.offer(other, neighbor(at), squares[other]);
        }
        sums.clear();
        Ok(())
    }
}
