//! Fits every registered model with its defaults to invented ratings of MovieLens 100K's shape, and folds a guest in.

use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use recscope::data::{Attribute, Attributes, Dataset, DatasetParts, DuplicatePolicy, Ids, ItemIx, RatingRows};
use recscope::models::{FitContext, MODELS, Params, Profile};
use recscope::task::{Cancel, Task};

const USERS: u32 = 943;
const ITEMS: u32 = 1682;
const RATINGS: usize = 100_000;

/// A linear congruential generator (Knuth's MMIX): enough for numbers to train on.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, n: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(n)) as u32
    }
}

/// Every pair once; users and items with a long tail; two planted tastes.
fn invented() -> Arc<Dataset> {
    let mut numbers = Numbers(1);
    let mut seen = vec![false; (USERS * ITEMS) as usize];
    let mut ratings = RatingRows::default();
    while ratings.users.len() < RATINGS {
        let user = numbers.below(USERS).min(numbers.below(USERS));
        let item = numbers.below(ITEMS).min(numbers.below(ITEMS)).min(numbers.below(ITEMS));
        if !std::mem::replace(&mut seen[(user * ITEMS + item) as usize], true) {
            let taste = if user % 2 == item % 2 { 3 } else { 1 };
            ratings.users.push(user);
            ratings.items.push(item);
            ratings.values.push(f64::from(taste + numbers.below(3)));
        }
    }
    let mut genres = || {
        (0..=numbers.below(3))
            .map(|_| (format!("g{}", numbers.below(19)), 1))
            .collect::<Vec<_>>()
    };
    let rows: Vec<_> = (0..ITEMS).map(|_| genres()).collect();
    let parts = DatasetParts {
        name: "invented".into(),
        users: Ids::new((0..USERS).map(|u| u.to_string())),
        items: Ids::new((0..ITEMS).map(|i| i.to_string())),
        ratings,
        item_attributes: Attributes {
            columns: vec![Attribute::of_names("genre", rows)],
        },
        ..DatasetParts::default()
    };
    Arc::new(Dataset::new(parts, DuplicatePolicy::Last).expect("no pair comes twice"))
}

fn context(dataset: &Arc<Dataset>) -> FitContext {
    FitContext {
        dataset: Arc::clone(dataset),
        seed: 42,
        task: Task::unattended(),
        augmented_with: None,
    }
}

fn fits(criterion: &mut Criterion) {
    let context = context(&invented());
    let mut group = criterion.benchmark_group("fit");
    group.sample_size(10);
    for spec in MODELS {
        let params = Params::defaults(spec.parameters);
        group.bench_function(spec.name, |bencher| bencher.iter(|| spec.fit(&context, &params)));
    }
    group.finish();
}

/// A guest with 700 ratings: the fold, then the scores of all items.
fn guests(criterion: &mut Criterion) {
    let context = context(&invented());
    let spec = MODELS.iter().find(|m| m.name == "svd").expect("a registered model");
    let model = spec.fit(&context, &Params::defaults(spec.parameters)).expect("it fits");
    let ratings = (0..700).map(|i| (ItemIx(i * 2), f64::from(i % 5 + 1)));
    let profile = Arc::new(Profile::guest(ratings, &Arc::default()));
    let cancel = Cancel::new();
    let mut group = criterion.benchmark_group("svd, a guest with 700 ratings");
    group.bench_function("serve", |bencher| {
        bencher.iter(|| Arc::clone(&model).serve(Arc::clone(&profile), &cancel));
    });
    let served = Arc::clone(&model).serve(profile, &cancel).expect("nobody cancels");
    group.bench_function("score all", |bencher| bencher.iter(|| served.score_all(&cancel)));
    group.finish();
}

criterion_group!(benches, fits, guests);
criterion_main!(benches);
