//! The best neighbors of every row so far, as one thread has seen them.

use super::super::search::{Neighbor, by_similarity};

/// The best neighbors of every row so far, by number.
pub(super) struct Best {
    keep: usize,
    pub rows: Vec<Vec<Neighbor>>,
    /// The last of the `keep` best, once there are that many: neighbors ranked after it are of no use.
    last: Vec<Option<Neighbor>>,
    /// A little below (similarity of `last`)² · Σ r² of the row: a pair with (Σ a·b)² below that times Σ r² of the
    /// other row is of no use. 0 while any pair is.
    pub thresholds: Vec<f64>,
    /// The root of each threshold, in steps, a little below.
    pub reaches: Vec<f32>,
}

/// The factor that lowers a threshold by more than any rounding error.
const MARGIN: f64 = 1.0 - 1e-9;

/// The same in 32 bits.
const SINGLE_MARGIN: f64 = 1.0 - 1e-6;

impl Best {
    pub fn new(n: usize, keep: usize) -> Self {
        Self {
            keep,
            rows: vec![Vec::new(); n],
            last: vec![None; n],
            thresholds: vec![0.0; n],
            reaches: vec![0.0; n],
        }
    }

    /// Takes a neighbor in if it is of use; `squares` is Σ r² of the row, and as many steps make 1.
    pub fn offer(&mut self, row: usize, neighbor: Neighbor, squares: f64, per_unit: f64) {
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
            self.reaches[row] = (last.similarity * squares.sqrt() * per_unit * SINGLE_MARGIN) as f32;
        }
    }
}
