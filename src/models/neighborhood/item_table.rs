use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use super::lanes::Accumulated;
use super::pairs::Pairs;
use super::rows::Rows;
use super::search::{Neighbor, accumulate, evaluate, rank_neighbors};
use super::similarity::Measure;
use crate::models::runs::{run, sort_by_key};
use crate::task::{Cancelled, Report, Task};

/// The similar rows of every row, most similar first: only those above 0, the only ones that can vote.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct SimilarityTable {
    ends: Vec<usize>,
    indices: Vec<u32>,
    similarities: Vec<f64>,
    supports: Vec<u32>,
}

/// Rows per job: enough to reuse its sums, few enough to balance the threads.
const ROWS_AT_ONCE: usize = 16;

/// Up to this many kept neighbors, every pair of rows is compared only once and offered to both.
const FEW: usize = 256;

impl SimilarityTable {
    /// Compares every row with every other and keeps the `keep` most similar of each. O(Σ over entries of (its number
    /// of ratings)²), rows in parallel; the same bits on any number of threads. Beside the table each thread needs
    /// memory for one row's sums, and where every pair is compared only once, for the neighbors kept so far.
    pub fn fit(rows: &Rows<'_>, measure: Measure, keep: usize, task: &Task) -> Result<Self, Cancelled> {
        match rows.accumulator(&[], measure.similarity) {
            Accumulated::Grid(empty) if keep <= FEW => {
                let mut table = Self::default();
                for neighbors in Pairs::new(rows, measure, keep).compare(&empty, task)? {
                    table.push(&neighbors);
                }
                table.shrink();
                Ok(table)
            }
            _ => Self::row_by_row(rows, measure, keep, task),
        }
    }

    fn row_by_row(rows: &Rows<'_>, measure: Measure, keep: usize, task: &Task) -> Result<Self, Cancelled> {
        let n = rows.len();
        let done = AtomicU64::new(0);
        let piece = |at: usize| {
            let first = at * ROWS_AT_ONCE;
            let last = (first + ROWS_AT_ONCE).min(n);
            let mut sums = rows.accumulator(&[], measure.similarity);
            let mut part = Self::default();
            for row in first..last {
                let subject = rows.subject(row as u32);
                sums.clear();
                accumulate(rows, &subject.entries, &mut sums, &task.cancel)?;
                let mut neighbors = evaluate(rows, &subject, measure, &sums);
                neighbors.retain(|n| n.similarity > 0.0);
                rank_neighbors(&mut neighbors, keep);
                part.push(&neighbors);
            }
            let count = (last - first) as u64;
            let so_far = done.fetch_add(count, Ordering::Relaxed) + count;
            task.progress
                .say(|| Report::of("comparing items", so_far, n as u64, "items"));
            Ok(part)
        };
        let mut table = Self::default();
        for part in task.pool.try_map(n.div_ceil(ROWS_AT_ONCE), piece)? {
            table.append(part);
        }
        table.shrink();
        Ok(table)
    }

    fn shrink(&mut self) {
        self.indices.shrink_to_fit();
        self.similarities.shrink_to_fit();
        self.supports.shrink_to_fit();
    }

    fn push(&mut self, neighbors: &[Neighbor]) {
        self.indices.extend(neighbors.iter().map(|n| n.index));
        self.similarities.extend(neighbors.iter().map(|n| n.similarity));
        self.supports.extend(neighbors.iter().map(|n| n.support));
        self.ends.push(self.indices.len());
    }

    fn append(&mut self, part: Self) {
        let start = self.indices.len();
        self.ends.extend(part.ends.iter().map(|end| start + end));
        self.indices.extend(part.indices);
        self.similarities.extend(part.similarities);
        self.supports.extend(part.supports);
    }

    #[inline]
    fn range(&self, row: u32) -> std::ops::Range<usize> {
        run(&self.ends, row as usize)
    }

    /// The rows similar to `row`, most similar first.
    #[inline]
    pub fn of(&self, row: u32) -> impl Iterator<Item = Neighbor> {
        self.range(row).map(|at| Neighbor {
            index: self.indices[at],
            similarity: self.similarities[at],
            support: self.supports[at],
        })
    }

    /// The transposed table: for every row those that have it among their neighbors. Without supports.
    pub fn transposed(&self) -> Self {
        let (mut indices, mut similarities) = (vec![0; self.indices.len()], vec![0.0; self.indices.len()]);
        let rows = 0..self.ends.len() as u32;
        let entries = rows.flat_map(|row| {
            self.pairs(row)
                .map(move |(index, similarity)| (index, (row, similarity)))
        });
        let ends = sort_by_key(self.ends.len(), entries, |slot, entry| {
            (indices[slot], similarities[slot]) = entry;
        });
        Self {
            ends,
            indices,
            similarities,
            supports: Vec::new(),
        }
    }

    #[inline]
    pub fn pairs(&self, row: u32) -> impl Iterator<Item = (u32, f64)> + Clone {
        let range = self.range(row);
        let similarities = &self.similarities[range.clone()];
        self.indices[range].iter().copied().zip(similarities.iter().copied())
    }

    pub fn memory_bytes(&self) -> usize {
        8 * (self.ends.capacity() + self.similarities.capacity())
            + 4 * (self.indices.capacity() + self.supports.capacity())
    }
}

#[cfg(test)]
mod tests {
    use super::super::rows::{EditedRows, Side, SideStats};
    use super::super::{Similarity, tests_common::sized};
    use super::*;
    use crate::task::Pool;

    #[test]
    fn comparing_each_pair_once_keeps_what_comparing_row_by_row_keeps() {
        let ratings: Vec<(u32, u32, f64)> = (0..50 * 70)
            .filter(|n| n * 7919 % 101 < 30)
            .map(|n| (n % 50, n / 50, f64::from(n * 31 % 11) / 2.0 - 1.0))
            .collect();
        let data = sized(50, 71, &ratings);
        let stats = SideStats::of(&data, Side::Items);
        let rows = Rows {
            data: &data,
            side: Side::Items,
            stats: &stats,
            overlay: &EditedRows::default(),
            baselines: None,
            center: 0.0,
        };
        assert!(matches!(
            rows.accumulator(&[], Similarity::Cosine),
            Accumulated::Grid(_)
        ));
        let task = Task {
            pool: Pool::new("test", 3),
            ..Task::unattended()
        };
        for (keep, min_support, shrinkage) in [(1, 1, 0.0), (5, 1, 0.0), (5, 4, 0.0), (7, 2, 3.5), (200, 1, 0.0)] {
            let measure = Measure {
                similarity: Similarity::Cosine,
                min_support,
                shrinkage,
            };
            let once = SimilarityTable::fit(&rows, measure, keep, &task).unwrap();
            let all = SimilarityTable::row_by_row(&rows, measure, keep, &task).unwrap();
            assert!(!all.indices.is_empty());
            assert_eq!(
                (once.ends, once.indices, once.supports),
                (all.ends, all.indices, all.supports)
            );
            let bits = |table: &[f64]| table.iter().map(|s| s.to_bits()).collect::<Vec<u64>>();
            assert_eq!(bits(&once.similarities), bits(&all.similarities));
        }
    }
}
