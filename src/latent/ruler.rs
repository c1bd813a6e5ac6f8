//! A plane along an axis that somebody chose.

use super::{Plane, Points, principal_plane};
use crate::task::{Cancelled, Task};

/// The plane on which `from` lies at (0, 0) and `to` at (1, 0): along the first axis everything is laid between them, by its
/// projection (x − from)·(to − from) / |to − from|²; the second is the widest direction of what that leaves of the points,
/// in the same unit, the distance of the two ends. `None` where both ends are in the same place. O(n·d² + d³).
pub fn ruled_plane(points: &Points, from: &[f64], to: &[f64], task: &Task) -> Result<Option<Plane>, Cancelled> {
    let d = points.width();
    let axis: Vec<f64> = to.iter().zip(from).map(|(t, f)| t - f).collect();
    let square: f64 = axis.iter().map(|x| x * x).sum();
    if axis.len() != d || !square.is_normal() {
        return Ok(None);
    }
    let along = |row: &[f64]| -> f64 {
        let terms = axis.iter().zip(row.iter().zip(from));
        terms.map(|(a, (x, f))| a * (x - f)).sum::<f64>() / square
    };
    let left = points.map(d, |row| {
        let t = along(row);
        row.iter().zip(&axis).map(|(x, a)| x - t * a).collect()
    });
    let rows: Vec<&[f64]> = left.rows().collect();
    let across = principal_plane(&rows, d, [0, 1], task)?;
    let total = spread(points);
    let share = |variance: f64| {
        if total > 0.0 {
            (variance / total).clamp(0.0, 1.0)
        } else {
            0.0
        }
    };
    let lengths = Points::of(1, points.rows().map(|row| [along(row) * square.sqrt()]));
    let [wide, _] = across.axes;
    let explained = [share(spread(&lengths)), share(across.explained[0] * spread(&left))];
    Ok(Some(Plane {
        center: from.to_vec(),
        axes: [
            axis.iter().map(|a| a / square).collect(),
            wide.iter().map(|w| w / square.sqrt()).collect(),
        ],
        explained,
    }))
}

/// Σ |x − x̄|².
fn spread(points: &Points) -> f64 {
    let n = points.len().max(1) as f64;
    let mut center = vec![0.0; points.width()];
    for row in points.rows() {
        center.iter_mut().zip(row).for_each(|(c, x)| *c += x / n);
    }
    let away = |row: &[f64]| row.iter().zip(&center).map(|(x, c)| (x - c) * (x - c)).sum::<f64>();
    points.rows().map(away).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_at_0_and_1_and_what_is_left_is_at_right_angles() {
        let entry = |i: usize, j: usize| ((i * i * 7919 + j * 104_729 + i * j * 31) % 9973) as f64 / 1000.0;
        let points = Points::of(5, (0..60).map(|i| [0, 1, 2, 3, 4].map(|j| entry(i, j))));
        let (from, to) = (points.row(7).to_vec(), points.row(23).to_vec());
        let plane = ruled_plane(&points, &from, &to, &Task::unattended()).unwrap().unwrap();
        let near = |(x, y): (f64, f64), (a, b): (f64, f64)| (x - a).abs() < 1e-12 && (y - b).abs() < 1e-12;
        assert!(near(plane.project(&from), (0.0, 0.0)) && near(plane.project(&to), (1.0, 0.0)));
        let dot: f64 = plane.axes[0].iter().zip(&plane.axes[1]).map(|(a, b)| a * b).sum();
        assert!(dot.abs() < 1e-12);
        // Both axes have one unit: the distance of the ends.
        let [first, second] = [0, 1].map(|k| plane.axes[k].iter().map(|x| x * x).sum::<f64>().sqrt());
        assert!((first - second).abs() < 1e-12);
        // By hand: the foot of a point on the line.
        let d: Vec<f64> = to.iter().zip(&from).map(|(t, f)| t - f).collect();
        let foot = |row: &[f64]| {
            let up: f64 = row.iter().zip(&from).zip(&d).map(|((x, f), d)| (x - f) * d).sum();
            up / d.iter().map(|d| d * d).sum::<f64>()
        };
        for row in points.rows() {
            assert!((plane.project(row).0 - foot(row)).abs() < 1e-12);
        }
        let [along, across] = plane.explained;
        assert!(along > 0.0 && across > 0.0 && along + across < 1.0);
    }

    #[test]
    fn on_a_plane_the_ruler_turns_it_and_ends_in_one_place_are_none() {
        let points = Points::of(2, [[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [3.0, -1.0]]);
        let task = Task::unattended();
        let plane = ruled_plane(&points, &[0.0, 0.0], &[0.0, 2.0], &task).unwrap().unwrap();
        let (x, y) = plane.project(&[3.0, -1.0]);
        assert!((x + 0.5).abs() < 1e-12 && (y.abs() - 1.5).abs() < 1e-12, "{x} {y}");
        assert!((plane.explained[0] + plane.explained[1] - 1.0).abs() < 1e-12);
        assert_eq!(ruled_plane(&points, &[1.0, 1.0], &[1.0, 1.0], &task).unwrap(), None);
        assert_eq!(ruled_plane(&points, &[1.0], &[2.0], &task).unwrap(), None);
    }
}
