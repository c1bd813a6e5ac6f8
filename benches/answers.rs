//! What the panes ask while somebody browses, on 100,000 ratings, the models fitted.

mod shared;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use recscope::answers::{
    ExplainQuery, FactorsQuery, MapQuery, NeighborsQuery, PickQuery, Projection, RecommendQuery, Subject, Whose, World,
    explain, factors, map, neighbors, pick, profile, recommend,
};
use recscope::data::{ItemIx, UserIx};
use recscope::models::neighborhood::Similarity;
use recscope::models::{DEFAULT_FORMULA, Formula};
use recscope::task::Task;

fn formula(text: &str) -> Formula {
    Formula::parse(text).expect("a good formula")
}

/// Somebody else each time: nothing is left from the last answer.
fn everybody(world: &World) -> impl FnMut() -> Whose {
    let mut users = world.dataset.users().collect::<Vec<UserIx>>().into_iter().cycle();
    move || Whose::User(users.next().expect("endless"))
}

fn lists(criterion: &mut Criterion, world: &World, task: &Task) {
    let query = |subject| RecommendQuery {
        subject,
        formula: formula(DEFAULT_FORMULA),
        n: 200,
        include_seen: false,
    };
    let mut next = everybody(world);
    criterion.bench_function("answer recommend (another user)", |bencher| {
        bencher.iter(|| recommend::compute(world, &query(Subject::Person(next())), task, &mut |_| ()));
    });
    let mut items = (0..200).cycle().map(ItemIx);
    criterion.bench_function("answer recommend (users for another item)", |bencher| {
        bencher.iter(|| {
            let subject = Subject::Item(items.next().expect("endless"));
            recommend::compute(world, &query(subject), task, &mut |_| ())
        });
    });
    // The cursor walks down the list of one user.
    let whose = Whose::User(UserIx(0));
    let list = recommend::compute(world, &query(Subject::Person(whose.clone())), task, &mut |_| ());
    let list = list.expect("fitted").items;
    let mut rows = list.iter().map(|row| world.dataset.find_item(&row.id)).cycle();
    criterion.bench_function("answer explain (another item)", |bencher| {
        bencher.iter(|| {
            let item = rows.next().flatten().expect("listed");
            let query = ExplainQuery::new(whose.clone(), item, formula(DEFAULT_FORMULA));
            explain::compute(world, &query, &task.cancel).expect("listed, so explained")
        });
    });
}

fn people(criterion: &mut Criterion, world: &World, task: &Task) {
    let mut next = everybody(world);
    criterion.bench_function("answer neighbors (another user)", |bencher| {
        bencher.iter(|| {
            let query = NeighborsQuery::new(Subject::Person(next()), Similarity::Cosine, 100);
            neighbors::compute(world, &query, &task.cancel)
        });
    });
    let mut next = everybody(world);
    criterion.bench_function("answer profile (another user)", |bencher| {
        bencher.iter(|| profile::compute(world, &Subject::Person(next()), &task.cancel));
    });
    criterion.bench_function("answer pick (one letter)", |bencher| {
        let query = PickQuery {
            text: black_box("1").into(),
            users: true,
            items: true,
        };
        bencher.iter(|| pick::compute(world, &query, None, task, &mut |_| ()));
    });
}

fn vectors(criterion: &mut Criterion, world: &World, task: &Task) {
    let mut next = everybody(world);
    criterion.bench_function("answer factors (another user)", |bencher| {
        bencher.iter(|| {
            let query = FactorsQuery {
                subject: Subject::Person(next()),
                focus: Some(ItemIx(7)),
                formula: formula("svd"),
                varimax: false,
            };
            factors::compute(world, &query, &task.cancel).expect("fitted")
        });
    });
    let query = MapQuery {
        formula: formula("svd"),
        projection: Projection::Pca([0, 1]),
        users: false,
    };
    criterion.bench_function("answer map (of a fit)", |bencher| {
        bencher.iter(|| map::compute(world, &query, task).expect("fitted"));
    });
}

fn answers(criterion: &mut Criterion) {
    let world = World::new(Arc::new(shared::read(&shared::csv())), 42);
    let task = Task::unattended();
    for model in [DEFAULT_FORMULA, "svd"] {
        world.fit(&formula(model), &task).expect("fits");
    }
    lists(criterion, &world, &task);
    people(criterion, &world, &task);
    vectors(criterion, &world, &task);
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20);
    targets = answers
}
criterion_main!(benches);
