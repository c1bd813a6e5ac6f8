//! Small datasets for the tests of models, and the real one where its folder is named.

use std::sync::Arc;

use super::{FitContext, Fitted, MODELS, ModelSpec, Params, PartKind, Profile, Serving};
use crate::data::{Attributes, Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, RatingRows, UserIx};
use crate::task::{Cancel, Task};

/// A dataset of (user, item, rating) triples, with as many items as there are, or more.
pub fn dataset(rows: &[(u32, u32, f64)], n_items: usize) -> Arc<Dataset> {
    dataset_with(rows, n_items, Attributes::default())
}

/// A dataset of (user, item, time) triples, in seconds; all ratings are 1.
pub fn timed(rows: &[(u32, u32, i64)]) -> Arc<Dataset> {
    let rated: Vec<(u32, u32, f64)> = rows.iter().map(|r| (r.0, r.1, 1.0)).collect();
    dataset_of(&rated, rows.iter().map(|r| r.2).collect(), 0, Attributes::default())
}

/// As [`dataset`], with attributes of the items.
pub fn dataset_with(rows: &[(u32, u32, f64)], n_items: usize, item_attributes: Attributes) -> Arc<Dataset> {
    dataset_of(rows, Vec::new(), n_items, item_attributes)
}

fn dataset_of(rows: &[(u32, u32, f64)], times: Vec<i64>, n_items: usize, item_attributes: Attributes) -> Arc<Dataset> {
    let n_users = rows.iter().map(|r| r.0 + 1).max().unwrap_or(0);
    let n_items = (rows.iter().map(|r| r.1 + 1).max().unwrap_or(0) as usize).max(n_items);
    let parts = DatasetParts {
        name: "test".into(),
        users: Ids::new((0..n_users).map(|u| format!("u{u}"))),
        items: Ids::new((0..n_items).map(|i| format!("i{i}"))),
        ratings: RatingRows {
            users: rows.iter().map(|r| r.0).collect(),
            items: rows.iter().map(|r| r.1).collect(),
            values: rows.iter().map(|r| r.2).collect(),
            times,
        },
        item_attributes,
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).unwrap())
}

/// Ratings from 1 to 5 with some structure, by a small generator of its own: about `n_users * n_items / 3` rows.
pub fn synthetic(n_users: u32, n_items: u32) -> Arc<Dataset> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    let mut rows = Vec::new();
    for u in 0..n_users {
        for i in 0..n_items {
            if next() % 3 == 0 {
                let taste = if (u % 2) == (i % 2) { 4.0 } else { 2.0 };
                rows.push((u, i, taste + f64::from(next() % 3) - 1.0));
            }
        }
    }
    // Several sessions each, with some equal times.
    let time = |row: &(u32, u32, f64)| i64::from((row.0 * 7 + row.1 * 3) % 13) * 40_000;
    let times = rows.iter().map(time).collect();
    dataset_of(&rows, times, n_items as usize, Attributes::default())
}

/// Fits the registered model `name` with `settings` (`key=value`, several by commas).
pub fn fit(name: &str, settings: &str, dataset: &Arc<Dataset>) -> Fitted {
    fit_in(name, settings, &context(dataset))
}

/// As [`fit`], in a given context.
pub fn fit_in(name: &str, settings: &str, context: &FitContext) -> Fitted {
    let spec: &ModelSpec = MODELS.iter().find(|m| m.name == name).unwrap();
    let mut params = Params::defaults(spec.parameters);
    for pair in settings.split(',').filter(|p| !p.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap();
        params.set(key, value).unwrap();
    }
    spec.fit(context, &params)
}

/// Seed 1, unattended.
pub fn context(dataset: &Arc<Dataset>) -> FitContext {
    FitContext {
        dataset: Arc::clone(dataset),
        seed: 1,
        task: Task::unattended(),
        augmented_with: None,
    }
}

/// The model serving a stored user.
pub fn serve_user(model: &Arc<dyn super::Recommender>, dataset: &Dataset, user: u32) -> Serving {
    serve(model, Profile::of_user(dataset, UserIx(user)))
}

/// The model serving a guest.
pub fn serve_guest(model: &Arc<dyn super::Recommender>, ratings: &[(u32, f64)]) -> Serving {
    let ratings = ratings.iter().map(|(i, r)| (ItemIx(*i), *r));
    serve(model, Profile::guest(ratings, &Arc::default()))
}

/// The model serving any profile.
pub fn serve(model: &Arc<dyn super::Recommender>, profile: Profile) -> Serving {
    Serving::open(model, Arc::new(profile), &Cancel::new()).unwrap()
}

/// A user who rated some items otherwise, or not.
pub fn edited(data: &Dataset, user: u32, cells: &[(u32, Option<f64>)]) -> Profile {
    let mut edits = Edits::default();
    for &(item, rating) in cells {
        edits.set(data, UserIx(user), ItemIx(item), rating);
    }
    Profile::of_edited_user(data, UserIx(user), &Arc::new(edits))
}

/// The model serving a stored user, a guest, one who rated nothing, and that user edited.
pub fn everybody(model: &Arc<dyn super::Recommender>, data: &Dataset) -> [Serving; 4] {
    let cells = [(0, Some(5.0)), (data.user_row(UserIx(4)).ids[1], None)];
    [
        serve_user(model, data, 4),
        serve_guest(model, &[(1, 5.0), (2, 1.0)]),
        serve_guest(model, &[]),
        serve(model, edited(data, 4, &cells)),
    ]
}

/// Asserts that a model of ratings takes a guest of [`synthetic`] data for who they are, and that their ratings explain all of
/// it; returns the data and the fit.
pub fn history_explains_a_guest(name: &str) -> (Arc<Dataset>, Arc<dyn super::Recommender>) {
    let data = synthetic(60, 40);
    let model = fit(name, "factors=8,epochs=60", &data).unwrap();
    let ratings: Vec<(u32, f64)> = (0..12).map(|i| (i, if i % 2 == 0 { 5.0 } else { 1.0 })).collect();
    let guest = serve_guest(&model, &ratings);
    let score = |i| guest.score(ItemIx(i)).unwrap();
    assert!(score(30) > score(31) + 0.5, "{} {}", score(30), score(31));
    let history = guest.explain_by_history(ItemIx(30)).unwrap().unwrap();
    assert!(history.children.iter().all(|c| c.kind != PartKind::Residual));
    let rated = history.children.iter().filter(|c| c.kind == PartKind::Rated);
    assert_eq!(rated.count(), 12);
    (data, model)
}

/// The invariants of every served model: `score_all` equals `score` bit for bit; the explanation has the score as its
/// root and adds up, in both views.
pub fn check_serving(serving: &Serving, n_items: usize) {
    let scores = serving.scores(&Cancel::new()).unwrap();
    assert_eq!(scores.n_items(), n_items);
    for i in 0..n_items as u32 {
        let item = ItemIx(i);
        let score = serving.score(item);
        assert_eq!(scores.get(item).map(f64::to_bits), score.ok().map(f64::to_bits));
        let explained = serving.explain(item);
        match (score, explained) {
            (Ok(score), Ok(tree)) => {
                assert!(score.is_finite());
                assert_eq!(tree.value.to_bits(), score.to_bits());
                assert!(tree.worst_residual() < 1e-9, "{tree:?}");
                if let Some(history) = serving.explain_by_history(item).unwrap() {
                    assert_eq!(history.value.to_bits(), score.to_bits());
                    assert!(history.worst_residual() < 1e-9, "{history:?}");
                }
            }
            (Err(reason), Err(explained)) => {
                assert_eq!(reason, explained);
                match serving.explain_by_history(item) {
                    Ok(history) => assert_eq!(history, None),
                    Err(history) => assert_eq!(history, reason),
                }
            }
            (score, explained) => panic!("{score:?} but {explained:?}"),
        }
    }
}

/// Even users choose even items, odd users odd ones; every user lacks some.
pub fn two_tastes() -> Arc<Dataset> {
    let mut rows = Vec::new();
    for u in 0..40u32 {
        rows.extend(
            (0..30u32)
                .filter(|i| i % 2 == u % 2 && (i / 2 + u / 2) % 4 != 0)
                .map(|i| (u, i, 1.0)),
        );
    }
    dataset(&rows, 30)
}

/// Asserts that a model of implicit feedback learns which half of the items a user prefers, from examples that leave
/// gaps, and tells it from a guest's three ratings, too, with a loss that at least halves.
pub fn learns_a_planted_taste(name: &str, params: &str) {
    let data = two_tastes();
    let model = fit(name, params, &data).unwrap();
    let guest = serve_guest(&model, &[(0, 1.0), (2, 1.0), (4, 1.0)]);
    for serving in [serve_user(&model, &data, 2), guest] {
        let scores = serving.scores(&Cancel::new()).unwrap();
        let mean = |first: u32| {
            (first..30)
                .step_by(2)
                .map(|i| scores.get(ItemIx(i)).unwrap())
                .sum::<f64>()
                / 15.0
        };
        assert!(mean(0) > mean(1) + 1.0, "{} {}", mean(0), mean(1));
    }
    let (_, curve) = model.training_curve().unwrap();
    assert!(curve[curve.len() - 1] < 0.5 * curve[0], "{curve:?}");
}
