//! Matrices in either precision, and their product.

use std::iter::Sum;

use ndarray::{ArrayView2, ArrayViewMut2, NdFloat, linalg::general_mat_mul, s};
use serde::{Deserialize, Serialize};

use super::softmax;

/// 32 or 64 bits.
pub trait Real: NdFloat + Sum + Default {
    /// The nearest value of this type.
    fn of(x: f64) -> Self;
    /// In 64 bits.
    fn wide(self) -> f64;
    /// Each number becomes e^(number − the largest), 0 for −∞. Returns the largest and the sum.
    fn exponentials(row: &mut [Self]) -> (Self, Self);
}

impl Real for f32 {
    fn of(x: f64) -> Self {
        x as Self
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
    fn exponentials(row: &mut [Self]) -> (Self, Self) {
        softmax::exponentials(row)
    }
}

impl Real for f64 {
    fn of(x: f64) -> Self {
        x
    }
    fn wide(self) -> f64 {
        self
    }
    fn exponentials(row: &mut [Self]) -> (Self, Self) {
        let largest = row.iter().copied().fold(Self::NEG_INFINITY, Self::max);
        let mut sum = 0.0;
        for x in row {
            *x = (*x - largest).exp();
            sum += *x;
        }
        (largest, sum)
    }
}

/// A row-major matrix.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Matrix<F> {
    /// Columns; at least 1.
    pub width: usize,
    pub numbers: Vec<F>,
}

impl<F: Real> Matrix<F> {
    pub fn zeros(rows: usize, width: usize) -> Self {
        Self {
            width,
            numbers: vec![F::zero(); rows * width],
        }
    }

    /// A copy of some rows.
    pub fn of(width: usize, rows: &[F]) -> Self {
        Self {
            width,
            numbers: rows.to_vec(),
        }
    }

    pub fn rows(&self) -> usize {
        self.numbers.len() / self.width.max(1)
    }

    #[inline]
    pub fn row(&self, at: usize) -> &[F] {
        &self.numbers[at * self.width..(at + 1) * self.width]
    }

    #[inline]
    pub fn row_mut(&mut self, at: usize) -> &mut [F] {
        &mut self.numbers[at * self.width..(at + 1) * self.width]
    }

    /// The same numbers in another precision.
    pub fn cast<G: Real>(&self) -> Matrix<G> {
        Matrix {
            width: self.width,
            numbers: self.numbers.iter().map(|x| G::of(x.wide())).collect(),
        }
    }
}

/// BLAS's `op`: a factor of a product as it is, or transposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    N,
    T,
}

/// Rows of a matrix, or of some part of one.
#[derive(Clone, Copy)]
pub struct View<'a, F> {
    /// Columns; at least 1.
    pub width: usize,
    pub numbers: &'a [F],
}

impl<'a, F> From<&'a Matrix<F>> for View<'a, F> {
    fn from(matrix: &'a Matrix<F>) -> Self {
        Self {
            width: matrix.width,
            numbers: &matrix.numbers,
        }
    }
}

/// `out` ← op(A)·op(B) + keep·`out`. The shapes must fit; otherwise nothing happens.
pub fn multiply<'a, F: Real>(
    a: impl Into<View<'a, F>>,
    a_op: Op,
    b: impl Into<View<'a, F>>,
    b_op: Op,
    keep: F,
    out: &mut Matrix<F>,
) {
    let (width, first) = (out.width, 0);
    multiply_rows(a, a_op, first, b, b_op, keep, (width, &mut out.numbers));
}

/// As [`multiply`], of the rows of op(A) from `first` on: `out`, of so many columns, holds as many of them as there are.
pub fn multiply_rows<'a, F: Real>(
    a: impl Into<View<'a, F>>,
    a_op: Op,
    first: usize,
    b: impl Into<View<'a, F>>,
    b_op: Op,
    keep: F,
    (width, out): (usize, &mut [F]),
) {
    let (a, b) = (a.into(), b.into());
    let view = |of: View<'a, F>, op: Op| {
        let rows = of.numbers.len() / of.width.max(1);
        let view = ArrayView2::from_shape((rows, of.width), of.numbers).ok()?;
        Some(if op == Op::N { view } else { view.reversed_axes() })
    };
    let rows = out.len() / width.max(1);
    let (Some(a), Some(b), Ok(mut out)) = (
        view(a, a_op),
        view(b, b_op),
        ArrayViewMut2::from_shape((rows, width), out),
    ) else {
        return;
    };
    if first + rows <= a.nrows() && a.ncols() == b.nrows() && b.ncols() == width {
        let a = a.slice_move(s![first..first + rows, ..]);
        general_mat_mul(F::one(), &a, &b, keep, &mut out);
    }
}

/// The inner product of two rows of equal length.
#[inline]
pub fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    a.iter().zip(b).map(|(x, y)| *x * *y).sum()
}
