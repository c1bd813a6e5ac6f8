//! The most similar rows of every row where few are kept: each pair is compared once and offered to both.

use std::sync::atomic::{AtomicU32, Ordering};

use super::grid::GridSums;
use super::rows::Rows;
use super::search::{Neighbor, by_similarity, rank_neighbors};
use super::similarity::Measure;
use crate::task::{Cancelled, Report, Task};

/// A comparison of all rows of a side by their cosine, ratings on a grid.
pub(super) struct Pairs<'a> {
    rows: &'a Rows<'a>,
    measure: Measure,
    keep: usize,
    /// Σ r² by row.
    squares: Vec<f64>,
    population: f64,
}

/// The best of every row so far, as one thread has seen them.
struct Best {
    keep: usize,
    rows: Vec<Vec<Neighbor>>,
    /// The last of those that are kept, once there are that many: what doesn't come before it is no use.
    last: Vec<Option<Neighbor>>,
    /// A little below (similarity of `last`)² · Σ r² of the row: a pair whose (Σ a·b)² is less than that, times Σ r² of
    /// the other row, is no use. 0 while anything is.
    bars: Vec<f64>,
}

/// What a bar is lowered by: more than all rounding.
const MARGIN: f64 = 1.0 - 1e-9;

impl Best {
    fn new(n: usize, keep: usize) -> Self {
        Self {
            keep,
            rows: vec![Vec::new(); n],
            last: vec![None; n],
            bars: vec![0.0; n],
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
            self.bars[row] = last.similarity * last.similarity * squares * MARGIN;
        }
    }
}

impl<'a> Pairs<'a> {
    /// Keeps `keep` (at least one) of every row.
    pub fn new(rows: &'a Rows<'a>, measure: Measure, keep: usize) -> Self {
        Self {
            squares: (0..rows.len() as u32).map(|r| rows.stats(r).squares).collect(),
            population: rows.population(),
            rows,
            measure,
            keep: keep.max(1),
        }
    }

    /// The most similar rows of every row, most similar first; only those above 0. `room` is for the sums of one row.
    ///
    /// Half of Σ over entries of the square of how many rated it. The threads take rows as they come and keep what they
    /// see apart: what is best of all does not depend on who saw it.
    pub fn compare(&self, room: &GridSums, task: &Task) -> Result<Vec<Vec<Neighbor>>, Cancelled> {
        let n = self.rows.len();
        let next = AtomicU32::new(0);
        let mut seen = task.pool.try_map(task.pool.threads(), |_| {
            let mut sums = room.like();
            let mut best = Best::new(n, self.keep);
            loop {
                let row = next.fetch_add(1, Ordering::Relaxed);
                if row as usize >= n {
                    return Ok(best);
                }
                self.compare_with_later(row, &mut sums, &mut best, task)?;
                task.progress
                    .say(|| Report::of("comparing items", u64::from(row) + 1, n as u64, "items"));
            }
        })?;
        let mut all = match seen.pop() {
            Some(first) => first.rows,
            None => Vec::new(),
        };
        for (row, neighbors) in all.iter_mut().enumerate() {
            for other in &mut seen {
                neighbors.append(&mut other.rows[row]);
            }
            rank_neighbors(neighbors, self.keep);
        }
        Ok(all)
    }

    /// Compares `row` with all rows after it.
    fn compare_with_later(&self, row: u32, sums: &mut GridSums, best: &mut Best, task: &Task) -> Result<(), Cancelled> {
        for (entry, rating) in self.rows.row(row).iter() {
            sums.add_line_after(row, rating, self.rows.line(entry));
            task.cancel.check()?;
        }
        let (own, at) = (self.rows.stats(row), row as usize);
        for other in at + 1..self.rows.len() {
            let pair = sums.at(other);
            // Only what is above 0 can speak.
            if pair.xy <= 0.0 {
                continue;
            }
            let squared = pair.xy * pair.xy;
            if squared < best.bars[at] * self.squares[other] && squared < best.bars[other] * self.squares[at] {
                continue;
            }
            let theirs = self.rows.stats(other as u32);
            let found = self.measure.of(&pair, &own, &theirs, self.population);
            let Some(similarity) = found.ok().filter(|s| *s > 0.0) else {
                continue;
            };
            let neighbor = |index: usize| Neighbor {
                index: index as u32,
                similarity,
                support: pair.n as u32,
            };
            best.offer(at, neighbor(other), self.squares[at]);
            best.offer(other, neighbor(at), self.squares[other]);
        }
        sums.clear();
        Ok(())
    }
}
