//! All items, or all users, on a plane: principal components of their factors, or t-SNE from there.

pub mod compare;
pub mod path;
mod regions;
pub mod shade;
mod space;

use std::str::FromStr;
use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Entity, World};
use crate::data::ItemIx;
use crate::latent::{
    Near, Plane, Points, TsneMap, TsneSettings, hubness, nearest, overlap, principal_plane, trust, tsne,
};
use crate::models::Formula;
use crate::task::{Report, Task};
pub use regions::Region;
use regions::regions;
use space::Space;

/// How a map is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Two principal components, counted from 0.
    Pca([usize; 2]),
    Tsne,
}

impl Projection {
    /// `pca` or `tsne`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pca(_) => "pca",
            Self::Tsne => "tsne",
        }
    }
}

impl FromStr for Projection {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pca" => Ok(Self::Pca([0, 1])),
            "tsne" => Ok(Self::Tsne),
            _ => Err(format!(
                "there is no projection {} (there are pca and tsne)",
                crate::data::clean_label(text)
            )),
        }
    }
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct MapQuery {
    pub formula: Formula,
    pub projection: Projection,
    /// Users instead of items.
    pub users: bool,
}

/// All items, or all users, of a model on a plane.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapView {
    pub model: String,
    /// `pca` or `tsne`; `given` for a map that was imported.
    pub projection: &'static str,
    /// The share of variance that each axis explains, 0 to 1; `null` for others than principal components.
    pub explained: Option<(f64, f64)>,
    /// KL(P‖Q) in nats, what t-SNE lowers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl: Option<f64>,
    /// Trustworthiness and continuity with 10 neighbors, 0 to 1 (above 2,000 points by a sample beside all); `null` while
    /// that is computed, and for fewer than 21 points.
    pub trustworthiness: Option<f64>,
    pub continuity: Option<f64>,
    /// The skewness of how often points are among the 10 nearest of others, in the full space: above 1 there are hubs.
    pub hub_skewness: Option<f64>,
    /// In the order of the file.
    pub points: Vec<MapPoint>,
    /// The plane in factor space (for placing people); none for t-SNE.
    #[serde(skip)]
    pub plane: Option<Plane>,
    /// Names of regions, those of the whole map and then, level by level, those to be seen magnified twice as much.
    #[serde(skip)]
    pub regions: Vec<Vec<Region>>,
    /// Steps taken of those to take, while t-SNE goes on.
    #[serde(skip)]
    pub going: Option<(usize, usize)>,
}

/// A point of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapPoint {
    #[serde(skip)]
    pub entity: Entity,
    pub id: String,
    pub label: String,
    pub x: f64,
    pub y: f64,
    /// The share of its 10 nearest on the map that are so in the full space too, 0 to 1; `null` while that is computed.
    pub trust: Option<f64>,
    /// Of how many others it is among the 10 nearest in the full space.
    pub hubness: Option<u32>,
}

impl MapView {
    /// Where an item is.
    pub fn place_of(&self, item: ItemIx) -> Option<(f64, f64)> {
        let wanted = Entity::Item(item);
        let at = self.points.binary_search_by(|point| point.entity.cmp(&wanted)).ok()?;
        self.points.get(at).map(|point| (point.x, point.y))
    }

    fn move_to(&mut self, places: &[(f64, f64)]) {
        for (point, (x, y)) in self.points.iter_mut().zip(places) {
            (point.x, point.y) = (*x, *y);
        }
    }

    fn name_regions(&mut self, world: &World) {
        let attributes = match self.points.first().map(|p| p.entity) {
            Some(Entity::User(_)) => world.dataset.user_attributes(),
            _ => world.dataset.item_attributes(),
        };
        let row = |point: &MapPoint| match point.entity {
            Entity::User(user) => (user.at(), point.x, point.y),
            Entity::Item(item) => (item.at(), point.x, point.y),
        };
        let rows: Vec<(usize, f64, f64)> = self.points.iter().map(row).collect();
        self.regions = (0..LEVELS).map(|level| regions(&rows, attributes, level)).collect();
    }
}

/// Neighbors that trust is measured with.
const NEIGHBORS: usize = 10;
/// Levels of names.
const LEVELS: u32 = 4;
/// The first steps of t-SNE that a watcher sees, and every so-many-th from then on.
const WATCHED: usize = 10;

/// The map of a fitted model, done: placed, settled and judged.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::Usage`] where it has no factors; cancellation.
pub fn compute(world: &World, query: &MapQuery, task: &Task) -> Result<MapView, AnswerError> {
    steps(world, query, task, &mut |_| ())
}

/// As [`compute`]; `watch` sees every stage of it: the principal components at once, t-SNE as it settles.
///
/// # Errors
/// As [`compute`].
pub fn steps(
    world: &World,
    query: &MapQuery,
    task: &Task,
    watch: &mut dyn FnMut(&MapView),
) -> Result<MapView, AnswerError> {
    let space = Space::of(world, &query.formula, query.users, &task.cancel)?;
    let mut view = placed(world, query, &space, task)?;
    watch(&view);
    if query.projection == Projection::Tsne {
        let start: Vec<(f64, f64)> = view.points.iter().map(|p| (p.x, p.y)).collect();
        let settings = TsneSettings::default();
        let steps = settings.iterations;
        view.explained = None;
        view.plane = None;
        view.projection = Projection::Tsne.name();
        let mut seen = |step: usize, map: &dyn Fn() -> TsneMap| {
            task.progress
                .say(|| Report::of("t-SNE", step as u64, steps as u64, "steps"));
            if step.is_multiple_of(WATCHED) {
                let map = map();
                view.move_to(&map.places);
                (view.kl, view.going) = (Some(map.kl), Some((step, steps)));
                view.regions.clear();
                watch(&view);
            }
        };
        let map = tsne(&space.points, &start, settings, task, &mut seen)?;
        view.move_to(&map.places);
        (view.kl, view.going) = (Some(map.kl), None);
        view.name_regions(world);
        watch(&view);
    }
    judge(&mut view, world, query, &space, task)?;
    Ok(view)
}

/// The principal components alone: what there is at once. O(points · factors²).
fn placed(world: &World, query: &MapQuery, space: &Space, task: &Task) -> Result<MapView, AnswerError> {
    let components = match query.projection {
        Projection::Pca(components) => components,
        Projection::Tsne => [0, 1],
    };
    let rows: Vec<&[f64]> = space.points.rows().collect();
    // A map that another program made is shown as it is.
    let is_given = query.formula.imports().iter().any(|import| import.is_map());
    let plane = if is_given {
        Plane {
            center: vec![0.0; 2],
            axes: [vec![1.0, 0.0], vec![0.0, 1.0]],
            explained: [0.0; 2],
        }
    } else {
        principal_plane(&rows, space.points.width(), components, task)?
    };
    let point = |(entity, row): (&Entity, &[f64])| {
        let (x, y) = plane.project(row);
        MapPoint {
            entity: *entity,
            id: world.id(*entity).to_owned(),
            label: world.label(*entity),
            x,
            y,
            trust: None,
            hubness: None,
        }
    };
    let points = space.entities.iter().zip(space.points.rows()).map(point).collect();
    let mut view = MapView {
        model: query.formula.to_string(),
        projection: if is_given {
            "given"
        } else {
            Projection::Pca(components).name()
        },
        explained: (!is_given).then(|| plane.explained.into()),
        kl: None,
        trustworthiness: None,
        continuity: None,
        hub_skewness: None,
        points,
        plane: Some(plane),
        regions: Vec::new(),
        going: None,
    };
    view.name_regions(world);
    Ok(view)
}

/// How far the map can be believed, as a whole and point by point. O(points²·factors).
fn judge(view: &mut MapView, world: &World, query: &MapQuery, space: &Space, task: &Task) -> Result<(), AnswerError> {
    let places: Vec<(f64, f64)> = view.points.iter().map(|p| (p.x, p.y)).collect();
    let places = Points::from(places.as_slice());
    let near = near(world, &query.formula, query.users, space, task)?;
    let on_map = nearest(&places, NEIGHBORS, task)?;
    let hubs = hubness(&near);
    let shares = overlap(&near, &on_map);
    for ((point, share), hubs) in view.points.iter_mut().zip(shares).zip(&hubs) {
        (point.trust, point.hubness) = (Some(share), Some(*hubs));
    }
    view.hub_skewness = skewness(&hubs);
    let found = trust(&space.points, &places, NEIGHBORS, task)?;
    view.trustworthiness = found.as_ref().map(|t| t.trustworthiness);
    view.continuity = found.map(|t| t.continuity);
    Ok(())
}

/// The 10 nearest of each in the full space: once a fit, whatever maps are made of it.
fn near(
    world: &World,
    formula: &Formula,
    users: bool,
    space: &Space,
    task: &Task,
) -> Result<Arc<Vec<Near>>, AnswerError> {
    let key = ("near on the map", formula.to_string(), users);
    world.lasting(&key, &task.cancel, || Ok(nearest(&space.points, NEIGHBORS, task)?))
}

/// Σ(x − x̄)³/n over σ³; `None` where nothing varies.
fn skewness(counts: &[u32]) -> Option<f64> {
    let n = counts.len() as f64;
    let mean = counts.iter().map(|c| f64::from(*c)).sum::<f64>() / n;
    let moment = |power: i32| counts.iter().map(|c| (f64::from(*c) - mean).powi(power)).sum::<f64>() / n;
    let variance = moment(2);
    (variance > 0.0).then(|| moment(3) / variance.powf(1.5))
}
