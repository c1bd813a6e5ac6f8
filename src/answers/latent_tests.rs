//! What factors mean and where items are, on data whose structure is known.

use std::sync::Arc;

use super::factors::describe;
use super::map::compare::compare;
use super::map::path::path;
use super::*;
use crate::data::{Attribute, Attributes, ItemIx, UserIx};
use crate::models::Formula;
use crate::models::tests_common::{dataset_with, synthetic};
use crate::task::{Cancel, Pool, Task};

/// 40 users and 30 items: the even like the even, of genre Calm, the odd the odd, of genre Loud.
fn two_kinds() -> World {
    let opinion = |user: u32, item: u32| {
        let alike = user % 2 == item % 2;
        f64::from(if alike { 4 } else { 2 } + (user * 7 + item * 13) % 2)
    };
    let cells = (0..40u32).flat_map(|user| (0..30u32).map(move |item| (user, item)));
    let rows: Vec<(u32, u32, f64)> = cells
        .filter(|(user, item)| (user * 31 + item * 17) % 7 != 0)
        .map(|(user, item)| (user, item, opinion(user, item)))
        .collect();
    let genre = |item: u32| vec![(if item.is_multiple_of(2) { "Calm" } else { "Loud" }, 1)];
    let columns = vec![
        Attribute::of_names("genre", (0..30).map(genre)),
        Attribute::of_numbers("year", (0..30).map(|item| Some(1960.0 + f64::from(item * 7 % 30)))),
    ];
    World::new(dataset_with(&rows, 30, Attributes { columns }), 42)
}

fn fitted(world: &World, text: &str) -> Formula {
    let formula = Formula::parse(text).unwrap();
    world.fit(&formula, &Task::unattended()).unwrap();
    formula
}

#[test]
fn the_factor_that_splits_the_genres_has_their_names_and_comes_back() {
    let world = two_kinds();
    let query = DescribeQuery {
        formula: fitted(&world, "svd:factors=2,epochs=60,lr=0.02"),
        varimax: true,
    };
    let task = Task::unattended();
    let quick = describe::compute(&world, &query, false, &task).unwrap();
    assert!(quick.factors.iter().all(|f| f.stability.is_none() && !f.is_unstable()));
    assert!(quick.planted.is_none(), "planted tastes are known of the sample alone");
    let view = describe::compute(&world, &query, true, &task).unwrap();
    assert_eq!((view.seeds.len(), view.factors.len(), view.rotation), (5, 2, "varimax"));
    let first = &view.factors[0];
    let name = first.name.as_deref().unwrap();
    assert!(["Calm ↔ Loud", "Loud ↔ Calm"].contains(&name), "{name}");
    assert!(first.stability.unwrap() > 0.9, "{first:?}");
    assert!(first.r2.unwrap() > 0.6 && first.r2_permuted.unwrap() < 0.2, "{first:?}");
    let strongest = &first.probes[0];
    assert!(strongest.attribute.starts_with("genre: ") && strongest.r.abs() > 0.8 && strongest.q < 1e-6);
    // Outermost first, on either side; the genres at the ends are those of the name.
    assert!(first.high.windows(2).all(|w| w[0].loading >= w[1].loading));
    assert!(first.low.windows(2).all(|w| w[0].loading <= w[1].loading));
    let genre = |end: &EndRow| {
        let number: u32 = end
            .id
            .trim_start_matches(|c: char| !c.is_ascii_digit())
            .parse()
            .unwrap();
        if number.is_multiple_of(2) { "Calm" } else { "Loud" }
    };
    assert!(first.high.iter().all(|end| name.starts_with(genre(end))));
    assert!(first.low.iter().all(|end| name.ends_with(genre(end))));
    // Once for all who ask, and the quick answer only until there is a better one.
    let shared = describe::shared(&world, &query, false, &task).unwrap();
    assert_eq!(
        (&*shared, describe::known(&world, &query.formula, true)),
        (&quick, Some(Arc::clone(&shared)))
    );
    assert_eq!(describe::known(&world, &query.formula, false), None);
}

#[test]
fn varimax_changes_parts_and_no_sum() {
    let world = two_kinds();
    let formula = fitted(&world, "svd:factors=6,epochs=8");
    let view = |varimax: bool, item: u32| {
        let query = FactorsQuery {
            subject: Subject::Person(Whose::User(UserIx(3))),
            focus: Some(ItemIx(item)),
            formula: formula.clone(),
            varimax,
        };
        factors::compute(&world, &query, &Cancel::new()).unwrap()
    };
    for item in 0..30 {
        let (plain, turned) = (view(false, item), view(true, item));
        assert_ne!(plain.factors, turned.factors);
        assert!((plain.score.unwrap() - turned.score.unwrap()).abs() < 1e-9);
    }
}

#[test]
fn why_says_what_a_factor_means_once_that_is_known() {
    let world = two_kinds();
    let formula = fitted(&world, "svd:factors=2,epochs=60,lr=0.02");
    let query = ExplainQuery {
        whose: Whose::User(UserIx(0)),
        item: ItemIx(2),
        formula: formula.clone(),
        depth: 9,
        top: 99,
    };
    let labels = || -> Vec<String> {
        let tree = explain::compute(&world, &query, &Cancel::new()).unwrap().tree;
        tree.children.iter().map(|child| child.label.clone()).collect()
    };
    assert!(labels().contains(&"factor f1".to_owned()), "{:?}", labels());
    let wanted = DescribeQuery {
        formula,
        varimax: false,
    };
    let view = describe::shared(&world, &wanted, false, &Task::unattended()).unwrap();
    let named = view.factors.iter().filter(|f| f.name.is_some()).count();
    let said = labels()
        .iter()
        .filter(|l| l.ends_with("(f1)") || l.ends_with("(f2)"))
        .count();
    assert!(named > 0 && said == named, "{:?} {view:?}", labels());
    assert!(labels().iter().any(|l| l.starts_with("Calm (f")), "{:?}", labels());
}

#[test]
fn tsne_settles_and_is_the_same_on_any_number_of_threads() {
    let world = World::new(synthetic(40, 30), 42);
    let query = MapQuery {
        formula: fitted(&world, "svd:factors=3,epochs=5"),
        projection: Projection::Tsne,
        users: false,
    };
    let mut stages = Vec::new();
    let mut watch = |stage: &MapView| stages.push((stage.projection, stage.going.is_some(), stage.points[0].x));
    let one = map::steps(&world, &query, &Task::unattended(), &mut watch).unwrap();
    assert_eq!(stages[0].0, "pca");
    assert!(stages.len() > 50 && stages[1].1 && !stages.last().unwrap().1);
    assert_eq!((one.projection, one.explained, one.going), ("tsne", None, None));
    assert!(one.kl.unwrap() > 0.0 && one.trustworthiness.unwrap() > 0.5);
    let task = Task {
        pool: Pool::new("test", 3),
        ..Task::default()
    };
    assert_eq!(map::compute(&world.fresh(), &query, &task).unwrap(), one);
}

#[test]
fn two_seeds_of_a_model_are_laid_over_each_other() {
    let world = two_kinds();
    let query = MapQuery {
        formula: fitted(&world, "svd:factors=2,epochs=30"),
        projection: Projection::Pca([0, 1]),
        users: false,
    };
    let task = Task::unattended();
    let same = compare(&world, &query, &query.formula, &task).unwrap();
    assert!(same.disparity < 1e-12 && (same.kept - 1.0).abs() < 1e-12);
    for moved in &same.moved {
        let at = same.map.place_of(moved.entity.item().unwrap()).unwrap();
        assert!((moved.x - at.0).abs() < 1e-6 && (moved.y - at.1).abs() < 1e-6 && moved.distance < 1e-6);
        assert!(moved.kept == 10 && moved.lost.is_empty() && moved.gained.is_empty());
    }
    let other = fitted(&world, "puresvd:factors=2");
    let view = compare(&world, &query, &other, &task).unwrap();
    assert!(view.disparity > 0.0 && view.disparity <= 1.0 && view.kept < 1.0);
    assert!(view.moved.windows(2).all(|w| w[0].distance >= w[1].distance));
    assert!(
        view.moved
            .iter()
            .all(|m| m.kept + m.lost.len() == 10 && m.lost.len() == m.gained.len())
    );
    let people = MapQuery { users: true, ..query };
    assert_eq!(map::compute(&world, &people, &task).unwrap().points.len(), 40);
}

#[test]
fn a_way_ends_where_somebody_is() {
    let rows: Vec<(u32, u32, i64)> = (0..30u32)
        .flat_map(|user| (0..20u32).map(move |item| (user, item, i64::from((user * 7 + item * 11) % 50))))
        .filter(|(user, item, _)| (user + item) % 3 != 0)
        .collect();
    let world = World::new(crate::models::tests_common::timed(&rows), 42);
    let formula = fitted(&world, "als:factors=3");
    let query = MapQuery {
        formula: formula.clone(),
        projection: Projection::Pca([0, 1]),
        users: false,
    };
    let map = map::compute(&world, &query, &Task::unattended()).unwrap();
    let way = path(&world, &map, &formula, UserIx(4), &Cancel::new()).unwrap();
    assert_eq!(way.len(), world.events(UserIx(4)).len().min(24));
    let subject = Subject::Person(Whose::User(UserIx(4)));
    let here = factors::compute(
        &world,
        &FactorsQuery {
            subject,
            focus: None,
            formula,
            varimax: false,
        },
        &Cancel::new(),
    );
    let here = map.plane.as_ref().unwrap().project(&here.unwrap().factors);
    assert_eq!(way.last(), Some(&here));
    assert_ne!(way[0], here);
}
