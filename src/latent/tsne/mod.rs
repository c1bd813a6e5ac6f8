//! t-SNE: a map on which those who are near in a wide space stay near (van der Maaten and Hinton 2008), with the forces
//! between far points summed over a quadtree (Barnes and Hut; van der Maaten 2014).
//!
//! Every step has the same bits on any number of threads: what is summed is summed in the order of the points or of the tree.
//! The start is given (the first two principal components are a good one), so there is nothing random in it.

mod affinities;
mod tree;

use super::Points;
use super::nearest;
use crate::task::{Cancelled, Task};
use affinities::Affinities;
use tree::Tree;

/// How a map is made; the defaults are scikit-learn's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsneSettings {
    /// About how many neighbors each point has; lowered where there are fewer than three times as many points.
    pub perplexity: f64,
    /// Steps in all, of which the first quarter (at most 250) is taken with attraction exaggerated.
    pub iterations: usize,
    /// Cells that look narrower than this angle (width by distance) act as one point.
    pub angle: f64,
}

impl Default for TsneSettings {
    fn default() -> Self {
        Self {
            perplexity: 30.0,
            iterations: 1_000,
            angle: 0.5,
        }
    }
}

/// A map as it stands after some steps.
#[derive(Clone, Debug, PartialEq)]
pub struct TsneMap {
    /// Where each point is.
    pub places: Vec<(f64, f64)>,
    /// Steps taken.
    pub iteration: usize,
    /// KL(P‖Q) = Σ p ln(p/q) in nats, with Q's normalization summed over the tree: what the steps lower.
    pub kl: f64,
}

/// Exaggeration, how many steps it lasts, the momentum then and later.
const EXAGGERATION: f64 = 12.0;
const EARLY: usize = 250;
const MOMENTUM: (f64, f64) = (0.5, 0.8);
/// Steps are at least this share of the plain gradient's.
const LEAST_GAIN: f64 = 0.01;
/// The deviation of the start along its first axis.
const START: f64 = 1e-4;
/// Points whose forces are computed at a time.
const AT_ONCE: usize = 256;

/// Lays `points` out on a plane from `start` on (scaled to a deviation of 10⁻⁴); after each step `watch` is told how far it
/// is, and makes the map if it wants one. The learning rate is n/48, at least 50 (Belkina et al. 2019). O(n²·d) for the
/// neighbors, then O(n·log n) a step.
///
/// # Errors
/// Cancellation.
pub fn tsne(
    points: &Points,
    start: &[(f64, f64)],
    settings: TsneSettings,
    task: &Task,
    mut watch: impl FnMut(usize, &dyn Fn() -> TsneMap),
) -> Result<TsneMap, Cancelled> {
    let n = points.len();
    let mut places = scaled(start);
    places.resize(n, (0.0, 0.0));
    let perplexity = settings.perplexity.min((n.saturating_sub(1)) as f64 / 3.0);
    if n < 4 || perplexity <= 1.0 {
        return Ok(TsneMap {
            places,
            iteration: 0,
            kl: 0.0,
        });
    }
    let near = nearest(points, (3.0 * perplexity + 1.0) as usize, task)?;
    let affinities = Affinities::of(&near, perplexity, task)?;
    let mut steps = Steps {
        affinities: &affinities,
        settings,
        rate: (n as f64 / EXAGGERATION / 4.0).max(50.0),
        speed: vec![(0.0, 0.0); n],
        gains: vec![(1.0, 1.0); n],
    };
    let early = EARLY.min(settings.iterations / 4);
    let map_of = |places: &[(f64, f64)], normalization: f64, iteration| TsneMap {
        kl: affinities.divergence(places, normalization),
        places: places.to_vec(),
        iteration,
    };
    for iteration in 0..settings.iterations {
        let (exaggeration, momentum) = if iteration < early {
            (EXAGGERATION, MOMENTUM.0)
        } else {
            (1.0, MOMENTUM.1)
        };
        if iteration == early {
            // As scikit-learn's second phase: nothing of the first goes on but the places.
            steps.speed.fill((0.0, 0.0));
            steps.gains.fill((1.0, 1.0));
        }
        let normalization = steps.step(&mut places, exaggeration, momentum, task)?;
        watch(iteration + 1, &|| map_of(&places, normalization, iteration + 1));
    }
    let (_, normalization) = repulsion(&places, settings.angle, task)?;
    Ok(map_of(&places, normalization, settings.iterations))
}

/// The descent between two steps.
struct Steps<'a> {
    affinities: &'a Affinities,
    settings: TsneSettings,
    rate: f64,
    speed: Vec<(f64, f64)>,
    gains: Vec<(f64, f64)>,
}

impl Steps<'_> {
    /// One step along the gradient 4 Σ_j (p_ij − q_ij)(y_i − y_j)/(1 + |y_i − y_j|²); returns the normalization of Q before it.
    fn step(
        &mut self,
        places: &mut [(f64, f64)],
        exaggeration: f64,
        momentum: f64,
        task: &Task,
    ) -> Result<f64, Cancelled> {
        let (away, normalization) = repulsion(places, self.settings.angle, task)?;
        let chunks = places.len().div_ceil(AT_ONCE);
        let seen: &[(f64, f64)] = places;
        let towards = task.pool.try_map(chunks, |chunk| {
            task.cancel.check()?;
            let of = chunk * AT_ONCE..seen.len().min((chunk + 1) * AT_ONCE);
            Ok(of.map(|i| self.affinities.attraction(seen, i)).collect::<Vec<_>>())
        })?;
        let towards = towards.into_iter().flatten();
        for (i, (towards, away)) in towards.zip(away).enumerate() {
            let force = |towards: f64, away: f64| 4.0 * (exaggeration * towards - away / normalization);
            let (gain, speed) = (&mut self.gains[i], &mut self.speed[i]);
            let moved = |gain: &mut f64, speed: &mut f64, gradient: f64| {
                *gain = if *speed * gradient < 0.0 {
                    *gain + 0.2
                } else {
                    *gain * 0.8
                }
                .max(LEAST_GAIN);
                *speed = momentum * *speed - self.rate * *gain * gradient;
                *speed
            };
            places[i].0 += moved(&mut gain.0, &mut speed.0, force(towards.0, away.0));
            places[i].1 += moved(&mut gain.1, &mut speed.1, force(towards.1, away.1));
        }
        Ok(normalization)
    }
}

/// Σ_j (y_i − y_j)/(1 + |y_i − y_j|²)² of every point, and Σ_i Σ_j 1/(1 + |y_i − y_j|²).
fn repulsion(places: &[(f64, f64)], angle: f64, task: &Task) -> Result<(Vec<(f64, f64)>, f64), Cancelled> {
    let tree = Tree::of(places);
    let order = tree.order();
    let chunks = task.pool.try_map(order.len().div_ceil(AT_ONCE), |chunk| {
        task.cancel.check()?;
        // Points in the order of the tree: those of a chunk walk through the same cells.
        let of = &order[chunk * AT_ONCE..order.len().min((chunk + 1) * AT_ONCE)];
        Ok(of.iter().map(|i| tree.repulsion(*i, angle)).collect::<Vec<_>>())
    })?;
    let mut away = vec![(0.0, 0.0); places.len()];
    let mut normalization = 0.0;
    for (i, (x, y, q)) in order.iter().zip(chunks.into_iter().flatten()) {
        away[*i as usize] = (x, y);
        normalization += q;
    }
    Ok((away, normalization.max(f64::MIN_POSITIVE)))
}

/// The start, scaled so that its first coordinate has a deviation of [`START`].
fn scaled(start: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let n = start.len().max(1) as f64;
    let mean = start.iter().map(|p| p.0).sum::<f64>() / n;
    let deviation = (start.iter().map(|p| (p.0 - mean) * (p.0 - mean)).sum::<f64>() / n).sqrt();
    let by = if deviation > 0.0 { START / deviation } else { 1.0 };
    start.iter().map(|(x, y)| (x * by, y * by)).collect()
}

#[cfg(test)]
mod tests;
