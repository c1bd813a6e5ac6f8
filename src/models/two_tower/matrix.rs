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

/// `out` ← op(A)·op(B) + keep·`out`. The shapes must fit; otherwise nothing happens.
pub fn multiply<F: Real>(a: &Matrix<F>, a_op: Op, b: &Matrix<F>, b_op: Op, keep: F, out: &mut Matrix<F>) {
    let shape = (out.rows(), out.width);
    let views = (
        ArrayView2::from_shape((a.rows(), a.width), &a.numbers),
        ArrayView2::from_shape((b.rows(), b.width), &b.numbers),
        ArrayViewMut2::from_shape(shape, &mut out.numbers),
    );
    let (Ok(a), Ok(b), Ok(mut out)) = views else {
        return;
    };
    let a = if a_op == Op::N { a } else { a.reversed_axes() };
    let b = if b_op == Op::N { b } else { b.reversed_axes() };
    if a.ncols() == b.nrows() && (a.nrows(), b.ncols()) == shape {
        general_mat_mul(F::one(), &a, &b, keep, &mut out);
    }
}

/// `out` ← `out` + (columns of A from `first` on, as many as `out` has rows)ᵀ·B. The shapes must fit; otherwise nothing happens.
pub fn add_product_of_columns<F: Real>(a: &Matrix<F>, first: usize, b: &Matrix<F>, out: &mut Matrix<F>) {
    let (columns, width) = (out.rows(), out.width);
    let views = (
        ArrayView2::from_shape((a.rows(), a.width), &a.numbers),
        ArrayView2::from_shape((b.rows(), b.width), &b.numbers),
        ArrayViewMut2::from_shape((columns, width), &mut out.numbers),
    );
    let (Ok(a), Ok(b), Ok(mut out)) = views else {
        return;
    };
    if first + columns <= a.ncols() && a.nrows() == b.nrows() && b.ncols() == width {
        let a = a.slice_move(s![.., first..first + columns]).reversed_axes();
        general_mat_mul(F::one(), &a, &b, F::one(), &mut out);
    }
}

/// The inner product of two rows of equal length.
#[inline]
pub fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    a.iter().zip(b).map(|(x, y)| *x * *y).sum()
}
