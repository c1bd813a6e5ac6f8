use crate::task::{Cancel, Cancelled};

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    /// L1 regularization: makes weights 0.
    pub l1: f32,
    /// L2 regularization: shrinks weights toward 0.
    pub l2: f32,
    pub max_iterations: usize,
    /// Stop after a round that moves no weight by more.
    pub tolerance: f32,
    /// Candidate items per item, preselected by cosine.
    pub neighbors: usize,
}

/// The weights w ≥ 0 of other items that best predict column `target` of a binary matrix X: cyclic coordinate descent on
/// ½‖x_t − Xw‖² + l1·Σw + ½·l2·‖w‖², over the items that share a rater with it.
///
/// `gram` is XᵀX (n × n, row by row). With ρ_j = x_jᵀ(x_t − Xw) kept up to date, a step is
/// w_j ← max(0, (ρ_j + n_j·w_j − l1) / (n_j + l2)) and needs no X. O(n) for every weight that moves.
pub(super) fn regress(
    gram: &[f32],
    n: usize,
    target: usize,
    settings: &Settings,
    cancel: &Cancel,
) -> Result<Vec<(u32, f32)>, Cancelled> {
    let mut correlations: Vec<f32> = gram[target * n..][..n].to_vec();
    let candidates = candidates(gram, n, target, settings.neighbors);
    let mut weights = vec![0.0f32; candidates.len()];
    for _ in 0..settings.max_iterations {
        cancel.check()?;
        let mut largest_move = 0.0f32;
        for (weight, &j) in weights.iter_mut().zip(&candidates) {
            let row = &gram[j * n..][..n];
            let n_raters = row[j];
            let new_weight = ((correlations[j] + n_raters * *weight - settings.l1) / (n_raters + settings.l2)).max(0.0);
            let moved = new_weight - *weight;
            if moved != 0.0 {
                correlations.iter_mut().zip(row).for_each(|(l, g)| *l -= moved * g);
                *weight = new_weight;
                largest_move = largest_move.max(moved.abs());
            }
        }
        if largest_move <= settings.tolerance {
            break;
        }
    }
    let found = candidates.into_iter().zip(weights).filter(|(_, w)| *w > 0.0);
    Ok(found.map(|(j, w)| (j as u32, w)).collect())
}

/// The items that share a rater with `target`, ascending; the `max` with the highest cosine if there are more.
fn candidates(gram: &[f32], n: usize, target: usize, max: usize) -> Vec<usize> {
    let row = &gram[target * n..][..n];
    let mut others: Vec<usize> = (0..n).filter(|&j| j != target && row[j] > 0.0).collect();
    if others.len() > max {
        let cosine = |j: usize| row[j] / gram[j * n + j].sqrt();
        others.sort_by(|&a, &b| cosine(b).total_cmp(&cosine(a)));
        others.truncate(max);
        others.sort_unstable();
    }
    others
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Settings = Settings {
        l1: 0.0,
        l2: 0.0,
        max_iterations: 1000,
        tolerance: 1e-7,
        neighbors: usize::MAX,
    };

    /// Users by items; three columns.
    const X: [[f32; 3]; 5] = [[1., 1., 0.], [1., 1., 1.], [1., 0., 1.], [0., 1., 1.], [1., 0., 0.]];

    fn gram() -> Vec<f32> {
        let entry = |i, j| X.iter().map(|row: &[f32; 3]| row[i] * row[j]).sum::<f32>();
        (0..9).map(|at| entry(at / 3, at % 3)).collect()
    }

    /// Half the squared error plus penalties, from X itself.
    fn objective(w: [f32; 3], target: usize, s: &Settings) -> f64 {
        let error: f32 = X
            .iter()
            .map(|row| (row[target] - (0..3).map(|j| row[j] * w[j]).sum::<f32>()).powi(2))
            .sum();
        let squares: f32 = w.iter().map(|w| w * w).sum();
        f64::from(0.5 * error + s.l1 * w.iter().sum::<f32>() + 0.5 * s.l2 * squares)
    }

    #[test]
    fn the_weights_are_a_minimum() {
        for (l1, l2) in [(0.0, 0.0), (0.5, 1.0), (1.0, 0.1)] {
            let settings = Settings { l1, l2, ..SETTINGS };
            for target in 0..3 {
                let found = regress(&gram(), 3, target, &settings, &Cancel::new()).unwrap();
                let mut w = [0.0; 3];
                for (j, x) in found {
                    w[j as usize] = x;
                }
                let best = objective(w, target, &settings);
                for j in (0..3).filter(|&j| j != target) {
                    for step in [-0.01, 0.01] {
                        let mut aside = w;
                        aside[j] = (aside[j] + step).max(0.0);
                        assert!(objective(aside, target, &settings) >= best - 1e-6, "{target}: {w:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn two_items_by_hand() {
        // x_0·x_1 = 2, |x_1|² = 3: w = (2 − l1) / (3 + l2).
        let settings = Settings {
            l1: 0.5,
            l2: 1.0,
            ..SETTINGS
        };
        let two = [4.0, 2.0, 2.0, 3.0];
        let found = regress(&two, 2, 0, &settings, &Cancel::new()).unwrap();
        assert_eq!(found, [(1, 0.375)]);
        let none = Settings { l1: 2.0, ..settings };
        assert!(regress(&two, 2, 0, &none, &Cancel::new()).unwrap().is_empty());
    }

    #[test]
    fn only_the_nearest_take_part() {
        let settings = Settings {
            neighbors: 1,
            ..SETTINGS
        };
        // Item 0: with 1 in 2 of 3 raters, with 2 in 2 of 3: the first of equals.
        let found = regress(&gram(), 3, 0, &settings, &Cancel::new()).unwrap();
        assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [1]);
    }
}
