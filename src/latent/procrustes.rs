//! Two clouds of the same points laid over each other.

use super::Points;
use super::points::{dot, squared_distance};
use super::svd::singular;
use crate::task::{Cancel, Cancelled};

/// Two clouds, both with their middle at 0 and a sum of squares of 1, the second turned and scaled to lie on the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Aligned {
    pub first: Points,
    pub second: Points,
    /// Σ |first − second|²: 0 where one is a turned and scaled copy of the other, at most 1.
    pub disparity: f64,
}

/// Lays `second` over `first`, point on point, by the rotation (or reflection) and the scale that leave the least distance:
/// R = U Vᵀ from the singular value decomposition of the product of both (Schönemann 1966; the figures of
/// `scipy.spatial.procrustes`). The narrower cloud gets dimensions of 0. `None` where their numbers of points differ, or one
/// is a single place. O(n·d² + d³).
pub fn procrustes(first: &Points, second: &Points, cancel: &Cancel) -> Result<Option<Aligned>, Cancelled> {
    let d = first.width().max(second.width());
    let (Some(first), Some(second)) = (standardized(first, d), standardized(second, d)) else {
        return Ok(None);
    };
    if first.len() != second.len() {
        return Ok(None);
    }
    // Column j of firstᵀ second.
    let mut columns = vec![vec![0.0; d]; d];
    for (a, b) in first.rows().zip(second.rows()) {
        for (column, b) in columns.iter_mut().zip(b) {
            column.iter_mut().zip(a).for_each(|(to, a)| *to += a * b);
        }
    }
    let parts = singular(columns, cancel)?;
    let scale: f64 = parts.values.iter().sum();
    let turned = second.map(d, |row| {
        let mut to = vec![0.0; d];
        for (left, right) in parts.left.iter().zip(&parts.right) {
            let along = scale * dot(right, row);
            to.iter_mut().zip(left).for_each(|(to, l)| *to += along * l);
        }
        to
    });
    let disparity = first
        .rows()
        .zip(turned.rows())
        .map(|(a, b)| squared_distance(a, b))
        .sum();
    Ok(Some(Aligned {
        first,
        second: turned,
        disparity,
    }))
}

/// Around 0, with a sum of squares of 1.
fn standardized(points: &Points, width: usize) -> Option<Points> {
    let n = points.len() as f64;
    let mut middle = vec![0.0; points.width()];
    for row in points.rows() {
        middle.iter_mut().zip(row).for_each(|(m, x)| *m += x / n);
    }
    let centered = points.map(points.width(), |row| {
        row.iter().zip(&middle).map(|(x, m)| x - m).collect()
    });
    let squares: f64 = centered.rows().map(|row| dot(row, row)).sum();
    let size: f64 = points.rows().map(|row| dot(row, row)).sum();
    let norm = squares.sqrt();
    (squares > 1e-28 * size).then(|| centered.map(width, |row| row.iter().map(|x| x / norm).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aligned(first: &Points, second: &Points) -> Option<Aligned> {
        procrustes(first, second, &Cancel::new()).unwrap()
    }

    fn near(points: &Points, expected: &[[f64; 2]]) {
        for (row, expected) in points.rows().zip(expected) {
            assert!(squared_distance(row, expected) < 1e-15, "{row:?} {expected:?}");
        }
    }

    #[test]
    fn the_figures_of_scipy_are_met() {
        let first = Points::of(2, [[1.0, 3.0], [1.0, 2.0], [1.0, 1.0], [2.0, 1.0]]);
        let second = Points::of(2, [[4.0, -2.0], [4.0, -4.0], [4.0, -6.0], [2.0, -7.0]]);
        let found = aligned(&first, &second).unwrap();
        near(
            &found.first,
            &[
                [-0.13363062, 0.6681531],
                [-0.13363062, 0.13363062],
                [-0.13363062, -0.40089186],
                [0.40089186, -0.40089186],
            ],
        );
        near(
            &found.second,
            &[
                [-0.17880154, 0.63051068],
                [-0.13363062, 0.16374456],
                [-0.08845971, -0.30302155],
                [0.40089186, -0.49123369],
            ],
        );
        assert!((found.disparity - 0.02414486921529176).abs() < 1e-14);
        let x = (0..12).map(|i| [0, 1, 2].map(|j| ((i * 7919 + j * 104729 + 13) % 101) as f64 / 10.0 - 5.0));
        let y = (0..12)
            .map(|i| [0, 1, 2].map(|j| (((i * i + 3) * 7907 + j * j * 10473 + i * j * 77) % 97) as f64 / 9.0 - 5.0));
        let found = aligned(&Points::of(3, x), &Points::of(3, y)).unwrap();
        assert!((found.disparity - 0.919945507269708).abs() < 1e-13);
    }

    #[test]
    fn a_turned_scaled_and_mirrored_copy_lies_on_the_original() {
        let first = Points::of(2, (0..9).map(|i| [f64::from(i * i % 7), f64::from(i * 5 % 4)]));
        let copy = first.map(2, |p| vec![3.0 * p[1] + 100.0, 3.0 * p[0] - 7.0]);
        assert!(aligned(&first, &copy).unwrap().disparity < 1e-24);
        // In a plane of a wider space too.
        let wide = first.map(4, |p| vec![0.5, -p[1], 2.0, p[0]]);
        assert!(aligned(&wide, &first).unwrap().disparity < 1e-24);
        let point = Points::of(2, vec![[4.0, 4.0]; 9]);
        assert_eq!(aligned(&first, &point), None);
        assert_eq!(aligned(&first, &first.at(&[0, 1])), None);
    }
}
