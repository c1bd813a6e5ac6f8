use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

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
        let Some(pairs) = (keep <= FEW).then(|| Pairs::new(rows, measure, keep)).flatten() else {
            return Self::row_by_row(rows, measure, keep, task);
        };
        let mut table = Self::default();
        for neighbors in pairs.compare(task)? {
            table.push(&neighbors);
        }
        table.shrink();
        Ok(table)
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
    use super::super::search::rows_for;
    use super::super::weighting::Weighting;
    use super::super::{Similarity, tests_common::sized};
    use super::*;
    use crate::data::Dataset;
    use crate::task::Pool;

    fn half_stars() -> Dataset {
        let ratings: Vec<(u32, u32, f64)> = (0..50 * 70)
            .filter(|n| n * 7919 % 101 < 30)
            .map(|n| (n % 50, n / 50, f64::from(n * 31 % 11) / 2.0 - 1.0))
            .collect();
        sized(50, 71, &ratings)
    }

    /// Compares both ways; whether each pair was compared once.
    fn check(data: &Dataset, similarity: Similarity) -> bool {
        let stats = SideStats::of(data, Side::Items);
        let overlay = EditedRows::default();
        let rows = rows_for((data, Side::Items, &stats, None), &overlay, similarity);
        let task = Task {
            pool: Pool::new("test", 3),
            ..Task::unattended()
        };
        for (keep, min_support, shrinkage) in [(1, 1, 0.0), (5, 1, 0.0), (5, 4, 0.0), (7, 2, 3.5), (200, 1, 0.0)] {
            let measure = Measure {
                similarity,
                min_support,
                shrinkage,
            };
            let once = SimilarityTable::fit(&rows, measure, keep, &task).unwrap();
            let all = SimilarityTable::row_by_row(&rows, measure, keep, &task).unwrap();
            // Squares of the highest ratings are no numbers.
            assert!(!all.indices.is_empty() || data.scale().max > 1e150);
            assert_eq!(
                (once.ends, once.indices, once.supports),
                (all.ends, all.indices, all.supports)
            );
            let bits = |table: &[f64]| table.iter().map(|s| s.to_bits()).collect::<Vec<u64>>();
            assert_eq!(bits(&once.similarities), bits(&all.similarities));
        }
        Pairs::new(&rows, similarity.into(), 5).is_some()
    }

    const WHOLE_ROWS: [Similarity; 5] = [
        Similarity::Cosine,
        Similarity::CenteredCosine,
        Similarity::Jaccard,
        Similarity::Lift,
        Similarity::Llr,
    ];

    #[test]
    fn comparing_each_pair_once_keeps_what_comparing_row_by_row_keeps() {
        let stars = half_stars();
        let weighted = Weighting::TfIdf.of_ratings(&stars);
        let saturated = Weighting::Bm25 { k1: 1.2, b: 0.75 }.of_ratings(&stars);
        let shifted = stars.with_values(|_, _, rating| 1000.0 + rating);
        let irregular = stars.with_values(|user, item, rating| rating + f64::from(user.0 * 17 % 13 + item.0) / 97.0);
        let of_users = stars.with_values(|user, _, _| f64::from(user.0 % 3) / 7.0);
        for data in [&stars, &*weighted, &*saturated, &shifted, &irregular, &of_users] {
            for similarity in WHOLE_ROWS {
                assert!(check(data, similarity), "{similarity:?}");
            }
        }
        assert!(!check(&stars, Similarity::Pearson));
    }

    #[test]
    fn values_too_far_apart_for_integers_are_compared_row_by_row() {
        let stars = half_stars();
        let plays =
            stars.with_values(|user, item, _| f64::from(2 + (user.0 * item.0) % 5).powi(9 * (1 + item.0 as i32 % 3)));
        let huge = stars.with_values(|_, _, rating| rating * 1e200);
        for data in [&plays, &huge] {
            assert!(!check(data, Similarity::Cosine));
            assert!(check(data, Similarity::Jaccard));
        }
    }
}
