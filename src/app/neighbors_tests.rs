use super::explorer::Request;
use super::tests_common::{Stage, middle_world};
use crate::answers::{Entity, Subject};
use crate::panes::PaneId;
use crate::panes::controls::Value;

/// The screen Neighbors, everything answered.
fn stage() -> Stage {
    let mut stage = Stage::new(middle_world(), (160, 48));
    stage.press("2");
    stage
}

fn focus(stage: &mut Stage, pane: &'static str) {
    while stage.explorer.state.shared.pane != PaneId(pane) {
        stage.act("focus_next");
    }
}

/// The screen without the line of hints.
fn panes(stage: &mut Stage) -> Vec<String> {
    let mut lines: Vec<String> = stage.text().lines().map(str::to_owned).collect();
    lines.pop();
    lines
}

fn command(stage: &mut Stage) -> String {
    let requests = stage.act("copy_command");
    let [Request::Copy(text)] = requests.as_slice() else {
        panic!("a command is copied");
    };
    text.clone()
}

fn value(stage: &Stage, pane: &'static str, name: &str) -> Option<Value> {
    stage.explorer.state.shared.values(PaneId(pane)).get(name).cloned()
}

#[test]
fn the_cursor_leads_every_pane_about_a_neighbor() {
    let mut stage = stage();
    let neighbor = |stage: &Stage| stage.explorer.state.shared.selection.neighbor;
    let first = neighbor(&stage).unwrap();
    stage.press("down");
    let second = neighbor(&stage).unwrap();
    assert_ne!(first, second);
    let Entity::User(user) = second else {
        panic!("a person's neighbor is a user");
    };
    let id = stage.explorer.world.dataset.user_id(user).to_owned();
    for pane in ["co_rated", "measures"] {
        focus(&mut stage, pane);
        assert!(command(&mut stage).contains(&format!(" --with {id} ")), "{pane}");
    }
    focus(&mut stage, "brings");
    assert!(command(&mut stage).contains(&format!(" -k 20 --brings {id} ")));
    assert!(stage.text().contains(&format!("user {id} brings")));
}

#[test]
fn what_is_left_out_is_undone_and_stands_in_the_command() {
    let mut stage = stage();
    focus(&mut stage, "co_rated");
    let before = panes(&mut stage);
    stage.press("space");
    let Some(Value::Text(id)) = value(&stage, "co_rated", "without") else {
        panic!("something is left out");
    };
    assert!(stage.text().contains("without 1, "), "{}", stage.text());
    assert!(command(&mut stage).ends_with(&format!("--terms --without {id} --format json")));
    stage.press("ctrl-z");
    assert_eq!(value(&stage, "co_rated", "without"), None);
    assert_eq!(panes(&mut stage), before);
    assert!(command(&mut stage).ends_with("--terms --format json"));
}

#[test]
fn the_measure_and_its_settings_are_those_of_all_panes() {
    let mut stage = stage();
    focus(&mut stage, "measures");
    // Pearson, the fifth.
    stage.press("down down down down space");
    assert_eq!(
        value(&stage, "neighborhood", "similarity"),
        Some(Value::Text("pearson".into()))
    );
    for pane in ["neighborhood", "co_rated", "measures", "brings"] {
        focus(&mut stage, pane);
        assert!(command(&mut stage).contains(" --similarity pearson"), "{pane}");
    }
    assert!(
        stage.text().contains("by user-knn:similarity=pearson"),
        "{}",
        stage.text()
    );
    focus(&mut stage, "neighborhood");
    // To the shrinkage: the fourth control.
    stage.press("tab tab tab tab right right");
    assert_eq!(value(&stage, "neighborhood", "shrinkage"), Some(Value::Number(2.0)));
    assert!(
        command(&mut stage).contains(" --shrinkage 2 -k 20 "),
        "{}",
        command(&mut stage)
    );
    assert!(stage.text().contains("unshrunk"));
}

#[test]
fn an_item_has_neighbors_and_what_they_bring_too() {
    let mut stage = stage();
    stage.press("i");
    stage.type_text("i7");
    stage.press("enter");
    assert!(matches!(
        stage.explorer.state.shared.selection.subject,
        Subject::Item(_)
    ));
    let shown = stage.text();
    assert!(
        shown.contains("by item-knn:neighbors=20") && shown.contains("which rating met which"),
        "{shown}"
    );
    assert!(
        stage
            .explorer
            .slots
            .iter()
            .all(|slot| slot.standing().failure.is_none())
    );
}
