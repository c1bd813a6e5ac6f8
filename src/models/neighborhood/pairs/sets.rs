//! Rows of many ratings as sets of entries: a bit for each, so that co-rated ones are counted many at once.

use std::ops::Range;

use super::super::rows::Rows;
use super::ids::Id;
use crate::models::wide::{Kernel, run_wide};
use crate::task::{Cancel, Cancelled};

/// The bits of 512 entries.
type Block = [u64; 8];

const BLOCK: usize = 512;

/// Rows whose counts are made together: what they are compared with is read once for all.
pub(super) const BAND: usize = 16;

/// Rows that are compared in registers.
const AT_ONCE: usize = 4;

/// The most bytes of sets for each rating.
const BYTES: usize = 6;

/// The first rows by number.
pub(super) struct Sets {
    n: usize,
    /// Blocks of a row.
    width: usize,
    blocks: Vec<Block>,
}

/// How many entries each of some rows has in common with every row of a set of them.
#[derive(Default)]
pub(super) struct Counts {
    first: usize,
    n: usize,
    common: Vec<u32>,
}

impl Counts {
    /// Of two rows by number.
    pub fn of(&self, number: usize, other: usize) -> u64 {
        u64::from(self.common[(number - self.first) * self.n + other])
    }
}

impl Sets {
    /// How many rows are worth it: a block takes about as long as adding one entry to a sum. `lines` has by entry the numbers
    /// of its rows, ascending.
    pub fn worth<'a, I: Id + 'a>(lines: impl Iterator<Item = &'a [I]>, (n_rows, n_entries): (usize, usize)) -> usize {
        let (mut saved, mut n_ratings) = (vec![0u64; n_rows], 0);
        for line in lines {
            n_ratings += line.len();
            for (before, number) in line.iter().enumerate() {
                saved[number.at()] += before as u64;
            }
        }
        let width = n_entries.div_ceil(BLOCK);
        let most = n_ratings * BYTES / (width * size_of::<Block>()).max(1);
        let (mut gain, mut best) = (0, (0, 0));
        for (number, saved) in saved.into_iter().enumerate().take(most) {
            gain += saved as i64 - (number * width) as i64;
            best = best.max((gain, number + 1));
        }
        best.1
    }

    /// Of these rows, by number.
    pub fn of(rows: &Rows<'_>, numbers: &[u32], cancel: &Cancel) -> Result<Self, Cancelled> {
        let width = rows.entries().div_ceil(BLOCK);
        let mut blocks = vec![[0; 8]; numbers.len() * width];
        for (at, row) in numbers.iter().enumerate() {
            cancel.check()?;
            let own = &mut blocks[at * width..][..width];
            for entry in rows.row(*row).ids.iter().map(|entry| *entry as usize) {
                own[entry / BLOCK][entry % BLOCK / 64] |= 1 << (entry % 64);
            }
        }
        Ok(Self {
            n: numbers.len(),
            width,
            blocks,
        })
    }

    /// Counts of `subjects` with themselves and all rows of higher numbers.
    pub fn count(&self, subjects: Range<usize>, into: &mut Counts) {
        (into.first, into.n) = (subjects.start, self.n);
        into.common.resize(subjects.len() * self.n, 0);
        run_wide(Count {
            sets: self,
            subjects,
            counts: &mut into.common,
        });
    }

    #[inline(always)]
    fn row(&self, number: usize) -> &[Block] {
        &self.blocks[number * self.width..][..self.width]
    }
}

/// See [`Sets::count`].
struct Count<'a> {
    sets: &'a Sets,
    subjects: Range<usize>,
    counts: &'a mut [u32],
}

impl Kernel for Count<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (first, last) = (self.subjects.start, self.subjects.end - 1);
        for other in first..self.sets.n {
            for group in self.subjects.clone().step_by(AT_ONCE) {
                // Beyond the last one it is counted again.
                let rows: [&[Block]; AT_ONCE] = std::array::from_fn(|k| self.sets.row((group + k).min(last)));
                let counts = common(rows, self.sets.row(other));
                for (k, count) in counts.into_iter().enumerate().take(last + 1 - group) {
                    self.counts[(group + k - first) * self.sets.n + other] = count;
                }
            }
        }
    }
}

/// How many bits each of `rows` has in common with `other`.
#[inline(always)]
fn common<const N: usize>(rows: [&[Block]; N], other: &[Block]) -> [u32; N] {
    let mut sums = [[0; 8]; N];
    let rows = rows.map(|row| &row[..other.len()]);
    for at in 0..other.len() {
        for k in 0..N {
            for word in 0..8 {
                sums[k][word] += u64::from((rows[k][at][word] & other[at][word]).count_ones());
            }
        }
    }
    sums.map(|sums| sums.iter().sum::<u64>() as u32)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::super::rows::{EditedRows, Side, SideStats};
    use super::*;
    use crate::data::{Edits, LoadOptions, Source, load};
    use crate::task::Task;

    #[test]
    fn what_is_counted_is_what_both_have() {
        let (n_items, n_users) = (21, 1100);
        let rated = |user: usize, item: usize| (user * 7919 + item * item * 104_729).is_multiple_of(item + 2);
        let mut text = String::from("user,item,rating\n");
        for user in 0..n_users {
            let items = (0..n_items).filter(|item| rated(user, *item));
            text.extend(items.map(|item| format!("{user},{item},1\n")));
        }
        let source = Source::Bytes {
            name: "sets.csv".to_owned(),
            bytes: text.into_bytes(),
        };
        let data = Arc::new(load(&source, &LoadOptions::default(), &Task::unattended()).unwrap());
        let overlay = EditedRows::new(&data, Side::Items, &Arc::new(Edits::default()), None);
        let stats = SideStats::of(&data, Side::Items);
        let rows = Rows {
            data: &data,
            side: Side::Items,
            stats: &stats,
            overlay: &overlay,
            baselines: None,
            center: 0.0,
        };
        let numbers: Vec<u32> = (0..rows.len() as u32).rev().collect();
        let sets = Sets::of(&rows, &numbers, &Cancel::new()).unwrap();
        let mut counts = Counts::default();
        for subjects in [0..16, 3..4, 15..21] {
            sets.count(subjects.clone(), &mut counts);
            for number in subjects {
                for other in number..numbers.len() {
                    let [a, b] = [number, other].map(|at| rows.row(numbers[at]).ids);
                    let common = a.iter().filter(|entry| b.contains(entry)).count();
                    assert_eq!(counts.of(number, other), common as u64, "{number} {other}");
                }
            }
        }
        assert!(n_users > BLOCK && counts.of(20, 20) > 0);
    }

    #[test]
    fn sets_are_worth_it_where_many_ratings_are_saved() {
        // Everybody rated the first rows, nobody the others.
        let line: Vec<u32> = (0..10).collect();
        let lines = std::iter::repeat_n(&line[..], 1000);
        assert_eq!(Sets::worth(lines, (5000, 1000)), 10);
        assert_eq!(Sets::worth(std::iter::once(&line[..]), (5000, 1_000_000)), 0);
    }
}
