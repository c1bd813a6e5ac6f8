use serde::{Deserialize, Serialize};

use super::dot;
use crate::models::wide::WIDE;
use crate::task::fetch;

/// A row-major matrix in the precision it was trained in.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::models) struct Factors {
    width: usize,
    numbers: Numbers,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::models) enum Numbers {
    Single(Vec<f32>),
    Double(Vec<f64>),
}

impl Numbers {
    pub fn len(&self) -> usize {
        match self {
            Self::Single(numbers) => numbers.len(),
            Self::Double(numbers) => numbers.len(),
        }
    }

    /// As `f64`, which is exact.
    pub fn iter(&self) -> Box<dyn Iterator<Item = f64> + '_> {
        match self {
            Self::Single(numbers) => Box::new(numbers.iter().map(|x| f64::from(*x))),
            Self::Double(numbers) => Box::new(numbers.iter().copied()),
        }
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Self::Single(Vec::new())
    }
}

impl From<Vec<f32>> for Numbers {
    fn from(numbers: Vec<f32>) -> Self {
        Self::Single(numbers)
    }
}

impl From<Vec<f64>> for Numbers {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Double(numbers)
    }
}

impl Factors {
    /// Rows of `width` numbers, of 32 or 64 bits.
    pub fn new(width: usize, numbers: impl Into<Numbers>) -> Self {
        Self {
            width,
            numbers: numbers.into(),
        }
    }

    /// The first `width` numbers of every row of `padded`.
    pub fn of_padded(numbers: &[f32], padded: usize, width: usize) -> Self {
        let rows = numbers.chunks_exact(padded);
        Self::new(
            width,
            rows.flat_map(|row| row[..width].iter().copied()).collect::<Vec<_>>(),
        )
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn n_rows(&self) -> usize {
        self.numbers.len() / self.width.max(1)
    }

    /// A copy of a row. Panics if there is none.
    pub fn row(&self, at: usize) -> Vec<f64> {
        let mut row = vec![0.0; self.width];
        self.read_row(at, &mut row);
        row
    }

    /// Overwrites a row, rounded to the precision of the matrix. Panics if there is none.
    pub fn set_row(&mut self, at: usize, row: &[f64]) {
        let range = at * self.width..(at + 1) * self.width;
        match &mut self.numbers {
            Numbers::Single(numbers) => numbers[range].iter_mut().zip(row).for_each(|(to, x)| *to = *x as f32),
            Numbers::Double(numbers) => numbers[range].copy_from_slice(row),
        }
    }

    /// Appends a row to `to`.
    pub fn push_row(&self, at: usize, to: &mut Vec<f64>) {
        let end = to.len();
        to.resize(end + self.width, 0.0);
        self.read_row(at, &mut to[end..]);
    }

    /// Overwrites `to`, which is as long as a row, with one. Panics if there is none.
    #[inline(always)]
    pub fn read_row(&self, at: usize, to: &mut [f64]) {
        let range = at * self.width..(at + 1) * self.width;
        match &self.numbers {
            Numbers::Single(numbers) => to
                .iter_mut()
                .zip(&numbers[range])
                .for_each(|(to, x)| *to = f64::from(*x)),
            Numbers::Double(numbers) => to.copy_from_slice(&numbers[range]),
        }
    }

    /// Asks for a row that is soon read.
    pub fn ask_for(&self, at: usize) {
        if let Numbers::Single(numbers) = &self.numbers {
            let row = at * self.width..(at + 1) * self.width;
            row.step_by(WIDE).for_each(|at| fetch(numbers, at));
        }
    }

    /// `with` · the row, in 64 bits.
    #[inline]
    pub fn dot(&self, at: usize, with: &[f64]) -> f64 {
        let range = at * self.width..(at + 1) * self.width;
        match &self.numbers {
            Numbers::Single(numbers) => dot(with, &numbers[range]),
            Numbers::Double(numbers) => dot(with, &numbers[range]),
        }
    }

    pub fn max_row_norm(&self) -> f64 {
        let squares = (0..self.n_rows()).map(|at| {
            let row = self.row(at);
            dot(&row, &row)
        });
        squares.fold(0.0, f64::max).sqrt()
    }

    pub fn clear(&mut self) {
        match &mut self.numbers {
            Numbers::Single(numbers) => numbers.fill(0.0),
            Numbers::Double(numbers) => numbers.fill(0.0),
        }
    }

    pub fn is_zero(&self) -> bool {
        self.numbers.iter().all(|x| x == 0.0)
    }

    pub fn is_finite(&self) -> bool {
        self.numbers.iter().all(f64::is_finite)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        match &self.numbers {
            Numbers::Single(numbers) => 4 * numbers.capacity(),
            Numbers::Double(numbers) => 8 * numbers.capacity(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_precisions_say_the_same_of_numbers_that_fit_both() {
        let numbers: Vec<f32> = (0..21).map(|k| (k as f32 - 9.0) / 8.0).collect();
        let double: Vec<f64> = numbers.iter().map(|x| f64::from(*x)).collect();
        let with: Vec<f64> = (0..7).map(|k| f64::from(k) / 3.0).collect();
        let (single, double) = (Factors::new(7, numbers), Factors::new(7, double));
        for at in 0..3 {
            assert_eq!(single.row(at), double.row(at));
            assert_eq!(single.dot(at, &with).to_bits(), double.dot(at, &with).to_bits());
            let naive: f64 = single.row(at).iter().zip(&with).map(|(a, b)| a * b).sum();
            assert!((single.dot(at, &with) - naive).abs() < 1e-12);
        }
        assert_eq!((single.memory_bytes(), double.memory_bytes()), (84, 168));
        assert!(single.is_finite() && !Factors::new(1, vec![f32::NAN]).is_finite());
        assert!(!Factors::new(1, vec![f64::INFINITY]).is_finite());
    }
}
