//! A batch on small data, against serving each model alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::batch::{How, Job, build};
use super::session::parse;
use super::tests_common::{NOON, PLAIN, Place, ask, cases, data};
use super::*;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::tests_common::dataset;
use crate::models::{FitStore, Formula, Profile, Serving};
use crate::task::{Cancel, Pool, Task};

const SOURCES: &str = "rank = \"0.7*item-knn + 0.3*popularity\"\nkeep = 12\n[diversity]\nmethod = \"none\"\n\
     [[source]]\nname = \"cf\"\nmodel = \"item-knn\"\nquota = 9\n[[source]]\nname = \"popular\"\nmodel = \"popularity\"\nquota = 5\n";

/// What a batch is to leave of everybody, computed by serving each model alone and sorting everything: items, bits of scores
/// rounded to 32 bits, bits of sources.
fn offline(data: &Arc<Dataset>, rank: &str, sources: &[(&str, usize)], keep: usize) -> Vec<Vec<(u32, u32, u8)>> {
    let fits = FitStore::new(Arc::clone(data), 42);
    let serve = |formula: &str, user: UserIx| {
        let model = fits
            .fit(&Formula::parse(formula).unwrap(), &Task::unattended())
            .unwrap();
        Serving::open(&model, Arc::new(Profile::of_user(data, user)), &Cancel::new()).unwrap()
    };
    let of_user = |user: UserIx| {
        let mut bits: BTreeMap<u32, u8> = BTreeMap::new();
        for (at, (formula, quota)) in sources.iter().enumerate() {
            for (item, _) in serve(formula, user).recommend(*quota, false, &Cancel::new()).unwrap() {
                *bits.entry(item.0).or_default() |= 1 << at;
            }
        }
        let ranker = serve(rank, user);
        let scored = bits
            .iter()
            .filter_map(|(i, bits)| Some((*i, ranker.score(ItemIx(*i)).ok()?, *bits)));
        let mut wanted: Vec<(u32, f64, u8)> = scored.collect();
        wanted.sort_by(|a, b| b.1.total_cmp(&a.1));
        wanted.truncate(keep);
        wanted.iter().map(|(i, s, b)| (*i, (*s as f32).to_bits(), *b)).collect()
    };
    data.users().map(of_user).collect()
}

/// What the batch left of somebody.
fn left(place: &Place, user: &str) -> Option<Vec<(u32, u32, u8)>> {
    let candidates = place.record(user)?.0.candidates;
    Some(
        candidates
            .iter()
            .map(|c| (c.item, c.score.to_bits(), c.sources))
            .collect(),
    )
}

#[test]
fn a_batch_equals_offline_scoring_rounded_to_32_bits() {
    let data = data(23, 40, &[]);
    let place = Place::new();
    let built = place.build(&data, SOURCES, How::Full);
    assert_eq!((built.manifest.users, built.written), (23, 23));
    let sources = [("item-knn", 9), ("popularity", 5)];
    let wanted = offline(&data, "0.7*item-knn + 0.3*popularity", &sources, 12);
    let mut candidates = 0;
    for (user, wanted) in data.users().zip(wanted) {
        let (record, _) = place.record(data.user_id(user)).unwrap();
        assert_eq!(left(&place, &record.user).unwrap(), wanted, "{}", record.user);
        let seen: Vec<u32> = data.user_row(user).iter().map(|(i, _)| i).collect();
        assert_eq!(record.seen, seen);
        assert_eq!(record.features, [("age".to_owned(), (10 + user.0 % 50).to_string())]);
        candidates += wanted.len() as u64;
    }
    assert_eq!(built.manifest.candidates, candidates);
}

/// Formulas that rank and propose.
const FORMULAS: [&str; 5] = [
    "popularity",
    "item-knn",
    "baseline",
    "user-knn:k=3",
    "0.6*item-knn + 0.4*popularity",
];

/// Some ratings, each user and item at most once together.
fn ratings() -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    let rating = (1..=10u8).prop_map(|half| f64::from(half) / 2.0);
    prop::collection::btree_map((0..7u32, 0..12u32), rating, 1..50)
        .prop_map(|cells| cells.into_iter().map(|((u, i), r)| (u, i, r)).collect())
}

proptest! {
    #![proptest_config(cases(256))]

    /// Whatever is rated, ranks and proposes: what is left of everybody is what serving each model alone says, and built once
    /// more, it is the same to the byte.
    #[test]
    fn a_batch_rebuilt_equals_offline_scoring(
        rows in ratings(),
        rank in prop::sample::select(&FORMULAS[..]),
        sources in prop::collection::vec((prop::sample::select(&FORMULAS[..]), 1..15usize), 1..4),
        keep in 1..15usize,
    ) {
        let data = dataset(&rows, 12);
        let named = sources.iter().enumerate().map(|(at, (formula, quota))| {
            format!("[[source]]\nname = \"s{at}\"\nmodel = \"{formula}\"\nquota = {quota}\n")
        });
        let plan = format!("rank = \"{rank}\"\nkeep = {keep}\n{}", named.collect::<String>());
        let (place, wanted) = (Place::new(), offline(&data, rank, &sources, keep));
        place.build(&data, &plan, How::Full);
        let bytes = |user: UserIx| place.record(data.user_id(user)).map(|record| record.1);
        let first: Vec<_> = data.users().map(bytes).collect();
        for (user, wanted) in data.users().zip(wanted) {
            // Nobody without ratings has a record.
            let has = !data.user_row(user).is_empty();
            prop_assert_eq!(left(&place, data.user_id(user)), has.then_some(wanted));
        }
        place.build(&data, &plan, How::Full);
        prop_assert_eq!(data.users().map(bytes).collect::<Vec<_>>(), first);
    }
}

#[test]
fn a_batch_gives_the_same_bytes_on_any_number_of_threads() {
    let data = data(150, 30, &[]);
    let records = |task: &Task| {
        let place = Place::new();
        place.build_on(&data, PLAIN, How::Full, task);
        data.users()
            .map(|u| place.record(data.user_id(u)).unwrap().1)
            .collect::<Vec<_>>()
    };
    let many = Task {
        pool: Pool::new("test", 3),
        ..Task::unattended()
    };
    assert_eq!(records(&Task::unattended()), records(&many));
}

#[test]
fn a_cancelled_batch_publishes_nothing() {
    let data = data(20, 20, &[]);
    let place = Place::new();
    let first = place.build(&data, PLAIN, How::Full);
    let task = Task::unattended();
    task.cancel.cancel();
    let job = Job {
        plan: &Plan::default(),
        models: &crate::models::Catalog::default(),
        fits: &FitStore::new(Arc::clone(&data), 42),
        store: &*place.store,
        now: NOON * 1000,
        how: How::Full,
        most: usize::MAX,
    };
    assert!(build(&job, &task).is_err());
    assert_eq!(place.store.open().unwrap().version(), first.version);
}

/// After a build of the touched alone, their candidates are those of a full build of the new data, by id, and everybody
/// else's records have not changed by a byte.
#[test]
fn an_incremental_build_computes_the_touched_alone() {
    let before = data(30, 40, &[]);
    // A new item that old users rate, and a new user.
    let after = data(
        30,
        40,
        &[(2, 40, 5.0), (9, 40, 4.0), (30, 3, 5.0), (30, 8, 4.0), (30, 40, 2.0)],
    );
    let place = Place::new();
    place.build(&before, SOURCES, How::Full);
    let old: BTreeMap<String, Vec<u8>> = before
        .users()
        .map(|u| (before.user_id(u).to_owned(), place.record(before.user_id(u)).unwrap().1))
        .collect();
    let built = place.build(&after, "", How::Touched);
    assert_eq!((built.written, built.manifest.users), (3, 31));
    let full = Place::new();
    full.build(&after, SOURCES, How::Full);
    let named = |place: &Place, user: &str| -> Vec<(String, u32)> {
        let server = Server::new(Arc::clone(&place.store));
        let (record, _) = place.record(user).unwrap();
        let id = |item| server.with_catalog(|c| c.id(item).to_owned()).unwrap();
        record
            .candidates
            .iter()
            .map(|c| (id(c.item), c.score.to_bits()))
            .collect()
    };
    let mut candidates = 0;
    for user in after.users() {
        let id = after.user_id(user);
        if ["u2", "u9", "u30"].contains(&id) {
            assert_eq!(named(&place, id), named(&full, id), "{id}");
        } else {
            assert_eq!(place.record(id).unwrap().1, old[id], "{id}");
        }
        candidates += place.record(id).unwrap().0.candidates.len() as u64;
    }
    assert_eq!(built.manifest.candidates, candidates);
    // The new item has a row of its own and can be named by an event.
    let server = Server::new(Arc::clone(&place.store));
    let request = Request {
        session: parse("click:i40").unwrap(),
        ..ask("u30")
    };
    let response = server.respond(&request).unwrap();
    assert!(response.fallback.is_none());
    assert!(
        response
            .stages
            .iter()
            .any(|s| s.what.starts_with("1 click: ") && !s.what.contains("nothing similar"))
    );
    // Nothing has changed since.
    assert_eq!(place.build(&after, "", How::Touched).written, 0);
}
