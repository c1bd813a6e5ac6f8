//! Small dense systems in 64 bits: a product, a sum of squares, a factorization, a solution.

use crate::models::wide::{Kernel, Lanes, Shaped, run_shaped, run_wide};
use crate::task::{Cancel, Cancelled};

/// As many `f64` as a register row has; see [`Lanes`].
const WIDE: usize = 8;

/// Rows added at a time, between two checks for cancellation: as many as fit into the L1 cache.
const BLOCK: usize = 32;

/// From one panel of a block to the next: panels a power of two apart would share a few places of that cache.
const APART: usize = BLOCK + 1;

/// A symmetric d × d matrix, being accumulated: row-major, rows as long as register rows need, of which only the upper
/// triangle counts.
#[derive(Clone)]
pub(crate) struct Squares {
    width: usize,
    upper: Vec<[f64; WIDE]>,
}

/// Buffers of [`Squares::of_sum`], reused from matrix to matrix.
#[derive(Default)]
pub(crate) struct Panels {
    plain: Vec<[f64; WIDE]>,
    weighted: Vec<[f64; WIDE]>,
}

impl Squares {
    pub fn zero(width: usize) -> Self {
        let across = width.div_ceil(WIDE);
        Self {
            width,
            upper: vec![[0.0; WIDE]; across * WIDE * across],
        }
    }

    /// Adds Σ weight(k)·x_k x_kᵀ over the contiguous rows x_k. O(n·d²).
    pub fn add(&mut self, rows: &[f64], weight: impl Fn(usize) -> f64, cancel: &Cancel) -> Result<(), Cancelled> {
        self.accumulate(None, rows, weight, &mut Panels::default(), cancel)
    }

    /// Becomes `other` + Σ weight(k)·x_k x_kᵀ, as [`Squares::add`] to a copy of it would, without copying.
    pub fn of_sum(
        &mut self,
        other: &Self,
        (rows, weight): (&[f64], impl Fn(usize) -> f64),
        panels: &mut Panels,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        if rows.is_empty() {
            self.upper.clone_from(&other.upper);
        }
        self.accumulate(Some(&other.upper), rows, weight, panels, cancel)
    }

    fn accumulate(
        &mut self,
        mut from: Option<&[[f64; WIDE]]>,
        rows: &[f64],
        weight: impl Fn(usize) -> f64,
        Panels { plain, weighted }: &mut Panels,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        for panels in [&mut *plain, weighted] {
            panels.resize(self.width.div_ceil(WIDE) * APART, [0.0; WIDE]);
        }
        for (block, rows) in rows.chunks(BLOCK * self.width.max(1)).enumerate() {
            cancel.check()?;
            let mut weights = [0.0; BLOCK];
            let n = rows.len() / self.width;
            (0..n).for_each(|k| weights[k] = weight(block * BLOCK + k));
            run_shaped(Accumulate {
                squares: self,
                from: from.take(),
                rows,
                weights: &weights[..n],
                plain,
                weighted,
            });
        }
        Ok(())
    }

    pub fn add_to_diagonal(&mut self, lambda: f64) {
        let across = self.width.div_ceil(WIDE);
        for k in 0..self.width {
            self.upper[k * across + k / WIDE][k % WIDE] += lambda;
        }
    }

    /// A = UᵀU, A positive definite. A pivot that rounds to 0 or below counts as the smallest positive number. O(d³/3).
    pub fn factorize(mut self) -> Cholesky {
        run_shaped(Factorize(&mut self));
        Cholesky(self)
    }
}

/// Adds the products of at most [`BLOCK`] rows. The buffers are for them in panels of [`WIDE`] factors, as they are and
/// weighted.
struct Accumulate<'a> {
    squares: &'a mut Squares,
    /// What they are added to, where that is another matrix.
    from: Option<&'a [[f64; WIDE]]>,
    rows: &'a [f64],
    weights: &'a [f64],
    plain: &'a mut [[f64; WIDE]],
    weighted: &'a mut [[f64; WIDE]],
}

impl Shaped for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) {
        let (width, n) = (self.squares.width, self.weights.len());
        let across = width.div_ceil(WIDE);
        for (at, (row, weight)) in self.rows.chunks_exact(width).zip(self.weights).enumerate() {
            let (whole, rest) = row.as_chunks::<WIDE>();
            let mut last = [0.0; WIDE];
            last[..rest.len()].copy_from_slice(rest);
            for (panel, numbers) in whole.iter().chain([&last]).enumerate().take(across) {
                let place = panel * APART + at;
                self.plain[place] = *numbers;
                scale(lanes, &mut self.weighted[place], *weight, numbers);
            }
        }
        for (above, left) in self.plain.chunks_exact(APART).enumerate() {
            let left = &left[..n];
            let mut beside = above;
            while beside < across {
                let right = |c: usize| &self.weighted[(beside + c) * APART..][..n];
                let at = above * WIDE * across + beside;
                let (to, from) = (&mut self.squares.upper[at..], self.from.map(|from| &from[at..]));
                // As many sums at a time as there are registers.
                if <S as Lanes<f64>>::ROWS < 32 {
                    add_tile::<S, 4, 1>(lanes, (left, 0), [right(0)], to, (from, across));
                    add_tile::<S, 4, 1>(lanes, (left, 4), [right(0)], to, (from, across));
                    beside += 1;
                } else if beside + 1 < across {
                    add_tile::<S, 8, 2>(lanes, (left, 0), [right(0), right(1)], to, (from, across));
                    beside += 2;
                } else {
                    add_tile::<S, 8, 1>(lanes, (left, 0), [right(0)], to, (from, across));
                    beside += 1;
                }
            }
        }
    }
}

/// to ← by·numbers.
#[inline(always)]
fn scale<S: Lanes<f64>>(lanes: S, to: &mut [f64; WIDE], by: f64, numbers: &[f64; WIDE]) {
    lanes.store(lanes.multiply(lanes.splat(by), lanes.load(numbers)), to);
}

/// to ← to + by·numbers.
#[inline(always)]
fn add_scaled<S: Lanes<f64>>(lanes: S, to: &mut [f64; WIDE], by: f64, numbers: &[f64; WIDE]) {
    let product = lanes.multiply(lanes.splat(by), lanes.load(numbers));
    lanes.store(lanes.add(lanes.load(to), product), to);
}

/// Adds to `ROWS` rows from `first` on of `ACROSS` tiles side by side, or to those of another matrix, product by product; the
/// tiles' rows are `across` apart.
#[inline(always)]
fn add_tile<S: Lanes<f64>, const ROWS: usize, const ACROSS: usize>(
    lanes: S,
    (left, first): (&[[f64; WIDE]], usize),
    right: [&[[f64; WIDE]]; ACROSS],
    to: &mut [[f64; WIDE]],
    (from, across): (Option<&[[f64; WIDE]]>, usize),
) {
    let mut sums = [[lanes.splat(0.0); ACROSS]; ROWS];
    for (r, sums) in sums.iter_mut().enumerate() {
        for (c, sum) in sums.iter_mut().enumerate() {
            *sum = lanes.load(&from.unwrap_or(to)[(first + r) * across + c]);
        }
    }
    for (k, left) in left.iter().enumerate() {
        let mut numbers = [lanes.splat(0.0); ACROSS];
        for c in 0..ACROSS {
            numbers[c] = lanes.load(&right[c][k]);
        }
        for r in 0..ROWS {
            let x = lanes.splat(left[first + r]);
            for c in 0..ACROSS {
                sums[r][c] = lanes.add(sums[r][c], lanes.multiply(x, numbers[c]));
            }
        }
    }
    for (r, sums) in sums.into_iter().enumerate() {
        for (c, sum) in sums.into_iter().enumerate() {
            lanes.store(sum, &mut to[(first + r) * across + c]);
        }
    }
}

/// Takes the products of the first `done` rows off `ROWS` rows from `row` on, in column `beside` of register rows.
#[inline(always)]
fn take_off<S: Lanes<f64>, const ROWS: usize>(
    lanes: S,
    upper: &mut [[f64; WIDE]],
    (done, row): (usize, usize),
    (beside, across): (usize, usize),
) {
    let mut sums = [lanes.splat(0.0); ROWS];
    for k in upper.chunks_exact(across).take(done) {
        let y = lanes.load(&k[beside]);
        for r in 0..ROWS {
            let x = k[row / WIDE][row % WIDE + r];
            sums[r] = lanes.add(sums[r], lanes.multiply(lanes.splat(x), y));
        }
    }
    for r in 0..ROWS {
        let to = &mut upper[(row + r) * across + beside];
        let sum = lanes.multiply(lanes.splat(-1.0), sums[r]);
        lanes.store(lanes.add(lanes.load(to), sum), to);
    }
}

struct Factorize<'a>(&'a mut Squares);

impl Shaped for Factorize<'_> {
    type Output = ();

    /// [`WIDE`] rows at a time. What a row has left of its diagonal is of no use afterwards.
    #[inline(always)]
    fn run<S: Lanes<f32> + Lanes<f64>>(self, lanes: S) {
        let (width, upper) = (self.0.width, &mut self.0.upper);
        let across = width.div_ceil(WIDE);
        for above in 0..across {
            let first = above * WIDE;
            for beside in above..across {
                if <S as Lanes<f64>>::ROWS >= 32 {
                    take_off::<S, 8>(lanes, upper, (first, first), (beside, across));
                } else {
                    take_off::<S, 4>(lanes, upper, (first, first), (beside, across));
                    take_off::<S, 4>(lanes, upper, (first, first + 4), (beside, across));
                }
            }
            for i in first..width.min(first + WIDE) {
                let (own, below) = upper[i * across..(first + WIDE) * across].split_at_mut(across);
                let pivot = 1.0 / own[above][i - first].max(f64::MIN_POSITIVE).sqrt();
                for numbers in &mut own[above..] {
                    let unscaled = *numbers;
                    scale(lanes, numbers, pivot, &unscaled);
                }
                for (row, below) in (i + 1..).zip(below.chunks_exact_mut(across)) {
                    let by = -own[above][row - first];
                    for (to, numbers) in below[above..].iter_mut().zip(&own[above..]) {
                        add_scaled(lanes, to, by, numbers);
                    }
                }
                // The diagonal is kept inverted, as it is only divided by.
                own[above][i - first] = pivot;
            }
        }
    }
}

/// The Cholesky factor of a symmetric positive definite matrix, in its place.
pub(crate) struct Cholesky(Squares);

impl Cholesky {
    /// Factorizes a matrix given in full or by its lower triangle; see [`Squares::factorize`].
    pub fn of(lower: Vec<f64>, width: usize) -> Self {
        let mut squares = Squares::zero(width);
        let across = width.div_ceil(WIDE) * WIDE;
        let upper = squares.upper.as_flattened_mut();
        for (i, row) in lower.chunks_exact(width.max(1)).enumerate() {
            (0..=i).for_each(|j| upper[j * across + i] = row[j]);
        }
        squares.factorize()
    }

    /// The room that it takes, for another matrix.
    pub fn into_room(self) -> Squares {
        self.0
    }

    /// x ← A⁻¹ x. O(d²).
    pub fn solve(&self, x: &mut [f64]) {
        run_wide(Solve(&self.0, x));
    }
}

struct Solve<'a>(&'a Squares, &'a mut [f64]);

impl Kernel for Solve<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self(Squares { width, upper }, x) = self;
        let across = width.div_ceil(WIDE) * WIDE;
        let rows = || {
            upper
                .as_flattened()
                .chunks_exact(across.max(1))
                .enumerate()
                .take(*width)
        };
        for (i, row) in rows() {
            x[i] *= row[i];
            let known = x[i];
            x[i + 1..]
                .iter_mut()
                .zip(&row[i + 1..])
                .for_each(|(x, u)| *x -= known * u);
        }
        for (i, row) in rows().rev() {
            x[i] = (x[i] - dot(&row[i + 1..*width], &x[i + 1..])) * row[i];
        }
    }
}

/// a·b in 64 bits, in four partial sums; both of the same length.
#[inline(always)]
pub(in crate::models) fn dot<T: Copy + Into<f64>>(a: &[f64], b: &[T]) -> f64 {
    let (fours_a, last_a) = a.as_chunks::<4>();
    let (fours_b, last_b) = b.as_chunks::<4>();
    let mut strands = [0.0; 4];
    for (a, b) in fours_a.iter().zip(fours_b) {
        for k in 0..4 {
            strands[k] += a[k] * b[k].into();
        }
    }
    let tail: f64 = last_a.iter().zip(last_b).map(|(a, b)| a * (*b).into()).sum();
    (strands[0] + strands[2]) + (strands[1] + strands[3]) + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weighted_sum_of_squares_is_what_loops_make_of_it() {
        for (n, d) in [(1, 6), (3, 5), (4, 4), (300, 3), (50, 12), (130, 37)] {
            let number = |k: usize| ((k * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
            let rows: Vec<f64> = (0..n * d).map(number).collect();
            let weight = |k: usize| 0.5 + (k % 7) as f64;
            let mut squares = Squares::zero(d);
            squares.add(&rows, weight, &Cancel::new()).unwrap();
            squares.add_to_diagonal(2.0);
            // The same, added to a matrix that has the diagonal already.
            let (mut diagonal, mut sum) = (Squares::zero(d), Squares::zero(d));
            diagonal.add_to_diagonal(2.0);
            let entries = (&*rows, weight);
            sum.of_sum(&diagonal, entries, &mut Panels::default(), &Cancel::new())
                .unwrap();
            let naive = |a: usize, b: usize| {
                let sum: f64 = (0..n).map(|k| weight(k) * rows[k * d + a] * rows[k * d + b]).sum();
                sum + if a == b { 2.0 } else { 0.0 }
            };
            let x: Vec<f64> = (0..d).map(|k| number(k + 40)).collect();
            let image: Vec<f64> = (0..d).map(|a| (0..d).map(|b| naive(a, b) * x[b]).sum()).collect();
            for squares in [squares, sum] {
                let mut solution = image.clone();
                squares.factorize().solve(&mut solution);
                for (seen, expected) in solution.iter().zip(&x) {
                    assert!((seen - expected).abs() < 1e-9, "{n}×{d}: {seen} {expected}");
                }
            }
        }
    }
}
