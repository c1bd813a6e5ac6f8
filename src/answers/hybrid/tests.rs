use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::data::UserIx;
use crate::models::Norm;
use crate::models::formula::{Comparison, DialValue, Test, Variable};
use crate::models::tests_common::synthetic;
use crate::models::{Profile, Serving};
use crate::task::Task;

fn world() -> World {
    World::new(synthetic(20, 30), 42)
}

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

fn query(world: &World, user: u32, formula: &Formula, swaps: Swaps) -> HybridQuery {
    world.fit(formula, &Task::unattended()).unwrap();
    HybridQuery {
        whose: Whose::User(UserIx(user)),
        formula: formula.clone(),
        against: formula.clone(),
        n: 10,
        swaps,
    }
}

/// The model itself, which knows nothing of parts at work.
fn whole(world: &World, formula: &Formula, user: UserIx) -> Serving {
    let model = world.fit(formula, &Task::unattended()).unwrap();
    let profile = Profile::of_edited_user(&world.dataset, user, world.edits());
    Serving::open(&model, Arc::new(profile), &Cancel::new()).unwrap()
}

fn list(serving: &Serving) -> Vec<ItemIx> {
    let all = serving.recommend(usize::MAX / 4, false, &Cancel::new()).unwrap();
    all.into_iter().map(|(item, _)| item).collect()
}

fn lone() -> impl Strategy<Value = Formula> {
    let texts = [
        "item-knn",
        "popularity",
        "user-knn:k=5",
        "ease",
        "baseline",
        "rp3beta",
        "augment(svd:factors=3,epochs=2 -> content)",
    ];
    prop::sample::select(texts.to_vec()).prop_map(formula)
}

fn weight() -> impl Strategy<Value = f64> {
    prop_oneof![4 => 0.05f64..1.0, 1 => Just(0.0), 1 => -0.5f64..-0.05]
}

/// Random formulas of all four strategies, nested in each other.
fn formulas() -> impl Strategy<Value = Formula> {
    lone().prop_recursive(2, 8, 3, |inner| {
        let terms = prop::collection::vec((weight(), inner.clone()), 2..4);
        let norm = prop::sample::select(Norm::ALL.to_vec());
        let weighted = (terms, norm).prop_map(|(terms, norm)| Formula::Weighted { terms, norm });
        let variable = prop_oneof![Just(Variable::Ratings), Just(Variable::Raters)];
        let switch =
            (variable, 1.0f64..15.0, inner.clone(), inner.clone()).prop_map(|(variable, threshold, yes, no)| {
                let test = Test {
                    variable,
                    comparison: Comparison::Less,
                    threshold: threshold.round(),
                };
                Formula::Switch {
                    test,
                    yes: Box::new(yes),
                    no: Box::new(no),
                }
            });
        let cascade = (prop::collection::vec(inner, 2..4), 1usize..20)
            .prop_map(|(stages, keep)| Formula::Cascade { stages, keep });
        prop_oneof![3 => weighted, 1 => switch, 1 => cascade]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Combined from cached scores, or by the model that serves the profile itself: the same bits.
    #[test]
    fn what_is_combined_is_what_the_model_says(formula in formulas(), user in 0u32..20) {
        let world = world();
        let user = UserIx(user);
        let own = whole(&world, &formula, user);
        let combined = world.serving(&formula, &Whose::User(user), &Cancel::new()).unwrap();
        for item in world.dataset.items() {
            let bits = |score: Result<f64, _>| score.ok().map(f64::to_bits);
            prop_assert_eq!(bits(own.score(item)), bits(combined.score(item)));
            prop_assert_eq!(own.parts(item), combined.parts(item));
            prop_assert_eq!(own.explain(item).ok(), combined.explain(item).ok());
        }
        prop_assert_eq!(own.scores(&Cancel::new()).unwrap(), combined.scores(&Cancel::new()).unwrap());
        prop_assert_eq!(own.unit(), combined.unit());
    }

    /// At the weight both scores are the same; on either side of it the model itself ranks the two differently.
    #[test]
    fn rows_change_places_where_they_are_said_to(formula in formulas(), user in 0u32..20) {
        let world = world();
        let asked = query(&world, user, &formula, Swaps::All);
        let view = compute(&world, &asked, &Task::unattended()).unwrap();
        for swap in view.swaps.iter().take(12) {
            let (Entity::Item(above), Entity::Item(below)) = swap.items else { panic!() };
            let at = |weight: f64| {
                let turned = formula.turned(&swap.dial, DialValue::Number(weight)).unwrap();
                let serving = whole(&world, &turned, UserIx(user));
                (serving.score(above).unwrap(), serving.score(below).unwrap())
            };
            prop_assert!(swap.to * swap.from >= 0.0 && swap.to != 0.0);
            if swap.meets {
                let (a, b) = at(swap.to);
                prop_assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{}: {} and {}", swap.dial, a, b);
            }
            let step = 1e-5 * swap.to.abs();
            let ((a, b), (c, d)) = (at(swap.to - step), at(swap.to + step));
            prop_assert!((a - b) * (c - d) <= 0.0 && (a - b != 0.0 || c - d != 0.0), "{:?}: {} {} {} {}", swap, a, b, c, d);
        }
    }

    /// Where all weight is on one part, the list is that part's.
    #[test]
    fn the_corners_are_the_parts(parts in prop::collection::vec(lone(), 3), user in 0u32..20, corner in 0usize..3) {
        let world = world();
        for norm in [Norm::MinMax, Norm::ZScore, Norm::None] {
            let terms = parts.iter().enumerate().map(|(n, part)| (f64::from(u8::from(n == corner)), part.clone()));
            let sum = Formula::Weighted { terms: terms.collect(), norm };
            let (all, one) = (whole(&world, &sum, UserIx(user)), whole(&world, &parts[corner], UserIx(user)));
            let (all_items, one_items) = (list(&all), list(&one));
            prop_assert_eq!(all_items.len(), one_items.len());
            // Scores that differ in their last bits only may be equal once normalized.
            for (a, b) in all_items.iter().zip(&one_items).filter(|(a, b)| a != b) {
                let (a, b) = (one.score(*a).unwrap(), one.score(*b).unwrap());
                prop_assert!((a - b).abs() <= 1e-12 * a.abs().max(1.0));
            }
        }
    }

    /// Turned and turned back, everything is as it was.
    #[test]
    fn turning_back_leaves_no_trace(formula in formulas(), user in 0u32..20, to in 0.0f64..1.0) {
        let world = world();
        let asked = query(&world, user, &formula, Swaps::None);
        let never = compute(&world, &asked, &Task::unattended()).unwrap();
        for dial in formula.dials() {
            let value = match dial.kind {
                DialKind::Norm => DialValue::Norm(Norm::Rank),
                DialKind::Weight => DialValue::Number(to),
                DialKind::Threshold | DialKind::Keep => DialValue::Number((to * 9.0).round() + 1.0),
            };
            let turned = formula.turned(&dial.path, value).unwrap();
            compute(&world, &HybridQuery { formula: turned.clone(), ..asked.clone() }, &Task::unattended()).unwrap();
            let back = turned.turned(&dial.path, dial.value).unwrap();
            let again = compute(&world, &HybridQuery { formula: back, ..asked.clone() }, &Task::unattended()).unwrap();
            prop_assert_eq!(&again, &never);
        }
    }
}

#[test]
fn a_part_of_weight_0_is_left_out_and_says_so() {
    let world = world();
    let sum = formula("0*popularity + 1*content");
    let serving = whole(&world, &sum, UserIx(0));
    // Nothing has attributes here: what popularity alone could score has no score.
    assert!(world.dataset.items().all(|item| serving.score(item).is_err()));
    let sum = formula("0*content + 1*popularity");
    let tree = whole(&world, &sum, UserIx(0)).explain(ItemIx(1)).unwrap();
    assert!(format!("{:?}", tree.children[0].detail).contains("left out"));
}

#[test]
fn turning_scores_no_part_again() {
    let world = world();
    let start = formula("0.6*item-knn + 0.3*ease + 0.1*popularity | zscore");
    let asked = query(&world, 0, &start, Swaps::All);
    let part = |text: &str| world.serving(&formula(text), &asked.whose, &Cancel::new()).unwrap();
    let before: Vec<_> = ["item-knn", "ease", "popularity"].map(part).to_vec();
    for n in 0..60 {
        let turned = start
            .turned("1.weight", DialValue::Number(f64::from(n) / 60.0))
            .unwrap();
        let asked = HybridQuery {
            formula: turned,
            ..asked.clone()
        };
        compute(&world, &asked, &Task::unattended()).unwrap();
    }
    let after: Vec<_> = ["item-knn", "ease", "popularity"].map(part).to_vec();
    assert!(before.iter().zip(&after).all(|(a, b)| Arc::ptr_eq(a, b)));
}

#[test]
fn old_ranks_are_those_of_the_formula_before() {
    let world = world();
    let before = formula("0.9*item-knn + 0.1*popularity");
    let asked = HybridQuery {
        formula: before.turned("2.weight", DialValue::Number(1.0)).unwrap(),
        ..query(&world, 3, &before, Swaps::None)
    };
    let view = compute(&world, &asked, &Task::unattended()).unwrap();
    let old = list(&whole(&world, &before, UserIx(3)));
    for row in &view.rows {
        let Entity::Item(item) = row.entity else { panic!() };
        let place = old.iter().position(|other| *other == item).map(|at| at + 1);
        assert_eq!(row.old_rank, place);
        let moved = place
            .filter(|old| *old <= 10)
            .map_or(Moved::New, |old| Moved::By(old as i64 - row.rank as i64));
        assert_eq!(row.moved, moved);
        let sum: f64 = row.parts.iter().sum();
        assert!((sum - row.score).abs() < 1e-9);
    }
    assert!(view.rbo.value < 1.0);
    assert_eq!(
        (view.dials[1].before.as_str(), view.dials[1].value.as_str()),
        ("0.1", "1")
    );
}

#[test]
fn a_spread_by_hand() {
    let spread = Spread::of(&[0.0, 1.0, 1.0, 2.0]).unwrap();
    assert_eq!((spread.low, spread.high, spread.mean, spread.count), (0.0, 2.0, 1.0, 4));
    assert!((spread.deviation - 0.5f64.sqrt()).abs() < 1e-15);
    assert_eq!((spread.bins[0], spread.bins[12], spread.bins[23]), (1, 2, 1));
    assert_eq!(Spread::of(&[3.0, 3.0]).unwrap().bins[0], 2);
    assert_eq!(Spread::of(&[]), None);
}
