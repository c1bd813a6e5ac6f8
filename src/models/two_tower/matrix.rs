//! Matrices in either precision, and their product.

use std::iter::Sum;

use ndarray::{ArrayView2, ArrayViewMut2, NdFloat, linalg::general_mat_mul};
use serde::{Deserialize, Serialize};

/// 32 or 64 bits.
pub trait Real: NdFloat + Sum + Default {
    /// The nearest value of this type.
    fn of(x: f64) -> Self;
    /// In 64 bits.
    fn wide(self) -> f64;
}

impl Real for f32 {
    fn of(x: f64) -> Self {
        x as Self
    }
    fn wide(self) -> f64 {
        f64::from(self)
    }
}

impl Real for f64 {
    fn of(x: f64) -> Self {
        x
    }
    fn wide(self) -> f64 {
        self
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

/// The inner product of two rows of equal length.
#[inline]
pub fn dot<F: Real>(a: &[F], b: &[F]) -> F {
    a.iter().zip(b).map(|(x, y)| *x * *y).sum()
}
