//! Fold-in by non-negative ridge regression.

use crate::data::ItemIx;
use crate::models::latent::{Cholesky, FoldIn, Folded, Learned, dot};
use crate::models::wide::add;
use crate::task::{Cancel, Cancelled};

/// Folds in by the p ≥ 0 that minimizes Σ (r − p·q)² + λn|p|², to which the multiplicative updates of training converge
/// with the items fixed. Holds λ.
pub(super) struct NonNegative(pub f64);

impl FoldIn for NonNegative {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let width = learned.n_factors();
        let mut rows = Vec::with_capacity(ratings.len() * width);
        for (item, _) in ratings {
            learned.items.push_row(item.at(), &mut rows);
        }
        let mut squares = vec![0.0; width * width];
        let mut right = vec![0.0; width];
        for (row, (_, rating)) in rows.chunks_exact(width).zip(ratings) {
            cancel.check()?;
            for (k, x) in row.iter().enumerate() {
                right[k] += x * rating;
                add(&mut squares[k * width..][..width], *x, row);
            }
        }
        for k in 0..width {
            squares[k * width + k] += self.0 * ratings.len() as f64;
        }
        let found = descend(&squares, &right, cancel)?;
        Ok(solve_active(found, &squares, &right, rows, ratings))
    }

    fn needs_ratings(&self) -> bool {
        true
    }
}

/// The x ≥ 0 that minimizes ½xᵀAx − bᵀx, by coordinate descent until no coordinate moves by more than a billionth of the
/// largest. A is positive semi-definite, width × width.
fn descend(squares: &[f64], right: &[f64], cancel: &Cancel) -> Result<Vec<f64>, Cancelled> {
    const MAX_SWEEPS: usize = 10_000;
    let width = right.len();
    let mut x = vec![0.0; width];
    for _ in 0..MAX_SWEEPS {
        cancel.check()?;
        let (mut moved, mut largest) = (0.0f64, 0.0f64);
        for k in 0..width {
            let row = &squares[k * width..][..width];
            if row[k] > 0.0 {
                let best = (x[k] + (right[k] - dot(&x, row)) / row[k]).max(0.0);
                moved = moved.max((best - x[k]).abs());
                x[k] = best;
                largest = largest.max(best);
            }
        }
        if moved <= 1e-9 * largest {
            break;
        }
    }
    Ok(x)
}

/// Solves the system exactly on the positive factors of `found`; the others stay 0. As long as the active set does not
/// change, the factors are linear in the ratings.
fn solve_active(found: Vec<f64>, squares: &[f64], right: &[f64], rows: Vec<f64>, ratings: &[(ItemIx, f64)]) -> Folded {
    let width = found.len();
    let active: Vec<usize> = (0..width).filter(|k| found[*k] > 0.0).collect();
    let pairs = active.iter().flat_map(|a| active.iter().map(move |b| (a, b)));
    let system = Cholesky::of(pairs.map(|(a, b)| squares[a * width + b]).collect(), active.len());
    let mut solved: Vec<f64> = active.iter().map(|k| right[*k]).collect();
    system.solve(&mut solved);
    let mut factors = found;
    if solved.iter().all(|x| x.is_finite() && *x >= 0.0) {
        active.iter().zip(solved).for_each(|(k, x)| factors[*k] = x);
    }
    let ratings: Vec<f64> = ratings.iter().map(|(_, rating)| *rating).collect();
    Folded::new(factors, 0.0, move |q| {
        let mut direction: Vec<f64> = active.iter().map(|k| q[*k]).collect();
        system.solve(&mut direction);
        let share = |row: &[f64]| -> f64 { active.iter().zip(&direction).map(|(k, d)| row[*k] * d).sum() };
        let rows = rows.chunks_exact(width).zip(&ratings);
        rows.map(|(row, rating)| share(row) * rating).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::latent::Factors;

    fn learned(width: usize, rows: Vec<f64>) -> Learned {
        Learned {
            items: Factors::new(width, rows),
            ..Learned::default()
        }
    }

    #[test]
    fn one_rating_by_hand() {
        // q = (2, 1), r = 3, λ = .1: p = q·r / (|q|² + λ).
        let fold = NonNegative(0.1).fold(&learned(2, vec![2.0, 1.0]), &[(ItemIx(0), 3.0)], &Cancel::new());
        let taste = fold.unwrap().taste;
        assert!((taste.factors[0] - 6.0 / 5.1).abs() < 1e-12);
        assert!((taste.factors[1] - 3.0 / 5.1).abs() < 1e-12);
    }

    /// At the least of a convex function over x ≥ 0 the gradient is 0 where x > 0, and not below 0 where x = 0.
    #[test]
    fn the_fold_is_a_minimum() {
        let mut zeros = 0;
        for (n, width) in [(1, 6), (3, 5), (9, 3), (50, 12), (7, 1), (30, 15)] {
            let number = |k: usize| ((k * 7919 + 13) % 101) as f64 / 50.0;
            let rows: Vec<f64> = (0..n * width).map(number).collect();
            let ratings: Vec<(ItemIx, f64)> = (0..n).map(|k| (ItemIx(k as u32), number(k * 31 + 5) * 2.5)).collect();
            let fold = NonNegative(0.06)
                .fold(&learned(width, rows.clone()), &ratings, &Cancel::new())
                .unwrap();
            let taste = fold.taste.factors.clone();
            for k in 0..width {
                let mut gradient = 0.06 * n as f64 * taste[k];
                for (row, (_, rating)) in rows.chunks_exact(width).zip(&ratings) {
                    gradient += (dot(row, &taste) - rating) * row[k];
                }
                if taste[k] > 0.0 {
                    assert!(gradient.abs() < 1e-8, "{n}×{width}, {k}: {gradient}");
                } else {
                    zeros += 1;
                    assert!(taste[k] == 0.0 && gradient > -1e-8, "{n}×{width}, {k}: {gradient}");
                }
            }
            let point: Vec<f64> = (0..width).map(|k| number(k + 77)).collect();
            let sum: f64 = fold.shares(&point).iter().sum();
            assert!((sum - dot(&point, &taste)).abs() < 1e-9);
        }
        assert!(zeros > 0, "the bound was never met");
    }
}
