use super::*;
use crate::answers::{ExplainQuery, Whose, World, explain};
use crate::data::{ItemIx, UserIx};
use crate::models::Formula;
use crate::models::tests_common::synthetic;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::panes::why::PartsView;
use crate::panes::{Pane, PaneState};
use crate::task::{Cancel, Task};

const BECAUSE: Because = Because::new();

fn view() -> PartsView {
    let world = World::new(synthetic(40, 30), 42);
    let formula = Formula::parse("0.6*item-knn + 0.4*popularity").unwrap();
    world.fit(&formula, &Task::unattended()).unwrap();
    let whose = Whose::User(UserIx(3));
    let item = world.serving(&formula, &whose, &Cancel::new()).unwrap();
    let item: ItemIx = item.recommend(1, false, &Cancel::new()).unwrap()[0].0;
    let query = ExplainQuery::new(whose, item, formula);
    PartsView {
        explained: explain::compute(&world, &query, &Cancel::new()).unwrap(),
        asked: Some((world, query)),
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&BECAUSE, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&BECAUSE, &view());
}

#[test]
fn it_shows_the_sum_and_opens_part_by_part() {
    let view = view();
    let mut state = PaneState::default();
    assert_eq!(BECAUSE.rows(&view, &state), 3);
    assert!(text(&BECAUSE, &view, &state, (60, 12)).starts_with("because you rated "));
    assert!(BECAUSE.is_branch(&view, &state, 0) && !BECAUSE.is_folded(&view, &state, 0));
    // Opening a component shows its parts; what they consist of stays folded.
    assert!(BECAUSE.is_branch(&view, &state, 1) && BECAUSE.is_folded(&view, &state, 1));
    state.turn(BECAUSE.row_key(&view, &state, 1));
    let (shown, all) = (BECAUSE.rows(&view, &state), BECAUSE.export(&view).rows.len());
    assert!(shown > 3 && shown < all, "{shown} of {all}");
    state.turn(BECAUSE.row_key(&view, &state, 0));
    assert_eq!(BECAUSE.rows(&view, &state), 1);
    state.turn(BECAUSE.row_key(&view, &state, 0));
    assert!(BECAUSE.arithmetic(&view, &state, 1).is_some());
}

#[test]
fn enter_opens_and_closes_the_row_under_the_cursor() {
    let mut shared = Shared {
        pane: <Because as Pane>::ID,
        ..Shared::default()
    };
    let action = &<Because as Pane>::ACTIONS[0];
    assert!(!(action.possible)(&shared));
    shared.facts.is_branch = true;
    shared.facts.row_key = Some(7);
    toggle(&mut shared);
    assert!(shared.memory(<Because as Pane>::ID).folded.contains(&7));
    toggle(&mut shared);
    assert!(shared.memory(<Because as Pane>::ID).folded.is_empty());
}
