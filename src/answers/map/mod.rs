//! All items on a plane: the two principal components of their factors.

mod pca;
mod regions;
mod trust;

use serde::Serialize;

pub use pca::{Plane, principal_plane};
pub use trust::trustworthiness;

use super::factors::{fitted_factors, latent};
use super::{AnswerError, Entity, World};
use crate::data::ItemIx;
use crate::models::Formula;
use crate::task::Task;
use regions::regions;

/// The 2-D map of all items (principal components of the item factors), computed once a fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapView {
    pub model: String,
    /// (item, x, y) of every item with factors.
    #[serde(skip)]
    pub points: Vec<(ItemIx, f32, f32)>,
    /// What the items are called, in the order of the points.
    #[serde(skip)]
    pub labels: Vec<String>,
    /// The share of variance that each axis explains, 0 to 1.
    pub explained: (f64, f64),
    /// Trustworthiness with 10 neighbors, 0 to 1 (on a sample above 2,000 items).
    pub trust: Option<f64>,
    /// The plane in factor space (for placing people).
    #[serde(skip)]
    pub plane: Plane,
    /// A name for each region: text and where it stands (for the screen).
    #[serde(skip)]
    pub regions: Vec<(String, f32, f32)>,
}

/// How many points a map's trustworthiness is measured on, at most.
const TRUST_SAMPLE: usize = 2_000;

/// The map of all items that `formula`'s model has factors for, along two of their principal components (from 0). O(items · factors²).
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::Usage`] where it has no factors; cancellation.
pub fn compute(world: &World, formula: &Formula, components: [usize; 2], task: &Task) -> Result<MapView, AnswerError> {
    let model = fitted_factors(world, formula)?;
    let factors = latent(&model, formula)?;
    let items: Vec<(ItemIx, Vec<f64>)> = world
        .dataset
        .items()
        .filter_map(|i| factors.item(i).map(|f| (i, f)))
        .collect();
    let rows: Vec<&[f64]> = items.iter().map(|(_, f)| f.as_slice()).collect();
    let plane = principal_plane(&rows, factors.n_factors(), components, task)?;
    let places: Vec<(f64, f64)> = rows.iter().map(|r| plane.project(r)).collect();
    // Every so-many-th item of the file.
    let step = rows.len().div_ceil(TRUST_SAMPLE).max(1);
    let sample: Vec<&[f64]> = rows.iter().copied().step_by(step).collect();
    let sampled: Vec<(f64, f64)> = places.iter().copied().step_by(step).collect();
    let trust = trustworthiness(&sample, &sampled, 10, task)?;
    let at = |((item, _), (x, y)): (&(ItemIx, Vec<f64>), &(f64, f64))| (*item, *x as f32, *y as f32);
    let points: Vec<(ItemIx, f32, f32)> = items.iter().zip(&places).map(at).collect();
    Ok(MapView {
        model: formula.to_string(),
        explained: plane.explained.into(),
        trust,
        regions: regions(&points, world.dataset.item_attributes()),
        labels: items.iter().map(|(item, _)| world.label(Entity::Item(*item))).collect(),
        points,
        plane,
    })
}
