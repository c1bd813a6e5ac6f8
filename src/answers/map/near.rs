//! What is near a point of a map: on the map, in the full space, by cosine, and by the dot product.

use super::space::Space;
use super::{MapView, NEIGHBORS};
use crate::answers::{AnswerError, World};
use crate::latent::{Points, nearest_of};
use crate::models::Formula;
use crate::task::{Cancel, Task};

/// The neighbors of one point, by its places on the map, nearest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NearPoint {
    /// Whose they are.
    pub at: usize,
    /// |v|, and at which share of all points it lies: 0 the shortest, 1 the longest. Long ones come first by dot product,
    /// whatever they are.
    pub norm: f64,
    pub norm_rank: f64,
    /// Each of the 10 nearest with its distance on the map.
    pub on_map: Vec<(usize, f64)>,
    /// With its distance in the full space.
    pub full: Vec<(usize, f64)>,
    /// With its cosine.
    pub cosine: Vec<(usize, f64)>,
    /// With its dot product.
    pub dot: Vec<(usize, f64)>,
}

/// a·b / (|a| |b|); 0 where one has no length.
pub(super) fn cosine(a: &[f64], b: &[f64]) -> f64 {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { dot(a, b) / lengths } else { 0.0 }
}

/// The point of a map that is nearest to a place; `None` on an empty map. O(n).
pub fn point_at(map: &MapView, (x, y): (f64, f64)) -> Option<usize> {
    let away = |at: &usize| {
        let point = &map.points[*at];
        (point.x - x) * (point.x - x) + (point.y - y) * (point.y - y)
    };
    (0..map.points.len()).min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// What is near a point. O(n·factors).
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn near(
    world: &World,
    map: &MapView,
    (formula, users): (&Formula, bool),
    at: usize,
    cancel: &Cancel,
) -> Result<NearPoint, AnswerError> {
    let space = Space::of(world, formula, users, cancel)?;
    if at >= space.points.len() || space.points.len() != map.points.len() {
        return Ok(NearPoint::default());
    }
    let places: Vec<(f64, f64)> = map.points.iter().map(|point| (point.x, point.y)).collect();
    let task = Task {
        cancel: cancel.clone(),
        ..Task::default()
    };
    let by_distance = |points: &Points| -> Result<Vec<(usize, f64)>, AnswerError> {
        let found = nearest_of(points, &[at as u32], NEIGHBORS, &task)?;
        let found = found.into_iter().flatten();
        Ok(found.map(|(other, square)| (other as usize, square.sqrt())).collect())
    };
    let own = space.points.row(at);
    let square = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>();
    let by_likeness = |alike: &dyn Fn(&[f64]) -> f64| {
        let others = space.points.rows().enumerate().filter(|(other, _)| *other != at);
        let mut all: Vec<(usize, f64)> = others.map(|(other, row)| (other, alike(row))).collect();
        let order = |a: &(usize, f64), b: &(usize, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if all.len() > NEIGHBORS {
            all.select_nth_unstable_by(NEIGHBORS - 1, order);
            all.truncate(NEIGHBORS);
        }
        all.sort_by(order);
        all
    };
    let shorter = space.points.rows().filter(|row| square(row) < square(own)).count();
    Ok(NearPoint {
        at,
        norm: square(own).sqrt(),
        norm_rank: shorter as f64 / (space.points.len() - 1).max(1) as f64,
        on_map: by_distance(&Points::from(places.as_slice()))?,
        full: by_distance(&space.points)?,
        cosine: by_likeness(&|row| cosine(row, own)),
        dot: by_likeness(&|row| row.iter().zip(own).map(|(a, b)| a * b).sum()),
    })
}
