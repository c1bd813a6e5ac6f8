//! Errors on ratings as others have published them: Surprise's table of MovieLens 100K, five folds drawn as numpy does.

use std::path::PathBuf;
use std::sync::Arc;

use recscope::data::{Dataset, LoadOptions, Source, load};
use recscope::evaluate::{Evaluation, Folds, Metric, Options, Split, evaluate};
use recscope::models::Formula;
use recscope::task::Task;

/// MovieLens 100K, where `RECSCOPE_DATA` names the folder that has it; else says that the test was skipped.
fn movielens_100k() -> Option<Arc<Dataset>> {
    let folder = PathBuf::from(std::env::var_os("RECSCOPE_DATA").unwrap_or_default()).join("ml-100k");
    if !folder.join("u.data").is_file() {
        println!("skipped: RECSCOPE_DATA names no folder with ml-100k");
        return None;
    }
    let dataset = load(&Source::Path(folder), &LoadOptions::default(), &Task::unattended());
    Some(Arc::new(dataset.expect("the published file is well formed")))
}

/// The models' errors on the first `n` of the five folds.
fn errors(dataset: &Arc<Dataset>, n: usize, models: &[&str]) -> Evaluation {
    let folds = Split::parse("kfold:k=5,seed=0,generator=numpy").and_then(|split| split.folds(dataset));
    let folds = folds.expect("a known split");
    let folds = Folds::given("the first folds", folds.iter().take(n));
    let models: Vec<_> = models
        .iter()
        .map(|m| Formula::parse(m).expect("a formula").into())
        .collect();
    let metrics = ["rmse", "mae"].map(|m| m.parse::<Metric>().expect("a metric"));
    evaluate(&folds, &models, &metrics, &Options::default(), &Task::unattended()).expect("nobody cancels")
}

#[test]
fn one_fold_of_the_baseline_and_of_svd() {
    let Some(dataset) = movielens_100k() else { return };
    let seen = errors(&dataset, 1, &["baseline", "svd"]);
    for (row, rmse, tolerance) in [(&seen.rows[0], 0.9447, 0.0001), (&seen.rows[1], 0.9355, 0.004)] {
        let found = row.mean("rmse").expect("a number");
        assert!((found - rmse).abs() < tolerance, "{}: {found}", row.model);
    }
}

/// svd and random depend on their first values: over twelve seeds the five folds' RMSE of svd has mean .9366 and deviation
/// .0007 in an independent program, which with numpy's seed 0 and Surprise's order meets the published .9344 exactly.
#[test]
#[ignore = "five folds: in release, where figures are measured"]
fn five_folds_of_the_baseline_and_of_svd() {
    let Some(dataset) = movielens_100k() else { return };
    let seen = errors(&dataset, 5, &["baseline", "baseline:method=sgd", "svd", "random"]);
    for row in &seen.rows {
        let [rmse, mae] = ["rmse", "mae"].map(|m| row.mean(m).expect("a number"));
        println!("{}: {rmse:.4} {mae:.4}, {:.2} s in all", row.model, row.fit_seconds);
        println!("    {:?}", row.metrics[0].values);
    }
    for (row, rmse, mae, tolerance) in [
        (&seen.rows[0], 0.9440, 0.7484, 0.0005),
        (&seen.rows[2], 0.9344, 0.7367, 0.003),
        (&seen.rows[3], 1.518, 1.219, 0.01),
    ] {
        for (metric, expected) in [("rmse", rmse), ("mae", mae)] {
            let found = row.mean(metric).expect("a number");
            assert!((found - expected).abs() < tolerance, "{}: {metric} {found}", row.model);
        }
    }
}

/// A model, its similarity, and by rule of prediction the RMSE and the MAE.
type Published = (&'static str, &'static str, [(f64, f64); 4]);

/// Both neighborhood models by every rule of prediction.
const NEIGHBORS: [Published; 8] = [
    (
        "user-knn",
        "msd",
        [(0.9797, 0.7736), (0.9511, 0.7495), (0.9509, 0.7461), (0.9307, 0.7332)],
    ),
    (
        "user-knn",
        "cosine-common",
        [(1.0174, 0.8044), (0.9556, 0.7545), (0.9549, 0.7510), (0.9339, 0.7367)],
    ),
    (
        "user-knn",
        "pearson",
        [(1.0117, 0.8035), (0.9495, 0.7437), (0.9476, 0.7397), (0.9314, 0.7324)],
    ),
    (
        "user-knn",
        "pearson-baseline",
        [(1.0010, 0.7921), (0.9378, 0.7307), (0.9362, 0.7273), (0.9221, 0.7219)],
    ),
    (
        "item-knn",
        "msd",
        [(0.9751, 0.7703), (0.9354, 0.7340), (0.9374, 0.7348), (0.9319, 0.7326)],
    ),
    (
        "item-knn",
        "cosine-common",
        [(1.0271, 0.8125), (0.9432, 0.7415), (0.9452, 0.7421), (0.9416, 0.7421)],
    ),
    (
        "item-knn",
        "pearson",
        [(1.0418, 0.8346), (0.9425, 0.7389), (0.9432, 0.7393), (0.9395, 0.7408)],
    ),
    (
        "item-knn",
        "pearson-baseline",
        [(0.9941, 0.7819), (0.9222, 0.7211), (0.9248, 0.7223), (0.9176, 0.7196)],
    ),
];

#[test]
fn one_fold_of_neighbors() {
    let Some(dataset) = movielens_100k() else { return };
    let known = [
        ("user-knn:similarity=msd,prediction=basic", 0.9841),
        ("user-knn:similarity=msd,prediction=means", 0.9528),
        ("user-knn:similarity=msd,prediction=baseline", 0.9316),
    ];
    let seen = errors(&dataset, 1, &known.map(|k| k.0));
    for (row, (model, rmse)) in seen.rows.iter().zip(known) {
        let found = row.mean("rmse").expect("a number");
        assert!((found - rmse).abs() < 0.0001, "{model}: {found}");
    }
}

#[test]
#[ignore = "five folds of thirty-two models: in release, where figures are measured"]
fn five_folds_of_every_neighborhood() {
    let Some(dataset) = movielens_100k() else { return };
    for (name, similarity, errors_by_rule) in NEIGHBORS {
        let models = ["basic", "means", "zscore", "baseline"]
            .map(|rule| format!("{name}:similarity={similarity},prediction={rule},k=40,neighbors=all"));
        let seen = errors(&dataset, 5, &models.each_ref().map(String::as_str));
        for (row, (rmse, mae)) in seen.rows.iter().zip(errors_by_rule) {
            for (metric, expected) in [("rmse", rmse), ("mae", mae)] {
                let found = row.mean(metric).expect("a number");
                println!("{}: {metric} {found:.4}, published {expected}", row.model);
                assert!((found - expected).abs() < 0.0005, "{}: {metric} {found}", row.model);
            }
        }
    }
}
