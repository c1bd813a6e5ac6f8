//! Counts and sums of products, packed into a word for every row.

use super::ids::Id;
use super::numbered::Line;
use crate::models::wide::{Kernel, run_wide};

/// Count and sum of products in one word: below the lowest bit of the count is the sum, in two's complement, which borrows
/// from it.
pub(super) trait Word: Copy + Default + PartialEq {
    /// One entry with this product.
    fn entry(product: i32, shift: u32) -> Self;

    fn plus(self, other: Self) -> Self;

    /// Count and sum.
    fn parts(self, shift: u32) -> (u64, i64);
}

macro_rules! word {
    ($word:ty, $signed:ty) => {
        impl Word for $word {
            #[inline(always)]
            fn entry(product: i32, shift: u32) -> Self {
                ((1 as $word) << shift).wrapping_add(product as $word)
            }

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self.wrapping_add(other)
            }

            #[inline(always)]
            fn parts(self, shift: u32) -> (u64, i64) {
                let above = <$word>::BITS - shift;
                let sum = ((self << above) as $signed) >> above;
                (
                    u64::from(self.wrapping_sub(sum as $word) >> shift),
                    i64::from(sum),
                )
            }
        }
    };
}

word!(u32, i32);
word!(u64, i64);

/// Sums of the products of one row with all others, by number.
pub(super) struct Packed<W> {
    /// The lowest bit of the count.
    shift: u32,
    /// So many bits of every product are dropped.
    dropped: u32,
    words: Vec<W>,
}

/// Sums of rows of few ratings, in half the memory.
pub(super) type SmallSums = Packed<u32>;

/// Sums of any rows.
pub(super) type LongSums = Packed<u64>;

/// The lowest bit of the count of long rows: products have 15 bits, and rows less than 2²⁴ ratings.
const LONG: u32 = 40;

/// The lowest bit of the count of small sums, and how many entries a pair may have, where no product is more than that.
fn layout(most_product: i64) -> (u32, usize) {
    let fits = |shift: u32| {
        let sum = ((1i64 << (shift - 1)) - 1) / most_product.max(1);
        (shift, ((1i64 << (32 - shift)) - 1).min(sum).max(0) as usize)
    };
    (2..31).map(fits).max_by_key(|(_, entries)| *entries).unwrap_or((16, 0))
}

impl LongSums {
    pub fn long(dropped: u32, rows: usize) -> Self {
        Self {
            shift: LONG,
            dropped,
            words: vec![0; rows],
        }
    }
}

impl<W: Word> Packed<W> {
    /// Adds an entry for everyone who rated it, with `factor` times their numbers.
    #[inline]
    pub fn add_line<I: Id>(&mut self, factor: i32, (ids, numbers): Line<'_, I>) {
        if numbers.is_empty() {
            run_wide(AddOnes {
                entry: self.entry(factor, 1),
                words: &mut self.words,
                ids,
            });
        } else {
            run_wide(AddLine {
                sums: self,
                factor,
                line: (ids, numbers),
            });
        }
    }

    #[inline(always)]
    fn entry(&self, factor: i32, number: i16) -> W {
        let half = (1 << self.dropped) >> 1;
        W::entry((factor * i32::from(number) + half) >> self.dropped, self.shift)
    }

    /// The number of co-rated entries and the sum of their products, in units.
    #[inline]
    pub fn whole(&self, at: usize) -> (u64, i64) {
        self.words[at].parts(self.shift)
    }

    pub fn clear(&mut self, at: usize) {
        self.words[at] = W::default();
    }

    pub fn clear_from(&mut self, first: usize) {
        self.words[first..].fill(W::default());
    }
}

/// See [`Packed::add_line`].
struct AddLine<'a, W, I> {
    sums: &'a mut Packed<W>,
    factor: i32,
    line: Line<'a, I>,
}

/// See [`Packed::add_line`], where all numbers are 1.
struct AddOnes<'a, W, I> {
    entry: W,
    words: &'a mut [W],
    ids: &'a [I],
}

const AT_ONCE: usize = 16;

impl<W: Word, I: Id> Kernel for AddOnes<'_, W, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for id in self.ids {
            let word = &mut self.words[id.at()];
            *word = word.plus(self.entry);
        }
    }
}

impl<W: Word, I: Id> Kernel for AddLine<'_, W, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self { sums, factor, line } = self;
        let (ids, last_ids) = line.0.as_chunks::<AT_ONCE>();
        let (numbers, last_numbers) = line.1.as_chunks::<AT_ONCE>();
        for (ids, numbers) in ids.iter().zip(numbers) {
            let mut entries = [W::default(); AT_ONCE];
            for k in 0..AT_ONCE {
                entries[k] = sums.entry(factor, numbers[k]);
            }
            for k in 0..AT_ONCE {
                let word = &mut sums.words[ids[k].at()];
                *word = word.plus(entries[k]);
            }
        }
        for (id, number) in last_ids.iter().zip(last_numbers) {
            let entry = sums.entry(factor, *number);
            let word = &mut sums.words[id.at()];
            *word = word.plus(entry);
        }
    }
}

/// When a pair is of use: with at least `support` entries, and where the sum (with `slack` for each entry above what is
/// packed) times n / (n + shrinkage) reaches a bound.
#[derive(Clone, Copy, Debug)]
pub(super) struct Useful {
    pub support: f32,
    pub slack: f32,
    pub shrinkage: f32,
}

impl Useful {
    #[inline(always)]
    #[allow(clippy::needless_bitwise_bool)]
    fn is(self, word: u32, shift: u32, theirs: f32, ours: f32) -> bool {
        let above = 32 - shift;
        let sum = ((word << above) as i32) >> above;
        let n = (word.wrapping_sub(sum as u32) >> shift) as i32 as f32;
        let most = sum as f32 + self.slack * n;
        let least = if theirs < ours { theirs } else { ours };
        // No short cuts: for vectors.
        (n >= self.support) & (most > 0.0) & (most * n >= least * (n + self.shrinkage))
    }
}

impl SmallSums {
    pub fn small(dropped: u32, most_product: i64, rows: usize) -> Self {
        Self {
            shift: layout(most_product).0,
            dropped,
            words: vec![0; rows],
        }
    }

    /// How many entries a pair may have where no product is more than that.
    pub fn most_entries(most_product: i64) -> usize {
        layout(most_product).1
    }

    /// As [`Packed::add_line`]; the rows that had no entry before are added to `met`.
    pub fn add_short_line<I: Id>(&mut self, factor: i32, (ids, numbers): Line<'_, I>, met: &mut Vec<u32>) {
        for (at, id) in ids.iter().enumerate() {
            let entry = self.entry(factor, numbers.get(at).copied().unwrap_or(1));
            let word = &mut self.words[id.at()];
            if *word == 0 {
                met.push(id.at() as u32);
            }
            *word = word.plus(entry);
        }
    }

    /// Adds the rows from `first` to before `last` that are of use to `found`, whose bound is the lower of `reaches` times
    /// `norm` and `reach` times `norms`.
    pub fn promising(
        &self,
        (first, last): (usize, usize),
        useful: Useful,
        (reaches, norm): (&[f32], f32),
        (norms, reach): (&[f32], f32),
        found: &mut Vec<u32>,
    ) {
        run_wide(Promising {
            words: &self.words[first..last],
            shift: self.shift,
            useful,
            reaches: (&reaches[first..last], norm),
            norms: (&norms[first..last], reach),
            first,
            found,
        });
    }
}

/// See [`SmallSums::promising`].
struct Promising<'a> {
    words: &'a [u32],
    shift: u32,
    useful: Useful,
    reaches: (&'a [f32], f32),
    norms: (&'a [f32], f32),
    first: usize,
    found: &'a mut Vec<u32>,
}

impl Kernel for Promising<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (shift, useful, (reaches, norm), (norms, reach)) = (self.shift, self.useful, self.reaches, self.norms);
        let is = |word: u32, theirs: f32, length: f32| useful.is(word, shift, theirs * norm, reach * length);
        let (words, last_words) = self.words.as_chunks::<AT_ONCE>();
        let (reaches, last_reaches) = reaches.as_chunks::<AT_ONCE>();
        let (norms, last_norms) = norms.as_chunks::<AT_ONCE>();
        for (block, ((words, theirs), lengths)) in words.iter().zip(reaches).zip(norms).enumerate() {
            let mut any = false;
            for k in 0..AT_ONCE {
                any |= useful.is(words[k], shift, theirs[k] * norm, reach * lengths[k]);
            }
            if any {
                let found = (0..AT_ONCE).filter(|k| is(words[*k], theirs[*k], lengths[*k]));
                let begin = self.first + block * AT_ONCE;
                self.found.extend(found.map(|k| (begin + k) as u32));
            }
        }
        let begin = self.first + words.len() * AT_ONCE;
        for (at, ((word, theirs), length)) in last_words.iter().zip(last_reaches).zip(last_norms).enumerate() {
            if is(*word, *theirs, *length) {
                self.found.push((begin + at) as u32);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_right_up_to_the_most_entries_whatever_their_sign() {
        for steps in [vec![1i16], vec![2, 10], vec![-127, 3, 127], vec![0], vec![-10, 0]] {
            let most_step = steps.iter().map(|s| i64::from(*s).abs()).max().unwrap();
            let most = SmallSums::most_entries(most_step * most_step);
            assert!(most >= 128, "{steps:?}: {most}");
            let mut small = SmallSums::small(0, most_step * most_step, 1);
            let mut long = LongSums::long(0, 1);
            // The extremes, then a mixture; the last line fills up what is left.
            let (mut n, mut wanted) = (0, 0);
            for (round, entries) in [most / 2, most / 4, most - most / 2 - most / 4].into_iter().enumerate() {
                let x = i32::from(steps[if round < 2 { 0 } else { steps.len() - 1 }]);
                let numbers: Vec<i16> = (0..entries)
                    .map(|k| steps[if round < 2 { 0 } else { k % steps.len() }])
                    .collect();
                let ids = vec![0u32; entries];
                small.add_line(x, (&ids, &numbers));
                long.add_line(x, (&ids, &numbers));
                n += entries as u64;
                wanted += numbers.iter().map(|y| i64::from(x * i32::from(*y))).sum::<i64>();
                assert_eq!(small.whole(0), (n, wanted), "{steps:?}");
                assert_eq!(long.whole(0), (n, wanted), "{steps:?}");
            }
            assert_eq!(n, most as u64);
        }
    }

    #[test]
    fn dropped_bits_are_rounded() {
        let (ids, numbers): (Vec<u32>, Vec<i16>) = (0..40).map(|k| (k as u32 % 2, (k * 1601 - 32000) as i16)).unzip();
        let (mut small, mut long) = (SmallSums::small(21, 512, 2), LongSums::long(15, 2));
        let mut wanted = [(0, 0.0); 2];
        for factor in [32769, -7, 12345] {
            small.add_line(factor, (&ids, &numbers));
            long.add_line(factor, (&ids, &numbers));
            for (id, number) in ids.iter().zip(&numbers) {
                wanted[*id as usize].0 += 1;
                wanted[*id as usize].1 += f64::from(factor) * f64::from(*number);
            }
        }
        for (at, (n, sum)) in wanted.into_iter().enumerate() {
            for ((counted, seen), unit) in [(small.whole(at), 1 << 21), (long.whole(at), 1 << 15)] {
                assert_eq!(counted, n);
                let off = seen as f64 - sum / f64::from(unit);
                assert!(off.abs() <= 0.5 * n as f64, "{off} of {n}");
            }
        }
    }

    #[test]
    fn whatever_reaches_a_bound_is_found() {
        let ids: Vec<u32> = (1..67).collect();
        let numbers: Vec<i16> = ids.iter().map(|id| [-2, 0, 1, 5, 9][*id as usize * 7 % 5]).collect();
        let mut sums = SmallSums::small(0, 81, 67);
        let mut met = Vec::new();
        sums.add_short_line(1, (&ids, &numbers), &mut met);
        sums.add_short_line(3, (&ids[20..], &numbers[20..]), &mut met);
        assert_eq!(met, ids);
        // Where all numbers are 1 none are given.
        let (mut ones, mut none) = (SmallSums::small(0, 81, 67), SmallSums::small(0, 81, 67));
        let narrow: Vec<u16> = ids.iter().map(|id| *id as u16).collect();
        for factor in [1, 3] {
            ones.add_line(factor, (&ids, &vec![1; ids.len()]));
            none.add_line(factor, (&narrow, &[]));
            ones.add_short_line(factor, (&narrow, &vec![1; ids.len()]), &mut Vec::new());
            none.add_short_line(factor, (&ids, &[]), &mut Vec::new());
        }
        assert_eq!(ones.words, none.words);
        let reaches: Vec<f32> = (0..67).map(|id| (id % 11) as f32 * 2.0).collect();
        let norms: Vec<f32> = (0..67).map(|id| (id % 13) as f32).collect();
        for (support, slack, shrinkage) in [(1.0, 0.0, 0.0), (2.0, 0.0, 0.0), (1.0, 0.75, 3.0)] {
            let useful = Useful {
                support,
                slack,
                shrinkage,
            };
            for (norm, reach, first) in [(1.5, 2.0, 0), (0.0, 2.0, 3), (3.0, 100.0, 40), (9.0, 9.0, 66)] {
                let mut found = Vec::new();
                sums.promising((first, 67), useful, (&reaches, norm), (&norms, reach), &mut found);
                let wanted = (first..67).filter(|at| {
                    let (n, sum) = sums.whole(*at);
                    let (n, sum) = (n as f32, sum as f32);
                    let most = (sum + slack * n) * n / (n + shrinkage);
                    n >= support && most > 0.0 && (most >= reaches[*at] * norm || most >= reach * norms[*at])
                });
                assert_eq!(found, wanted.map(|at| at as u32).collect::<Vec<_>>());
            }
        }
        sums.clear(5);
        sums.clear_from(60);
        assert_eq!((sums.whole(5), sums.whole(66)), ((0, 0), (0, 0)));
    }
}
