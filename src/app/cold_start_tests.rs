//! The cold start screen by keys: arms added while it runs, a newcomer who answers and does not know.

use crate::answers::{Subject, Whose};
use crate::app::tests_common::{Stage, middle_world};
use crate::panes::PaneId;
use crate::panes::controls::Value;

const BANDIT: PaneId = PaneId("cold_start");
const POLICIES: PaneId = PaneId("policies");
const GAME: PaneId = PaneId("newcomer");
const NEW_ITEM: PaneId = PaneId("new_item");

/// The screen with short runs: what they find out is nothing to these tests.
fn stage() -> Stage {
    let mut stage = Stage::new(middle_world(), (160, 50));
    for (pane, name, value) in [(BANDIT, "horizon", 100.0), (POLICIES, "runs", 10.0)] {
        let values = &mut stage.explorer.state.shared.memory_mut(pane).values;
        values.insert(name.to_owned(), Value::Number(value));
    }
    stage.press("6");
    stage
}

#[test]
fn an_arm_enters_while_it_runs_and_undo_takes_it_away() {
    let mut stage = stage();
    assert!(stage.text().contains("10 arms"), "{}", stage.text());
    stage.press("a");
    let shown = stage.text();
    assert!(shown.contains("11 arms") && shown.contains("new 1"), "{shown}");
    // The arm under the cursor is the truly best one.
    stage.press("(");
    let values = stage.explorer.state.shared.values(BANDIT);
    let Some(Value::Text(rates)) = values.get("rates") else {
        panic!("{values:?}")
    };
    assert!(rates.starts_with("new 1=0.5, "), "{rates}");
    stage.press("ctrl-z ctrl-z");
    assert!(stage.text().contains("10 arms") && !stage.explorer.state.shared.values(BANDIT).contains_key("rates"));
}

/// Gives the keyboard to a pane of the screen.
fn focus(stage: &mut Stage, pane: PaneId) {
    let panes = stage.explorer.state.screen().panes;
    let at = panes.iter().position(|p| *p == pane).unwrap();
    stage.explorer.state.focus(at, None);
    stage.settle();
    stage.explorer.handle(crate::app::events::Event::Wake);
}

#[test]
fn an_item_that_is_made_up_becomes_an_arm_by_a_key() {
    let mut stage = stage();
    let values = &mut stage.explorer.state.shared.memory_mut(NEW_ITEM).values;
    values.insert("title".to_owned(), Value::Text("A new film".to_owned()));
    values.insert("models".to_owned(), Value::Text("popularity".to_owned()));
    let values = &mut stage.explorer.state.shared.memory_mut(BANDIT).values;
    values.insert(
        "policies".to_owned(),
        Value::Text("top-two-thompson:strength=10; thompson".to_owned()),
    );
    focus(&mut stage, NEW_ITEM);
    stage.settle();
    stage.explorer.handle(crate::app::events::Event::Wake);
    let arm = stage.explorer.state.shared.facts.arm.clone().unwrap();
    assert_eq!(arm.label, "A new film");
    stage.press("a");
    let shown = stage.text();
    assert!(shown.contains("11 arms") && shown.contains("A new film"), "{shown}");
    let rates = |stage: &Stage| stage.explorer.state.shared.values(BANDIT).get("rates").cloned();
    let once = rates(&stage);
    assert!(
        matches!(&once, Some(Value::Text(text)) if text.starts_with("A new film=")),
        "{once:?}"
    );
    // It is there already.
    stage.press("a");
    assert_eq!(rates(&stage), once);
    stage.press("ctrl-z");
    assert!(rates(&stage).is_none());
}

#[test]
fn a_newcomer_answers_or_does_not_know() {
    let mut stage = stage();
    assert!(stage.text().contains("Be a newcomer"), "{}", stage.text());
    stage.act("start_guest");
    stage.press("esc");
    focus(&mut stage, GAME);
    let asked = |stage: &mut Stage| {
        stage.settle();
        stage.explorer.state.shared.facts.target.clone()
    };
    let first = asked(&mut stage);
    assert!(first.is_some());
    stage.press("d");
    let second = asked(&mut stage);
    assert_ne!(first, second);
    assert!(stage.text().contains("1 without"), "{}", stage.text());
    stage.press("e 5 enter");
    let Subject::Person(Whose::Guest(ratings)) = &stage.explorer.state.shared.selection.subject else {
        panic!("no guest any more");
    };
    assert_eq!(ratings.len(), 1);
    assert!(asked(&mut stage) != second);
    assert!(stage.text().contains("1 answer "), "{}", stage.text());
    // Undo brings the questions back.
    stage.press("ctrl-z ctrl-z");
    assert!(
        stage.text().contains("0 answers") && stage.text().contains("0 without"),
        "{}",
        stage.text()
    );
}

#[test]
fn what_was_skipped_in_other_data_is_passed_over() {
    let mut stage = stage();
    stage.act("start_guest");
    stage.press("esc");
    let values = &mut stage.explorer.state.shared.memory_mut(GAME).values;
    values.insert("skipped".to_owned(), Value::Text("no such item, i3".to_owned()));
    stage.explorer.handle(crate::app::events::Event::Wake);
    stage.settle();
    assert!(stage.text().contains("1 without"), "{}", stage.text());
    let slot = stage.explorer.slots.iter().find(|slot| slot.id() == GAME).unwrap();
    let command = slot.command(&stage.explorer.world, &[]).unwrap();
    assert!(command.contains("--skip i3 "), "{command}");
}
