//! How far a map can be trusted: whether those who are near on it are near in truth, and the other way round.

use super::Points;
use super::points::squared_distance;
use crate::task::{Cancelled, Task};

/// How a map compares with the space that it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Trust {
    /// T(k) = 1 − 2 / (n·k·(2n − 3k − 1)) · Σ_i Σ_j (rank(i, j) − k), over the j that are among the k nearest of i on the map
    /// but not in the full space; rank is the place of j among the neighbors of i there. 1: no false neighbors; about ½: a map
    /// made at random.
    pub trustworthiness: f64,
    /// The same with map and space exchanged. 1: no neighbor was torn away.
    pub continuity: f64,
    /// How many points were looked at, each beside all others.
    pub looked_at: usize,
    /// The standard errors of both where only a part was looked at, √((1 − m/n)·s²/m) with s² the variance over the m points
    /// looked at: which those are plays no part in a map's quality. `None` where all were.
    pub errors: Option<(f64, f64)>,
}

/// Points beyond which a part of them is looked at: each of those beside all others.
const LOOKED_AT: usize = 2_000;

/// Trustworthiness and continuity of a map with `k` neighbors (Venna and Kaski 2001; equal to scikit-learn's); above 2,000
/// points the mean over every so-many-th of them. `None` where there are not more than 2k points. Ties keep the order of the
/// points. O(min(n, 2000)·n·(d + k)).
pub fn trust(full: &Points, map: &Points, k: usize, task: &Task) -> Result<Option<Trust>, Cancelled> {
    judged(full, map, k, full.len().div_ceil(LOOKED_AT), task)
}

/// As [`trust`], over every `step`th point.
fn judged(full: &Points, map: &Points, k: usize, step: usize, task: &Task) -> Result<Option<Trust>, Cancelled> {
    let n = full.len();
    if k == 0 || n <= 2 * k || map.len() != n {
        return Ok(None);
    }
    let looked_at: Vec<usize> = (0..n).step_by(step).collect();
    let penalties = task
        .pool
        .try_map(looked_at.len(), |at| -> Result<(f64, f64), Cancelled> {
            task.cancel.check()?;
            let i = looked_at[at];
            let far = distances(full, i);
            let near = distances(map, i);
            Ok((penalty(&far, &near, i, k), penalty(&near, &far, i, k)))
        })?;
    let share = looked_at.len() as f64;
    let (n, k) = (n as f64, k as f64);
    let unit = 2.0 / (k * (2.0 * n - 3.0 * k - 1.0));
    let scaled = |sum: f64| 1.0 - unit / share * sum;
    let error = |of: fn(&(f64, f64)) -> f64| {
        let mean = penalties.iter().map(of).sum::<f64>() / share;
        let squares: f64 = penalties.iter().map(|p| (of(p) - mean) * (of(p) - mean)).sum();
        unit * ((1.0 - share / n) * squares / (share - 1.0) / share).sqrt()
    };
    Ok(Some(Trust {
        trustworthiness: scaled(penalties.iter().map(|p| p.0).sum()),
        continuity: scaled(penalties.iter().map(|p| p.1).sum()),
        looked_at: penalties.len(),
        errors: (share < n).then(|| (error(|p| p.0), error(|p| p.1))),
    }))
}

fn distances(points: &Points, i: usize) -> Vec<f64> {
    let own = points.row(i);
    points.rows().map(|row| squared_distance(row, own)).collect()
}

/// Σ (rank by `truth` − k) over the k nearest of `i` by `seen`, where that is positive.
fn penalty(truth: &[f64], seen: &[f64], i: usize, k: usize) -> f64 {
    let n = truth.len();
    let mut order: Vec<usize> = (0..n).filter(|j| *j != i).collect();
    order.select_nth_unstable_by(k - 1, |a, b| seen[*a].total_cmp(&seen[*b]).then(a.cmp(b)));
    let ranks = order[..k].iter().map(|&j| {
        let closer = |m: &usize| truth[*m] < truth[j] || (truth[*m] == truth[j] && *m < j);
        let rank = 1 + (0..n).filter(|m| *m != i && closer(m)).count();
        rank.saturating_sub(k) as f64
    });
    ranks.sum()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Eight points in space.
    pub fn digits() -> Points {
        let points = ["000", "100", "010", "002", "333", "343", "433", "551"];
        Points::of(
            3,
            points
                .iter()
                .map(|p| p.bytes().map(|b| f64::from(b - b'0')).collect::<Vec<f64>>()),
        )
    }

    /// Without the third coordinate.
    pub fn flat(points: &Points) -> Points {
        points.map(2, |p| p[..2].to_vec())
    }

    #[test]
    fn the_figures_of_scikit_learn_are_met() {
        let full = digits();
        let seen = |k| trust(&full, &flat(&full), k, &Task::unattended()).unwrap();
        let two = seen(2).unwrap();
        assert!((two.trustworthiness - 0.9583333333333334).abs() < 1e-12);
        assert!((two.continuity - 0.9583333333333334).abs() < 1e-12);
        let three = seen(3).unwrap();
        assert_eq!((three.trustworthiness, three.continuity), (1.0, 1.0));
        assert_eq!(seen(4), None);
        let entry = |i: usize, j: usize| ((i * i * 7919 + j * 104_729 + i * j * 31) % 9973) as f64 / 1000.0;
        let full = Points::of(4, (0..40).map(|i| [0, 1, 2, 3].map(|j| entry(i, j))));
        for (k, trustworthiness, continuity) in [
            (3, 0.8852380952380953, 0.9485714285714286),
            (10, 0.9146938775510204, 0.919795918367347),
        ] {
            let seen = trust(&full, &flat(&full), k, &Task::unattended()).unwrap().unwrap();
            assert!((seen.trustworthiness - trustworthiness).abs() < 1e-12, "{seen:?}");
            assert!((seen.continuity - continuity).abs() < 1e-12, "{seen:?}");
        }
    }

    #[test]
    fn a_part_of_the_points_tells_of_all_within_its_error() {
        let entry = |i: usize, j: usize| ((i * i * 7919 + j * 104_729 + i * j * 31) % 9973) as f64 / 1000.0;
        let full = Points::of(3, (0..6000).map(|i| [0, 1, 2].map(|j| entry(i, j))));
        let map = flat(&full);
        let task = Task::unattended();
        let part = trust(&full, &map, 5, &task).unwrap().unwrap();
        let all = judged(&full, &map, 5, 1, &task).unwrap().unwrap();
        assert_eq!((part.looked_at, all.looked_at, all.errors), (2000, 6000, None));
        let (one, other) = part.errors.unwrap();
        assert!(one > 0.0 && other > 0.0 && one < 0.01 && other < 0.01);
        assert!(
            (part.trustworthiness - all.trustworthiness).abs() < 4.0 * one,
            "{part:?} {all:?}"
        );
        assert!(
            (part.continuity - all.continuity).abs() < 4.0 * other,
            "{part:?} {all:?}"
        );
    }
}
