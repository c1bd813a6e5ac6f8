//! Small datasets for the tests of this folder.

use std::sync::Arc;

use super::rows::SideStats;
use super::search::neighbors;
use super::{Baselines, Measure, Neighbor, NeighborSearch, Side, rank_neighbors};
use crate::data::{Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, RatingRows};
use crate::models::{FitContext, MODELS, Params, Profile, Recommender};
use crate::task::{Cancel, Cancelled, Pool, Task};

/// As many users and items as the highest indices require.
pub fn dataset(ratings: &[(u32, u32, f64)]) -> Dataset {
    let count = |pick: fn(&(u32, u32, f64)) -> u32| ratings.iter().map(pick).max().map_or(0, |m| m + 1);
    let (users, items) = (count(|r| r.0), count(|r| r.1));
    sized(users, items, ratings)
}

/// With this many users and items, rated or not.
pub fn sized(users: u32, items: u32, ratings: &[(u32, u32, f64)]) -> Dataset {
    let parts = DatasetParts {
        name: "test".into(),
        users: Ids::new((0..users).map(|u| format!("u{u}"))),
        items: Ids::new((0..items).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: ratings.iter().map(|r| r.0).collect(),
            items: ratings.iter().map(|r| r.1).collect(),
            values: ratings.iter().map(|r| r.2).collect(),
            times: Vec::new(),
        },
        ..DatasetParts::default()
    };
    Dataset::new(parts, DuplicatePolicy::Last).expect("the last of repeated pairs counts")
}

/// The toy: users A to D by items 1 to 4, rows 5 3 · 1 / 4 · · 1 / 1 1 · 5 / · · 5 4.
pub fn toy() -> Dataset {
    let rows = [[5, 3, 0, 1], [4, 0, 0, 1], [1, 1, 0, 5], [0, 0, 5, 4]];
    let mut ratings = Vec::new();
    for (u, row) in rows.iter().enumerate() {
        for (i, &r) in row.iter().enumerate().filter(|(_, r)| **r > 0) {
            ratings.push((u as u32, i as u32, f64::from(r)));
        }
    }
    dataset(&ratings)
}

/// Fits `name:key=value,…` with a seed, unattended.
pub fn fitted(data: &Arc<Dataset>, formula: &str) -> Arc<dyn Recommender> {
    fitted_by(data, formula, Task::unattended())
}

/// As [`fitted`], by this task.
pub fn fitted_by(data: &Arc<Dataset>, formula: &str, task: Task) -> Arc<dyn Recommender> {
    let (name, settings) = formula.split_once(':').unwrap_or((formula, ""));
    let spec = MODELS.iter().find(|m| m.name == name).expect("a known model");
    let mut params = Params::defaults(spec.parameters);
    for (key, value) in settings.split(',').filter_map(|s| s.split_once('=')) {
        params.set(key, value).expect("a known parameter");
    }
    let context = FitContext {
        dataset: Arc::clone(data),
        seed: 42,
        task,
        augmented_with: None,
    };
    spec.fit(&context, &params).expect("it fits")
}

fn ranked(mut neighbors: Vec<Neighbor>) -> Vec<Neighbor> {
    rank_neighbors(&mut neighbors, usize::MAX);
    neighbors
}

fn fit_if_missing(
    data: &Dataset,
    measure: Measure,
    given: Option<&Baselines>,
    cancel: &Cancel,
) -> Result<Option<Baselines>, Cancelled> {
    let missing = given.is_none() && measure.similarity.needs_baselines();
    missing.then(|| Baselines::fit(data, cancel)).transpose()
}

/// The similarity of a profile to every user that has one, highest first, with nothing kept; baselines are fitted where
/// they are needed and not given.
pub fn neighbors_of_profile(
    data: &Dataset,
    profile: &Profile,
    measure: Measure,
    baselines: Option<&Baselines>,
    cancel: &Cancel,
) -> Result<Vec<Neighbor>, Cancelled> {
    let fitted = fit_if_missing(data, measure, baselines, cancel)?;
    let stats = SideStats::of(data, Side::Users);
    let compared = (data, Side::Users, &stats, fitted.as_ref().or(baselines));
    let task = (&Pool::default(), cancel);
    neighbors(compared, profile.overlay(), |rows| rows.profile(profile), measure, task).map(ranked)
}

/// As [`neighbors_of_profile`], of an item as rated under the edits.
pub fn neighbors_of_item(
    data: &Dataset,
    edits: &Edits,
    item: ItemIx,
    measure: Measure,
    baselines: Option<&Baselines>,
    cancel: &Cancel,
) -> Result<Vec<Neighbor>, Cancelled> {
    let fitted = fit_if_missing(data, measure, baselines, cancel)?;
    let stats = SideStats::of(data, Side::Items);
    let compared = (data, Side::Items, &stats, fitted.as_ref().or(baselines));
    let task = (&Pool::default(), cancel);
    neighbors(compared, edits, |rows| rows.subject(item.0), measure, task).map(ranked)
}

impl NeighborSearch {
    /// As `all_of_profile`, highest first.
    pub fn of_profile(&self, profile: &Profile, measure: Measure, cancel: &Cancel) -> Result<Vec<Neighbor>, Cancelled> {
        self.all_of_profile(profile, measure, (&Pool::default(), cancel))
            .map(ranked)
    }

    /// As `all_of_item`, highest first.
    pub fn of_item(
        &self,
        edits: &Edits,
        item: ItemIx,
        measure: Measure,
        cancel: &Cancel,
    ) -> Result<Vec<Neighbor>, Cancelled> {
        self.all_of_item(edits, item, measure, (&Pool::default(), cancel))
            .map(ranked)
    }
}
