//! Neighbors with what they are worth, the parts of a similarity, all measures of a pair, what a neighbor brings.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::Formula;
use crate::models::neighborhood::{Measure, SIMILARITIES, Similarity};
use crate::models::tests_common::{dataset, synthetic};
use crate::task::{Cancel, Task};

fn person(user: u32) -> Subject {
    Subject::Person(Whose::User(UserIx(user)))
}

fn measure(similarity: Similarity, shrinkage: f64) -> Measure {
    Measure {
        similarity,
        min_support: 1,
        shrinkage,
    }
}

fn pair_of(a: Subject, b: Entity, measure: Measure) -> PairQuery {
    PairQuery {
        subject: a,
        other: b,
        measure,
    }
}

fn parts(world: &World, pair: PairQuery, without: Vec<Entity>) -> (PairView, TermsView) {
    let query = TermsQuery { pair, without };
    terms::compute(world, &query, &Cancel::new()).unwrap()
}

fn ratings() -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    let one = (0..6u32, 0..8u32, 1..6u8).prop_map(|(u, i, r)| (u, i, f64::from(r)));
    prop::collection::vec(one, 12..45).prop_map(|rows| {
        let cells: std::collections::BTreeMap<(u32, u32), f64> = rows.iter().map(|(u, i, r)| ((*u, *i), *r)).collect();
        cells.into_iter().map(|((u, i), r)| (u, i, r)).collect()
    })
}

proptest! {
    /// The parts of every similarity, of users and of items, add up to the figure that its formula calls so; and the formula
    /// of the figures gives the similarity (`pair_tests` computes it from the printed text).
    #[test]
    fn parts_sum_to_the_numerator(rows in ratings()) {
        let world = World::new(dataset(&rows, 8), 42);
        for spec in &SIMILARITIES {
            for (a, b) in [
                (person(0), Entity::User(UserIx(1))),
                (Subject::Item(ItemIx(0)), Entity::Item(ItemIx(3))),
            ] {
                let (pair, terms) = parts(&world, pair_of(a, b, spec.similarity.into()), vec![]);
                let sum: f64 = terms.terms.iter().map(|t| t.share).sum();
                prop_assert!((sum - terms.sum.value).abs() <= 1e-9 * (1.0 + sum.abs()));
                prop_assert_eq!(terms.terms.len(), pair.support as usize);
                let figure = |name: &str| pair.sums.iter().find(|f| f.0 == name).map(|f| f.1);
                let named = match spec.name {
                    // Means over what both rated: n times the sum of products is the numerator of the formula.
                    "pearson" => figure("n").map(|n| {
                        let [xy, x, y] = ["Σa·b", "Σa", "Σb"].map(|f| figure(f).unwrap());
                        if n > 0.0 { (n * xy - x * y) / n } else { 0.0 }
                    }),
                    _ => figure(&terms.sum.name),
                };
                let named = named.unwrap_or_else(|| panic!("{}: no figure {}", spec.name, terms.sum.name));
                prop_assert!((named - sum).abs() < 1e-6 * (1.0 + sum.abs()), "{} {} {}", spec.name, named, sum);
                // Sorted, and each share of the sum is what it says.
                let lines = terms.terms.lines();
                prop_assert!(lines.windows(2).all(|w| w[0].share >= w[1].share));
                let of: f64 = lines.iter().filter_map(|l| l.of).sum();
                prop_assert!(lines.iter().all(|l| l.of.is_none()) || (of - 1.0).abs() < 1e-9);
            }
        }
    }

    /// What is left out was never there: as in data without it.
    #[test]
    fn without_is_as_if_neither_had_rated_it(rows in ratings(), out in 0..8u32) {
        let left: Vec<(u32, u32, f64)> = rows.iter().copied().filter(|(u, i, _)| *i != out || *u > 1).collect();
        let rows: Vec<(u32, u32, f64)> = left.iter().copied().chain([(0, out, 4.0), (1, out, 2.0)]).collect();
        prop_assume!(left.iter().any(|(u, ..)| *u > 0));
        let (world, other) = (World::new(dataset(&rows, 8), 42), World::new(dataset(&left, 8), 42));
        // Baselines are fitted to all ratings: those stay.
        for spec in SIMILARITIES.iter().filter(|s| !s.similarity.needs_baselines()) {
            let query = || pair_of(person(0), Entity::User(UserIx(1)), spec.similarity.into());
            let (view, terms) = parts(&world, query(), vec![Entity::Item(ItemIx(out))]);
            prop_assert_eq!(terms.without.iter().map(|n| n.entity).collect::<Vec<_>>(), [Entity::Item(ItemIx(out))]);
            let (expected, _) = parts(&other, query(), vec![]);
            prop_assert_eq!(view.support, expected.support);
            let close = match (view.value, expected.value) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-9,
                (a, b) => a == b,
            };
            prop_assert!(close, "{} {:?} {:?}", spec.name, view.value, expected.value);
            prop_assert_eq!(terms.value_with_all, parts(&world, query(), vec![]).0.value);
        }
    }

    /// From either side a pair is the same, the ratings swapped; and a row is as near to itself as can be.
    #[test]
    fn pairs_are_symmetric_and_identity_is_closest(rows in ratings()) {
        let world = World::new(dataset(&rows, 8), 42);
        for spec in &SIMILARITIES {
            let of = |a: u32, b: u32| parts(&world, pair_of(person(a), Entity::User(UserIx(b)), spec.similarity.into()), vec![]);
            let ((ab, ab_terms), (ba, ba_terms)) = (of(0, 1), of(1, 0));
            prop_assert_eq!((ab.value, ab.support), (ba.value, ba.support), "{}", spec.name);
            let swapped: Vec<(String, f64, f64)> = ba_terms.terms.iter().map(|t| (t.id, t.b, t.a)).collect();
            let straight: Vec<(String, f64, f64)> = ab_terms.terms.iter().map(|t| (t.id, t.a, t.b)).collect();
            prop_assert_eq!(straight, swapped);
            let transposed = ba_terms.met.map(|met| {
                (0..met.values.len()).map(|n| met.counts.iter().map(|row| row[n]).collect::<Vec<_>>()).collect::<Vec<_>>()
            });
            prop_assert_eq!(ab_terms.met.map(|met| met.counts), transposed);
            // Measures of angle, difference and overlap have 1 for the same row.
            if !["lift", "llr", "pearson-baseline"].contains(&spec.name) && let Some(own) = of(0, 0).0.value {
                prop_assert!((own - 1.0).abs() < 1e-12, "{} {}", spec.name, own);
            }
        }
    }

    /// What a neighbor brings to a person, by a list that never had it: data without its ratings, fitted anew.
    #[test]
    fn brings_is_leaving_the_neighbor_out(rows in ratings(), k in 1..6usize, shrinkage in prop_oneof![Just(0.0), Just(3.0)]) {
        let data = dataset(&rows, 8);
        prop_assume!(!data.user_row(UserIx(0)).is_empty() && !data.user_row(UserIx(1)).is_empty());
        let without: Vec<(u32, u32, f64)> = rows.iter().copied().filter(|(u, ..)| *u != 1).collect();
        for similarity in [Similarity::Cosine, Similarity::Pearson, Similarity::Jaccard] {
            let query = BringsQuery {
                subject: person(0),
                neighbor: Entity::User(UserIx(1)),
                measure: measure(similarity, shrinkage),
                k,
                n: 3,
            };
            let world = World::new(data.clone(), 42);
            let formula = query.formula().unwrap();
            world.fit(&formula, &Task::unattended()).unwrap();
            let view = brings::compute(&world, &query, &Task::unattended()).unwrap();
            let (with, left) = (list(&data, &formula), list(&sized_like(&data, &without), &formula));
            assert_brings(&view, &with, &left, 3);
        }
    }
}

/// The dataset with these ratings, users and items at the same places.
fn sized_like(data: &Dataset, rows: &[(u32, u32, f64)]) -> Arc<Dataset> {
    let mut rows = rows.to_vec();
    // A user who rates nothing that counts: an item beyond all others keeps the places of the last users.
    let last = data.n_users() as u32 - 1;
    if !rows.iter().any(|(u, ..)| *u == last) {
        rows.push((last, data.n_items() as u32, 1.0));
        return dataset(&rows, data.n_items() + 1);
    }
    dataset(&rows, data.n_items())
}

/// Scores of what user 0 has not rated, the best first, ties by item.
fn list(data: &Arc<Dataset>, formula: &Formula) -> Vec<(u32, f64)> {
    let world = World::new(Arc::clone(data), 42);
    world.fit(formula, &Task::unattended()).unwrap();
    let query = RecommendQuery {
        subject: person(0),
        formula: formula.clone(),
        n: 1000,
        include_seen: false,
    };
    let view = recommend::compute(&world, &query, &Task::unattended(), &mut |_| {}).unwrap();
    let index = |row: &RecommendRow| match row.entity {
        Entity::Item(item) => item.0,
        Entity::User(user) => user.0,
    };
    view.items.iter().map(|row| (index(row), row.score)).collect()
}

fn assert_brings(view: &BringsView, with: &[(u32, f64)], without: &[(u32, f64)], n: usize) {
    let place = |list: &[(u32, f64)], at: u32| list.iter().position(|row| row.0 == at);
    let listed = |list: &[(u32, f64)]| -> Vec<u32> { list.iter().take(n).map(|row| row.0).collect() };
    let mut expected = listed(with);
    let own = expected.clone();
    expected.extend(listed(without).into_iter().filter(|at| !own.contains(at)));
    let shown: Vec<u32> = view
        .rows
        .iter()
        .map(|row| match row.entity {
            Entity::Item(item) => item.0,
            Entity::User(user) => user.0,
        })
        .collect();
    assert_eq!(shown, expected);
    for (row, at) in view.rows.iter().zip(shown) {
        let (now, then) = (place(with, at), place(without, at));
        assert_eq!((row.rank, row.rank_without), (now.map(|p| p + 1), then.map(|p| p + 1)));
        let close = |seen: Option<f64>, list: &[(u32, f64)], place: Option<usize>| match (seen, place) {
            (Some(seen), Some(place)) => (seen - list[place].1).abs() < 1e-9,
            (seen, place) => seen.is_none() && place.is_none(),
        };
        assert!(
            close(row.score, with, now) && close(row.score_without, without, then),
            "{row:?}"
        );
        let in_list = |place: Option<usize>| place.filter(|p| *p < n);
        let effect = match (in_list(now), in_list(then)) {
            (Some(_), None) => Effect::Added,
            (None, Some(_)) => Effect::PushedOut,
            (Some(now), Some(then)) if now < then => Effect::Lifted,
            (Some(now), Some(then)) if now > then => Effect::PushedDown,
            _ => Effect::Same,
        };
        assert_eq!(row.effect, effect, "{row:?}");
    }
}

/// An item's neighbor, left out of every profile: the list of users by hand.
#[test]
fn brings_to_an_item_is_leaving_it_out_of_every_profile() {
    let world = World::new(synthetic(30, 12), 42);
    for item in [0, 3, 5] {
        let near = NeighborsQuery::new(Subject::Item(ItemIx(item)), Similarity::Cosine, 2);
        let near = neighbors::compute(&world, &near, &Cancel::new()).unwrap();
        let Entity::Item(ItemIx(neighbor)) = near.neighbors[1].entity else {
            panic!("items are near items");
        };
        let query = BringsQuery {
            subject: Subject::Item(ItemIx(item)),
            neighbor: Entity::Item(ItemIx(neighbor)),
            measure: measure(Similarity::Cosine, 0.0),
            k: 4,
            n: 5,
        };
        let formula = query.formula().unwrap();
        let model = world.fit(&formula, &Task::unattended()).unwrap();
        let view = brings::compute(&world, &query, &Task::unattended()).unwrap();
        let list = |out: Option<u32>| -> Vec<(u32, f64)> {
            let score = |user: UserIx| {
                let mut edits = Edits::default();
                if let Some(out) = out {
                    edits.set(&world.dataset, user, ItemIx(out), None);
                }
                let profile = crate::models::Profile::of_edited_user(&world.dataset, user, &Arc::new(edits));
                let served = Arc::clone(&model).serve(Arc::new(profile), &Cancel::new()).unwrap();
                served.score(ItemIx(item)).ok()
            };
            let unrated = |user: &UserIx| world.dataset.rating(*user, ItemIx(item)).is_none();
            let mut list: Vec<(u32, f64)> = world
                .dataset
                .users()
                .filter(unrated)
                .filter_map(|user| Some((user.0, score(user)?)))
                .collect();
            list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            list
        };
        assert_brings(&view, &list(None), &list(Some(neighbor)), 5);
        assert!(view.changed > 0, "{item} {neighbor}");
    }
}

#[test]
fn a_neighbor_without_a_vote_brings_nothing() {
    // Users 0 and 1 share one item and disagree around it: a negative correlation.
    let rows = [
        (0, 0, 5.0),
        (0, 1, 1.0),
        (1, 0, 1.0),
        (1, 1, 5.0),
        (1, 2, 5.0),
        (2, 0, 5.0),
        (2, 1, 1.0),
        (2, 3, 4.0),
    ];
    let world = World::new(dataset(&rows, 4), 42);
    let query = BringsQuery {
        subject: person(0),
        neighbor: Entity::User(UserIx(1)),
        measure: measure(Similarity::Pearson, 0.0),
        k: 5,
        n: 3,
    };
    world.fit(&query.formula().unwrap(), &Task::unattended()).unwrap();
    let view = brings::compute(&world, &query, &Task::unattended()).unwrap();
    assert_eq!((view.votes, view.changed), (false, 0));
    assert!(
        view.rows
            .iter()
            .all(|row| row.effect == Effect::Same && row.score == row.score_without)
    );
    let wrong = BringsQuery {
        neighbor: Entity::Item(ItemIx(1)),
        ..query
    };
    assert!(matches!(
        brings::compute(&world, &wrong, &Task::unattended()),
        Err(AnswerError::Usage(_))
    ));
}

#[test]
fn ranks_are_places_in_the_lists_of_neighbors() {
    let world = World::new(synthetic(24, 14), 42);
    for (subject, other) in [
        (person(2), Entity::User(UserIx(9))),
        (Subject::Item(ItemIx(1)), Entity::Item(ItemIx(6))),
    ] {
        let query = pair_of(subject.clone(), other, measure(Similarity::CosineCommon, 2.0));
        let plain = measures::compute(&world, &query, &Cancel::new()).unwrap();
        assert!(plain.ranks.iter().all(|row| row.rank.is_none() && row.of.is_none()));
        let view = measures::with_ranks(&world, &query, &Cancel::new()).unwrap();
        assert_eq!(view.ranks.len(), SIMILARITIES.len());
        for row in &view.ranks {
            let near = NeighborsQuery {
                measure: row.measure,
                ..NeighborsQuery::new(subject.clone(), Similarity::Cosine, usize::MAX)
            };
            let list = neighbors::compute(&world, &near, &Cancel::new()).unwrap();
            let place = list.neighbors.iter().position(|n| n.entity == other);
            assert_eq!(row.rank, place.map(|p| p + 1), "{}", row.similarity);
            assert_eq!(row.of, Some(list.defined), "{}", row.similarity);
            assert_eq!(
                row.value,
                place.map(|p| list.neighbors[p].similarity),
                "{}",
                row.similarity
            );
            assert_eq!(row.value.is_none(), row.reason.is_some());
        }
        assert_eq!(view.note.is_some(), view.support == 1);
    }
}

#[test]
fn one_common_rating_is_said_to_make_a_cosine_of_one() {
    let world = World::new(dataset(&[(0, 0, 5.0), (0, 1, 3.0), (1, 0, 2.0), (1, 2, 4.0)], 3), 42);
    let query = pair_of(person(0), Entity::User(UserIx(1)), Similarity::Cosine.into());
    let view = measures::compute(&world, &query, &Cancel::new()).unwrap();
    let note = view.note.unwrap();
    assert!(
        note.contains("5·2 / √(5²·2²) = 1 whatever the two ratings are"),
        "{note}"
    );
    let of = |name: &str| view.ranks.iter().find(|r| r.similarity == name).unwrap();
    assert_eq!(of("cosine-common").value, Some(1.0));
    assert_eq!(of("pearson").reason.as_deref(), Some("no variance"));
    // Of a zero nothing is claimed, of opposite signs the opposite.
    let zero = World::new(dataset(&[(0, 0, 0.0), (1, 0, 2.0)], 1), 42);
    let note = measures::compute(&zero, &query, &Cancel::new()).unwrap().note.unwrap();
    assert!(note.contains("no direction"), "{note}");
    let opposite = World::new(dataset(&[(0, 0, -3.0), (1, 0, 2.0)], 1), 42);
    let view = measures::compute(&opposite, &query, &Cancel::new()).unwrap();
    assert!(view.note.unwrap().contains("(-3)·2 / √((-3)²·2²) = -1"));
    assert_eq!(view.ranks[1].value, Some(-1.0));
}

#[test]
fn neighbors_say_what_they_are_worth_only_where_asked() {
    let world = World::new(synthetic(24, 14), 42);
    for subject in [person(3), Subject::Item(ItemIx(2))] {
        let plain = NeighborsQuery {
            measure: measure(Similarity::Cosine, 5.0),
            ..NeighborsQuery::new(subject, Similarity::Cosine, 6)
        };
        let asked = NeighborsQuery {
            interval: true,
            ..plain.clone()
        };
        let without = neighbors::compute(&world, &plain, &Cancel::new()).unwrap();
        let with = neighbors::compute(&world, &asked, &Cancel::new()).unwrap();
        assert!(without.bootstrap.is_none() && without.neighbors.iter().all(|n| n.significance.is_none()));
        assert_eq!(with.bootstrap.map(|b| b.seed), Some(42));
        for (a, b) in without.neighbors.iter().zip(&with.neighbors) {
            assert_eq!((a.entity, a.similarity), (b.entity, b.similarity));
            let worth = b.significance.unwrap();
            let n = f64::from(b.support);
            assert!((worth.unshrunk * n / (n + 5.0) - b.similarity).abs() < 1e-12);
            if let Some((low, high)) = worth.low.zip(worth.high) {
                assert!(low < high && high <= 1.0);
            }
        }
        // The same seed gives the same bits.
        assert_eq!(
            with,
            neighbors::compute(&world.fresh(), &asked, &Cancel::new()).unwrap()
        );
    }
}

#[test]
fn a_guest_can_be_compared_without_a_rating() {
    let world = World::new(dataset(&[(0, 0, 5.0), (0, 1, 3.0), (0, 2, 1.0)], 3), 42);
    let guest = Subject::Person(Whose::Guest(Arc::new(vec![(ItemIx(0), 4.0), (ItemIx(2), 5.0)])));
    let pair = pair_of(guest, Entity::User(UserIx(0)), Similarity::CosineCommon.into());
    let (all, _) = parts(&world, pair.clone(), vec![]);
    let (view, terms) = parts(&world, pair, vec![Entity::Item(ItemIx(2)), Entity::Item(ItemIx(1))]);
    assert_eq!((all.support, view.support, view.value), (2, 1, Some(1.0)));
    // Item 1 is not common to the two, so it is not left out of anything.
    let left_out: Vec<Entity> = terms.without.iter().map(|named| named.entity).collect();
    assert_eq!(
        (left_out, terms.value_with_all),
        (vec![Entity::Item(ItemIx(2))], all.value)
    );
}
