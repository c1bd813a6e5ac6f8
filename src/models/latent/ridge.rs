//! The bias and factors of a user the model was not trained on, by ridge regression.

use super::{Cholesky, FoldIn, Folded, Learned, Squares, dot};
use crate::data::ItemIx;
use crate::task::{Cancel, Cancelled};

/// Folds in by the joint ridge of bias and factors on r − μ − b_i; `0` is λ, multiplied by the number of ratings.
pub(in crate::models) struct Ridge(pub f64);

impl FoldIn for Ridge {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let biased = learned.user_bias.is_some();
        let n_factors = learned.n_factors();
        let width = n_factors + usize::from(biased);
        let (mut rows, mut residuals) = (Vec::with_capacity(ratings.len() * width), Vec::new());
        for &(item, rating) in ratings {
            learned.items.push_row(item.at(), &mut rows);
            if biased {
                rows.push(1.0);
            }
            residuals.push(rating - learned.base() - learned.item_bias(item));
        }
        let fold = Regression::solve(width, rows, residuals, self.0, cancel)?;
        let (factors, bias) = fold.weights.split_at(n_factors);
        let bias = bias.first().copied().unwrap_or(0.0);
        Ok(Folded::new(factors.to_vec(), bias, move |q| {
            let mut point = q.to_vec();
            point.resize(width, 1.0);
            fold.contributions(&point)
        }))
    }

    fn ridge(&self) -> Option<f64> {
        Some(self.0)
    }
}

/// The ridge regression of a profile's residuals on its items' factors, solved.
///
/// Shapes: n ratings by d columns: an item's factors, then a 1 where the model has biases. With X the rows and y the
/// residuals r − μ − b_i: w = (XᵀX + λnI)⁻¹ Xᵀy. O(n·d² + d³).
pub(in crate::models) struct Regression {
    width: usize,
    rows: Vec<f64>,
    residuals: Vec<f64>,
    /// XᵀX + λnI.
    system: Cholesky,
    /// w: factors, then the bias where there is one.
    pub weights: Vec<f64>,
}

impl Regression {
    /// `rows` has `residuals.len()` rows of `width` numbers. Without ratings the weights are 0.
    pub fn solve(
        width: usize,
        rows: Vec<f64>,
        residuals: Vec<f64>,
        regularization: f64,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let n = residuals.len();
        if n == 0 {
            return Ok(Self {
                width,
                rows,
                residuals,
                system: Squares::zero(0).factorize(),
                weights: vec![0.0; width],
            });
        }
        let mut squares = Squares::zero(width);
        squares.add(&rows, |_| 1.0, cancel)?;
        squares.add_to_diagonal(regularization * n as f64);
        let system = squares.factorize();
        cancel.check()?;
        let mut weights = vec![0.0; width];
        for (row, y) in rows.chunks_exact(width).zip(&residuals) {
            weights.iter_mut().zip(row).for_each(|(r, x)| *r += x * y);
        }
        system.solve(&mut weights);
        Ok(Self {
            width,
            rows,
            residuals,
            system,
            weights,
        })
    }

    /// What each rating adds to w·`point`: the weights are linear in the residuals, so these sum to it. O(d² + n·d).
    pub fn contributions(&self, point: &[f64]) -> Vec<f64> {
        if self.residuals.is_empty() {
            return Vec::new();
        }
        let mut direction = point.to_vec();
        self.system.solve(&mut direction);
        let rows = self.rows.chunks_exact(self.width).zip(&self.residuals);
        rows.map(|(row, y)| dot(row, &direction) * y).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rating_by_hand() {
        // x = (2, 1), y = 3, λ = .1: w = x·y / (|x|² + λ).
        let fold = Regression::solve(2, vec![2.0, 1.0], vec![3.0], 0.1, &Cancel::new()).unwrap();
        assert!((fold.weights[0] - 6.0 / 5.1).abs() < 1e-12);
        assert!((fold.weights[1] - 3.0 / 5.1).abs() < 1e-12);
    }

    #[test]
    fn the_weights_are_where_the_gradient_vanishes() {
        for (n, d) in [(1, 6), (3, 5), (4, 4), (9, 3), (50, 12), (7, 1)] {
            let number = |k: usize| ((k * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
            let rows: Vec<f64> = (0..n * d).map(number).collect();
            let residuals: Vec<f64> = (0..n).map(|k| number(k * 31 + 5)).collect();
            let fold = Regression::solve(d, rows.clone(), residuals.clone(), 0.1, &Cancel::new()).unwrap();
            for k in 0..d {
                let mut gradient = 0.1 * n as f64 * fold.weights[k];
                for (row, y) in rows.chunks_exact(d).zip(&residuals) {
                    let predicted: f64 = row.iter().zip(&fold.weights).map(|(x, w)| x * w).sum();
                    gradient += (predicted - y) * row[k];
                }
                assert!(gradient.abs() < 1e-10, "{n}×{d}: {gradient}");
            }
            let point: Vec<f64> = (0..d).map(|k| number(k + 77)).collect();
            let sum: f64 = fold.contributions(&point).iter().sum();
            assert!((sum - dot(&point, &fold.weights)).abs() < 1e-10);
        }
    }

    #[test]
    fn nobody_is_nothing() {
        let fold = Regression::solve(3, Vec::new(), Vec::new(), 0.1, &Cancel::new()).unwrap();
        assert_eq!(fold.weights, [0.0; 3]);
        assert!(fold.contributions(&[1.0, 2.0, 3.0]).is_empty());
    }
}
