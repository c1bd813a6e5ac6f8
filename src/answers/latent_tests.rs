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

#[test]
fn a_ruler_lays_everything_between_its_ends() {
    let world = two_kinds();
    let formula = fitted(&world, "svd:factors=3,epochs=30,lr=0.02");
    let [calm, loud] = [0, 1].map(|item| Entity::Item(ItemIx(item)));
    let ruler = |from: &[Entity], to: &[Entity]| MapQuery {
        formula: formula.clone(),
        projection: Projection::Ruler(from.to_vec(), to.to_vec()),
        users: false,
    };
    let task = Task::unattended();
    let view = map::compute(&world, &ruler(&[calm], &[loud]), &task).unwrap();
    let near = |(x, y): (f64, f64), (a, b): (f64, f64)| (x - a).abs() < 1e-9 && (y - b).abs() < 1e-9;
    assert!(near(view.place_of(ItemIx(0)).unwrap(), (0.0, 0.0)));
    assert!(near(view.place_of(ItemIx(1)).unwrap(), (1.0, 0.0)));
    assert_eq!((view.projection, view.ends.len()), ("ruler", 2));
    assert!(view.ends[0].ids == ["0"] || !view.ends[0].ids.is_empty());
    // From all that are calm to all that are loud: each kind is on its side.
    let of_kind = |odd: u32| -> Vec<Entity> {
        (0..30)
            .filter(|i| i % 2 == odd)
            .map(|i| Entity::Item(ItemIx(i)))
            .collect()
    };
    let kinds = map::compute(&world, &ruler(&of_kind(0), &of_kind(1)), &task).unwrap();
    for point in &kinds.points {
        let is_loud = point.entity.item().unwrap().0 % 2 == 1;
        assert_eq!(point.x > 0.5, is_loud, "{point:?}");
    }
    // The other way round it is the mirror image.
    let back = map::compute(&world, &ruler(&of_kind(1), &of_kind(0)), &task).unwrap();
    let mirrored = kinds
        .points
        .iter()
        .zip(&back.points)
        .all(|(a, b)| (a.x + b.x - 1.0).abs() < 1e-9);
    assert!(mirrored);
    let compared = compare(&world, &ruler(&[calm], &[loud]), &formula, &task).unwrap();
    for moved in &compared.moved {
        let at = compared.map.place_of(moved.entity.item().unwrap()).unwrap();
        assert!((moved.x - at.0).abs() < 1e-6 && (moved.y - at.1).abs() < 1e-6);
    }
    let none = map::compute(&world, &ruler(&[calm], &[calm]), &task)
        .unwrap_err()
        .to_string();
    assert!(none.contains("same place"), "{none}");
    let unknown = map::compute(&world, &ruler(&[], &[calm]), &task)
        .unwrap_err()
        .to_string();
    assert!(unknown.contains("no") && unknown.contains("factors"), "{unknown}");
}

#[test]
fn somebody_has_a_place_on_a_map_without_axes_near_what_they_like() {
    let world = two_kinds();
    let formula = fitted(&world, "svd:factors=2,epochs=60,lr=0.02");
    let query = MapQuery {
        formula: formula.clone(),
        projection: Projection::Tsne,
        users: false,
    };
    let map = map::compute(&world, &query, &Task::unattended()).unwrap();
    assert!(map.plane.is_none());
    let cancel = Cancel::new();
    let placing = map::person::Placing::of(&world, &map, &formula, &cancel).unwrap();
    let middle = |odd: u32| {
        let kind = map.points.iter().filter(|p| p.entity.item().unwrap().0 % 2 == odd);
        kind.fold((0.0, 0.0), |(x, y), p| (x + p.x / 15.0, y + p.y / 15.0))
    };
    let mut right = 0;
    for user in 0..40 {
        let query = FactorsQuery {
            subject: Subject::Person(Whose::User(UserIx(user))),
            focus: None,
            formula: formula.clone(),
            varimax: false,
        };
        let own = factors::compute(&world, &query, &cancel).unwrap().factors;
        let (x, y) = placing.place(&own).unwrap();
        let away = |(a, b): (f64, f64)| (x - a).hypot(y - b);
        right += usize::from((away(middle(user % 2))) < away(middle(1 - user % 2)));
    }
    assert!(right >= 36, "{right} of 40 are among what they like");
    assert_eq!(placing.place(&[1.0]), None);
    assert_eq!(placing.place(&[0.0, 0.0]), None);
}

#[test]
fn what_is_near_a_point_is_what_a_sorted_list_says() {
    let world = two_kinds();
    let formula = fitted(&world, "svd:factors=3,epochs=20");
    let query = MapQuery {
        formula: formula.clone(),
        projection: Projection::Pca([0, 1]),
        users: false,
    };
    let map = map::compute(&world, &query, &Task::unattended()).unwrap();
    let cancel = Cancel::new();
    let near = map::near::near(&world, &map, (&formula, false), 4, &cancel).unwrap();
    let model = world.fits.get(&formula).unwrap();
    let known = model.factors().unwrap();
    let rows: Vec<Vec<f64>> = (0..30).map(|item| known.item(ItemIx(item)).unwrap()).collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
    let best = |alike: &dyn Fn(usize) -> f64| {
        let mut all: Vec<usize> = (0..30).filter(|at| *at != 4).collect();
        all.sort_by(|a, b| alike(*b).total_cmp(&alike(*a)).then(a.cmp(b)));
        all.truncate(10);
        all
    };
    let places = |list: &[(usize, f64)]| list.iter().map(|(at, _)| *at).collect::<Vec<_>>();
    let own = &rows[4];
    assert_eq!(places(&near.dot), best(&|at| dot(&rows[at], own)));
    let length = |a: &[f64]| dot(a, a).sqrt();
    assert_eq!(
        places(&near.cosine),
        best(&|at| dot(&rows[at], own) / length(&rows[at]) / length(own))
    );
    let away = |at: usize| rows[at].iter().zip(own).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    assert_eq!(places(&near.full), best(&|at| -away(at)));
    let flat = |at: usize| (map.points[at].x - map.points[4].x).hypot(map.points[at].y - map.points[4].y);
    assert_eq!(places(&near.on_map), best(&|at| -flat(at)));
    assert!((near.norm - length(own)).abs() < 1e-12 && (0.0..=1.0).contains(&near.norm_rank));
    assert_eq!(map::near::point_at(&map, (map.points[9].x, map.points[9].y)), Some(9));
}
