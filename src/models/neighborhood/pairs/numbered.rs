//! The rows of a side by number, and the values of every entry in these numbers.

use std::cmp::Reverse;
use std::mem;
use std::ops::Range;

use super::super::rows::Rows;
use super::ids::Id;
use super::sets::Sets;
use super::steps::Steps;
use crate::task::{Cancel, Cancelled, fetch};

/// Numbers of rows, and what stands for their values; none where all are 1.
pub(super) type Line<'a, I> = (&'a [I], &'a [i16]);

/// The rows numbered by how many ratings they have, most first, and the values of every entry in these numbers. A few rows
/// have most of the ratings: their sums are adjacent then and stay in the processor's cache.
pub(super) struct Numbered<I> {
    pub rows: Vec<u32>,
    /// So many rows, the first, have more ratings than small sums hold, or are compared with each other as sets.
    pub n_long: usize,
    /// Where the ratings of each entry end.
    ends: Vec<u32>,
    /// Where those of the other rows begin.
    splits: Vec<u32>,
    /// By entry the numbers of the rows that it rated, ascending.
    numbers: Vec<I>,
    /// Empty where all are 1.
    values: Vec<i16>,
}

impl<I: Id> Numbered<I> {
    /// Rows of more than `most` ratings are long. Takes two to six bytes per rating.
    pub fn of(rows: &Rows<'_>, steps: &Steps<'_>, most: usize, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut order: Vec<u32> = (0..rows.len() as u32).collect();
        order.sort_by_key(|row| Reverse(rows.row(*row).len()));
        let mut n_long = order.partition_point(|row| rows.row(*row).len() > most);
        let mut next = Vec::with_capacity(rows.entries());
        let mut total = 0;
        for entry in 0..rows.entries() as u32 {
            next.push(total as u32);
            total += rows.line(entry).len();
        }
        let mut numbers = vec![I::default(); total];
        let mut values = vec![0; if steps.is_set() { 0 } else { total }];
        for (number, row) in order.iter().enumerate() {
            cancel.check()?;
            for (entry, value) in steps.values(*row) {
                let slot = &mut next[entry as usize];
                numbers[*slot as usize] = I::of(number);
                if let Some(kept) = values.get_mut(*slot as usize) {
                    *kept = steps.number(entry, value);
                }
                *slot += 1;
            }
        }
        // Every next slot has moved to its end.
        let ends = next;
        let ranges = || {
            ends.iter()
                .scan(0, |begin, end| Some(mem::replace(begin, *end) as usize..*end as usize))
        };
        if steps.is_set() {
            let lines = ranges().map(|range| &numbers[range]);
            n_long = n_long.max(Sets::worth(lines, (order.len(), rows.entries())));
        }
        let short = |range: Range<usize>| {
            let long = numbers[range.clone()].partition_point(|number| number.at() < n_long);
            (range.start + long) as u32
        };
        let splits = ranges().map(short).collect();
        Ok(Self {
            rows: order,
            n_long,
            ends,
            splits,
            numbers,
            values,
        })
    }

    pub fn n_ratings(&self) -> usize {
        self.numbers.len()
    }

    /// Where the ratings of each entry begin that are of rows numbered so high that there are none, to begin
    /// [`Numbered::rewind`] with.
    pub fn starts(&self) -> Vec<u32> {
        self.ends.clone()
    }

    /// Moves the starts of `entries` to their ratings in the rows numbered above `number`; it must have been higher before.
    /// How many ratings that are.
    pub fn rewind(&self, entries: &[u32], number: usize, starts: &mut [u32]) -> usize {
        let mut all = 0;
        for &entry in entries {
            let first = match entry {
                0 => 0,
                _ => self.ends[entry as usize - 1],
            };
            let start = &mut starts[entry as usize];
            while *start > first && self.numbers[*start as usize - 1].at() > number {
                *start -= 1;
            }
            all += self.ends[entry as usize] - *start;
        }
        all as usize
    }

    /// Where the ratings of `entry` in rows that are not long begin.
    pub fn split(&self, entry: u32) -> u32 {
        self.splits[entry as usize]
    }

    /// Of the ratings of `entry` from `start` on those in long rows, and the others.
    pub fn lines(&self, entry: u32, start: u32) -> (Line<'_, I>, Line<'_, I>) {
        let (end, split) = (self.ends[entry as usize], self.splits[entry as usize].max(start));
        (self.line(start..split), self.line(split..end))
    }

    /// Asks for where the ratings of `entry` stand, which is soon read.
    #[inline]
    pub fn fetch_bounds(&self, entry: u32) {
        fetch(&self.ends, entry as usize);
        fetch(&self.splits, entry as usize);
    }

    /// Asks for the ratings from `start` on, which are soon read.
    #[inline]
    pub fn fetch(&self, start: u32) {
        fetch(&self.numbers, start as usize);
        fetch(&self.numbers, start as usize + 16);
        fetch(&self.values, start as usize);
    }

    fn line(&self, range: Range<u32>) -> Line<'_, I> {
        let range = range.start as usize..range.end as usize;
        (&self.numbers[range.clone()], self.values.get(range).unwrap_or_default())
    }
}
