//! What must hold of the answers to why, on real data: comparing with oneself is the identity, the other way round is the
//! mirror image, contrasts sum to the difference of the scores, and an edit undone leaves no trace.
//!
//! Needs `RECSCOPE_DATA`, a folder with `ml-100k`, `ml-1m` or `ml-latest-small` in it; what is not there is skipped.

use std::path::PathBuf;
use std::sync::Arc;

use recscope::answers::{
    CompareQuery, CompareSide, CompareView, ContrastQuery, Entity, RecommendQuery, RecommendRow, Subject, Whose, World,
    compare, contrast, recommend,
};
use recscope::data::{ItemIx, LoadOptions, Source, UserIx, load};
use recscope::models::Formula;
use recscope::task::{Cancel, Pool, Task};

fn task() -> Task {
    Task {
        pool: Pool::new("workbench", 2),
        ..Task::unattended()
    }
}

/// The data in a folder; `None`, said aloud, where it isn't at hand.
fn world(folder: &str) -> Option<World> {
    let Some(data) = std::env::var_os("RECSCOPE_DATA") else {
        println!("skipped: RECSCOPE_DATA is not set");
        return None;
    };
    let path = PathBuf::from(data).join(folder);
    if !path.exists() {
        println!("skipped: RECSCOPE_DATA has no {folder}");
        return None;
    }
    let task = task();
    let data = load(&Source::Path(path), &LoadOptions::default(), &task).unwrap();
    Some(World::new(Arc::new(data), 42).on(task.pool))
}

/// The one with the most ratings, one in the middle, the one with the fewest.
fn people(world: &World) -> Vec<UserIx> {
    let mut users: Vec<UserIx> = world.dataset.users().collect();
    users.sort_by_key(|user| std::cmp::Reverse(world.dataset.user_row(*user).len()));
    [0, users.len() / 2, users.len() - 1].map(|at| users[at]).to_vec()
}

fn side(user: UserIx, formula: &Formula) -> CompareSide {
    CompareSide {
        subject: Subject::Person(Whose::User(user)),
        formula: formula.clone(),
    }
}

fn compared(world: &World, a: CompareSide, b: CompareSide) -> CompareView {
    compare::compute(world, &CompareQuery { a, b, n: 10 }, &task()).unwrap()
}

fn list(world: &World, user: UserIx, formula: &Formula) -> Vec<RecommendRow> {
    let query = RecommendQuery {
        subject: Subject::Person(Whose::User(user)),
        formula: formula.clone(),
        n: 20,
        include_seen: false,
    };
    recommend::compute(world, &query, &task(), &mut |_| ()).unwrap().items
}

fn bits(rows: &[RecommendRow]) -> Vec<(Entity, u64)> {
    rows.iter().map(|row| (row.entity, row.score.to_bits())).collect()
}

fn check(folder: &str, formulas: &[&str]) {
    let Some(world) = world(folder) else { return };
    let formulas: Vec<Formula> = formulas.iter().map(|text| Formula::parse(text).unwrap()).collect();
    for formula in &formulas {
        world.fit(formula, &task()).unwrap();
    }
    let people = people(&world);
    for formula in &formulas {
        for user in &people {
            let of = format!("{folder}, {formula}, {user:?}");
            let same = compared(&world, side(*user, formula), side(*user, formula));
            assert_eq!((same.overlap, same.rbo.value), (1.0, 1.0), "{of}");
            assert!(same.rows.iter().all(|row| row.a == row.b), "{of}");
            assert!(same.difference.iter().all(|row| row.difference == 0.0), "{of}");
            for other in formulas.iter().filter(|other| *other != formula) {
                let there = compared(&world, side(*user, formula), side(*user, other));
                let back = compared(&world, side(*user, other), side(*user, formula));
                assert_eq!((there.overlap, there.rbo), (back.overlap, back.rbo), "{of}");
                let places =
                    |view: &CompareView| -> Vec<_> { view.rows.iter().map(|r| (r.entity, r.a, r.b)).collect() };
                let mirrored: Vec<_> = back.rows.iter().map(|r| (r.entity, r.b, r.a)).collect();
                assert_eq!(places(&there), mirrored, "{of}");
                let parts: Vec<f64> = there.difference.iter().map(|d| d.difference).collect();
                let mirrored: Vec<f64> = back.difference.iter().map(|d| -d.difference).collect();
                assert_eq!(parts, mirrored, "{of}");
            }
            contrasts_sum_to_the_gap(&world, *user, formula, &of);
            an_edit_undone_is_none(&world, *user, formula, &of);
        }
    }
}

fn contrasts_sum_to_the_gap(world: &World, user: UserIx, formula: &Formula, of: &str) {
    let items: Vec<ItemIx> = list(world, user, formula)
        .iter()
        .filter_map(|row| row.entity.item())
        .collect();
    assert!(items.len() > 15, "{of}");
    for pair in [[0, 1], [9, 10], [15, 0]] {
        let query = ContrastQuery {
            whose: Whose::User(user),
            item: items[pair[0]],
            against: Some(items[pair[1]]),
            formula: formula.clone(),
        };
        let view = contrast::compute(world, &query, &Cancel::new()).unwrap();
        let sum: f64 = view.contrast.iter().map(|row| row.difference).sum();
        assert!((sum + view.gap).abs() <= 1e-6, "{of}: {sum} and {}", view.gap);
        let serving = world.serving(formula, &query.whose, &Cancel::new()).unwrap();
        let score = |at: usize| serving.score(items[at]).unwrap();
        assert!((view.gap - (score(pair[1]) - score(pair[0]))).abs() <= 1e-9, "{of}");
    }
}

fn an_edit_undone_is_none(world: &World, user: UserIx, formula: &Formula, of: &str) {
    let before = list(&world.fresh(), user, formula);
    let row = world.profile(&Whose::User(user)).rows()[0];
    let id = world.dataset.item_id(row.item);
    let whose = Whose::User(user);
    let edited = |text: &str| world.edited_by(&whose, text, "edits").unwrap().0;
    let moved = edited(&format!("unrate {id}"));
    assert!(!moved.edits().is_empty(), "{of}");
    let undone = edited(&format!("unrate {id}\nrate {id} {}", row.rating));
    assert_eq!(bits(&list(&undone.fresh(), user, formula)), bits(&before), "{of}");
    let back = moved.with_edits(Arc::default());
    assert_eq!(bits(&list(&back, user, formula)), bits(&before), "{of}");
}

#[test]
fn ml_100k() {
    check(
        "ml-100k",
        &[
            "0.6*item-knn + 0.3*content + 0.1*popularity",
            "user-knn",
            "als:factors=8",
            "switch(ratings<50 ? content : item-knn)",
        ],
    );
}

#[test]
fn ml_1m() {
    check("ml-1m", &["0.6*item-knn + 0.3*content + 0.1*popularity", "user-knn"]);
}

#[test]
fn ml_latest_small() {
    check(
        "ml-latest-small",
        &["0.6*item-knn + 0.3*content + 0.1*popularity", "user-knn"],
    );
}
