//! How far a map can be trusted: whether those who are near on it are near in truth.

use crate::task::{Cancelled, Task};

/// Trustworthiness T(k) = 1 − 2 / (n·k·(2n − 3k − 1)) · Σ_i Σ_j (rank(i, j) − k), over the j that are among the k nearest
/// of i on the map but not in the full space; rank is the place of j among the neighbors of i there. 1: no false
/// neighbors; about ½: a map made at random.
///
/// `None` where there are not more than 2k points. Ties keep the order of the points. O(n²·d). Venna and Kaski 2001; equal
/// to scikit-learn's.
pub fn trustworthiness(full: &[&[f64]], map: &[(f64, f64)], k: usize, task: &Task) -> Result<Option<f64>, Cancelled> {
    let n = full.len();
    if k == 0 || n <= 2 * k {
        return Ok(None);
    }
    let penalties = task.pool.try_map(n, |i| -> Result<f64, Cancelled> {
        task.cancel.check()?;
        let far: Vec<f64> = full.iter().map(|x| squared_distance(x, full[i])).collect();
        let (xi, yi) = map[i];
        let near: Vec<f64> = map.iter().map(|(x, y)| (x - xi).powi(2) + (y - yi).powi(2)).collect();
        let mut order: Vec<usize> = (0..n).filter(|j| *j != i).collect();
        let by_map = |a: &usize, b: &usize| near[*a].total_cmp(&near[*b]).then(a.cmp(b));
        order.select_nth_unstable_by(k - 1, by_map);
        let false_friends = order[..k].iter().map(|&j| {
            let closer = |m: &usize| far[*m] < far[j] || (far[*m] == far[j] && *m < j);
            let rank = 1 + (0..n).filter(|m| *m != i && closer(m)).count();
            rank.saturating_sub(k) as f64
        });
        Ok(false_friends.sum())
    })?;
    let (n, k) = (n as f64, k as f64);
    let sum: f64 = penalties.into_iter().sum();
    Ok(Some(1.0 - 2.0 / (n * k * (2.0 * n - 3.0 * k - 1.0)) * sum))
}

fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figures_of_scikit_learn_are_met() {
        let points = ["000", "100", "010", "002", "333", "343", "433", "551"];
        let full: Vec<Vec<f64>> = points
            .iter()
            .map(|p| p.bytes().map(|b| f64::from(b - b'0')).collect())
            .collect();
        let map: Vec<(f64, f64)> = full.iter().map(|p| (p[0], p[1])).collect();
        let full: Vec<&[f64]> = full.iter().map(Vec::as_slice).collect();
        let trust = |k| trustworthiness(&full, &map, k, &Task::unattended()).unwrap();
        assert!((trust(2).unwrap() - 0.9583333333).abs() < 1e-10);
        assert_eq!(trust(3), Some(1.0));
        assert_eq!(trust(4), None);
    }
}
