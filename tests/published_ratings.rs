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
