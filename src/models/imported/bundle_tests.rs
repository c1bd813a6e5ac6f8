//! A bundle that Spark wrote: its models are ours to 1e-5, and what is wrong with a table is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::data::{Bundle, Dataset, ItemIx, LoadOptions, Source, for_each_row, load};
use crate::models::tests_common::{check_serving, serve_user};
use crate::models::{Catalog, FitStore, PartKind, Recommender, Unit};
use crate::task::Task;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bundle")
}

fn read(path: &Path) -> Arc<Dataset> {
    Arc::new(load(&Source::named(path), &LoadOptions::default(), &Task::unattended()).unwrap())
}

/// All twelve users, of whom the bundle has eight.
fn everybody() -> Arc<Dataset> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/imported/ratings.csv"))
}

fn fit(formula: &str, data: &Arc<Dataset>, folder: &Path) -> Result<Arc<dyn Recommender>, String> {
    let mut catalog = Catalog::default();
    let bundle = Bundle::open(folder).map_err(|e| e.to_string())?;
    catalog.import_bundle(&bundle)?;
    let formula = catalog.parse(formula).map_err(|e| e.to_string())?;
    let fits = FitStore::new(Arc::clone(data), 1);
    fits.fit(&formula, &Task::unattended()).map_err(|e| e.to_string())
}

/// The bundle somewhere else, to be broken.
fn copied() -> tempfile::TempDir {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let target = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let place = tempfile::tempdir().unwrap();
    copy(&folder(), place.path());
    place
}

/// Log-likelihood and cosine over everybody's ratings, computed by Spark and by our own models.
#[test]
fn similar_items_are_those_of_our_own_models() {
    let data = everybody();
    let pairs = [
        ("spark-llr", "rules:measure=llr,neighbors=8,max-interactions=all"),
        ("spark-cosine", "item-knn:similarity=cosine,neighbors=8"),
    ];
    for (theirs, ours) in pairs {
        let (theirs, ours) = (
            fit(theirs, &data, &folder()).unwrap(),
            fit(ours, &data, &folder()).unwrap(),
        );
        let mut compared = 0;
        for user in data.users() {
            let (spark, own) = (serve_user(&theirs, &data, user.0), serve_user(&ours, &data, user.0));
            for item in data.items() {
                match (spark.score(item), own.score(item)) {
                    (Ok(a), Ok(b)) => {
                        assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{user:?} {item:?}: {a} {b}");
                        compared += 1;
                    }
                    // A likelihood ratio of 0 is not among the rows of the job.
                    (Err(_), Ok(b)) => assert_eq!(b, 0.0),
                    (a, b) => assert_eq!(a.is_ok(), b.is_ok()),
                }
            }
            check_serving(&spark, data.n_items());
        }
        assert!(compared > 60, "{compared}");
    }
}

/// The candidates of the bundle are what its ALS says of every unseen item, and ours says the same.
#[test]
fn factors_give_the_scores_that_spark_gave() {
    let data = everybody();
    let model = fit("spark-als", &data, &folder()).unwrap();
    assert_eq!(model.unit(), Unit::Rating);
    let bundle = Bundle::open(&folder()).unwrap();
    let mut names = BTreeMap::new();
    let task = Task::unattended();
    for_each_row(&bundle.table("popularity"), &task, &mut |row| {
        let count = row.number("count")?;
        let item = data.find_item(&row.id("id")?).ok_or("unknown")?;
        assert_eq!(data.item_row(item).len() as f64, count);
        names.insert(row.number("item_index")? as u32, item);
        Ok(())
    })
    .unwrap();
    let mut compared = 0;
    for_each_row(&bundle.table("candidates"), &task, &mut |row| {
        let user = data.find_user(&row.id("user")?).ok_or("unknown")?;
        let served = serve_user(&model, &data, user.0);
        let of = |number: &f64| names[&(*number as u32)];
        let (items, scores) = (row.numbers("items")?, row.numbers("scores")?);
        for (item, score) in items.iter().map(of).zip(&scores) {
            assert!((served.score(item).unwrap() - score).abs() < 1e-5);
            compared += 1;
        }
        assert!(scores.is_sorted_by(|a, b| a >= b));
        let mut seen: Vec<ItemIx> = row.numbers("seen")?.iter().map(of).collect();
        seen.sort_unstable();
        assert_eq!(seen.iter().map(|i| i.0).collect::<Vec<_>>(), data.user_row(user).ids);
        // Nothing that may be recommended is missing.
        assert_eq!(items.len(), (data.n_items() - seen.len()).min(5));
        Ok(())
    })
    .unwrap();
    assert!(compared > 30);
}

#[test]
fn opened_as_data_it_has_the_sample_and_all_items() {
    let data = read(&folder());
    assert_eq!((data.n_users(), data.n_items()), (8, 9));
    assert_eq!(data.report().format, "recscope-bundle");
    let item = data.find_item("844").unwrap();
    assert!(data.item_label(item).starts_with("Invented Film"));
    assert!(data.item_attributes().columns.iter().any(|c| c.name == "genre"));
    // Every share of a score is a rated item.
    let model = fit("spark-llr", &data, &folder()).unwrap();
    let user = data.users().next().unwrap();
    let served = serve_user(&model, &data, user.0);
    let item = data.items().find(|i| served.score(*i).is_ok()).unwrap();
    let tree = served.explain(item).unwrap();
    assert!(!tree.children.is_empty() && tree.children.iter().all(|part| part.kind == PartKind::Rated));
    let sum: f64 = tree.children.iter().map(|part| part.value).sum();
    assert!((sum - served.score(item).unwrap()).abs() < 1e-9);
}

#[test]
fn what_is_wrong_is_told_with_its_file() {
    let data = everybody();
    let broken = |file: &str, bytes: &[u8], formula: &str, words: &str| {
        let place = copied();
        std::fs::write(place.path().join(file), bytes).unwrap();
        let why = fit(formula, &data, place.path()).map(|_| ()).unwrap_err();
        assert!(why.contains(words) && why.lines().count() == 1, "{why}");
    };
    broken(
        "bundle.json",
        b"{",
        "spark-als",
        "bundle.json: it does not say what a bundle says of itself",
    );
    broken(
        "bundle.json",
        b"[1]\x1b[2J",
        "spark-als",
        "bundle.json: it does not say",
    );
    let part = "similar-llr/part-00000.snappy.parquet";
    broken(
        part,
        b"PAR1 nothing PAR1",
        "spark-llr",
        "part-00000.snappy.parquet: it cannot be read",
    );
    let whole = std::fs::read(folder().join(part)).unwrap();
    broken(part, &whole[..whole.len() - 9], "spark-llr", "it cannot be read");
    let other = std::fs::read_to_string(folder().join("bundle.json"))
        .unwrap()
        .replace("\"version\": 1", "\"version\": 9");
    broken("bundle.json", other.as_bytes(), "spark-als", "version 9");
    let why = Bundle::open(Path::new(env!("CARGO_MANIFEST_DIR")))
        .unwrap_err()
        .to_string();
    assert!(why.contains("there is no bundle.json in it"), "{why}");
    // Items that the data does not have.
    let strangers = crate::models::tests_common::dataset(&[(0, 0, 1.0), (0, 1, 2.0)], 2);
    let why = fit("spark-llr", &strangers, &folder()).map(|_| ()).unwrap_err();
    assert!(
        why.contains("none of its") && why.contains("of two items of the dataset"),
        "{why}"
    );
}
