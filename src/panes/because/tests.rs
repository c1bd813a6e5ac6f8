use super::*;
use crate::answers::{ExplainQuery, Whose, World, explain};
use crate::data::{ItemIx, UserIx};
use crate::models::Formula;
use crate::models::tests_common::synthetic;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::{Cancel, Task};

fn view() -> ExplainView {
    let world = World::new(synthetic(40, 30), 42);
    let formula = Formula::parse("0.6*item-knn + 0.4*popularity").unwrap();
    world.fit(&formula, &Task::unattended()).unwrap();
    let whose = Whose::User(UserIx(3));
    let item = world.serving(&formula, &whose, &Cancel::new()).unwrap();
    let item: ItemIx = item.recommend(1, false, &Cancel::new()).unwrap()[0].0;
    explain::compute(&world, &ExplainQuery::new(whose, item, formula), &Cancel::new()).unwrap()
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Because, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    assert_contract(&Because, &view());
}

#[test]
fn it_is_folded_to_the_sentence_and_opens_part_by_part() {
    let view = view();
    let mut state = PaneState::default();
    assert_eq!(Because.rows(&view, &state), 1);
    assert!(text(&Because, &view, &state, (60, 12)).starts_with("because you rated "));
    let mut shown = 1;
    // Opening the root shows the components, opening one of them its parts.
    for row in [0, 1] {
        assert!(Because.is_branch(&view, &state, row));
        state.folded.insert(Because.row_key(&view, &state, row));
        let rows = Because.rows(&view, &state);
        assert!(rows > shown, "{rows}");
        shown = rows;
    }
    let all = exported(&view).rows.len();
    assert!(shown < all, "{shown} of {all}");
    assert!(Because.arithmetic(&view, &state, 1).is_some());
}

#[test]
fn enter_opens_and_closes_the_row_under_the_cursor() {
    let mut shared = Shared {
        pane: Because::ID,
        ..Shared::default()
    };
    let action = &Because::ACTIONS[0];
    assert!(!(action.possible)(&shared));
    shared.facts.is_branch = true;
    shared.facts.row_key = Some(7);
    toggle(&mut shared);
    assert!(shared.memory(Because::ID).folded.contains(&7));
    toggle(&mut shared);
    assert!(shared.memory(Because::ID).folded.is_empty());
}
