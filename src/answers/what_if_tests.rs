//! Edits as text, travel through a history, ranks over it.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::data::{Dataset, DatasetParts, DuplicatePolicy, Edits, Ids, ItemIx, RatingRows, UserIx};
use crate::models::Formula;
use crate::models::tests_common::timed;
use crate::task::{Cancel, Task};

const DAY: i64 = 86_400;

/// Four users with up to twelve ratings on as many days, two a day for some.
fn world() -> World {
    let rows: Vec<(u32, u32, i64)> = (0..4u32)
        .flat_map(|user| {
            (0..12u32)
                .filter(move |item| (item * 7 + user) % 4 != 0)
                .map(move |item| (user, item))
        })
        .map(|(user, item)| (user, item, DAY * i64::from((item * 5 + user) % 9) + i64::from(item)))
        .collect();
    World::new(timed(&rows), 42)
}

fn replayed(world: &World, whose: &Whose) -> (World, Whose) {
    let text = world.edits_as_text(whose).unwrap();
    let (stored, whose) = match whose {
        Whose::User(_) => (world.with_edits(Arc::default()), whose.clone()),
        Whose::Guest(_) => (world.clone(), Whose::Guest(Arc::default())),
    };
    stored.edited_by(&whose, &text, "edits").unwrap()
}

proptest! {
    #[test]
    fn edits_written_down_replay_to_the_same_edits(
        cells in proptest::collection::vec((0u32..12, proptest::option::of(1u32..6)), 0..14),
        known in 0usize..13,
        is_cut in any::<bool>(),
    ) {
        let world = world();
        let user = UserIx(1);
        let mut edits = Edits::default();
        for (item, rating) in cells {
            edits.set(&world.dataset, user, ItemIx(item), rating.map(f64::from));
        }
        let mut world = world.with_edits(Arc::new(edits));
        if is_cut {
            let events = world.events(user);
            world = world.with_edits(world.edits_at(user, &events, known.min(events.len())));
        }
        let after = replayed(&world, &Whose::User(user));
        prop_assert_eq!(after.0.edits(), world.edits());
    }

    #[test]
    fn at_a_moment_there_is_what_happened_until_then(known in 0usize..13, others in 0usize..13) {
        let world = world();
        let user = UserIx(2);
        let events = world.events(user);
        let (known, others) = (known.min(events.len()), others.min(events.len()));
        let there = world.with_edits(world.edits_at(user, &events, known));
        let mut left: Vec<ItemIx> = events[..known].iter().map(|e| e.item).collect();
        left.sort_unstable();
        let profile = there.profile(&Whose::User(user));
        prop_assert_eq!(profile.rows().iter().map(|r| r.item).collect::<Vec<_>>(), left);
        prop_assert_eq!(there.known(user, &events), known);
        // Wherever one was before.
        let beyond = there.with_edits(there.edits_at(user, &events, others));
        prop_assert_eq!(beyond.edits(), &world.edits_at(user, &events, others));
        let now = beyond.edits_at(user, &events, events.len());
        prop_assert!(now.is_empty());
    }
}

#[test]
fn a_cut_history_is_one_line() {
    let world = world();
    let user = UserIx(1);
    let events = world.events(user);
    let last = crate::data::Day::of_seconds(events[3].time.seconds());
    let known = events
        .iter()
        .filter(|e| crate::data::Day::of_seconds(e.time.seconds()) <= last)
        .count();
    let world = world.with_edits(world.edits_at(user, &events, known));
    assert_eq!(
        world.edits_as_text(&Whose::User(user)).unwrap(),
        format!("until {last}\n")
    );
    let view = ledger::compute(&world, &Whose::User(user));
    assert_eq!((view.rows.len(), view.later), (0, events.len() - known));
    let timeline = view.timeline.unwrap();
    assert_eq!(
        (timeline.events, timeline.known, timeline.now),
        (events.len(), known, Some(last))
    );
    let all: (usize, usize) = timeline.parts.iter().fold((0, 0), |sum, p| (sum.0 + p.0, sum.1 + p.1));
    assert_eq!(all, (events.len(), known));
}

/// Two users and items with ids and titles that a line could be misread by.
fn odd() -> (World, [&'static str; 7]) {
    let ids = [
        "plain",
        "two words",
        "#1",
        "a #b",
        "\"quoted\"",
        " padded ",
        "7\" single",
    ];
    let parts = DatasetParts {
        name: "odd".into(),
        users: Ids::new(["u"]),
        items: Ids::new(ids),
        ratings: RatingRows {
            users: vec![0],
            items: vec![0],
            values: vec![3.0],
            times: Vec::new(),
        },
        ..DatasetParts::default()
    };
    let dataset = Dataset::new(parts, DuplicatePolicy::Last).unwrap();
    (World::new(Arc::new(dataset), 1), ids)
}

#[test]
fn any_id_can_stand_in_a_line() {
    let (world, ids) = odd();
    let ratings = (0..ids.len() as u32).map(|item| (ItemIx(item), 3.0)).collect();
    let guest = Whose::Guest(Arc::new(ratings));
    assert_eq!(
        replayed(&world, &guest).1,
        guest,
        "{}",
        world.edits_as_text(&guest).unwrap()
    );
}

#[test]
fn the_rank_at_each_moment_is_that_of_a_list_made_then() {
    let world = world();
    let formula = Formula::parse("0.7*item-knn:min-support=1 + 0.3*popularity").unwrap();
    world.fit(&formula, &Task::unattended()).unwrap();
    for (user, item) in [(0, 3), (1, 1), (2, 6), (3, 5)] {
        let query = RankHistoryQuery {
            user: UserIx(user),
            item: ItemIx(item),
            formula: formula.clone(),
            n: 3,
        };
        let view = rank_history::compute(&world, &query, &Task::unattended(), &mut |_| {}).unwrap();
        let events = world.events(query.user);
        let rated = events.iter().position(|e| e.item == query.item);
        assert_eq!((view.rated_at, view.step), (rated, 1));
        assert_eq!(view.points.len(), rated.unwrap_or(events.len()) + 1);
        let mut entered = None;
        for point in &view.points {
            let then = world.with_edits(world.edits_at(query.user, &events, point.known));
            let serving = then
                .serving(&formula, &Whose::User(query.user), &Cancel::new())
                .unwrap();
            let list = serving.recommend(100, false, &Cancel::new()).unwrap();
            let rank = list.iter().position(|(i, _)| *i == query.item).map(|at| at + 1);
            assert_eq!(point.rank, rank, "user {user}, item {item}, {point:?}");
            entered = entered.or(rank.filter(|rank| *rank <= 3).map(|rank| (point.known, rank)));
        }
        assert_eq!(view.entered.as_ref().map(|e| (e.known, e.rank)), entered);
        let after = view.entered.and_then(|e| Some((e.known.checked_sub(1)?, e.after?)));
        assert!(after.is_none_or(|(at, named)| named.entity == Entity::Item(events[at].item)));
    }
}

#[test]
fn without_times_there_is_no_history() {
    let (world, _) = odd();
    let formula = Formula::parse("popularity").unwrap();
    world.fit(&formula, &Task::unattended()).unwrap();
    let query = RankHistoryQuery {
        user: UserIx(0),
        item: ItemIx(1),
        formula,
        n: 3,
    };
    let error = rank_history::compute(&world, &query, &Task::unattended(), &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("has a time"), "{error}");
    assert_eq!(ledger::compute(&world, &Whose::User(UserIx(0))).timeline, None);
}
