//! The best neighbors of every row so far, as one thread has seen them.

use super::super::search::{Neighbor, by_similarity};

/// The best neighbors of every row so far, by number.
pub(super) struct Best {
    keep: usize,
    /// Where similarities are not exact: what they are at most.
    pub rows: Vec<Vec<Neighbor>>,
    /// How many there may be before they are shortened.
    room: Vec<u32>,
    /// The last of the `keep` best, once there are that many, where similarities are exact.
    last: Vec<Option<Neighbor>>,
    /// A little below what `keep` neighbors reach for certain: what is at most that is of no use. 0 while anything is.
    pub least: Vec<f64>,
    /// That times the norm of the row, a little below, in the root of a unit of small sums.
    pub reaches: Vec<f32>,
}

/// The factor that lowers a bound by more than any rounding error.
pub(super) const MARGIN: f64 = 1.0 - 1e-9;

/// The same in 32 bits.
const SINGLE_MARGIN: f64 = 1.0 - 1e-6;

fn room(n: usize, keep: usize) -> u32 {
    (n + keep / 2 + 8) as u32
}

impl Best {
    pub fn new(n: usize, keep: usize) -> Self {
        Self {
            keep,
            rows: vec![Vec::new(); n],
            room: vec![room(keep, keep); n],
            last: vec![None; n],
            least: vec![0.0; n],
            reaches: vec![0.0; n],
        }
    }

    /// Takes a neighbor in. Whether there are so many now that they should be shortened.
    pub fn offer(&mut self, row: usize, neighbor: Neighbor) -> bool {
        if self.last[row].is_some_and(|last| by_similarity(&neighbor, &last).is_gt()) {
            return false;
        }
        let best = &mut self.rows[row];
        best.push(neighbor);
        best.len() >= self.room[row] as usize
    }

    /// Makes room for more beside those that are left of a row.
    pub fn make_room(&mut self, row: usize) {
        self.room[row] = room(self.rows[row].len(), self.keep);
    }

    /// Keeps the best of exact similarities.
    pub fn shorten(&mut self, row: usize, norm: f64) {
        let best = &mut self.rows[row];
        best.select_nth_unstable_by(self.keep - 1, by_similarity);
        best.truncate(self.keep);
        if let Some(last) = best.last().copied() {
            self.last[row] = Some(last);
            self.raise(row, last.similarity, norm);
        }
    }

    /// Says that `keep` neighbors of a row are that similar; `norm` is its norm in the root of a unit.
    pub fn raise(&mut self, row: usize, similarity: f64, norm: f64) {
        let least = similarity * MARGIN;
        // Below that margins are none.
        if least > self.least[row].max(f64::from(f32::MIN_POSITIVE)) {
            self.least[row] = least;
            self.reaches[row] = (least * norm * SINGLE_MARGIN) as f32;
        }
    }
}
