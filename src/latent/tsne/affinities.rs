use crate::task::{Cancelled, Task};

/// How near points are in the full space: p_ij = (p_j|i + p_i|j) / 2n, of a Gaussian around each point that is as wide as
/// its perplexity wants it; only for pairs where one is among the nearest of the other.
pub(super) struct Affinities {
    /// Where the entries of each point end.
    ends: Vec<usize>,
    others: Vec<u32>,
    p: Vec<f64>,
}

/// Halvings in the search for a width, and how near to the perplexity's logarithm is near enough.
const HALVINGS: usize = 100;
const NEAR_ENOUGH: f64 = 1e-5;

impl Affinities {
    /// `near` are the nearest of every point, with squared distances. O(n·k·log k).
    pub fn of(near: &[Vec<(u32, f64)>], perplexity: f64, task: &Task) -> Result<Self, Cancelled> {
        let n = near.len();
        let given = task.pool.try_map(n, |i| {
            if i % 64 == 0 {
                task.cancel.check()?;
            }
            Ok(gaussian(&near[i], perplexity))
        })?;
        // Every pair from both sides; where both know each other the two halves meet.
        let mut rows: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n];
        for (i, (near, given)) in near.iter().zip(&given).enumerate() {
            for ((j, _), p) in near.iter().zip(given) {
                rows[i].push((*j, *p));
                rows[*j as usize].push((i as u32, *p));
            }
        }
        let mut all = Self {
            ends: Vec::with_capacity(n),
            others: Vec::new(),
            p: Vec::new(),
        };
        for mut row in rows {
            row.sort_by_key(|(j, _)| *j);
            for (j, p) in row {
                let start = all.ends.last().copied().unwrap_or(0);
                if all.others.len() > start && all.others.last() == Some(&j) {
                    if let Some(last) = all.p.last_mut() {
                        *last += p;
                    }
                } else {
                    all.others.push(j);
                    all.p.push(p);
                }
            }
            all.ends.push(all.others.len());
        }
        let sum: f64 = all.p.iter().sum();
        for p in &mut all.p {
            *p /= sum.max(f64::MIN_POSITIVE);
        }
        Ok(all)
    }

    fn row(&self, i: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let of = if i == 0 { 0 } else { self.ends[i - 1] }..self.ends[i];
        let others = self.others[of.clone()].iter().map(|j| *j as usize);
        others.zip(self.p[of].iter().copied())
    }

    /// Σ_j p_ij (y_i − y_j)/(1 + |y_i − y_j|²).
    pub fn attraction(&self, places: &[(f64, f64)], i: usize) -> (f64, f64) {
        let (x, y) = places[i];
        let mut sum = (0.0, 0.0);
        for (j, p) in self.row(i) {
            let (dx, dy) = (x - places[j].0, y - places[j].1);
            let pull = p / (1.0 + dx * dx + dy * dy);
            sum.0 += pull * dx;
            sum.1 += pull * dy;
        }
        sum
    }

    /// Σ p ln(p/q) with q_ij = 1/(1 + |y_i − y_j|²)/`normalization`, in nats.
    pub fn divergence(&self, places: &[(f64, f64)], normalization: f64) -> f64 {
        let of = |i: usize| {
            let (x, y) = places[i];
            let terms = self.row(i).filter(|(_, p)| *p > 0.0).map(|(j, p)| {
                let (dx, dy) = (x - places[j].0, y - places[j].1);
                p * (p * normalization * (1.0 + dx * dx + dy * dy)).ln()
            });
            terms.sum::<f64>()
        };
        (0..places.len()).map(of).sum()
    }
}

/// p_j|i ∝ exp(−β·|x_i − x_j|²), with β such that the entropy is ln perplexity.
fn gaussian(near: &[(u32, f64)], perplexity: f64) -> Vec<f64> {
    let wanted = perplexity.ln();
    let closest = near.first().map_or(0.0, |n| n.1);
    let (mut beta, mut low, mut high) = (1.0, f64::NEG_INFINITY, f64::INFINITY);
    // Distances may have any size: the search begins at theirs.
    let mean = near.iter().map(|n| n.1 - closest).sum::<f64>() / near.len().max(1) as f64;
    if mean > 0.0 {
        beta /= mean;
    }
    let mut p = vec![0.0; near.len()];
    for _ in 0..HALVINGS {
        let (mut sum, mut weighted) = (0.0, 0.0);
        for (p, (_, distance)) in p.iter_mut().zip(near) {
            // Only differences count: the closest has 1, and no sum is 0.
            let distance = distance - closest;
            *p = (-beta * distance).exp();
            sum += *p;
            weighted += *p * distance;
        }
        let entropy = sum.ln() + beta * weighted / sum;
        for p in &mut p {
            *p /= sum;
        }
        let off = entropy - wanted;
        if off.abs() <= NEAR_ENOUGH {
            break;
        }
        if off > 0.0 {
            low = beta;
            beta = if high.is_finite() {
                f64::midpoint(low, high)
            } else {
                beta * 2.0
            };
        } else {
            high = beta;
            beta = if low.is_finite() {
                f64::midpoint(low, high)
            } else {
                beta / 2.0
            };
        }
    }
    p
}
