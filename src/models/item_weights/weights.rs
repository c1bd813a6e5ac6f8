use serde::{Deserialize, Serialize};

use crate::models::runs::{run, sort_by_key};
use crate::models::wide::{Kernel, run_wide};

/// How much a profile's liking of one item speaks for another: W[from → to]. Nothing speaks for itself.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum ItemWeights {
    /// A weight between any two of the chosen items.
    Dense(DenseWeights),
    Sparse(SparseWeights),
}

impl ItemWeights {
    pub fn n_items(&self) -> usize {
        match self {
            Self::Dense(dense) => dense.place.len(),
            Self::Sparse(sparse) => sparse.ends.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        match self {
            Self::Dense(dense) => dense.place.is_empty(),
            Self::Sparse(sparse) => sparse.items.is_empty(),
        }
    }

    /// What `from` says of `to`; `None` where it says nothing. O(1), or O(log of the weights of `from`).
    #[inline]
    pub fn weight(&self, from: u32, to: u32) -> Option<f64> {
        match self {
            Self::Dense(dense) => dense.weight(from, to),
            Self::Sparse(sparse) => sparse.weight(from, to),
        }
    }

    /// The weights where few items have one: of whom `from` speaks, and how much. `None` where all do.
    pub fn sparse(&self, from: u32) -> Option<(&[u32], &[f32])> {
        match self {
            Self::Dense(_) => None,
            Self::Sparse(sparse) => Some(sparse.row(from)),
        }
    }

    /// Adds to `sums` of every item what some speakers (item, affinity) say of it, one after the other, each its affinity
    /// times the weight; and to `heard` how many of them said something.
    pub fn add_all(&self, speakers: &[(u32, f64)], sums: &mut [f64], heard: &mut [u32]) {
        match self {
            Self::Dense(dense) => dense.add_all(speakers, sums, heard),
            Self::Sparse(sparse) => {
                for &(from, affinity) in speakers {
                    let (items, weights) = sparse.row(from);
                    for (&to, &weight) in items.iter().zip(weights) {
                        sums[to as usize] += affinity * f64::from(weight);
                        heard[to as usize] += 1;
                    }
                }
            }
        }
    }

    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Dense(dense) => 4 * (dense.values.capacity() + dense.items.capacity() + dense.place.capacity()),
            Self::Sparse(sparse) => {
                8 * sparse.ends.capacity() + 4 * (sparse.items.capacity() + sparse.values.capacity())
            }
        }
    }
}

/// The place of an item that is not among the chosen ones.
const NOWHERE: u32 = u32::MAX;

/// The weights between any two of m chosen items: m × m numbers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DenseWeights {
    /// The chosen items, ascending.
    items: Vec<u32>,
    place: Vec<u32>,
    /// Row by row: what an item says of each of the others. The diagonal is 0.
    values: Vec<f32>,
}

impl DenseWeights {
    /// `values` has a row of m numbers for each of the m `items` (ascending, out of `n_items`); its diagonal is cleared.
    pub fn new(items: Vec<u32>, n_items: usize, mut values: Vec<f32>) -> Self {
        let mut place = vec![NOWHERE; n_items];
        for (at, &item) in items.iter().enumerate() {
            place[item as usize] = at as u32;
            values[at * items.len() + at] = 0.0;
        }
        Self { items, place, values }
    }

    fn row(&self, from: u32) -> Option<&[f32]> {
        let at = self.place[from as usize];
        let m = self.items.len();
        (at != NOWHERE).then(|| &self.values[at as usize * m..][..m])
    }

    #[inline]
    fn weight(&self, from: u32, to: u32) -> Option<f64> {
        let at = self.place[to as usize];
        let row = self.row(from).filter(|_| at != NOWHERE && from != to)?;
        Some(f64::from(row[at as usize]))
    }

    /// Some of the columns at a time, whose sums stay in the L1 cache while all speak.
    fn add_all(&self, speakers: &[(u32, f64)], sums: &mut [f64], heard: &mut [u32]) {
        const AT_ONCE: usize = 1024;
        let rows: Vec<(f64, &[f32])> = speakers
            .iter()
            .filter_map(|(from, by)| Some((*by, self.row(*from)?)))
            .collect();
        let all_are_chosen = self.items.len() == sums.len();
        let mut some = vec![0.0; AT_ONCE.min(self.items.len())];
        for (block, items) in self.items.chunks(AT_ONCE).enumerate() {
            let some = &mut some[..items.len()];
            let columns = block * AT_ONCE..block * AT_ONCE + items.len();
            if all_are_chosen {
                some.copy_from_slice(&sums[columns.clone()]);
            } else {
                some.iter_mut()
                    .zip(items)
                    .for_each(|(some, to)| *some = sums[*to as usize]);
            }
            for (by, row) in &rows {
                run_wide(Add {
                    sums: some,
                    by: *by,
                    weights: &row[columns.clone()],
                });
            }
            for (sum, to) in some.iter().zip(items) {
                sums[*to as usize] = *sum;
                heard[*to as usize] += rows.len() as u32;
            }
        }
        // Nothing speaks for itself.
        for (from, _) in speakers.iter().filter(|(from, _)| self.row(*from).is_some()) {
            heard[*from as usize] -= 1;
        }
    }
}

/// sums ← sums + by·weights.
struct Add<'a> {
    sums: &'a mut [f64],
    by: f64,
    weights: &'a [f32],
}

impl Kernel for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (sum, weight) in self.sums.iter_mut().zip(self.weights) {
            *sum += self.by * f64::from(*weight);
        }
    }
}

/// The weights between some pairs of items, by the item that speaks.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SparseWeights {
    /// Where the weights of each item end.
    ends: Vec<usize>,
    /// Of whom it speaks, ascending.
    items: Vec<u32>,
    values: Vec<f32>,
}

impl SparseWeights {
    /// From, for every item in order, the list of whom it speaks for and how much; lists ascending, nobody twice.
    pub fn of_speakers(listeners: Vec<Vec<(u32, f32)>>) -> Self {
        let total = listeners.iter().map(Vec::len).sum();
        let mut all = Self {
            ends: Vec::with_capacity(listeners.len()),
            items: Vec::with_capacity(total),
            values: Vec::with_capacity(total),
        };
        for list in listeners {
            all.items.extend(list.iter().map(|entry| entry.0));
            all.values.extend(list.iter().map(|entry| entry.1));
            all.ends.push(all.items.len());
        }
        all
    }

    /// From, for every item in order, the list of who speaks for it and how much; nobody twice in one list.
    pub fn of_listeners(speakers: &[Vec<(u32, f32)>]) -> Self {
        let total = speakers.iter().map(Vec::len).sum();
        let (mut items, mut values) = (vec![0; total], vec![0.0; total]);
        let lists = speakers.iter().zip(0..);
        let entries = lists.flat_map(|(list, to)| list.iter().map(move |&(from, weight)| (from, (to, weight))));
        let ends = sort_by_key(speakers.len(), entries, |slot, entry| {
            (items[slot], values[slot]) = entry;
        });
        Self { ends, items, values }
    }

    fn row(&self, from: u32) -> (&[u32], &[f32]) {
        let range = run(&self.ends, from as usize);
        (&self.items[range.clone()], &self.values[range])
    }

    fn weight(&self, from: u32, to: u32) -> Option<f64> {
        let (items, weights) = self.row(from);
        items.binary_search(&to).ok().map(|at| f64::from(weights[at]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_speakers_become_lists_of_listeners() {
        // 0 is spoken for by 2; 1 by 2 and 0; 2 by nobody.
        let sparse = SparseWeights::of_listeners(&[vec![(2, 0.5)], vec![(2, 2.0), (0, 1.5)], vec![]]);
        let weights = ItemWeights::Sparse(sparse);
        assert_eq!((weights.weight(2, 0), weights.weight(2, 1)), (Some(0.5), Some(2.0)));
        assert_eq!((weights.weight(0, 1), weights.weight(1, 0)), (Some(1.5), None));
        let (mut sums, mut heard) = ([0.0; 3], [0; 3]);
        weights.add_all(&[(2, 3.0)], &mut sums, &mut heard);
        weights.add_all(&[(0, 1.0)], &mut sums, &mut heard);
        assert_eq!((sums, heard), ([1.5, 7.5, 0.0], [1, 2, 0]));
    }

    #[test]
    fn some_items_or_all_of_them() {
        for (items, n) in [(vec![0, 1], 2), (vec![1, 3], 5)] {
            let (a, b) = (items[0], items[1]);
            let weights = ItemWeights::Dense(DenseWeights::new(items, n, vec![9.0, 1.0, 2.0, 9.0]));
            assert_eq!((weights.weight(a, b), weights.weight(b, a)), (Some(1.0), Some(2.0)));
            assert_eq!(weights.weight(a, a), None);
            let (mut sums, mut heard) = (vec![0.0; n], vec![0; n]);
            weights.add_all(&[(a, 2.0)], &mut sums, &mut heard);
            assert_eq!((sums[a as usize], sums[b as usize]), (0.0, 2.0));
            assert_eq!((heard[a as usize], heard[b as usize]), (0, 1));
            assert_eq!(heard.iter().sum::<u32>(), 1);
        }
    }
}
