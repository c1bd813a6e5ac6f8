//! Small datasets for the tests of this folder.

use std::sync::Arc;

use crate::data::{Dataset, DatasetParts, DuplicatePolicy, Ids, RatingRows};
use crate::models::{FitContext, MODELS, Params, Recommender};
use crate::task::Task;

/// Users and items are as many as the highest index says.
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
