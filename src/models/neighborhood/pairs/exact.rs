//! Exact similarities of a row with some others, by the same sums in the same order as where it is compared with all.

use super::super::lanes::{Lanes, Product};
use super::super::rows::Rows;
use super::super::search::{Neighbor, rank_neighbors};
use super::super::similarity::{Compares, Measure};
use super::super::sums::Sums;

/// What one thread needs for it.
pub(super) struct Exact {
    /// By entry the subject's rating; NaN where it has none.
    own: Vec<f64>,
    /// The ratings of co-rated entries.
    common: Vec<[f64; 2]>,
}

impl Exact {
    pub fn new(rows: &Rows<'_>) -> Self {
        Self {
            own: vec![f64::NAN; rows.entries()],
            common: Vec::new(),
        }
    }

    /// Replaces the similarities of `row` with `neighbors` by the exact ones, and keeps the best above 0, most similar first.
    /// O(ratings of all of them).
    pub fn settle(&mut self, rows: &Rows<'_>, measure: Measure, row: u32, neighbors: &mut Vec<Neighbor>, keep: usize) {
        let (stats, population) = (rows.stats(row), rows.population());
        for (entry, rating) in rows.row(row).iter() {
            self.own[entry as usize] = rating - rows.offset(entry);
        }
        neighbors.retain_mut(|neighbor| {
            let n = self.collect(rows, neighbor.index);
            let sums = match measure.similarity.spec().compares {
                Compares::Products => total::<Product>(&self.common[..n]),
                _ => total::<Sums>(&self.common[..n]),
            };
            let found = measure.of(&sums, &stats, &rows.stats(neighbor.index), population);
            neighbor.support = sums.n as u32;
            neighbor.similarity = found.unwrap_or(0.0);
            neighbor.similarity > 0.0
        });
        rank_neighbors(neighbors, keep);
        for entry in rows.row(row).ids {
            self.own[*entry as usize] = f64::NAN;
        }
    }

    /// Writes the ratings of the entries that `other` rated, too, in ascending order. How many there are.
    fn collect(&mut self, rows: &Rows<'_>, other: u32) -> usize {
        let row = rows.row(other);
        if self.common.len() < row.len() {
            self.common.resize(row.len(), [0.0; 2]);
        }
        let mut n = 0;
        for (entry, rating) in row.iter() {
            let own = self.own[entry as usize];
            // Written in any case: which are co-rated can't be foretold.
            self.common[n] = [own, rating - rows.offset(entry)];
            n += usize::from(!own.is_nan());
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
