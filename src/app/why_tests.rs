//! Asking why: from every pane to the answer, and from the answer to the change.

use super::*;
use crate::answers::{Change, Subject, Whose};
use crate::app::tests_common::{Stage, middle_world};
use crate::panes::{PaneId, Target};

const LIST: PaneId = PaneId("recommendations");
const ANSWER: PaneId = PaneId("answer");
const BECAUSE: PaneId = PaneId("because");

fn pane(stage: &Stage) -> (char, &'static str) {
    let state = &stage.explorer.state;
    (state.screen().digit, state.shared.pane.0)
}

fn title(stage: &Stage, pane: PaneId) -> String {
    let slot = stage.explorer.slots.iter().find(|slot| slot.id() == pane).unwrap();
    slot.title(&stage.explorer.state.shared)
}

/// The place of an item in the list, as the pane shows it.
fn rank_in_list(stage: &Stage, item: &str) -> Option<usize> {
    let slot = stage.explorer.slots.iter().find(|slot| slot.id() == LIST).unwrap();
    let table = slot.export().unwrap();
    table.rows.iter().position(|row| row[1].text() == item).map(|at| at + 1)
}

/// The first screen, the cursor on the row at a rank.
fn at_rank(rank: usize) -> Stage {
    let mut stage = Stage::new(middle_world(), (200, 60));
    stage.press(&"down ".repeat(rank - 1));
    stage
}

#[test]
fn why_not_and_without_lead_to_the_answer_from_every_pane() {
    let mut stage = at_rank(13);
    let item = stage.explorer.state.shared.selection.focus_item;
    stage.press("w");
    assert_eq!(pane(&stage), ('4', "answer"));
    assert!(
        title(&stage, ANSWER).starts_with("Why not?"),
        "{}",
        title(&stage, ANSWER)
    );
    assert_eq!(stage.explorer.state.shared.selection.why().map(|why| why.1), item);
    assert!(stage.text().contains("what would bring it in"), "{}", stage.text());
    // From any pane of any screen, about the same item.
    for digit in ["1", "3", "4"] {
        stage.press(digit);
        for _ in 0..stage.explorer.state.screen().panes.len() {
            stage.press("tab");
            while stage.explorer.state.shared.control.is_some() {
                stage.press("tab");
            }
            let before = stage.explorer.state.screen;
            stage.press("c");
            assert_eq!(pane(&stage), ('4', "answer"));
            assert!(title(&stage, ANSWER).starts_with("What if without?"), "{digit}");
            let back = crate::screens::SCREENS[before].digit.to_string();
            stage.press(&back);
        }
    }
}

#[test]
fn what_is_in_the_list_is_not_asked_why_it_is_not() {
    let mut stage = at_rank(2);
    stage.press("w");
    assert_eq!((pane(&stage).0, stage.explorer.layers.len()), ('1', 1));
    // Leaving the picker leaves everything as it was.
    stage.press("esc");
    assert_eq!(pane(&stage), ('1', "recommendations"));
    let before = stage.explorer.state.shared.selection.clone();
    stage.press("w");
    stage.type_text("i5");
    stage.press("esc");
    assert_eq!(stage.explorer.state.shared.selection, before);
    stage.press("w");
    stage.type_text("i5");
    stage.press("enter");
    assert_eq!(pane(&stage), ('4', "answer"));
    assert!(title(&stage, ANSWER).contains("i5"), "{}", title(&stage, ANSWER));
    let held = stage.explorer.state.shared.selection.frozen.clone();
    assert!(held.is_some());
    // The list does not lead away from it, until it is let go.
    stage.press("left up");
    assert_eq!(stage.explorer.state.shared.selection.why(), held);
}

/// The changes that the answer offers, with the ranks that it promises, by row of the pane.
fn promised(stage: &Stage) -> Vec<(usize, Change, usize)> {
    let slot = stage.explorer.slots.iter().find(|slot| slot.id() == ANSWER).unwrap();
    let table = slot.export().unwrap();
    let rank = table.columns.iter().position(|head| head == "rank");
    let memory = stage.explorer.state.shared.memory(ANSWER);
    let mut ranks = rank
        .map_or(Vec::new(), |at| table.rows.iter().map(|row| row[at].text()).collect())
        .into_iter();
    let mut found = Vec::new();
    for row in 0..slot.rows().0 {
        if let Some(Target::Change(change, _)) = slot.target(&memory, row) {
            let rank = ranks.next().unwrap().parse().unwrap();
            found.push((row, (*change).clone(), rank));
        }
    }
    found
}

#[test]
fn what_is_applied_gives_the_promised_rank_and_undo_takes_it_back() {
    let models = [
        "0.6*item-knn + 0.4*popularity",
        "item-knn",
        "cascade(popularity > 0.5*item-knn + 0.5*user-knn; keep=25)",
        "als:factors=4",
    ];
    let mut kinds = [0; 3];
    for model in models {
        for rank in [12, 17] {
            let mut stage = Stage::new(middle_world(), (200, 60));
            stage.press("m");
            stage.type_text(model);
            stage.press("enter");
            stage.press(&"down ".repeat(rank - 1));
            stage.press("w");
            let (_, item) = stage.explorer.state.shared.selection.why().unwrap();
            let id = stage.explorer.world.dataset.item_id(item).to_owned();
            let before = stage.explorer.state.shared.selection.clone();
            let list = stage
                .explorer
                .slots
                .iter()
                .find(|slot| slot.id() == LIST)
                .unwrap()
                .export();
            for (row, change, rank) in promised(&stage) {
                stage.explorer.state.shared.memory_mut(ANSWER).cursor = row;
                stage.explorer.refresh();
                stage.press("a");
                assert_eq!(rank_in_list(&stage, &id), Some(rank), "{model}: {change:?}");
                let shown = title(&stage, ANSWER);
                assert!(
                    shown.contains(&stage.explorer.world.label(crate::answers::Entity::Item(item))),
                    "{shown}"
                );
                let is_in = stage.text().contains(&format!("at rank {rank}"));
                assert!(is_in, "{model}: {change:?}\n{}", stage.text());
                kinds[match change {
                    Change::Length(_) => 0,
                    Change::Formula(_) => 1,
                    Change::Ratings(_) => 2,
                }] += 1;
                stage.press("ctrl-z");
                let selection = &stage.explorer.state.shared.selection;
                assert_eq!((&selection.formula, &selection.edits), (&before.formula, &before.edits));
                let slot = stage.explorer.slots.iter().find(|slot| slot.id() == LIST).unwrap();
                assert_eq!(slot.export(), list, "{model}: {change:?}");
                // Undoing another model starts at the top: back to the item.
                stage.explorer.state.shared.selection.focus_item = Some(item);
                stage.explorer.state.shared.led_by = None;
                stage.explorer.handle(Event::Wake);
                stage.settle();
            }
        }
    }
    assert!(kinds.iter().all(|n| *n >= 3), "{kinds:?}");
}

#[test]
fn the_whole_set_is_taken_out_at_once() {
    let mut stage = at_rank(1);
    stage.press("c");
    let (_, item) = stage.explorer.state.shared.selection.why().unwrap();
    let id = stage.explorer.world.dataset.item_id(item).to_owned();
    let memory = stage.explorer.state.shared.memory(ANSWER);
    let slot = stage.explorer.slots.iter().find(|slot| slot.id() == ANSWER).unwrap();
    let Some(Target::Change(change, _)) = slot.target(&memory, 1) else {
        panic!("{}", stage.text());
    };
    let Change::Ratings(set) = &*change else {
        panic!("{change:?}");
    };
    let (set, rows) = (set.len(), slot.rows().0);
    assert_eq!(rows, set + 1);
    stage.press("a");
    assert_eq!(stage.explorer.state.shared.selection.edits.len(), set);
    // What is no longer rated may be recommended, and is before it or not: it is out of the first ten all the same, or
    // only those are before it that were kept out.
    let rank = rank_in_list(&stage, &id).unwrap();
    assert!(rank + set > 10, "{rank}");
    stage.press("ctrl-z");
    assert!(stage.explorer.state.shared.selection.edits.is_empty());
    assert_eq!(rank_in_list(&stage, &id), Some(1));
}

#[test]
fn a_guest_can_apply_what_is_proposed() {
    let mut stage = Stage::new(middle_world(), (200, 60));
    stage.press("n");
    stage.type_text("i3");
    stage.press("enter 5 enter n");
    stage.press("esc 4 tab down tab tab");
    let Subject::Person(Whose::Guest(ratings)) = stage.explorer.state.shared.selection.subject.clone() else {
        panic!("{}", stage.text());
    };
    stage.press("shift-tab shift-tab shift-tab");
    stage.press(&"down ".repeat(14));
    stage.press("w");
    let changes = promised(&stage);
    let new = changes
        .iter()
        .find(|(_, change, _)| matches!(change, Change::Ratings(_)));
    if let Some((row, _, rank)) = new {
        let (_, item) = stage.explorer.state.shared.selection.why().unwrap();
        let id = stage.explorer.world.dataset.item_id(item).to_owned();
        stage.explorer.state.shared.memory_mut(ANSWER).cursor = *row;
        stage.explorer.refresh();
        stage.press("a");
        assert_eq!(rank_in_list(&stage, &id), Some(*rank));
        stage.press("ctrl-z");
    }
    assert!(!changes.is_empty(), "{}", stage.text());
    let now = stage.explorer.state.shared.selection.subject.clone();
    assert_eq!(now, Subject::Person(Whose::Guest(ratings)));
}

#[test]
fn enter_opens_a_part_only_inside_the_reason() {
    let mut stage = Stage::new(middle_world(), (200, 60));
    stage.press("4 tab tab");
    assert_eq!(pane(&stage), ('4', "because"));
    let subject = stage.explorer.state.shared.selection.subject.clone();
    let rows = |stage: &Stage| {
        stage
            .explorer
            .slots
            .iter()
            .find(|slot| slot.id() == BECAUSE)
            .unwrap()
            .rows()
            .0
    };
    // The sum and its three parts.
    assert_eq!(rows(&stage), 4);
    stage.press("enter");
    assert_eq!(rows(&stage), 1);
    stage.press("right");
    assert_eq!(rows(&stage), 4);
    stage.press("space");
    assert_eq!(rows(&stage), 1);
    stage.press("space down enter");
    assert!(rows(&stage) > 4);
    assert_eq!(stage.explorer.state.shared.selection.subject, subject);
    stage.press("shift-tab shift-tab enter");
    assert_ne!(stage.explorer.state.shared.selection.subject, subject);
}

#[test]
fn second_items_other_lists_and_other_models_are_picked() {
    let mut stage = Stage::new(middle_world(), (200, 60));
    stage.press("4 s");
    stage.type_text("i33");
    stage.press("enter");
    assert!(title(&stage, ANSWER).starts_with("This or that?"));
    assert!(
        stage.text().contains("Σ differences") && stage.text().contains("i33"),
        "{}",
        stage.text()
    );
    stage.press("o");
    stage.type_text("u7");
    stage.press("enter");
    assert!(title(&stage, ANSWER).starts_with("What differs?"));
    assert!(stage.text().contains("b = u7"), "{}", stage.text());
    stage.press("O");
    stage.type_text("popularity");
    stage.press("enter");
    assert!(stage.text().contains("b = popularity"), "{}", stage.text());
    // The model of all panes is what it was.
    assert_ne!(stage.explorer.state.shared.selection.formula.to_string(), "popularity");
    // Somebody else has no second item yet.
    stage.press("u");
    stage.type_text("u9");
    stage.press("enter");
    assert_eq!(stage.explorer.state.shared.selection.second, None);
}

#[test]
fn every_answer_has_its_command() {
    let mut stage = at_rank(12);
    stage.press("4");
    let expected = [
        "explain",
        "why-not",
        "counterfactual",
        "compare",
        "fragility",
        "compare",
    ];
    let mut copied = Vec::new();
    for (at, command) in expected.iter().enumerate() {
        stage.explorer.state.shared.memory_mut(ANSWER).mode = at;
        stage.explorer.handle(Event::Wake);
        stage.settle();
        for pane in [1, 3] {
            stage.explorer.state.focus(pane, None);
            stage.explorer.refresh();
            let Some(Request::Copy(line)) = stage.act("copy_command").pop() else {
                panic!("{command} is not copied");
            };
            assert!(line.starts_with(&format!("recscope {command} --user ")), "{line}");
            copied.push(line);
        }
        assert_eq!(copied[copied.len() - 1], copied[copied.len() - 2]);
    }
    assert!(copied[6].contains("--items i"), "{}", copied[6]);
}
