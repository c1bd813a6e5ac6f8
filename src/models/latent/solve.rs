//! Small dense systems in 64 bits: a product, a sum of squares, a factorization, a solution.

use crate::models::wide::{Kernel, add, run_wide};
use crate::task::{Cancel, Cancelled};

/// A symmetric d × d matrix, being accumulated: a row-major square of which only the lower triangle counts.
#[derive(Clone)]
pub(in crate::models) struct Squares {
    width: usize,
    lower: Vec<f64>,
}

impl Squares {
    pub fn zero(width: usize) -> Self {
        Self {
            width,
            lower: vec![0.0; width * width],
        }
    }

    /// Adds Σ weight(k)·x_k x_kᵀ over the contiguous rows x_k. O(n·d²).
    pub fn add(&mut self, rows: &[f64], weight: impl Fn(usize) -> f64, cancel: &Cancel) -> Result<(), Cancelled> {
        /// Rows added between two checks for cancellation.
        const BLOCK: usize = 128;
        for (at, rows) in rows.chunks(BLOCK * self.width.max(1)).enumerate() {
            cancel.check()?;
            let mut weights = [0.0; BLOCK];
            let n = rows.len() / self.width;
            (0..n).for_each(|k| weights[k] = weight(at * BLOCK + k));
            run_wide(Accumulate {
                squares: self,
                rows,
                weights: &weights[..n],
            });
        }
        Ok(())
    }

    pub fn add_to_diagonal(&mut self, lambda: f64) {
        for k in 0..self.width {
            self.lower[k * self.width + k] += lambda;
        }
    }

    /// A = LLᵀ, A positive definite. A pivot that rounds to 0 or below counts as the smallest positive number. O(d³/3).
    pub fn factorize(self) -> Cholesky {
        run_wide(Factorize(self))
    }
}

/// Four rows at a time: the triangle goes through the cache a quarter as often.
struct Accumulate<'a> {
    squares: &'a mut Squares,
    rows: &'a [f64],
    weights: &'a [f64],
}

impl Kernel for Accumulate<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let width = self.squares.width;
        let squares = &mut self.squares.lower;
        let mut blocks = self.rows.chunks_exact(4 * width);
        let (fours, last) = self.weights.as_chunks::<4>();
        for (block, w) in blocks.by_ref().zip(fours) {
            let (x0, rest) = block.split_at(width);
            let (x1, rest) = rest.split_at(width);
            let (x2, x3) = rest.split_at(width);
            for a in 0..width {
                let (c0, c1, c2, c3) = (w[0] * x0[a], w[1] * x1[a], w[2] * x2[a], w[3] * x3[a]);
                // In whole vectors, a little beyond the diagonal: faster than a scalar tail.
                let n = (a + 1).next_multiple_of(4).min(width);
                let to = &mut squares[a * width..][..n];
                let (y0, y1, y2, y3) = (&x0[..n], &x1[..n], &x2[..n], &x3[..n]);
                for k in 0..n {
                    to[k] += (c0 * y0[k] + c1 * y1[k]) + (c2 * y2[k] + c3 * y3[k]);
                }
            }
        }
        for (x, w) in blocks.remainder().chunks_exact(width).zip(last) {
            for a in 0..width {
                add(&mut squares[a * width..][..=a], w * x[a], x);
            }
        }
    }
}

/// The Cholesky factor of a symmetric positive definite matrix.
pub(in crate::models) struct Cholesky {
    width: usize,
    lower: Vec<f64>,
}

struct Factorize(Squares);

impl Kernel for Factorize {
    type Output = Cholesky;

    #[inline(always)]
    fn run(self) -> Cholesky {
        let Squares { width, mut lower } = self.0;
        for i in 0..width {
            let (above, rest) = lower.split_at_mut(i * width);
            let row = &mut rest[..=i];
            for j in 0..i {
                let other = &above[j * width..][..=j];
                row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
            }
            row[i] = (row[i] - dot(&row[..i], &row[..i])).max(f64::MIN_POSITIVE).sqrt();
        }
        Cholesky { width, lower }
    }
}

impl Cholesky {
    /// Factorizes a matrix given in full or by its lower triangle; see [`Squares::factorize`].
    pub fn of(lower: Vec<f64>, width: usize) -> Self {
        Squares { width, lower }.factorize()
    }

    /// x ← A⁻¹ x. O(d²).
    pub fn solve(&self, x: &mut [f64]) {
        let d = self.width;
        for i in 0..d {
            let row = &self.lower[i * d..][..=i];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for i in (0..d).rev() {
            x[i] /= self.lower[i * d + i];
            let (known, row) = (x[i], &self.lower[i * d..][..i]);
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
