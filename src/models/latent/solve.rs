//! Small dense systems in 64 bits: a product, a sum of squares, a factorization, a solution.

use crate::models::wide::{Kernel, Lanes, Shaped, run_shaped, run_wide};
use crate::task::{Cancel, Cancelled};

/// As many `f64` as a register row has; see [`Lanes`].
const WIDE: usize = 8;

/// Rows added at a time, between two checks for cancellation: as many as fit into the L1 cache.
const BLOCK: usize = 64;

/// A symmetric d × d matrix, being accumulated: row-major, rows as long as register rows need, of which only the lower
/// triangle counts.
#[derive(Clone)]
pub(crate) struct Squares {
    width: usize,
    lower: Vec<[f64; WIDE]>,
}

impl Squares {
    pub fn zero(width: usize) -> Self {
        let across = width.div_ceil(WIDE);
        Self {
            width,
            lower: vec![[0.0; WIDE]; across * WIDE * across],
        }
    }

    /// Adds Σ weight(k)·x_k x_kᵀ over the contiguous rows x_k. O(n·d²).
    pub fn add(&mut self, rows: &[f64], weight: impl Fn(usize) -> f64, cancel: &Cancel) -> Result<(), Cancelled> {
        let panels = self.width.div_ceil(WIDE) * BLOCK;
        let (mut plain, mut weighted) = (vec![[0.0; WIDE]; panels], vec![[0.0; WIDE]; panels]);
        for (block, rows) in rows.chunks(BLOCK * self.width.max(1)).enumerate() {
            cancel.check()?;
            let mut weights = [0.0; BLOCK];
            let n = rows.len() / self.width;
            (0..n).for_each(|k| weights[k] = weight(block * BLOCK + k));
            run_shaped(Accumulate {
                squares: self,
                rows,
                weights: &weights[..n],
                plain: &mut plain,
                weighted: &mut weighted,
            });
        }
        Ok(())
    }

    pub fn add_to_diagonal(&mut self, lambda: f64) {
        let across = self.width.div_ceil(WIDE);
        for k in 0..self.width {
            self.lower[k * across + k / WIDE][k % WIDE] += lambda;
        }
    }

    /// A = LLᵀ, A positive definite. A pivot that rounds to 0 or below counts as the smallest positive number. O(d³/3).
    pub fn factorize(self) -> Cholesky {
        run_wide(Factorize(self))
    }
}

/// Adds the products of at most [`BLOCK`] rows. The buffers are for them in panels of [`WIDE`] factors, as they are and
/// weighted.
struct Accumulate<'a> {
    squares: &'a mut Squares,
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
                let place = panel * BLOCK + at;
                self.plain[place] = *numbers;
                scale(lanes, &mut self.weighted[place], *weight, numbers);
            }
        }
        let squares = &mut self.squares.lower;
        for (above, left) in self.weighted.chunks_exact(BLOCK).enumerate() {
            for (beside, right) in self.plain.chunks_exact(BLOCK).enumerate().take(above + 1) {
                let (left, right) = (&left[..n], &right[..n]);
                let to = &mut squares[above * WIDE * across + beside..];
                // As many sums at a time as there are registers.
                if <S as Lanes<f64>>::ROWS >= 32 {
                    add_tile::<S, 8>(lanes, (left, 0), right, (to, across));
                } else {
                    add_tile::<S, 4>(lanes, (left, 0), right, (to, across));
                    add_tile::<S, 4>(lanes, (left, 4), right, (to, across));
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

/// Adds to `ROWS` rows from `first` on of a tile, four products at a time; the tile's rows are `across` apart.
#[inline(always)]
fn add_tile<S: Lanes<f64>, const ROWS: usize>(
    lanes: S,
    (left, first): (&[[f64; WIDE]], usize),
    right: &[[f64; WIDE]],
    (to, across): (&mut [[f64; WIDE]], usize),
) {
    let mut sums = [lanes.splat(0.0); ROWS];
    for r in 0..ROWS {
        sums[r] = lanes.load(&to[(first + r) * across]);
    }
    let ((fours_left, last_left), (fours_right, last_right)) = (left.as_chunks::<4>(), right.as_chunks::<4>());
    for (left, right) in fours_left.iter().zip(fours_right) {
        let mut y = [lanes.splat(0.0); 4];
        for k in 0..4 {
            y[k] = lanes.load(&right[k]);
        }
        for r in 0..ROWS {
            let mut part = y;
            for k in 0..4 {
                part[k] = lanes.multiply(lanes.splat(left[k][first + r]), y[k]);
            }
            let four = lanes.add(lanes.add(part[0], part[1]), lanes.add(part[2], part[3]));
            sums[r] = lanes.add(sums[r], four);
        }
    }
    for (left, right) in last_left.iter().zip(last_right) {
        let y = lanes.load(right);
        for r in 0..ROWS {
            sums[r] = lanes.add(sums[r], lanes.multiply(lanes.splat(left[first + r]), y));
        }
    }
    for r in 0..ROWS {
        lanes.store(sums[r], &mut to[(first + r) * across]);
    }
}

/// The Cholesky factor of a symmetric positive definite matrix.
pub(crate) struct Cholesky {
    width: usize,
    /// As in [`Squares`].
    lower: Vec<[f64; WIDE]>,
}

struct Factorize(Squares);

impl Kernel for Factorize {
    type Output = Cholesky;

    /// Four rows at a time, so that their products need not wait for each other.
    #[inline(always)]
    fn run(self) -> Cholesky {
        let Squares {
            width,
            lower: mut squares,
        } = self.0;
        let across = width.div_ceil(WIDE) * WIDE;
        let lower = squares.as_flattened_mut();
        for first in (0..width).step_by(4) {
            let n = (width - first).min(4);
            let (above, rest) = lower.split_at_mut(first * across);
            for (j, other) in above.chunks_exact(across).enumerate() {
                for row in rest.chunks_exact_mut(across).take(n) {
                    row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
                }
            }
            for i in first..first + n {
                let (above, rest) = rest.split_at_mut((i - first) * across);
                let row = &mut rest[..=i];
                for (j, other) in (first..).zip(above.chunks_exact(across)) {
                    row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
                }
                row[i] = (row[i] - dot(&row[..i], &row[..i])).max(f64::MIN_POSITIVE).sqrt();
            }
        }
        Cholesky { width, lower: squares }
    }
}

impl Cholesky {
    /// Factorizes a matrix given in full or by its lower triangle; see [`Squares::factorize`].
    pub fn of(lower: Vec<f64>, width: usize) -> Self {
        let mut squares = Squares::zero(width);
        let across = width.div_ceil(WIDE) * WIDE;
        let rows = squares.lower.as_flattened_mut().chunks_exact_mut(across.max(1));
        for (to, row) in rows.zip(lower.chunks_exact(width.max(1))) {
            to[..width].copy_from_slice(row);
        }
        squares.factorize()
    }

    /// x ← A⁻¹ x. O(d²).
    pub fn solve(&self, x: &mut [f64]) {
        let across = self.width.div_ceil(WIDE) * WIDE;
        let lower = self.lower.as_flattened();
        for i in 0..self.width {
            let row = &lower[i * across..][..=i];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for i in (0..self.width).rev() {
            let row = &lower[i * across..][..=i];
            x[i] /= row[i];
            let known = x[i];
            x[..i].iter_mut().zip(row).for_each(|(x, l)| *x -= known * l);
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
        for (n, d) in [(1, 6), (3, 5), (4, 4), (300, 3), (50, 12)] {
            let number = |k: usize| ((k * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
            let rows: Vec<f64> = (0..n * d).map(number).collect();
            let weight = |k: usize| 0.5 + (k % 7) as f64;
            let mut squares = Squares::zero(d);
            squares.add(&rows, weight, &Cancel::new()).unwrap();
            squares.add_to_diagonal(2.0);
            let naive = |a: usize, b: usize| {
                let sum: f64 = (0..n).map(|k| weight(k) * rows[k * d + a] * rows[k * d + b]).sum();
                sum + if a == b { 2.0 } else { 0.0 }
            };
            let x: Vec<f64> = (0..d).map(|k| number(k + 40)).collect();
            let image: Vec<f64> = (0..d).map(|a| (0..d).map(|b| naive(a, b) * x[b]).sum()).collect();
            let mut solution = image;
            squares.factorize().solve(&mut solution);
            for (seen, expected) in solution.iter().zip(&x) {
                assert!((seen - expected).abs() < 1e-9, "{n}×{d}: {seen} {expected}");
            }
        }
    }
}
