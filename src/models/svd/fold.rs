//! The bias and factors of somebody who was not there when the model was trained.

use crate::task::{Cancel, Cancelled};

/// The regularization of the fold, times the number of ratings.
pub(super) const REGULARIZATION: f64 = 0.1;

/// The ridge regression of a profile's residuals on its items' factors, solved.
///
/// Shapes: n ratings by d columns: an item's factors, then a 1 where the model has biases. With X the rows and y the
/// residuals r − μ − b_i: w = (XᵀX + λI)⁻¹ Xᵀy, λ = 0.1·n. O(n·d² + d³).
pub(super) struct Fold {
    width: usize,
    /// X, row by row.
    rows: Vec<f64>,
    /// y.
    residuals: Vec<f64>,
    /// The lower Cholesky factor of XᵀX + λI, row by row.
    cholesky: Vec<f64>,
    /// w: factors, then the bias where there is one.
    pub weights: Vec<f64>,
}

impl Fold {
    /// Solves it. `rows` holds `residuals.len()` rows of `width` numbers. For no ratings the weights are 0.
    pub fn solve(width: usize, rows: Vec<f64>, residuals: Vec<f64>, cancel: &Cancel) -> Result<Self, Cancelled> {
        let n = residuals.len();
        let mut fold = Self {
            width,
            cholesky: vec![0.0; if n > 0 { width * width } else { 0 }],
            weights: vec![0.0; width],
            rows,
            residuals,
        };
        if n == 0 {
            return Ok(fold);
        }
        fold.accumulate(cancel)?;
        for k in 0..width {
            fold.cholesky[k * width + k] += REGULARIZATION * n as f64;
        }
        factorize(&mut fold.cholesky, width);
        cancel.check()?;
        let mut right = vec![0.0; width];
        for (row, y) in fold.rows.chunks_exact(width).zip(&fold.residuals) {
            right.iter_mut().zip(row).for_each(|(r, x)| *r += x * y);
        }
        fold.solve_for(&mut right);
        fold.weights = right;
        Ok(fold)
    }

    /// XᵀX, lower triangle, four rows of X at a time: the triangle goes through the cache a quarter as often.
    fn accumulate(&mut self, cancel: &Cancel) -> Result<(), Cancelled> {
        let width = self.width;
        let mut blocks = self.rows.chunks_exact(4 * width);
        for (at, block) in blocks.by_ref().enumerate() {
            if at % 32 == 0 {
                cancel.check()?;
            }
            let (x0, rest) = block.split_at(width);
            let (x1, rest) = rest.split_at(width);
            let (x2, x3) = rest.split_at(width);
            for a in 0..width {
                let (c0, c1, c2, c3) = (x0[a], x1[a], x2[a], x3[a]);
                let to = &mut self.cholesky[a * width..][..=a];
                let from = to.len();
                let others = x0[..from]
                    .iter()
                    .zip(&x1[..from])
                    .zip(x2[..from].iter().zip(&x3[..from]));
                for (sum, ((y0, y1), (y2, y3))) in to.iter_mut().zip(others) {
                    *sum += (c0 * y0 + c1 * y1) + (c2 * y2 + c3 * y3);
                }
            }
        }
        for x in blocks.remainder().chunks_exact(width) {
            for a in 0..width {
                let to = &mut self.cholesky[a * width..][..=a];
                to.iter_mut().zip(x).for_each(|(sum, y)| *sum += x[a] * y);
            }
        }
        Ok(())
    }

    /// x ← (XᵀX + λI)⁻¹ x. O(d²).
    fn solve_for(&self, x: &mut [f64]) {
        let d = self.width;
        for i in 0..d {
            let row = &self.cholesky[i * d..][..=i];
            x[i] = (x[i] - dot(&row[..i], &x[..i])) / row[i];
        }
        for i in (0..d).rev() {
            x[i] /= self.cholesky[i * d + i];
            let (known, row) = (x[i], &self.cholesky[i * d..][..i]);
            x[..i].iter_mut().zip(row).for_each(|(x, l)| *x -= known * l);
        }
    }

    /// What each rating adds to w·`point`: the weights are linear in the residuals, so these sum to it. O(d² + n·d).
    pub fn contributions(&self, point: &[f64]) -> Vec<f64> {
        if self.residuals.is_empty() {
            return Vec::new();
        }
        let mut direction = point.to_vec();
        self.solve_for(&mut direction);
        let rows = self.rows.chunks_exact(self.width).zip(&self.residuals);
        rows.map(|(row, y)| dot(row, &direction) * y).collect()
    }
}

/// The lower Cholesky factor of a positive definite matrix, in place of its lower triangle.
fn factorize(matrix: &mut [f64], d: usize) {
    for i in 0..d {
        let (above, rest) = matrix.split_at_mut(i * d);
        let row = &mut rest[..=i];
        for j in 0..i {
            let other = &above[j * d..][..=j];
            row[j] = (row[j] - dot(&row[..j], &other[..j])) / other[j];
        }
        row[i] = (row[i] - dot(&row[..i], &row[..i])).max(f64::MIN_POSITIVE).sqrt();
    }
}

/// a·b, summed in four strands; both of the same length.
#[inline]
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (fours_a, last_a) = a.as_chunks::<4>();
    let (fours_b, last_b) = b.as_chunks::<4>();
    let mut strands = [0.0; 4];
    for (a, b) in fours_a.iter().zip(fours_b) {
        for k in 0..4 {
            strands[k] += a[k] * b[k];
        }
    }
    let tail: f64 = last_a.iter().zip(last_b).map(|(a, b)| a * b).sum();
    (strands[0] + strands[2]) + (strands[1] + strands[3]) + tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rating_by_hand() {
        // x = (2, 1), y = 3, λ = .1: w = x·y / (|x|² + λ).
        let fold = Fold::solve(2, vec![2.0, 1.0], vec![3.0], &Cancel::new()).unwrap();
        assert!((fold.weights[0] - 6.0 / 5.1).abs() < 1e-12);
        assert!((fold.weights[1] - 3.0 / 5.1).abs() < 1e-12);
    }

    #[test]
    fn the_weights_are_where_the_gradient_vanishes() {
        for (n, d) in [(1, 6), (3, 5), (4, 4), (9, 3), (50, 12), (7, 1)] {
            let number = |k: usize| ((k * 7919 + 13) % 101) as f64 / 50.0 - 1.0;
            let rows: Vec<f64> = (0..n * d).map(number).collect();
            let residuals: Vec<f64> = (0..n).map(|k| number(k * 31 + 5)).collect();
            let fold = Fold::solve(d, rows.clone(), residuals.clone(), &Cancel::new()).unwrap();
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
        let fold = Fold::solve(3, Vec::new(), Vec::new(), &Cancel::new()).unwrap();
        assert_eq!(fold.weights, [0.0; 3]);
        assert!(fold.contributions(&[1.0, 2.0, 3.0]).is_empty());
    }
}
