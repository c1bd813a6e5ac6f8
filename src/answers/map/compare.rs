//! The same items in two fits, laid over each other.

use serde::Serialize;

use super::space::Space;
use super::{MapPoint, MapQuery, MapView, NEIGHBORS, Projection, compute, ruled};
use crate::answers::{AnswerError, Entity, World};
use crate::latent::{Points, nearest, principal_plane, procrustes};
use crate::models::Formula;
use crate::task::Task;

/// A map of one model, where its points are by another, and what moved.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapCompareView {
    #[serde(flatten)]
    pub map: MapView,
    /// The other model.
    pub other: String,
    /// Σ |difference|² of both spaces, each scaled to a sum of squares of 1, after the best rotation and scale: 0 for the same
    /// space turned, at most 1 (Procrustes).
    pub disparity: f64,
    /// The mean share of the 10 nearest in the full space that are the same by both models, 0 to 1.
    pub kept: f64,
    /// What both models know, the farthest first.
    pub moved: Vec<MovedPoint>,
}

/// Something on two maps.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MovedPoint {
    #[serde(skip)]
    pub entity: Entity,
    pub id: String,
    pub label: String,
    /// Where it is by the other model, on the same plane.
    pub x: f64,
    pub y: f64,
    /// How far it is from where it was in the full space, after both were aligned; 1 is the root mean square distance of
    /// points from the middle.
    pub distance: f64,
    /// How many of its 10 nearest are the same.
    pub kept: usize,
    /// Ids of those that are near by the first model alone, and by the second alone.
    pub lost: Vec<String>,
    pub gained: Vec<String>,
}

/// Two fitted models of the same data side by side: the map of the first, and where the second has what both know. Both full
/// spaces are aligned by Procrustes; on a map of principal components the second is projected onto the first's plane, a t-SNE
/// map of the second is laid over that of the first.
///
/// # Errors
/// As [`compute`], for either; [`AnswerError::Usage`] where they share too little to be aligned.
pub fn compare(world: &World, query: &MapQuery, other: &Formula, task: &Task) -> Result<MapCompareView, AnswerError> {
    let map = compute(world, query, task)?;
    let first = Space::of(world, &query.formula, query.users, &task.cancel)?;
    let second = Space::of(world, other, query.users, &task.cancel)?;
    let both = shared(&first.entities, &second.entities);
    let (one, two): (Vec<usize>, Vec<usize>) = both.into_iter().unzip();
    let (full, other_full) = (first.points.at(&one), second.points.at(&two));
    let too_little = || {
        AnswerError::Usage(format!(
            "{} and {other} cannot be laid over each other: they share too few points, or one has all of them in one place",
            query.formula
        ))
    };
    let aligned = procrustes(&full, &other_full, &task.cancel)?.ok_or_else(too_little)?;
    let places = if map.plane.is_some() {
        // The plane of the first, seen in the space where both lie.
        let rows: Vec<&[f64]> = aligned.first.rows().collect();
        let plane = match &query.projection {
            Projection::Ruler(from, to) => {
                let entities: Vec<Entity> = one.iter().map(|at| first.entities[*at]).collect();
                let both = Space {
                    entities,
                    points: aligned.first.clone(),
                };
                ruled(&both, from, to, task)?
            }
            Projection::Pca(components) => principal_plane(&rows, aligned.first.width(), *components, task)?,
            Projection::Tsne => principal_plane(&rows, aligned.first.width(), [0, 1], task)?,
        };
        let seen = |points: &Points| points.rows().map(|row| plane.project(row)).collect::<Vec<_>>();
        onto(&map, &one, &seen(&aligned.first), &seen(&aligned.second))
    } else {
        let again = compute(
            world,
            &MapQuery {
                formula: other.clone(),
                ..query.clone()
            },
            task,
        )?;
        let of = |map: &MapView, places: &[usize]| {
            let places: Vec<(f64, f64)> = places.iter().map(|at| (map.points[*at].x, map.points[*at].y)).collect();
            Points::from(places.as_slice())
        };
        let laid = procrustes(&of(&map, &one), &of(&again, &two), &task.cancel)?.ok_or_else(too_little)?;
        let pairs = |points: &Points| points.rows().map(|row| (row[0], row[1])).collect::<Vec<_>>();
        onto(&map, &one, &pairs(&laid.first), &pairs(&laid.second))
    };
    let near = nearest(&full, NEIGHBORS, task)?;
    let other_near = nearest(&other_full, NEIGHBORS, task)?;
    let unit = (one.len() as f64).sqrt();
    let mut kept_in_all = 0.0;
    let mut moved: Vec<MovedPoint> = Vec::with_capacity(one.len());
    for (at, place) in one.iter().enumerate() {
        let point: &MapPoint = &map.points[*place];
        let ids = |of: &[(u32, f64)], without: &[(u32, f64)]| -> Vec<String> {
            let alone = of.iter().filter(|(j, _)| !without.iter().any(|(k, _)| k == j));
            alone.map(|(j, _)| map.points[one[*j as usize]].id.clone()).collect()
        };
        let (lost, gained) = (ids(&near[at], &other_near[at]), ids(&other_near[at], &near[at]));
        let pairs = aligned.first.row(at).iter().zip(aligned.second.row(at));
        let kept = near[at].len() - lost.len();
        kept_in_all += kept as f64 / near[at].len().max(1) as f64;
        moved.push(MovedPoint {
            entity: point.entity,
            id: point.id.clone(),
            label: point.label.clone(),
            x: places[at].0,
            y: places[at].1,
            distance: unit * pairs.map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt(),
            kept,
            lost,
            gained,
        });
    }
    moved.sort_by(|a, b| b.distance.total_cmp(&a.distance).then(a.entity.cmp(&b.entity)));
    Ok(MapCompareView {
        other: other.to_string(),
        disparity: aligned.disparity.max(0.0),
        kept: kept_in_all / moved.len().max(1) as f64,
        moved,
        map,
    })
}

/// Places of what stands in both; either is in the order of entities.
fn shared(one: &[Entity], other: &[Entity]) -> Vec<(usize, usize)> {
    let at = |(place, entity): (usize, &Entity)| Some((place, other.binary_search(entity).ok()?));
    one.iter().enumerate().filter_map(at).collect()
}

/// Places in aligned coordinates, brought to the map's own: the scale and the middle that take `first` to where its points are.
/// Axes that face the other way are turned.
fn onto(map: &MapView, places: &[usize], first: &[(f64, f64)], second: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let line = |own: &dyn Fn(&MapPoint) -> f64, seen: &dyn Fn(&(f64, f64)) -> f64| {
        let n = first.len().max(1) as f64;
        let pairs = || {
            places
                .iter()
                .zip(first)
                .map(|(at, place)| (seen(place), own(&map.points[*at])))
        };
        let (x_mean, y_mean) = pairs().fold((0.0, 0.0), |(x, y), pair| (x + pair.0 / n, y + pair.1 / n));
        let (mut xx, mut xy) = (0.0, 0.0);
        for (x, y) in pairs() {
            xx += (x - x_mean) * (x - x_mean);
            xy += (x - x_mean) * (y - y_mean);
        }
        let slope = if xx > 0.0 { xy / xx } else { 0.0 };
        (slope, y_mean - slope * x_mean)
    };
    let (x, y) = (line(&|p| p.x, &|p| p.0), line(&|p| p.y, &|p| p.1));
    second.iter().map(|p| (x.0 * p.0 + x.1, y.0 * p.1 + y.1)).collect()
}
