//! Singular values of small matrices.

use super::points::dot;
use crate::task::{Cancel, Cancelled};

/// The most sweeps; convergence is quadratic.
const MOST_SWEEPS: usize = 60;

/// A = U S Vᵀ, of a square matrix: singular values from the largest on, the vectors of each as rows.
pub(super) struct Singular {
    pub values: Vec<f64>,
    pub left: Vec<Vec<f64>>,
    pub right: Vec<Vec<f64>>,
}

/// The singular value decomposition of a d × d matrix, given by its columns: rotations make its columns orthogonal (Hestenes
/// 1958; one-sided Jacobi, Golub and Van Loan 2013, 8.6.3). Where a singular value is 0, its left vector is any that is
/// orthogonal to the others: always the same. O(d³) a sweep.
pub(super) fn singular(mut columns: Vec<Vec<f64>>, cancel: &Cancel) -> Result<Singular, Cancelled> {
    let d = columns.len();
    let unit = |k: usize| (0..d).map(|i| f64::from(u8::from(i == k))).collect::<Vec<f64>>();
    // Row k is the k-th column of V.
    let mut right: Vec<Vec<f64>> = (0..d).map(unit).collect();
    for _ in 0..MOST_SWEEPS {
        let mut turned = false;
        for p in 0..d {
            cancel.check()?;
            for q in p + 1..d {
                let (a, b, c) = (
                    dot(&columns[p], &columns[p]),
                    dot(&columns[q], &columns[q]),
                    dot(&columns[p], &columns[q]),
                );
                if c == 0.0 || c.abs() <= 1e-15 * (a * b).sqrt() {
                    continue;
                }
                turned = true;
                let half = (b - a) / (2.0 * c);
                let tangent = half.signum() / (half.abs() + half.hypot(1.0));
                let cosine = 1.0 / tangent.hypot(1.0);
                turn(&mut columns, (p, q), (cosine, cosine * tangent));
                turn(&mut right, (p, q), (cosine, cosine * tangent));
            }
        }
        if !turned {
            break;
        }
    }
    let norms: Vec<f64> = columns.iter().map(|c| dot(c, c).sqrt()).collect();
    let mut order: Vec<usize> = (0..d).collect();
    order.sort_by(|a, b| norms[*b].total_cmp(&norms[*a]).then(a.cmp(b)));
    let largest = order.first().map_or(0.0, |at| norms[*at]);
    let mut left: Vec<Vec<f64>> = Vec::with_capacity(d);
    for &at in &order {
        let own = (norms[at] > 1e-13 * largest).then(|| columns[at].iter().map(|x| x / norms[at]).collect());
        let other = || (0..d).find_map(|k| beside(&left, unit(k)));
        left.push(own.or_else(other).unwrap_or_else(|| vec![0.0; d]));
    }
    Ok(Singular {
        values: order.iter().map(|at| norms[*at]).collect(),
        right: order.iter().map(|at| right[*at].clone()).collect(),
        left,
    })
}

/// What of a unit vector is orthogonal to all of `others`, at length 1; `None` where too little is left for a direction.
fn beside(others: &[Vec<f64>], mut vector: Vec<f64>) -> Option<Vec<f64>> {
    for _twice in 0..2 {
        for other in others {
            let share = dot(other, &vector);
            vector.iter_mut().zip(other).for_each(|(x, o)| *x -= share * o);
        }
    }
    let norm = dot(&vector, &vector).sqrt();
    let enough = 0.5 / (vector.len() as f64).sqrt();
    (norm > enough).then(|| vector.iter().map(|x| x / norm).collect())
}

fn turn(rows: &mut [Vec<f64>], (p, q): (usize, usize), (cosine, sine): (f64, f64)) {
    let (low, high) = rows.split_at_mut(q);
    for (x, y) in low[p].iter_mut().zip(&mut high[0]) {
        (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_give_the_matrix_back_and_are_orthogonal() {
        for (d, rank) in [(1, 1), (5, 5), (6, 3), (4, 0)] {
            // Columns of a matrix of that rank: sums of so many fixed vectors.
            let entry = |i: usize, j: usize| (((i * 31 + j * 17 + i * j * 7) * 7919 + 13) % 101) as f64 / 10.0 - 5.0;
            let column = |j: usize| -> Vec<f64> {
                let part = |i: usize| (0..rank).map(|r| entry(i, r) * entry(r + 40, j)).sum();
                (0..d).map(part).collect()
            };
            let columns: Vec<Vec<f64>> = (0..d).map(column).collect();
            let found = singular(columns.clone(), &Cancel::new()).unwrap();
            for i in 0..d {
                for (j, column) in columns.iter().enumerate() {
                    let back: f64 = (0..d)
                        .map(|k| found.values[k] * found.left[k][i] * found.right[k][j])
                        .sum();
                    assert!((back - column[i]).abs() < 1e-10, "{d} {rank}");
                    let unit = f64::from(u8::from(i == j));
                    assert!((dot(&found.left[i], &found.left[j]) - unit).abs() < 1e-12);
                    assert!((dot(&found.right[i], &found.right[j]) - unit).abs() < 1e-12);
                }
            }
            assert!(found.values.windows(2).all(|w| w[0] >= w[1]));
        }
    }
}
