//! Eigenvectors of small symmetric matrices.

use crate::task::{Cancel, Cancelled};

/// The most sweeps; convergence is quadratic, so six or seven are usual.
const MOST_SWEEPS: usize = 60;

/// The (eigenvalue, eigenvector of length 1) pairs of a symmetric matrix (n × n, row by row), largest value first.
///
/// Cyclic Jacobi rotations (1846; Golub and Van Loan 2013, 8.5): slow for large matrices, exact to the last bits for small
/// ones. O(n³) a sweep.
pub fn eigen(mut a: Vec<f64>, n: usize, cancel: &Cancel) -> Result<Vec<(f64, Vec<f64>)>, Cancelled> {
    // By row, so that row k is the vector of value k.
    let mut vectors = vec![0.0; n * n];
    for k in 0..n {
        vectors[k * n + k] = 1.0;
    }
    let all: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..MOST_SWEEPS {
        let beside: f64 = (0..n)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| a[i * n + j].powi(2))
            .sum();
        if beside <= 1e-30 * all {
            break;
        }
        for p in 0..n {
            cancel.check()?;
            for q in p + 1..n {
                rotate(&mut a, &mut vectors, n, p, q);
            }
        }
    }
    let mut pairs: Vec<(f64, Vec<f64>)> = (0..n).map(|k| (a[k * n + k], vectors[k * n..][..n].to_vec())).collect();
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0));
    Ok(pairs)
}

/// Makes the entry in row p and column q zero.
fn rotate(a: &mut [f64], vectors: &mut [f64], n: usize, p: usize, q: usize) {
    let off = a[p * n + q];
    if off == 0.0 {
        return;
    }
    let half = (a[q * n + q] - a[p * n + p]) / (2.0 * off);
    let tangent = half.signum() / (half.abs() + half.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        a[k * n + p] = cosine * x - sine * y;
        a[k * n + q] = sine * x + cosine * y;
    }
    let turn = |rows: &mut [f64]| {
        let (low, high) = rows.split_at_mut(q * n);
        for (x, y) in low[p * n..][..n].iter_mut().zip(&mut high[..n]) {
            (*x, *y) = (cosine * *x - sine * *y, sine * *x + cosine * *y);
        }
    };
    turn(a);
    turn(vectors);
    (a[p * n + q], a[q * n + p]) = (0.0, 0.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_matrix_has_its_known_eigenvectors() {
        // [[2, 1, 0], [1, 2, 1], [0, 1, 2]]: eigenvalues 2 ± √2 and 2; the leading vector is ±(1, √2, 1)/2.
        let a = vec![2.0, 1.0, 0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0];
        let pairs = eigen(a, 3, &Cancel::new()).unwrap();
        let root = 2f64.sqrt();
        for ((value, _), expected) in pairs.iter().zip([2.0 + root, 2.0, 2.0 - root]) {
            assert!((value - expected).abs() < 1e-14);
        }
        let leading = &pairs[0].1;
        for (x, expected) in leading.iter().zip([0.5, root / 2.0, 0.5]) {
            assert!((x * leading[0].signum() - expected).abs() < 1e-14);
        }
        assert_eq!(eigen(Vec::new(), 0, &Cancel::new()).unwrap(), []);
    }

    #[test]
    fn vectors_times_values_give_the_matrix_back() {
        let n = 23;
        let entry = |i: usize, j: usize| (((i * j + i + j) * 7919 + 13) % 101) as f64 / 10.0 - 5.0;
        let a: Vec<f64> = (0..n * n).map(|at| entry(at / n, at % n)).collect();
        let pairs = eigen(a.clone(), n, &Cancel::new()).unwrap();
        for i in 0..n {
            for j in 0..n {
                let back: f64 = pairs.iter().map(|(value, v)| value * v[i] * v[j]).sum();
                assert!((back - a[i * n + j]).abs() < 1e-11, "{i},{j}");
            }
        }
    }
}
