//! Exact similarities of a row with some others, by the same sums in the same order as where it is compared with all.

use super::super::lanes::{Lanes, Product};
use super::super::rows::Rows;
use super::super::search::{Neighbor, rank_neighbors};
use super::super::similarity::{Compares, Measure};
use super::super::sums::Sums;
use crate::data::Row;

/// What one thread needs for it.
pub(super) struct Exact {
    /// By entry the subject's rating; NaN where it has none.
    own: Vec<f64>,
    /// The ratings of co-rated entries.
    common: Vec<[f64; 2]>,
}

/// Where a row is longer than the subject by this factor, its ratings are looked up instead of walked through.
const MUCH_LONGER: usize = 32;

impl Exact {
    pub fn new(rows: &Rows<'_>) -> Self {
        Self {
            own: vec![f64::NAN; rows.entries()],
            common: Vec::new(),
        }
    }

    /// Replaces similarity and support of `row` with each of `neighbors` by the exact ones, 0 where there is none. O(ratings
    /// of all of them).
    pub fn compare(&mut self, rows: &Rows<'_>, measure: Measure, row: u32, neighbors: &mut [Neighbor]) {
        let (own, stats, population) = (rows.row(row), rows.stats(row), rows.population());
        for (entry, rating) in own.iter() {
            self.own[entry as usize] = rating - rows.offset(entry);
        }
        for neighbor in neighbors {
            let other = rows.row(neighbor.index);
            let n = if other.len() / MUCH_LONGER > own.len() {
                self.look_up(rows, own, other)
            } else {
                self.collect(rows, other)
            };
            let sums = match measure.similarity.spec().compares {
                Compares::Products => total::<Product>(&self.common[..n]),
                _ => total::<Sums>(&self.common[..n]),
            };
            let found = measure.of(&sums, &stats, &rows.stats(neighbor.index), population);
            neighbor.support = sums.n as u32;
            neighbor.similarity = found.unwrap_or(0.0);
        }
        for entry in own.ids {
            self.own[*entry as usize] = f64::NAN;
        }
    }

    /// As [`Exact::compare`]; keeps the best above 0, most similar first.
    pub fn settle(&mut self, rows: &Rows<'_>, measure: Measure, row: u32, neighbors: &mut Vec<Neighbor>, keep: usize) {
        self.compare(rows, measure, row, neighbors);
        neighbors.retain(|neighbor| neighbor.similarity > 0.0);
        rank_neighbors(neighbors, keep);
    }

    /// Writes the ratings of the entries that `other` rated, too, in ascending order. How many there are.
    fn collect(&mut self, rows: &Rows<'_>, other: Row<'_>) -> usize {
        if self.common.len() < other.len() {
            self.common.resize(other.len(), [0.0; 2]);
        }
        let mut n = 0;
        for (entry, rating) in other.iter() {
            let own = self.own[entry as usize];
            // Written in any case: which are co-rated can't be foretold.
            self.common[n] = [own, rating - rows.offset(entry)];
            n += usize::from(!own.is_nan());
        }
        n
    }

    /// As [`Exact::collect`], in O(own · log other).
    fn look_up(&mut self, rows: &Rows<'_>, own: Row<'_>, other: Row<'_>) -> usize {
        if self.common.len() < own.len() {
            self.common.resize(own.len(), [0.0; 2]);
        }
        let mut n = 0;
        for (entry, rating) in own.iter() {
            if let Some(theirs) = other.get(entry) {
                let offset = rows.offset(entry);
                self.common[n] = [rating - offset, theirs - offset];
                n += 1;
            }
        }
        n
    }
}

fn total<L: Lanes>(common: &[[f64; 2]]) -> Sums {
    let mut sums = L::default();
    for [x, y] in common {
        sums.add(*x, *y);
    }
    sums.sums()
}
