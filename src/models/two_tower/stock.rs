//! Memory of one step for the next.

use std::sync::{Mutex, PoisonError};

use super::matrix::{Matrix, Real};

/// The larger matrices of steps that are over. To get new memory from the system for every step takes as long as half of its
/// arithmetic.
#[derive(Default)]
pub struct Stock<F>(Mutex<Vec<Vec<F>>>);

impl<F: Real> Stock<F> {
    /// An empty matrix of this width.
    pub fn empty(&self, width: usize) -> Matrix<F> {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut numbers = stock.pop().unwrap_or_default();
        numbers.clear();
        Matrix { width, numbers }
    }

    pub fn zeros(&self, rows: usize, width: usize) -> Matrix<F> {
        let mut matrix = self.empty(width);
        matrix.numbers.resize(rows * width, F::zero());
        matrix
    }

    /// Takes back what is no longer read.
    pub fn give(&self, matrix: Matrix<F>) {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        stock.push(matrix.numbers);
    }
}
