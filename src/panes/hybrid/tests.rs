use std::sync::Arc;

use super::*;
use crate::answers::{HybridQuery, Swaps, Whose, World, hybrid};
use crate::data::{ItemIx, UserIx};
use crate::models::tests_common::synthetic;
use crate::panes::controls::Value;
use crate::panes::tests_common::{assert_contract, draw, lines, text, texts};
use crate::panes::{PaneState, Theme};
use crate::task::Task;

fn formula(text: &str) -> Formula {
    Formula::parse(text).unwrap()
}

/// What the pane shows of a formula for the first user, its second row in focus.
fn view(now: &Formula, before: &Formula) -> HybridView {
    let world = World::new(synthetic(20, 30), 42);
    let task = Task::unattended();
    world.fit(now, &task).unwrap();
    let query = HybridQuery {
        whose: Whose::User(UserIx(0)),
        formula: now.clone(),
        against: before.clone(),
        n: 20,
        swaps: Swaps::All,
    };
    hybrid::compute(&world, &query, &task).unwrap()
}

fn default_view() -> HybridView {
    let now = Formula::default();
    view(&now, &now)
}

/// What is drawn while a control has the keyboard.
fn drawn(view: &HybridView, selection: &Selection, control: Option<usize>, (width, height): (u16, u16)) -> Vec<String> {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let state = PaneState {
        control,
        ..PaneState::default()
    };
    let input = PaneInput {
        theme: &Theme::default(),
        selection,
        words: crate::data::Words::default(),
        state: &state,
        rows: crate::panes::Rows::All(0),
        focused: true,
        stale: false,
    };
    Hybrid.draw(view, &input, area, &mut buffer);
    lines(&buffer)
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Hybrid, &default_view(), &PaneState::default()));
}

#[test]
fn contract() {
    assert_contract(&Hybrid, &default_view());
    // A view of another formula than the one that is drawn: it is on its way.
    let other = formula("switch(ratings<5 ? popularity : cascade(item-knn > ease; keep=9))");
    assert_contract(&Hybrid, &view(&other, &other));
}

#[test]
fn the_tree_has_a_line_for_every_dial_in_the_order_of_the_dials() {
    for text in [
        "0.6*item-knn + 0.4*(0.7*ease - 0.3*popularity | zscore)",
        "switch(ratings<5 ? item-knn : cascade(popularity > 0.5*ease + 0.5*item-knn; keep=9))",
        "svd + augment(svd -> content)",
    ] {
        let formula = formula(text);
        let dials: Vec<usize> = tree::paths(&formula)
            .into_iter()
            .filter_map(|(_, dial, _)| dial)
            .collect();
        assert_eq!(dials, (0..formula.dials().len()).collect::<Vec<_>>(), "{text}");
        // A weight stands on the line of the part that it weighs.
        for (_, dial, part) in tree::paths(&formula) {
            let path = dial.map(|n| formula.dials()[n].path.clone()).unwrap_or_default();
            if let Some(weighed) = path.strip_suffix(".weight") {
                assert_eq!(part.as_deref(), Some(weighed), "{text}");
            }
        }
    }
}

#[test]
fn every_dial_can_be_pointed_at_and_its_bar_sets_it() {
    let view = default_view();
    let theme = Theme::default();
    for size in [(78, 10), (118, 14), (198, 24)] {
        let (_, drawn) = draw(&Hybrid, &view, &PaneState::default(), size, &theme);
        assert_eq!(drawn.controls.len(), 4);
        assert!(
            drawn
                .controls
                .iter()
                .all(|place| place.width > drawn.bars && place.height == 1),
            "{size:?}"
        );
        let place = drawn.controls[0];
        let share = |x| crate::panes::controls::share_at(place, drawn.bars, x);
        assert!(share(place.right() - 1) >= 1.0 && share(place.right() - drawn.bars).abs() < 1e-9);
        assert!(share(place.x) < 0.0, "the name is no part of the bar");
    }
}

#[test]
fn a_lone_model_says_what_can_be_typed() {
    let lone = formula("ease");
    let view = view(&lone, &lone);
    let selection = Selection {
        formula: Arc::new(lone),
        ..Selection::default()
    };
    let shown = drawn(&view, &selection, None, (76, 8)).join(" ");
    assert!(shown.contains("nothing to turn"));
}

#[test]
fn swap_weights_are_said_in_the_arithmetic() {
    let view = default_view();
    let said = Hybrid.arithmetic(&view, &PaneState::default(), 0).unwrap();
    assert_eq!(said.len(), view.swaps.len() + 5);
    assert!(text(&Hybrid, &view, &PaneState::default(), (118, 20)).contains("normalization"));
}

#[test]
fn turning_is_remembered_until_it_is_turned_back() {
    let mut shared = Shared::default();
    let first = Arc::clone(&shared.selection.formula);
    let (before, memories) = (first.to_string(), shared.memories.clone());
    assert!(bound::turn(&mut shared, "1.weight", Some(&Value::Number(0.2))));
    assert!(bound::turn(&mut shared, "norm", Some(&Value::Text("rank".into()))));
    assert_eq!(bound::base(&shared), first);
    assert!(bound::is_turned(&shared));
    assert!(shared.selection.formula.to_string().ends_with("| rank"));
    // One by its old value, one by the reset.
    assert!(bound::turn(&mut shared, "1.weight", Some(&Value::Number(0.6))));
    assert!(bound::turn(&mut shared, "norm", None));
    assert_eq!(shared.selection.formula.to_string(), before);
    assert!(shared.values(Hybrid::ID).is_empty() && memories.is_empty());
    // No such dial, and no such value.
    assert!(!bound::turn(&mut shared, "9.weight", Some(&Value::Number(0.2))));
    assert!(!bound::turn(&mut shared, "norm", Some(&Value::Flag(true))));
    assert_eq!(shared.selection.formula.to_string(), before);
}

#[test]
fn what_is_kept_becomes_the_base_and_other_formulas_have_their_own() {
    let mut shared = Shared::default();
    bound::turn(&mut shared, "1.weight", Some(&Value::Number(0.2)));
    bound::keep(&mut shared);
    assert_eq!(bound::base(&shared), shared.selection.formula);
    bound::turn(&mut shared, "2.weight", Some(&Value::Number(0.9)));
    shared.set_formula(Arc::new(formula("0.5*ease + 0.5*popularity")));
    assert_eq!(bound::base(&shared), shared.selection.formula);
    bound::turn(&mut shared, "1.weight", Some(&Value::Number(0.0)));
    assert_eq!(bound::base(&shared).to_string(), "0.5*ease + 0.5*popularity");
    bound::turn_back(&mut shared);
    assert_eq!(shared.selection.formula.to_string(), "0.5*ease + 0.5*popularity");
    assert!(shared.values(Hybrid::ID).is_empty());
}

#[test]
fn focus_marks_the_weights_on_the_bars() {
    let view = default_view();
    let Some(crate::answers::Entity::Item(item)) = view.rows.get(1).map(|row| row.entity) else {
        panic!()
    };
    let selection = Selection {
        focus_item: Some(item),
        ..Selection::default()
    };
    let shown = drawn(&view, &selection, Some(0), (118, 14)).join("\n");
    assert!(shown.contains("▲ with #1 ") && shown.contains("▼ with #3 "), "{shown}");
    assert!(ItemIx(0) <= item);
}
