//! Edits by keys: written, traveled, undone one by one, saved and replayed.

use crate::answers::{Subject, Whose};
use crate::app::action::Effect;
use crate::app::tests_common::Stage;
use crate::models::tests_common::timed;

const DAY: i64 = 86_400;

fn stage() -> Stage {
    let rows: Vec<(u32, u32, i64)> = (0..6u32)
        .flat_map(|user| {
            (0..14u32)
                .filter(move |item| (item * 5 + user) % 3 != 0)
                .map(move |item| (user, item))
        })
        .map(|(user, item)| (user, item, DAY * i64::from(item / 2)))
        .collect();
    let mut stage = Stage::new(crate::answers::World::new(timed(&rows), 42), (200, 60));
    stage.press("4");
    stage
}

fn ratings(stage: &Stage) -> Vec<u32> {
    let Subject::Person(whose) = &stage.explorer.state.shared.selection.subject else {
        return Vec::new();
    };
    stage
        .explorer
        .world
        .profile(whose)
        .rows()
        .iter()
        .map(|r| r.item.0)
        .collect()
}

/// The keyboard goes to the ledger.
fn in_the_ledger(stage: &mut Stage) {
    let panes = stage.explorer.state.screen().panes;
    let at = panes.iter().position(|pane| pane.0 == "edits").unwrap();
    stage.explorer.state.focus(at, None);
    stage.explorer.refresh();
}

#[test]
fn history_is_walked_by_events_and_days() {
    let mut stage = stage();
    let all = ratings(&stage);
    stage.press("[");
    assert_eq!(ratings(&stage), all[..all.len() - 1]);
    stage.press("[ [ ]");
    assert_eq!(ratings(&stage), all[..all.len() - 2]);
    stage.press("{");
    let days = |items: &[u32]| items.last().map(|item| item / 2);
    let left = ratings(&stage);
    assert!(days(&left) < days(&all[..all.len() - 2]) && !left.is_empty());
    stage.press("}");
    assert!(ratings(&stage).len() > left.len());
    stage.press(".");
    assert_eq!(ratings(&stage), all);
    assert!(stage.explorer.state.shared.selection.edits.is_empty());
    // All of it is one history of changes.
    stage.press("ctrl-z");
    assert!(ratings(&stage).len() < all.len());
    for _ in 0..40 {
        stage.press("[");
    }
    assert!(ratings(&stage).is_empty() && stage.text().contains("Before the first"));
}

#[test]
fn an_edit_is_written_and_taken_back_alone() {
    let mut stage = stage();
    let all = ratings(&stage);
    stage.press("E");
    stage.type_text(&format!("unrate i{}", all[0]));
    stage.press("enter E");
    stage.type_text(&format!("unrate i{}", all[1]));
    stage.press("enter");
    assert_eq!(ratings(&stage), all[2..]);
    let shown = stage.text();
    assert!(shown.contains("removed") && shown.contains("2 edits"), "{shown}");
    // The ledger has the first one under its cursor.
    in_the_ledger(&mut stage);
    stage.press("d");
    assert_eq!(ratings(&stage), [&all[..1], &all[2..]].concat());
    stage.press("E");
    stage.type_text("unrate nothing");
    stage.press("enter");
    assert!(
        stage.text().contains("column 8: there is no item nothing"),
        "{}",
        stage.text()
    );
    stage.press("esc");
    assert_eq!(ratings(&stage).len(), all.len() - 1);
}

#[test]
fn what_is_saved_is_replayed() {
    let mut stage = stage();
    stage.press("[ [ [");
    let cut = ratings(&stage);
    let mut text = None;
    let effects = stage.explorer.with_cx(|cx, _| crate::app::verbs::what_if::save(cx));
    for effect in effects {
        if let Effect::SaveText(name, written) = effect {
            assert_eq!(name, "what-if");
            text = Some(written);
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("edits.txt");
    std::fs::write(&file, text.unwrap()).unwrap();
    stage.press("R");
    assert_ne!(ratings(&stage), cut);
    stage.press("L");
    stage.type_text(file.to_str().unwrap());
    stage.press("enter");
    assert_eq!(ratings(&stage), cut);
    stage.press("L");
    stage.type_text("no-such-file");
    stage.press("enter");
    assert!(stage.text().contains("it cannot be opened"), "{}", stage.text());
}

#[test]
fn a_guests_ratings_are_the_ledger() {
    let mut stage = stage();
    stage.act("start_guest");
    stage.press("esc E");
    stage.type_text("rate i3 1");
    stage.press("enter");
    assert_eq!(ratings(&stage), [3]);
    assert!(matches!(
        stage.explorer.state.shared.selection.subject,
        Subject::Person(Whose::Guest(_))
    ));
    in_the_ledger(&mut stage);
    stage.press("d");
    assert!(ratings(&stage).is_empty());
}
