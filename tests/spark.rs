//! The job that runs on a cluster, run here by the real Spark in local mode: what it computes is what our own models compute.
//!
//! `RECSCOPE_SPARK=python3 cargo test --test spark`, where that Python has pyspark, and there is Java 17. Else it is skipped.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use recscope::data::{Bundle, Dataset, ItemIx, LoadOptions, Source, UserIx, for_each_row, load};
use recscope::models::{Catalog, FitStore, Profile, Recommender, Serving};
use recscope::pipeline::batch::{BundleJob, build_from_bundle};
use recscope::pipeline::store::store_at;
use recscope::pipeline::{Plan, Request, Server};
use recscope::task::{Cancel, Task};

/// The Python that has pyspark; `None`, and a word on standard error, where there is none.
fn python() -> Option<String> {
    let Ok(python) = std::env::var("RECSCOPE_SPARK") else {
        eprintln!("skipped: RECSCOPE_SPARK names no Python with pyspark");
        return None;
    };
    let imported = Command::new(&python)
        .args(["-c", "import pyspark"])
        .stderr(Stdio::null())
        .status();
    if !imported.is_ok_and(|status| status.success()) {
        eprintln!("skipped: {python} has no pyspark");
        return None;
    }
    Some(python)
}

fn films() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-data/films")
}

/// Runs the job; what it says is shown where it fails.
fn run_job(python: &str, out: &Path, options: &[&str]) {
    let job = Path::new(env!("CARGO_MANIFEST_DIR")).join("spark/recscope_job.py");
    let submit = "--master local[1] --driver-memory 2g --conf spark.sql.shuffle.partitions=2 --conf spark.ui.enabled=false \
                  --conf spark.ui.showConsoleProgress=false pyspark-shell";
    let ran = Command::new(python)
        .arg(job)
        .arg("--interactions")
        .arg(films().join("ratings.csv"))
        .arg("--items")
        .arg(films().join("films.csv"))
        .args(["--columns", "user=userId,item=filmId"])
        .arg("--out")
        .arg(out)
        .args(options)
        .env("PYSPARK_SUBMIT_ARGS", submit)
        .output()
        .unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

fn read(path: &Path) -> Arc<Dataset> {
    Arc::new(load(&Source::named(path), &LoadOptions::default(), &Task::unattended()).unwrap())
}

fn fit(formula: &str, bundle: &Bundle, data: &Arc<Dataset>) -> Arc<dyn Recommender> {
    let mut catalog = Catalog::default();
    catalog.import_bundle(bundle).unwrap();
    let formula = catalog.parse(formula).unwrap();
    let fits = FitStore::new(Arc::clone(data), 42);
    fits.fit(&formula, &Task::unattended()).unwrap()
}

fn serve(model: &Arc<dyn Recommender>, data: &Dataset, user: UserIx) -> Serving {
    Serving::open(model, Arc::new(Profile::of_user(data, user)), &Cancel::new()).unwrap()
}

/// Every score of one model is that of the other, to 1e-5 of its size; returns how many were compared.
fn compare(theirs: &Arc<dyn Recommender>, ours: &Arc<dyn Recommender>, data: &Dataset) -> usize {
    let mut compared = 0;
    for user in data.users() {
        let (theirs, ours) = (serve(theirs, data, user), serve(ours, data, user));
        for item in data.items() {
            match (theirs.score(item), ours.score(item)) {
                (Ok(a), Ok(b)) => {
                    assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{user:?} {item:?}: {a}, {b}");
                    compared += 1;
                }
                // What says nothing is not among the rows of the job.
                (Err(_), Ok(b)) => assert_eq!(b, 0.0),
                (a, b) => assert_eq!(a.is_ok(), b.is_ok()),
            }
        }
    }
    compared
}

/// The items of the bundle by its numbers.
fn numbered(bundle: &Bundle, data: &Dataset) -> Vec<ItemIx> {
    let mut items = Vec::new();
    for_each_row(&bundle.table("popularity"), &Task::unattended(), &mut |row| {
        assert_eq!(row.number("item_index")? as usize, items.len());
        items.push(data.find_item(&row.id("id")?).ok_or("unknown")?);
        Ok(())
    })
    .unwrap();
    items
}

/// What the job wrote as candidates is what the model says; returns of how many users.
fn check_candidates(bundle: &Bundle, model: &Arc<dyn Recommender>, data: &Dataset, keep: usize) -> usize {
    let (items, mut users) = (numbered(bundle, data), 0);
    for_each_row(&bundle.table("candidates"), &Task::unattended(), &mut |row| {
        let user = data.find_user(&row.id("user")?).ok_or("unknown")?;
        let served = serve(model, data, user);
        let (listed, scores) = (row.numbers("items")?, row.numbers("scores")?);
        for (number, score) in listed.iter().zip(&scores) {
            let own = served.score(items[*number as usize]).unwrap();
            assert!((own - score).abs() <= 1e-5 * own.abs().max(1.0), "{own}, {score}");
        }
        // The best that there are: nothing above the last is missing.
        let best = served.recommend(keep, false, &Cancel::new()).unwrap();
        assert_eq!(best.len(), listed.len());
        for ((_, own), score) in best.iter().zip(&scores) {
            assert!((own - score).abs() <= 1e-5 * own.abs().max(1.0), "{own}, {score}");
        }
        users += 1;
        Ok(())
    })
    .unwrap();
    users
}

#[test]
fn the_job_computes_what_our_own_models_compute() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bundle");
    // More neighbors than there are films: where some are cut off, equal measures may be cut differently.
    let options = "--rank 8 --iterations 3 --blocks 2 --sample-users 0 --max-history 0 --neighbors 400 --keep 50";
    run_job(&python, &out, &options.split(' ').collect::<Vec<_>>());
    let (bundle, data) = (Bundle::open(&out).unwrap(), read(&out));
    let original = read(&films());
    assert_eq!(
        (data.n_users(), data.n_ratings()),
        (original.n_users(), original.n_ratings())
    );
    let ours = fit("rules:measure=llr,neighbors=400,max-interactions=all", &bundle, &data);
    let compared = compare(&fit("spark-llr", &bundle, &data), &ours, &data);
    println!("spark-llr and rules: {compared} scores");
    let ours = fit("item-knn:similarity=cosine,neighbors=400", &bundle, &data);
    let compared = compare(&fit("spark-cosine", &bundle, &data), &ours, &data);
    println!("spark-cosine and item-knn: {compared} scores");
    let users = check_candidates(&bundle, &fit("spark-als", &bundle, &data), &data, 50);
    assert_eq!(users, data.n_users());
    // A store of it serves everybody.
    let store = store_at(folder.path().join("s.redb").to_str().unwrap()).unwrap();
    let job = BundleJob {
        plan: &Plan::default(),
        bundle: &bundle,
        data: &data,
        store: &*store,
        now: 1_795_953_600_000,
    };
    let built = build_from_bundle(&job, &Task::unattended()).unwrap();
    assert_eq!(built.written as usize, data.n_users());
    let server = Server::new(store).expecting(data.identity());
    for user in data.users() {
        let request = Request {
            user: data.user_id(user).to_owned(),
            now: 1_795_953_660,
            ..Request::default()
        };
        let response = server.respond(&request).unwrap();
        assert_eq!((response.items.len(), response.fallback), (20, None));
    }
}

/// Candidates by similar items, of a sample, on thinned histories.
#[test]
fn a_sample_has_factors_histories_and_candidates_of_its_own() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("bundle");
    let options = "--rank 4 --iterations 2 --blocks 1 --implicit --alpha 2 --sample-users 25 --only-sample --max-history 20 \
                   --neighbors 15 --keep 40 --candidates cosine --seed 7";
    run_job(&python, &out, &options.split_whitespace().collect::<Vec<_>>());
    let (bundle, data) = (Bundle::open(&out).unwrap(), read(&out));
    assert_eq!(data.n_users(), 25);
    let original = read(&films());
    for user in data.users() {
        let own = original.find_user(data.user_id(user)).unwrap();
        assert_eq!(data.user_row(user).len(), original.user_row(own).len());
    }
    let users = check_candidates(&bundle, &fit("spark-cosine", &bundle, &data), &data, 40);
    assert_eq!(users, 25);
    let model = fit("spark-als", &bundle, &data);
    let scores = data
        .users()
        .map(|user| serve(&model, &data, user).scores(&Cancel::new()).unwrap().n_items());
    assert_eq!(scores.sum::<usize>(), 25 * data.n_items());
}
