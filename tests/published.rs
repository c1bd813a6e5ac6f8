//! Published figures on the MovieLens datasets, on exactly the folds and splits that they were measured on: the table of
//! `recscope check`, and what else is known of these data.
//!
//! Needs `RECSCOPE_DATA`, a folder with `ml-100k` in it, `ml-1m` and `ml-latest-small` where they are at hand. By default
//! what is quick; the whole table: `cargo test --release --test published -- --ignored --nocapture`.

use std::path::PathBuf;
use std::sync::Arc;

use recscope::data::{Dataset, LoadOptions, Source, UserIx, load};
use recscope::evaluate::published::{Checker, Known, Row};
use recscope::evaluate::{Fold, Folds, Metric, ModelRow, Options, Split, evaluate};
use recscope::models::{DEFAULT_FORMULA, FitStore, Formula, Profile, Serving};
use recscope::task::{Cancel, Pool, Task};

/// The item-stratified split of the recommenders repository's benchmark.
const STRATIFIED: &str = "stratified:by=item,ratio=0.75,seed=42,generator=numpy";

/// A dataset, or a file of one; `None`, said aloud, where it isn't at hand.
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

/// Checks the rows of the table about the data in `folder` that are `wanted`.
fn check_table(folder: &str, wanted: impl Fn(&Row) -> bool) {
    let Some(data) = read(folder) else { return };
    let known = Known::find(&data).unwrap_or_else(|| panic!("{folder} is not recognized"));
    assert_eq!(known.key, folder);
    let mut checker = Checker::new(data, 42);
    let mut misses = Vec::new();
    for row in known.rows().unwrap().iter().filter(|row| wanted(row)) {
        let (figures, seconds) = checker.check(row, &task()).unwrap();
        for figure in figures {
            let ours = figure.ours.unwrap_or(f64::NAN);
            let line = format!("{row}: {} is {ours:.5}, published {}", figure.metric, figure.published);
            println!("{line} ({seconds:.1} s)");
            if !figure.pass {
                misses.push(format!("{line} {}", figure.reason.unwrap_or_default()));
            }
        }
    }
    assert!(misses.is_empty(), "{}", misses.join("\n"));
}

fn folds(split: &str, data: &Arc<Dataset>) -> Folds {
    Split::parse(split).unwrap().folds(data).unwrap()
}

fn measured(folds: &Folds, formula: &str, metrics: &str) -> ModelRow {
    let model = Formula::parse(formula).unwrap().into();
    let metrics = Metric::parse_list(metrics).unwrap();
    let seen = evaluate(folds, &[model], &metrics, &Options::default(), &task()).unwrap();
    let row = seen.rows.into_iter().next().unwrap();
    assert_eq!(row.error, None, "{formula}");
    row
}

/// Whether `row` has a `metric` of `expected`, to `within` and the rounding of the published figure.
fn check(row: &ModelRow, metric: &str, expected: f64, within: f64) {
    let mean = row.mean(metric).unwrap_or_else(|| panic!("{}: no {metric}", row.model));
    assert!(
        (mean - expected).abs() <= within + 0.000_05,
        "{}: {metric} is {mean:.5}, expected {expected}",
        row.model
    );
}

#[test]
fn the_quick_rows_are_met() {
    for folder in ["ml-100k", "ml-1m", "ml-latest-small"] {
        check_table(folder, |row| !row.slow);
    }
}

#[test]
#[ignore = "five folds of every model: minutes, in release"]
fn every_row_of_the_small_data_is_met() {
    check_table("ml-100k", |row| row.slow);
}

#[test]
#[ignore = "five folds of a million ratings: many minutes, in release"]
fn every_row_of_the_million_is_met() {
    check_table("ml-1m", |row| row.slow);
}

#[test]
fn the_default_formula_ranks_well() {
    let Some(data) = read("ml-100k") else { return };
    let split = folds(STRATIFIED, &data);
    let metrics = "ndcg@10";
    let item_knn = measured(&split, "item-knn", metrics);
    check(&item_knn, "ndcg@10", 0.429, 0.001);

    let plain = "0.6*item-knn + 0.3*content + 0.1*popularity";
    for (formula, least) in [
        (DEFAULT_FORMULA, 0.44),
        (plain, 0.43),
        (&format!("{plain} | zscore"), 0.43),
    ] {
        let found = measured(&split, formula, metrics).mean("ndcg@10");
        assert!(found >= Some(least), "{formula}: {found:?}");
    }
}

/// The best published figure on this split is .475 (BiVAE, recommenders repository). The parameters were chosen on four
/// tenths of the training part, each held out in turn.
#[test]
fn one_explained_formula_ranks_better_than_any_published() {
    let Some(data) = read("ml-100k") else { return };
    let formula = "ease:closeness=5,lambda=200 + als:factors=64,alpha=9,reg=50 + als:factors=48,alpha=6,reg=50 + \
                   item-knn:neighbors=all | zscore";
    let best = measured(&folds(STRATIFIED, &data), formula, "ndcg@10");
    assert!(best.mean("ndcg@10") >= Some(0.5), "{:?}", best.mean("ndcg@10"));
}

#[test]
#[ignore = "fits of every ranking model: minutes, in release"]
fn every_ranking_model_beats_popularity() {
    let Some(data) = read("ml-100k") else { return };
    let split = folds(STRATIFIED, &data);
    let floors = [
        ("als", 0.44),
        ("als:solver=cholesky", 0.44),
        ("bpr:factors=200,epochs=200,lr=0.01,reg=0.001", 0.44),
        ("two-tower", 0.46),
        ("lmf", 0.2525),
        ("warp", 0.2525),
        ("slim", 0.2525),
        ("item-knn", 0.2525),
        ("item-knn:weighting=tfidf", 0.2525),
        ("item-knn:weighting=bm25", 0.2525),
        ("rp3beta", 0.2525),
        ("rules", 0.2525),
        ("rules:measure=lift", 0.2525),
        ("trending", 0.2525),
        ("markov", 0.2525),
        ("session-knn", 0.2525),
    ];
    let seen = floors.map(|(formula, floor)| {
        let mean = measured(&split, formula, "ndcg@10").mean("ndcg@10");
        println!("{formula}: {mean:?}, at least {floor}");
        mean >= Some(floor)
    });
    assert!(seen.iter().all(|met| *met));
}

/// A film that one person has rated is nobody's first recommendation, but for one user in 943: their film and 13 that
/// they rated are among the 40 nearest of each other for its lone rater's sake (`min-support=2` would rule that out).
#[test]
fn films_with_one_rater_top_no_list() {
    let Some(data) = read("ml-100k") else { return };
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
    let (Some(train), Some(test)) = (read("ml-100k/u1.base"), read("ml-100k/u1.test")) else {
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
    check(&row, "rmse", 0.95994, 0.000_05);
    check(&row, "mae", 0.76158, 0.000_05);
}
