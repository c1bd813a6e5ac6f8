//! The two principal components of a table of numbers.

use crate::models::eigen::eigen;
use crate::task::{Cancelled, Task};

/// A plane through a cloud of points, along which it is widest.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane {
    /// Where the cloud's middle is: taken off before anything is projected.
    pub center: Vec<f64>,
    /// Two orthogonal unit vectors, the wider one first (of a ruler: what its length is one of, see
    /// [`ruled_plane`](super::ruled_plane)). Of each the largest entry (by magnitude, the first of equal
    /// ones) is positive, so that the same cloud always gives the same picture. Zero where the cloud has no such
    /// direction.
    pub axes: [Vec<f64>; 2],
    /// The share of the variance that lies along each axis, 0 to 1.
    pub explained: [f64; 2],
}

impl Plane {
    /// Where `point` falls on the plane.
    pub fn project(&self, point: &[f64]) -> (f64, f64) {
        let along = |axis: &[f64]| {
            let terms = axis.iter().zip(point.iter().zip(&self.center));
            terms.map(|(a, (x, c))| a * (x - c)).sum()
        };
        (along(&self.axes[0]), along(&self.axes[1]))
    }
}

/// Rows whose products are summed at a time: the order of the sum never depends on the number of threads.
const CHUNK: usize = 512;

/// Up to this size, all eigenvectors are found by rotations; beyond, [`LEADING`] of them in a Krylov space of this size.
const DENSE: usize = 160;
/// How many components can be asked for in any case.
const LEADING: usize = 3;

/// The plane along two of the principal components (counted from 0) of `rows` points of `d` numbers each. The covariance is exact (f64, two passes); its eigenvectors
/// are found by Jacobi's rotations, above 160 dimensions within a Krylov space (Lanczos, fully reorthogonalized).
/// O(rows · d² + d³).
pub fn principal_plane(rows: &[&[f64]], d: usize, components: [usize; 2], task: &Task) -> Result<Plane, Cancelled> {
    let n = rows.len().max(1) as f64;
    let mut center = vec![0.0; d];
    for row in rows {
        center.iter_mut().zip(*row).for_each(|(c, x)| *c += x / n);
    }
    let sums = task.pool.try_map(rows.len().div_ceil(CHUNK), |k| {
        task.cancel.check()?;
        Ok(products(&rows[k * CHUNK..rows.len().min((k + 1) * CHUNK)], &center, d))
    })?;
    let mut covariance = vec![0.0; d * d];
    for sum in sums {
        covariance.iter_mut().zip(sum).for_each(|(c, s)| *c += s / n);
    }
    let total: f64 = (0..d).map(|i| covariance[i * d + i]).sum();
    let pairs = if d <= DENSE {
        eigen(covariance, d, &task.cancel)?
    } else {
        krylov(&covariance, d, task)?
    };
    let mut axes = [vec![0.0; d], vec![0.0; d]];
    let mut explained = [0.0; 2];
    for (k, component) in components.into_iter().enumerate() {
        if let Some((value, vector)) = pairs.get(component).filter(|(value, _)| *value > 1e-14 * total) {
            axes[k] = facing_forward(vector.clone());
            explained[k] = (value / total).clamp(0.0, 1.0);
        }
    }
    Ok(Plane {
        center,
        axes,
        explained,
    })
}

/// Σ (row − center)(row − center)ᵀ, both halves.
fn products(rows: &[&[f64]], center: &[f64], d: usize) -> Vec<f64> {
    let mut sum = vec![0.0; d * d];
    let mut x = vec![0.0; d];
    for row in rows {
        x.iter_mut()
            .zip(row.iter().zip(center))
            .for_each(|(x, (r, c))| *x = r - c);
        for i in 0..d {
            let (line, xi) = (&mut sum[i * d..=i * d + i], x[i]);
            line.iter_mut().zip(&x).for_each(|(s, xj)| *s += xi * xj);
        }
    }
    for i in 0..d {
        for j in 0..i {
            sum[j * d + i] = sum[i * d + j];
        }
    }
    sum
}

fn facing_forward(mut axis: Vec<f64>) -> Vec<f64> {
    let largest = axis.iter().fold(0.0f64, |l, x| if x.abs() > l.abs() { *x } else { l });
    if largest < 0.0 {
        for x in &mut axis {
            *x = -*x;
        }
    }
    axis
}

/// The leading pairs of a large symmetric matrix: the matrix seen in the space of v, Av, A²v, …, kept orthogonal.
fn krylov(a: &[f64], d: usize, task: &Task) -> Result<Vec<(f64, Vec<f64>)>, Cancelled> {
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(DENSE);
    // Starting from the row of the largest diagonal entry, which has a part in the leading directions.
    let start = (0..d)
        .max_by(|&i, &j| a[i * d + i].total_cmp(&a[j * d + j]))
        .unwrap_or(0);
    let mut next = a[start * d..(start + 1) * d].to_vec();
    let mut images: Vec<Vec<f64>> = Vec::with_capacity(DENSE);
    while basis.len() < DENSE {
        task.cancel.check()?;
        let before = dot(&next, &next).sqrt();
        for _twice in 0..2 {
            for b in &basis {
                let share = dot(b, &next);
                next.iter_mut().zip(b).for_each(|(x, b)| *x -= share * b);
            }
        }
        let norm = dot(&next, &next).sqrt();
        if norm <= 1e-12 * before {
            break;
        }
        for x in &mut next {
            *x /= norm;
        }
        let image: Vec<f64> = task.pool.map(d, |i| dot(&a[i * d..(i + 1) * d], &next));
        basis.push(std::mem::replace(&mut next, image.clone()));
        images.push(image);
    }
    let m = basis.len();
    let small: Vec<f64> = (0..m * m).map(|k| dot(&basis[k / m], &images[k % m])).collect();
    let pairs = eigen(small, m, &task.cancel)?;
    let lifted = pairs.into_iter().take(LEADING).map(|(value, weights)| {
        let mut vector = vec![0.0; d];
        for (w, b) in weights.iter().zip(&basis) {
            vector.iter_mut().zip(b).for_each(|(x, b)| *x += w * b);
        }
        (value, vector)
    });
    Ok(lifted.collect())
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Cancel;

    fn plane(rows: &[Vec<f64>]) -> Plane {
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        principal_plane(&rows, rows[0].len(), [0, 1], &Task::unattended()).unwrap()
    }

    #[test]
    fn a_rectangle_gives_its_sides() {
        // Corners of a 2 × 1 rectangle around (3, 7): variances 1 and 1/4.
        let p = plane(&[vec![2.0, 6.5], vec![4.0, 6.5], vec![2.0, 7.5], vec![4.0, 7.5]]);
        assert_eq!(p.center, [3.0, 7.0]);
        assert_eq!(p.axes, [vec![1.0, 0.0], vec![0.0, 1.0]]);
        assert!((p.explained[0] - 0.8).abs() < 1e-15 && (p.explained[1] - 0.2).abs() < 1e-15);
        assert_eq!(p.project(&[4.0, 6.5]), (1.0, -0.5));
    }

    #[test]
    fn a_line_or_a_point_has_no_second_axis() {
        let line = plane(&[vec![0.0, 0.0], vec![1.0, 1.0], vec![2.0, 2.0]]);
        assert!((line.explained[0] - 1.0).abs() < 1e-12);
        assert_eq!((line.explained[1], line.axes[1].as_slice()), (0.0, &[0.0, 0.0][..]));
        let point = plane(&[vec![5.0, 5.0]]);
        assert_eq!((point.explained, point.project(&[9.0, 9.0])), ([0.0; 2], (0.0, 0.0)));
    }

    #[test]
    fn the_krylov_space_finds_what_rotations_find() {
        let d = 170;
        let mut state = 1u64;
        let mut random = || {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let rows: Vec<Vec<f64>> = (0..60)
            .map(|_| (0..d).map(|j| random() * (1.0 + 3.0 / (1.0 + j as f64))).collect())
            .collect();
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let center = vec![0.0; d];
        let a = products(&rows, &center, d);
        let exact = eigen(a.clone(), d, &Cancel::new()).unwrap();
        let found = krylov(&a, d, &Task::unattended()).unwrap();
        for k in 0..2 {
            assert!((exact[k].0 - found[k].0).abs() < 1e-9 * exact[0].0);
            assert!((dot(&exact[k].1, &found[k].1).abs() - 1.0).abs() < 1e-9);
        }
    }
}
