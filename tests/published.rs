//! Published figures on MovieLens 100K, on exactly the folds and splits that they were measured on.
//!
//! Needs `RECSCOPE_DATA`, a folder with `ml-100k` in it. By default one fold a model, which is quick; the whole table:
//! `cargo test --release --test published -- --ignored --nocapture`.

use std::path::PathBuf;
use std::sync::Arc;

use recscope::data::{Dataset, LoadOptions, Source, UserIx, load};
use recscope::evaluate::{Fold, Folds, Metric, ModelRow, Options, Split, evaluate};
use recscope::models::{DEFAULT_FORMULA, FitStore, Formula, Profile, Serving};
use recscope::task::{Cancel, Pool, Task};

/// Surprise's five folds: `KFold(5, random_state=0)`.
const FIVE_FOLDS: &str = "kfold:k=5,seed=0,generator=numpy";

/// The item-stratified split of the recommenders repository's benchmark.
const STRATIFIED: &str = "stratified:by=item,ratio=0.75,seed=42,generator=numpy";

/// One published row: the formula, RMSE and MAE over five folds, RMSE of the first fold, and how near is near enough.
struct RatingRow {
    formula: &'static str,
    rmse: f64,
    mae: f64,
    first_fold: f64,
    within: f64,
}

/// Surprise's README to three digits; here as an independent implementation reproduces it to four.
const RATINGS: [RatingRow; 5] = [
    RatingRow {
        formula: "baseline",
        rmse: 0.9440,
        mae: 0.7484,
        first_fold: 0.9447,
        within: 0.0001,
    },
    RatingRow {
        formula: "user-knn:similarity=msd,prediction=basic",
        rmse: 0.9797,
        mae: 0.7736,
        first_fold: 0.9841,
        within: 0.0001,
    },
    RatingRow {
        formula: "user-knn:similarity=msd,prediction=means",
        rmse: 0.9511,
        mae: 0.7495,
        first_fold: 0.9528,
        within: 0.0001,
    },
    RatingRow {
        formula: "user-knn:similarity=msd,prediction=baseline",
        rmse: 0.9307,
        mae: 0.7332,
        first_fold: 0.9316,
        within: 0.0001,
    },
    RatingRow {
        formula: "svd",
        rmse: 0.9344,
        mae: 0.7367,
        first_fold: 0.9355,
        within: 0.003,
    },
];

/// Side, similarity, then RMSE and MAE under basic, means, zscore and baseline: five folds, k=40.
///
/// Two items with one rater in common often have exactly the same msd or cosine. Which of them are among the k nearest is
/// then decided by the order of the user's rows there, by the order of the items here: see [`grid_tolerance`].
type GridRow = (&'static str, &'static str, [(f64, f64); 4]);

const GRID: [GridRow; 8] = [
    (
        "user",
        "msd",
        [(0.9797, 0.7736), (0.9511, 0.7495), (0.9509, 0.7461), (0.9307, 0.7332)],
    ),
    (
        "user",
        "cosine-common",
        [(1.0174, 0.8044), (0.9556, 0.7545), (0.9549, 0.7510), (0.9339, 0.7367)],
    ),
    (
        "user",
        "pearson",
        [(1.0117, 0.8035), (0.9495, 0.7437), (0.9476, 0.7397), (0.9314, 0.7324)],
    ),
    (
        "user",
        "pearson-baseline",
        [(1.0010, 0.7921), (0.9378, 0.7307), (0.9362, 0.7273), (0.9221, 0.7219)],
    ),
    (
        "item",
        "msd",
        [(0.9751, 0.7703), (0.9354, 0.7340), (0.9374, 0.7348), (0.9319, 0.7326)],
    ),
    (
        "item",
        "cosine-common",
        [(1.0271, 0.8125), (0.9432, 0.7415), (0.9452, 0.7421), (0.9416, 0.7421)],
    ),
    (
        "item",
        "pearson",
        [(1.0418, 0.8346), (0.9425, 0.7389), (0.9432, 0.7393), (0.9395, 0.7408)],
    ),
    (
        "item",
        "pearson-baseline",
        [(0.9941, 0.7819), (0.9222, 0.7211), (0.9248, 0.7223), (0.9176, 0.7196)],
    ),
];

/// How near the grid is met. A naive version with the ties of the published figures has 1.0268 and .9751 for items under
/// cosine and msd with `basic`, and with ours 1.02959 and .97563, which [`TIES`] holds us to.
fn grid_tolerance(side: &str, similarity: &str) -> f64 {
    match (side, similarity) {
        ("item", "cosine-common") => 0.0025,
        ("item", "msd") => 0.0005,
        _ => 0.0001,
    }
}

/// What a naive version says whose ties go by the order of items: formula, RMSE, MAE.
const TIES: [(&str, f64, f64); 2] = [
    (
        "item-knn:similarity=cosine-common,prediction=basic,k=40,neighbors=all",
        1.02959,
        0.81439,
    ),
    (
        "item-knn:similarity=msd,prediction=basic,k=40,neighbors=all",
        0.97563,
        0.77071,
    ),
];

/// Surprise's README for MovieLens 1M, same recipe: formula, RMSE, MAE.
const MILLION: [(&str, f64, f64); 5] = [
    ("baseline", 0.909, 0.719),
    ("user-knn:similarity=msd,prediction=basic", 0.923, 0.727),
    ("user-knn:similarity=msd,prediction=means", 0.929, 0.738),
    ("user-knn:similarity=msd,prediction=baseline", 0.895, 0.706),
    ("svd", 0.873, 0.686),
];

/// A file of MovieLens 100K, or with `""` all of it; `None`, said aloud, where it isn't at hand.
fn movielens(file: &str) -> Option<Arc<Dataset>> {
    read(&format!("ml-100k/{file}"))
}

fn read(file: &str) -> Option<Arc<Dataset>> {
    let Some(folder) = std::env::var_os("RECSCOPE_DATA") else {
        println!("skipped: RECSCOPE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join(file);
    if !path.exists() {
        println!("skipped: RECSCOPE_DATA has no {file}");
        return None;
    }
    let data = load(&Source::Path(path), &LoadOptions::default(), &task()).unwrap();
    Some(Arc::new(data))
}

fn task() -> Task {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    Task {
        pool: Pool::new("published", threads),
        ..Task::unattended()
    }
}

fn folds(split: &str, data: &Arc<Dataset>) -> Folds {
    Split::parse(split).unwrap().folds(data).unwrap()
}

fn first_fold(data: &Arc<Dataset>) -> Folds {
    let all = folds(FIVE_FOLDS, data);
    Folds::given(format!("the first of {}", all.name()), [all.get(0)])
}

fn measured(folds: &Folds, formula: &str, metrics: &str) -> ModelRow {
    let model = Formula::parse(formula).unwrap().into();
    let metrics = Metric::parse_list(metrics).unwrap();
    let seen = evaluate(folds, &[model], &metrics, &Options::default(), &task()).unwrap();
    let row = seen.rows.into_iter().next().unwrap();
    assert_eq!(row.error, None, "{formula}");
    let figures: Vec<String> = row
        .metrics
        .iter()
        .map(|o| format!("{} {:.4}", o.metric, o.mean.unwrap_or(0.0)))
        .collect();
    println!(
        "{:<60} {}  fit {:.2} s, test {:.2} s",
        row.model,
        figures.join("  "),
        row.fit_seconds,
        row.test_seconds
    );
    row
}

/// Whether `row` has a `metric` of `expected`, to `within` and the rounding of the published figure.
fn check(row: &ModelRow, metric: &str, expected: f64, within: f64) -> Result<(), String> {
    let mean = row.mean(metric).ok_or_else(|| format!("{}: no {metric}", row.model))?;
    if (mean - expected).abs() <= within + 0.000_05 {
        Ok(())
    } else {
        Err(format!("{}: {metric} is {mean:.5}, published {expected}", row.model))
    }
}

fn all_well(checks: Vec<Result<(), String>>) {
    let misses: Vec<String> = checks.into_iter().filter_map(Result::err).collect();
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

#[test]
fn rating_rows_are_met_on_the_first_fold() {
    let Some(data) = movielens("") else { return };
    let first = first_fold(&data);
    let rows = RATINGS.iter().filter(|r| r.formula != "svd");
    all_well(
        rows.map(|r| check(&measured(&first, r.formula, "rmse"), "rmse", r.first_fold, r.within))
            .collect(),
    );
}

/// One fold of SVD differs more from one initialization to the next than the mean of five.
#[test]
fn svd_is_met_on_the_first_fold() {
    let Some(data) = movielens("") else { return };
    let row = measured(&first_fold(&data), "svd", "rmse,mae");
    all_well(vec![check(&row, "rmse", 0.9355, 0.005)]);
}

#[test]
fn ranking_rows_are_met() {
    let Some(data) = movielens("") else { return };
    let split = folds(STRATIFIED, &data);
    let metrics = "ndcg@10,precision@10,recall@10,map@10,hit@10,mrr@10,coverage@10";
    let popular = measured(&split, "popularity", metrics);
    let published = [0.2524, 0.2287, 0.1132, 0.0560, 0.8112, 0.4611, 0.0268];
    // Ties go by id there and by the file here: .25235 is .25233.
    let checks = popular.metrics.iter().zip(published);
    all_well(
        checks
            .map(|(o, figure)| check(&popular, &o.metric.to_string(), figure, 0.000_05))
            .collect(),
    );

    let item_knn = measured(&split, "item-knn", metrics);
    all_well(vec![check(&item_knn, "ndcg@10", 0.429, 0.001)]);

    let default = measured(&split, DEFAULT_FORMULA, metrics);
    assert!(default.mean("ndcg@10") >= Some(0.43), "{:?}", default.mean("ndcg@10"));
    let zscore = measured(&split, &format!("{DEFAULT_FORMULA} | zscore"), metrics);
    assert!(zscore.mean("ndcg@10") >= Some(0.43), "{:?}", zscore.mean("ndcg@10"));
}

/// A film that one person has rated is nobody's first recommendation, but for one user in 943: their film and 13 that
/// they rated are among the 40 nearest of each other for its lone rater's sake (`min-support=2` would rule that out).
#[test]
fn films_with_one_rater_top_no_list() {
    let Some(data) = movielens("") else { return };
    let formula = Formula::default();
    let model = FitStore::new(Arc::clone(&data), 42).fit(&formula, &task()).unwrap();
    let raters_of_first = task().pool.map(data.n_users(), |at| {
        let profile = Arc::new(Profile::of_user(&data, UserIx(at as u32)));
        let serving = Serving::open(&model, profile, &Cancel::new()).unwrap();
        let best = serving.recommend(1, false, &Cancel::new()).unwrap();
        data.item_row(best[0].0).len()
    });
    let topped = raters_of_first.iter().filter(|n| **n == 1).count();
    println!(
        "{formula}: a film with one rater tops {topped} lists of {}",
        raters_of_first.len()
    );
    assert!(topped <= 1);
}

/// The files `u1.base` and `u1.test` that come with the data. The figures are an independent implementation's.
#[test]
fn a_pair_of_files_is_evaluated() {
    let (Some(train), Some(test)) = (movielens("u1.base"), movielens("u1.test")) else {
        return;
    };
    let rows = (0..test.n_ratings()).map(|row| {
        let (user, item, rating, _) = test.rating_in_file_order(row);
        (test.user_id(user).to_owned(), test.item_id(item).to_owned(), rating)
    });
    let fold = Fold::from_pair(train, rows.collect());
    assert_eq!(
        (fold.train.n_ratings(), fold.n_test(), fold.users.len()),
        (80_000, 20_000, 459)
    );
    let row = measured(&Folds::given("u1", [fold]), "baseline", "rmse,mae");
    all_well(vec![
        check(&row, "rmse", 0.95994, 0.000_05),
        check(&row, "mae", 0.76158, 0.000_05),
    ]);
}

#[test]
#[ignore = "five folds of every model: minutes, in release"]
fn every_rating_row_is_met() {
    let Some(data) = movielens("") else { return };
    let five = folds(FIVE_FOLDS, &data);
    let mut checks = Vec::new();
    for published in &RATINGS {
        let row = measured(&five, published.formula, "rmse,mae");
        checks.push(check(&row, "rmse", published.rmse, published.within));
        checks.push(check(&row, "mae", published.mae, published.within));
        let first = row.metrics[0].values[0].unwrap();
        println!("  first fold {first:.4}, published {}", published.first_fold);
    }
    all_well(checks);
}

#[test]
#[ignore = "five folds of 32 neighborhoods: minutes, in release"]
fn every_neighborhood_is_met() {
    let Some(data) = movielens("") else { return };
    let five = folds(FIVE_FOLDS, &data);
    let mut checks = Vec::new();
    for (side, similarity, figures) in GRID {
        for (prediction, (rmse, mae)) in ["basic", "means", "zscore", "baseline"].into_iter().zip(figures) {
            let kept = if side == "item" { ",k=40,neighbors=all" } else { "" };
            let formula = format!("{side}-knn:similarity={similarity},prediction={prediction}{kept}");
            let row = measured(&five, &formula, "rmse,mae");
            let within = grid_tolerance(side, similarity);
            checks.push(check(&row, "rmse", rmse, within));
            checks.push(check(&row, "mae", mae, within));
        }
    }
    for (formula, rmse, mae) in TIES {
        let row = measured(&five, formula, "rmse,mae");
        checks.push(check(&row, "rmse", rmse, 0.0));
        checks.push(check(&row, "mae", mae, 0.0));
    }
    all_well(checks);
}

#[test]
#[ignore = "five folds of a million ratings: minutes, in release"]
fn the_million_is_met() {
    let Some(data) = read("ml-1m") else { return };
    let five = folds(FIVE_FOLDS, &data);
    let mut checks = Vec::new();
    for (formula, rmse, mae) in MILLION {
        let row = measured(&five, formula, "rmse,mae");
        let within = if formula == "svd" { 0.003 } else { 0.0005 };
        checks.push(check(&row, "rmse", rmse, within));
        checks.push(check(&row, "mae", mae, within));
    }
    all_well(checks);
}
