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
}

/// Points beyond which a part of them is looked at: each of those beside all others.
const LOOKED_AT: usize = 2_000;

/// Trustworthiness and continuity of a map with `k` neighbors (Venna and Kaski 2001; equal to scikit-learn's); above 2,000
/// points the mean over every so-many-th of them. `None` where there are not more than 2k points. Ties keep the order of the
/// points. O(min(n, 2000)·n·(d + k)).
pub fn trust(full: &Points, map: &Points, k: usize, task: &Task) -> Result<Option<Trust>, Cancelled> {
    let n = full.len();
    if k == 0 || n <= 2 * k || map.len() != n {
        return Ok(None);
    }
    let step = n.div_ceil(LOOKED_AT);
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
    let scaled = |sum: f64| 1.0 - 2.0 / (share * k * (2.0 * n - 3.0 * k - 1.0)) * sum;
    Ok(Some(Trust {
        trustworthiness: scaled(penalties.iter().map(|p| p.0).sum()),
        continuity: scaled(penalties.iter().map(|p| p.1).sum()),
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

/// The nearest of a point, nearest first, with their squared distances.
pub type Near = Vec<(u32, f64)>;

/// The `k` nearest of every point, nearest first, the squared distance beside each; ties in the order of the points. Fewer
/// where there are not so many others. O(n²·d).
pub fn nearest(points: &Points, k: usize, task: &Task) -> Result<Vec<Near>, Cancelled> {
    let n = points.len();
    let k = k.min(n.saturating_sub(1));
    task.pool.try_map(n, |i| {
        if i % 16 == 0 {
            task.cancel.check()?;
        }
        let own = points.row(i);
        let mut best: Vec<(u32, f64)> = Vec::with_capacity(2 * k + 1);
        let mut bound = f64::INFINITY;
        let by_distance = |a: &(u32, f64), b: &(u32, f64)| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0));
        for (j, row) in points.rows().enumerate() {
            let distance = squared_distance(row, own);
            if j == i || distance > bound || k == 0 {
                continue;
            }
            best.push((j as u32, distance));
            // Half of what was gathered is let go at once: cheaper than a place for each.
            if best.len() > 2 * k {
                best.select_nth_unstable_by(k - 1, by_distance);
                best.truncate(k);
                bound = best.last().map_or(bound, |b| b.1);
            }
        }
        best.sort_unstable_by(by_distance);
        best.truncate(k);
        Ok(best)
    })
}

/// The share of each point's neighbors in one list that are in its other too, 0 to 1.
pub fn overlap(one: &[Near], other: &[Near]) -> Vec<f64> {
    let share = |(a, b): (&Near, &Near)| {
        let both = a.iter().filter(|x| b.iter().any(|y| y.0 == x.0)).count();
        both as f64 / a.len().max(1) as f64
    };
    one.iter().zip(other).map(share).collect()
}

/// In how many of the lists each point stands: its hubness.
pub fn hubness(nearest: &[Near]) -> Vec<u32> {
    let mut counts = vec![0; nearest.len()];
    for (j, _) in nearest.iter().flatten() {
        counts[*j as usize] += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits() -> Points {
        let points = ["000", "100", "010", "002", "333", "343", "433", "551"];
        Points::of(
            3,
            points
                .iter()
                .map(|p| p.bytes().map(|b| f64::from(b - b'0')).collect::<Vec<f64>>()),
        )
    }

    fn flat(points: &Points) -> Points {
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
    fn neighbors_hubs_and_overlaps_are_those_of_a_sorted_list() {
        let full = digits();
        let task = Task::unattended();
        let near = nearest(&full, 3, &task).unwrap();
        for (i, found) in near.iter().enumerate() {
            let mut all: Vec<(u32, f64)> = (0..8)
                .filter(|j| *j != i)
                .map(|j| (j as u32, squared_distance(full.row(i), full.row(j))))
                .collect();
            all.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
            assert_eq!(found, &all[..3]);
        }
        let hubs = hubness(&near);
        assert_eq!(hubs.iter().sum::<u32>(), 24);
        // 000 is near to 100, 010 and 002 alone.
        assert_eq!(hubs[0], 3);
        assert_eq!(overlap(&near, &near), [1.0; 8]);
        let on_map = nearest(&flat(&full), 3, &task).unwrap();
        assert!(overlap(&near, &on_map).iter().all(|share| (0.0..=1.0).contains(share)));
        assert!(nearest(&Points::default(), 3, &task).unwrap().is_empty());
        assert_eq!(nearest(&full.at(&[0]), 3, &task).unwrap(), [vec![]]);
    }
}
