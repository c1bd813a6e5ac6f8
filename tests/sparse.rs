//! Lists on data that is no star ratings and has few rows an item: generated sets that are as sparse as real ones, and the
//! real ones where they are.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use recscope::data::generate::{Preset, generate};
use recscope::data::{Dataset, FeedbackKind, ItemIx, LoadOptions, Source, UserIx, load};
use recscope::evaluate::{Metric, Options, Split, evaluate};
use recscope::models::{FitStore, Formula, Profile, Serving, default_formula};
use recscope::task::{Cancel, Task};

/// The default of earlier versions, which fails here.
const OLD: &str = "0.6*item-knn + 0.3*content + 0.1*popularity";

fn open(path: PathBuf) -> Arc<Dataset> {
    Arc::new(load(&Source::Path(path), &LoadOptions::default(), &Task::unattended()).unwrap())
}

fn generated(preset: Preset) -> Arc<Dataset> {
    let folder = tempfile::tempdir().unwrap();
    generate(preset, 42, folder.path(), &Task::unattended()).unwrap();
    open(folder.path().to_owned())
}

/// Everybody's ten best.
fn lists(data: &Arc<Dataset>, formula: &str) -> Vec<Vec<ItemIx>> {
    let task = Task::unattended();
    let model = FitStore::new(Arc::clone(data), 42).fit(&Formula::parse(formula).unwrap(), &task);
    let model = model.unwrap();
    task.pool.map(data.n_users(), |at| {
        let profile = Arc::new(Profile::of_user(data, UserIx(at as u32)));
        let serving = Serving::open(&model, profile, &Cancel::new()).unwrap();
        let best = serving.recommend(10, false, &Cancel::new()).unwrap();
        best.into_iter().map(|(item, _)| item).collect()
    })
}

/// The share of all places that goes to items with one rater.
fn lone_share(data: &Arc<Dataset>, formula: &str) -> f64 {
    let places: Vec<ItemIx> = lists(data, formula).concat();
    let lone = places.iter().filter(|item| data.item_row(**item).len() == 1).count();
    lone as f64 / places.len() as f64
}

fn ndcg(data: &Arc<Dataset>, formula: &str) -> f64 {
    let folds = Split::parse("random:ratio=0.8,seed=1").unwrap().folds(data).unwrap();
    let metrics = Metric::parse_list("ndcg@10").unwrap();
    let model = Formula::parse(formula).unwrap().into();
    let seen = evaluate(&folds, &[model], &metrics, &Options::default(), &Task::unattended()).unwrap();
    seen.rows[0].mean("ndcg@10").unwrap()
}

/// At most 2 % of places with one rater, and ranked no worse than popularity; prints what it finds.
fn serves(name: &str, data: &Arc<Dataset>) {
    let default = default_formula(data.feedback().kind);
    let (lone, old_lone) = (lone_share(data, default), lone_share(data, OLD));
    let [own, old, popular] = [default, OLD, "popularity"].map(|formula| ndcg(data, formula));
    println!(
        "{name}: places with one rater {:.2} % (seed's formula {:.2} %), nDCG@10 {own:.4} (seed's {old:.4}, popularity \
         {popular:.4})",
        100.0 * lone,
        100.0 * old_lone
    );
    assert!(lone <= 0.02, "{name}: {lone}");
    assert!(own >= popular, "{name}: {own} < {popular}");
}

#[test]
fn invented_counts_are_as_sparse_as_last_fm_and_the_old_default_fails_on_them() {
    let data = generated(Preset::Counts);
    assert_eq!(data.feedback().kind, FeedbackKind::Counts);
    assert!(
        data.density() < 0.012 && lone_items(&data) > 0.3,
        "{}",
        lone_items(&data)
    );
    assert!(lone_share(&data, OLD) > 0.1, "{}", lone_share(&data, OLD));
    serves("counts", &data);
}

#[test]
fn invented_events_are_as_sparse_as_purchases_and_the_old_default_fails_on_them() {
    let data = generated(Preset::Events);
    assert_eq!(data.feedback().kind, FeedbackKind::Events);
    assert!(
        data.density() < 0.004 && lone_items(&data) > 0.4,
        "{}",
        lone_items(&data)
    );
    assert!(lone_share(&data, OLD) > 0.1, "{}", lone_share(&data, OLD));
    serves("events", &data);
}

/// Item i1 to i25 are voted on by very many, and nearly all are against them.
#[test]
fn what_nearly_all_vote_against_tops_no_list_but_of_those_who_voted_for_such() {
    let data = generated(Preset::Votes);
    assert_eq!(data.feedback().kind, FeedbackKind::Votes);
    let disliked: HashSet<ItemIx> = data
        .items()
        .filter(|item| {
            let row = data.item_row(*item);
            row.len() > 10 && row.iter().filter(|(_, vote)| *vote < 0.0).count() * 10 > row.len() * 8
        })
        .collect();
    assert!(disliked.len() >= 15, "{}", disliked.len());
    let firsts = lists(&data, default_formula(FeedbackKind::Votes));
    for (user, list) in data.users().zip(&firsts) {
        let bad = list.first().is_some_and(|item| disliked.contains(item));
        let likes_such = data
            .user_row(user)
            .iter()
            .any(|(item, vote)| vote > 0.0 && disliked.contains(&ItemIx(item)));
        assert!(!bad || likes_such, "{user:?}");
    }
    serves("votes", &data);
}

/// The share of items that have exactly one row.
fn lone_items(data: &Dataset) -> f64 {
    let lone = data.items().filter(|item| data.item_row(*item).len() == 1).count();
    lone as f64 / data.items_with_ratings() as f64
}

#[test]
fn real_sparse_data_is_served() {
    let Some(folder) = std::env::var_os("RECSCOPE_DATA").map(PathBuf::from) else {
        eprintln!("skipped: RECSCOPE_DATA is not set");
        return;
    };
    for name in [
        "ml-latest-small",
        "lastfm-plays/user_artists.dat",
        "retailrocket-purchases/purchase_ecommerce.dat",
    ] {
        let data = open(folder.join(name));
        serves(name, &data);
        assert!(lone_share(&data, OLD) > 0.005, "{name}");
    }
}
