//! All items, or all users, on a plane: principal components of their factors, or t-SNE from there.

pub mod compare;
mod judge;
pub mod near;
pub mod path;
pub mod person;
mod regions;
pub mod shade;
mod space;

use std::str::FromStr;

use serde::Serialize;

use super::{AnswerError, Entity, World};
use crate::data::ItemIx;
use crate::latent::{Plane, TsneMap, TsneSettings, principal_plane, ruled_plane, tsne};
use crate::models::Formula;
use crate::task::{Report, Task};
use judge::judge;
pub use regions::Region;
use regions::regions;
use space::Space;

/// How a map is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Projection {
    /// Two principal components, counted from 0.
    Pca([usize; 2]),
    Tsne,
    /// Along the axis from one end to the other: each a point, or the middle of several.
    Ruler(Vec<Entity>, Vec<Entity>),
}

impl Projection {
    /// `pca` or `tsne`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pca(_) => "pca",
            Self::Tsne => "tsne",
            Self::Ruler(..) => "ruler",
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
                "there is no projection {} (there are pca and tsne; ruler by --from and --to)",
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
    /// `pca`, `tsne` or `ruler`; `given` for a map that was imported.
    pub projection: &'static str,
    /// The share of variance that each axis explains, 0 to 1; `null` for t-SNE and maps that were imported.
    pub explained: Option<(f64, f64)>,
    /// KL(P‖Q) in nats, what t-SNE lowers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kl: Option<f64>,
    /// The ends of a ruler, at (0, 0) and (1, 0).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ends: Vec<MapEnd>,
    /// Trustworthiness and continuity with 10 neighbors, 0 to 1 (above 2,000 points by a sample beside all); `null` while
    /// that is computed, and for fewer than 21 points.
    pub trustworthiness: Option<f64>,
    pub continuity: Option<f64>,
    /// The standard errors of both, where they are by a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<(f64, f64)>,
    /// Of how many points the neighbors in the full space were looked for, where that were not all: the others have no trust
    /// of their own, and hubness is counted up from these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub looked_at: Option<usize>,
    /// The skewness of how often points are among the 10 nearest of others, in the full space: above 1 there are hubs.
    pub hub_skewness: Option<f64>,
    /// In the order of the file.
    pub points: Vec<MapPoint>,
    /// Where they are, side by side and without all else: a frame goes through all of them.
    #[serde(skip)]
    pub places: Vec<(f64, f64)>,
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

/// An end of a ruler.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapEnd {
    /// What it is: a point, or how many it is the middle of.
    pub label: String,
    pub ids: Vec<String>,
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
        let at = self.find(Entity::Item(item))?;
        self.points.get(at).map(|point| (point.x, point.y))
    }

    /// Which of the points somebody or something is.
    pub fn find(&self, entity: Entity) -> Option<usize> {
        self.points.binary_search_by(|point| point.entity.cmp(&entity)).ok()
    }

    fn move_to(&mut self, places: &[(f64, f64)]) {
        for (point, (x, y)) in self.points.iter_mut().zip(places) {
            (point.x, point.y) = (*x, *y);
        }
        self.places = places.to_vec();
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
pub const NEIGHBORS: usize = 10;
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
        let start = view.places.clone();
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
        Projection::Tsne | Projection::Ruler(..) => [0, 1],
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
    } else if let Projection::Ruler(from, to) = &query.projection {
        ruled(space, from, to, task)?
    } else {
        principal_plane(&rows, space.points.width(), components, task)?
    };
    let ends = match &query.projection {
        Projection::Ruler(from, to) if !is_given => [from, to].map(|end| end_of(world, end)).to_vec(),
        _ => Vec::new(),
    };
    let point = |(entity, (x, y)): (&Entity, &(f64, f64))| MapPoint {
        entity: *entity,
        id: world.id(*entity).to_owned(),
        label: world.label(*entity),
        x: *x,
        y: *y,
        trust: None,
        hubness: None,
    };
    let places: Vec<(f64, f64)> = space.points.rows().map(|row| plane.project(row)).collect();
    let points = space.entities.iter().zip(&places).map(point).collect();
    let mut view = MapView {
        model: query.formula.to_string(),
        projection: if is_given {
            "given"
        } else {
            match &query.projection {
                // It starts there.
                Projection::Tsne => Projection::Pca(components).name(),
                other => other.name(),
            }
        },
        ends,
        explained: (!is_given).then(|| plane.explained.into()),
        kl: None,
        trustworthiness: None,
        continuity: None,
        errors: None,
        looked_at: None,
        hub_skewness: None,
        points,
        places,
        plane: Some(plane),
        regions: Vec::new(),
        going: None,
    };
    view.name_regions(world);
    Ok(view)
}

/// The plane along the axis between two ends.
///
/// # Errors
/// [`AnswerError::Usage`] for an end that the model has no factors of, and for ends in the same place; cancellation.
fn ruled(space: &Space, from: &[Entity], to: &[Entity], task: &Task) -> Result<Plane, AnswerError> {
    let middle = |end: &[Entity]| -> Option<Vec<f64>> {
        let known = end
            .iter()
            .filter_map(|entity| space.entities.binary_search(entity).ok());
        let known: Vec<usize> = known.collect();
        let mut middle = vec![0.0; space.points.width()];
        for at in &known {
            let row = space.points.row(*at).iter();
            middle
                .iter_mut()
                .zip(row)
                .for_each(|(m, x)| *m += x / known.len() as f64);
        }
        (!known.is_empty()).then_some(middle)
    };
    let unknown = || AnswerError::Usage("an end of the ruler is nothing that the model has factors of".to_owned());
    let (from, to) = (middle(from).ok_or_else(unknown)?, middle(to).ok_or_else(unknown)?);
    let same = || AnswerError::Usage("both ends of the ruler are in the same place: name two that differ".to_owned());
    ruled_plane(&space.points, &from, &to, task)?.ok_or_else(same)
}

fn end_of(world: &World, end: &[Entity]) -> MapEnd {
    let label = match end {
        [one] => world.label(*one),
        many => format!("the middle of {}", many.len()),
    };
    MapEnd {
        label,
        ids: end.iter().map(|entity| world.id(*entity).to_owned()).collect(),
    }
}
