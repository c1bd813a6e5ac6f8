//! What the live panes wait for: the neighbors of a user and of an item, all scores of a profile, and what is fitted
//! before. On MovieLens 100K where `RECSCOPE_DATA` names its folder, else on made-up ratings of its shape.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use recscope::data::{
    Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, LoadOptions, RatingRows, Source, UserIx, load,
};
use recscope::models::neighborhood::{Measure, NeighborSearch, Similarity};
use recscope::models::{FitStore, Formula, Profile, Serving};
use recscope::task::{Cancel, Pool, Task};

/// 943 users, 1682 items, 100,000 ratings: few users and few items have most of them.
fn made_up() -> Dataset {
    let (n_users, n_items, n_ratings) = (943u32, 1682u32, 100_000);
    let mut state = 1u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        f64::from((state >> 33) as u32) / f64::from(1u32 << 31)
    };
    let mut rows = RatingRows::default();
    let mut seen = std::collections::HashSet::new();
    while rows.users.len() < n_ratings {
        let user = (draw().powf(2.0) * f64::from(n_users)) as u32;
        let item = (draw().powf(2.5) * f64::from(n_items)) as u32;
        let rating = 1.0 + (draw() * 5.0).floor();
        if seen.insert((user, item)) {
            rows.users.push(user);
            rows.items.push(item);
            rows.values.push(rating);
        }
    }
    let parts = DatasetParts {
        name: "made up".into(),
        users: Ids::new((0..n_users).map(|u| u.to_string())),
        items: Ids::new((0..n_items).map(|i| i.to_string())),
        ratings: rows,
        ..DatasetParts::default()
    };
    Dataset::new(parts, DuplicatePolicy::Last).expect("no pair comes twice")
}

fn dataset() -> Arc<Dataset> {
    let folder = PathBuf::from(std::env::var_os("RECSCOPE_DATA").unwrap_or_default()).join("ml-100k");
    let loaded = load(&Source::Path(folder), &LoadOptions::default(), &Task::unattended());
    Arc::new(loaded.unwrap_or_else(|_| made_up()))
}

/// The user with the most ratings, and one with a middling number.
fn subjects(data: &Dataset) -> [(&'static str, UserIx); 2] {
    let mut users: Vec<UserIx> = data.users().collect();
    users.sort_by_key(|u| data.user_row(*u).len());
    [("heaviest", users[users.len() - 1]), ("median", users[users.len() / 2])]
}

fn searches(criterion: &mut Criterion) {
    let data = dataset();
    let search = NeighborSearch::new(Arc::clone(&data));
    let (pool, cancel) = (Pool::default(), Cancel::new());
    for (name, user) in subjects(&data) {
        let profile = Profile::of_user(&data, user);
        for similarity in [
            Similarity::Cosine,
            Similarity::Pearson,
            Similarity::PearsonBaseline,
            Similarity::Jaccard,
        ] {
            let measure = Measure::from(similarity);
            criterion.bench_function(
                &format!("neighbors of the {name} user, {}", similarity.name()),
                |bencher| {
                    bencher.iter(|| search.all_of_profile(black_box(&profile), measure, (&pool, &cancel)));
                },
            );
        }
    }
    let popular = data
        .items()
        .max_by_key(|i| data.item_row(*i).len())
        .unwrap_or(ItemIx(0));
    criterion.bench_function("neighbors of the most rated item, cosine", |bencher| {
        bencher.iter(|| {
            search.all_of_item(
                &Edits::default(),
                black_box(popular),
                Similarity::Cosine.into(),
                (&pool, &cancel),
            )
        });
    });
}

fn models(criterion: &mut Criterion) {
    let data = dataset();
    let fit = |formula: &str| {
        let formula = Formula::parse(formula).expect("a known model");
        let fitted = FitStore::new(Arc::clone(&data), 42).fit(&formula, &Task::unattended());
        fitted.expect("it fits")
    };
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10);
    for formula in [
        "item-knn",
        "item-knn:similarity=pearson-baseline,prediction=baseline,k=40,neighbors=all",
    ] {
        group.bench_function(formula, |bencher| bencher.iter(|| fit(formula)));
    }
    group.finish();
    for formula in [
        "user-knn",
        "user-knn:similarity=pearson-baseline,prediction=baseline",
        "item-knn",
        "item-knn:neighbors=all",
        "item-knn:similarity=pearson-baseline,prediction=baseline,k=40,neighbors=all",
    ] {
        let model = fit(formula);
        for (name, user) in subjects(&data) {
            let profile = Arc::new(Profile::of_user(&data, user));
            criterion.bench_function(
                &format!("serve and score_all of the {name} user, {formula}"),
                |bencher| {
                    bencher.iter(|| {
                        let cancel = Cancel::new();
                        let serving = Serving::open(&model, Arc::clone(&profile), &cancel).expect("nobody cancels");
                        serving.scores(&cancel).expect("nobody cancels").n_items()
                    });
                },
            );
        }
    }
}

criterion_group!(benches, searches, models);
criterion_main!(benches);
