//! How far a map can be believed, as a whole and point by point.

use std::sync::Arc;

use super::space::Space;
use super::{MapQuery, MapView, NEIGHBORS};
use crate::answers::{AnswerError, World};
use crate::latent::{Near, Points, hubness, nearest_of, nearest_on_plane, overlap, trust};
use crate::models::Formula;
use crate::task::Task;

/// Up to so many points the neighbors of each are looked for in the full space; above, of so many of them, spread evenly over
/// the file.
const LOOKED_AT: usize = 5_000;

/// The nearest in the full space, of all points or of some.
pub(super) struct Neighbors {
    /// Whose they are, ascending.
    pub of: Vec<u32>,
    pub near: Vec<Near>,
}

/// Adds what is known of how far the map can be believed. O(min(n, 5000) · n · factors), the map itself in O(n·log n).
pub(super) fn judge(
    view: &mut MapView,
    world: &World,
    query: &MapQuery,
    space: &Space,
    task: &Task,
) -> Result<(), AnswerError> {
    let places = view.places.clone();
    let places = Points::from(places.as_slice());
    let full = near(world, &query.formula, query.users, space, task)?;
    let on_map = nearest_on_plane(&places, NEIGHBORS, task)?;
    let n = view.points.len();
    let hubs = hubness(&full.near, n);
    // Who stands in the lists of some stands, as far as can be told, in so many of all.
    let times = n as f64 / full.of.len().max(1) as f64;
    for (point, hubs) in view.points.iter_mut().zip(&hubs) {
        point.hubness = Some((f64::from(*hubs) * times).round() as u32);
    }
    let near_on_map: Vec<Near> = full.of.iter().map(|at| on_map[*at as usize].clone()).collect();
    for (at, share) in full.of.iter().zip(overlap(&full.near, &near_on_map)) {
        view.points[*at as usize].trust = Some(share);
    }
    view.hub_skewness = if full.of.len() == n { skewness(&hubs) } else { None };
    view.looked_at = (full.of.len() < n).then_some(full.of.len());
    let found = trust(&space.points, &places, NEIGHBORS, task)?;
    view.trustworthiness = found.as_ref().map(|t| t.trustworthiness);
    view.continuity = found.as_ref().map(|t| t.continuity);
    view.errors = found.and_then(|t| t.errors);
    Ok(())
}

/// The 10 nearest in the full space: once a fit, whatever maps are made of it.
fn near(
    world: &World,
    formula: &Formula,
    users: bool,
    space: &Space,
    task: &Task,
) -> Result<Arc<Neighbors>, AnswerError> {
    let key = ("near on the map", formula.to_string(), users);
    world.lasting(&key, &task.cancel, || {
        let n = space.points.len() as u32;
        let step = (n as usize).div_ceil(LOOKED_AT).max(1);
        let of: Vec<u32> = (0..n).step_by(step).collect();
        Ok(Neighbors {
            near: nearest_of(&space.points, &of, NEIGHBORS, task)?,
            of,
        })
    })
}

/// Σ(x − x̄)³/n over σ³; `None` where nothing varies.
fn skewness(counts: &[u32]) -> Option<f64> {
    let n = counts.len() as f64;
    let mean = counts.iter().map(|c| f64::from(*c)).sum::<f64>() / n;
    let moment = |power: i32| counts.iter().map(|c| (f64::from(*c) - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    (variance > 0.0).then(|| moment(3) / variance.powf(1.5))
}
