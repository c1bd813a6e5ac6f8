use super::events::{Event, Mouse};
use super::tests_common::{Stage, middle_world};
use crate::panes::PaneId;

fn formula(stage: &Stage) -> String {
    stage.explorer.state.shared.selection.formula.to_string()
}

fn list(stage: &Stage) -> Vec<(Option<u64>, String)> {
    let slot = stage
        .explorer
        .slots
        .iter()
        .find(|s| s.id() == PaneId("reranked"))
        .unwrap();
    let export = slot.export().unwrap();
    let state = &stage.explorer.state.shared.memory(PaneId("reranked"));
    export
        .rows
        .iter()
        .enumerate()
        .map(|(n, row)| (slot.row_key(state, n), format!("{row:?}")))
        .collect()
}

#[test]
fn the_list_follows_while_a_weight_is_turned_by_keys() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5");
    let (before, first) = (list(&stage), formula(&stage));
    assert!(first.starts_with("0.6*item-knn"));
    stage.press("down shift-left shift-left shift-left");
    assert!(formula(&stage).starts_with("0*item-knn"), "{}", formula(&stage));
    let after = list(&stage);
    assert_ne!(
        before.iter().map(|r| r.0).collect::<Vec<_>>(),
        after.iter().map(|r| r.0).collect::<Vec<_>>()
    );
    assert!(stage.text().contains("was"));
    // The next dial, and the normalization by its choices.
    stage.press("down down down right");
    assert!(formula(&stage).ends_with("| rank"), "{}", formula(&stage));
    // The reset of one, then of all.
    stage.press("backspace");
    assert!(formula(&stage).ends_with("| zscore"), "{}", formula(&stage));
    stage.press("B");
    assert_eq!((formula(&stage), list(&stage)), (first, before));
}

#[test]
fn slid_and_undone_it_is_as_if_it_had_never_been_slid() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    let mut never = Stage::new(middle_world(), (120, 40));
    stage.press("5 down");
    never.press("5 down");
    stage.press("left left left down right right down down left");
    assert_ne!(formula(&stage), formula(&never));
    stage.press("ctrl-z ctrl-z ctrl-z ctrl-z ctrl-z ctrl-z");
    let state = |stage: &Stage| {
        let shared = &stage.explorer.state.shared;
        (shared.selection.clone(), shared.values(PaneId("hybrid")))
    };
    assert_eq!(state(&stage).1, state(&never).1);
    assert_eq!(state(&stage).0.formula.to_string(), formula(&never));
    assert_eq!(list(&stage), list(&never));
    stage.press("up up up up");
    stage.explorer.state.shared.notice = None;
    never.explorer.state.shared.notice = None;
    stage.explorer.handle(Event::Wake);
    never.explorer.handle(Event::Wake);
    let hints = |text: String| text.lines().take(38).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(hints(stage.text()), hints(never.text()));
    // And done again.
    stage.press("ctrl-y ctrl-y ctrl-y");
    assert!(formula(&stage).starts_with("0.45*item-knn"), "{}", formula(&stage));
}

#[test]
fn the_cursor_stays_on_its_row_while_the_list_moves() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5 tab tab tab tab tab down down down");
    assert_eq!(stage.explorer.state.shared.pane, PaneId("reranked"));
    let focus = stage.explorer.state.shared.selection.focus_item;
    assert!(focus.is_some());
    stage.press("shift-tab backspace left left left left left left left left");
    assert_eq!(stage.explorer.state.shared.selection.focus_item, focus);
    let memory = stage.explorer.state.shared.memory(PaneId("reranked"));
    let slot = stage
        .explorer
        .slots
        .iter()
        .find(|s| s.id() == PaneId("reranked"))
        .unwrap();
    let under = slot.target(&memory, memory.cursor).and_then(|t| t.entity());
    assert_eq!(under, focus.map(crate::answers::Entity::Item));
}

#[test]
fn a_bar_is_dragged_and_the_wheel_turns_it() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5");
    let drawn = stage.explorer.places.drawn(PaneId("hybrid"));
    let place = drawn.controls[1];
    let bar = place.right() - drawn.bars;
    stage.explorer.handle(Event::Mouse(Mouse::Press, bar, place.y));
    stage.settle();
    assert!(formula(&stage).contains("0*content"), "{}", formula(&stage));
    stage
        .explorer
        .handle(Event::Mouse(Mouse::Drag, place.right() - 1, place.y + 5));
    stage.settle();
    assert!(
        formula(&stage).contains(" content:") && !formula(&stage).contains("0*content"),
        "{}",
        formula(&stage)
    );
    stage
        .explorer
        .handle(Event::Mouse(Mouse::Release, place.right() - 1, place.y));
    stage.explorer.handle(Event::Mouse(Mouse::WheelDown, bar, place.y));
    stage.settle();
    assert!(formula(&stage).contains("0.95*content"), "{}", formula(&stage));
}

#[test]
fn a_drag_is_one_undo_step_however_far_it_goes() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5");
    let first = formula(&stage);
    let drawn = stage.explorer.places.drawn(PaneId("hybrid"));
    let place = drawn.controls[0];
    let bar = place.right() - drawn.bars;
    let mouse = |stage: &mut Stage, what, x| {
        stage.explorer.handle(Event::Mouse(what, x, place.y));
        stage.settle();
        formula(stage)
    };
    mouse(&mut stage, Mouse::Press, bar);
    let mut seen = std::collections::BTreeSet::new();
    for x in bar..place.right() {
        seen.insert(mouse(&mut stage, Mouse::Drag, x));
    }
    assert!(seen.len() > 3, "{seen:?}");
    mouse(&mut stage, Mouse::Release, place.right() - 1);
    let dragged = formula(&stage);
    stage.press("ctrl-z");
    assert_eq!(formula(&stage), first);
    assert!(!stage.explorer.state.history.can(true));
    stage.press("ctrl-y");
    assert_eq!(formula(&stage), dragged);
    // Where the terminal does not tell that the button was let go, the next key ends the drag.
    mouse(&mut stage, Mouse::Press, bar);
    let low = mouse(&mut stage, Mouse::Drag, bar + 1);
    stage.press("right");
    assert_ne!(formula(&stage), low);
    stage.press("ctrl-z");
    assert_eq!(formula(&stage), low);
    stage.press("ctrl-z");
    assert_eq!(formula(&stage), dragged);
}

#[test]
fn the_commands_of_the_panes_print_what_they_show() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5 down left");
    let said = |stage: &mut Stage| {
        let requests = stage.press("Y");
        format!("{requests:?}")
    };
    let command = said(&mut stage);
    assert!(
        command.contains("hybrid") && command.contains("0.55*item-knn") && command.contains("--against"),
        "{command}"
    );
    assert!(command.contains("--swap-at"), "{command}");
}

#[test]
fn an_item_as_the_subject_is_told_what_to_do() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("i enter 5");
    assert!(stage.text().contains("pick a user"), "{}", stage.text());
}

#[test]
fn the_triangle_is_filled_and_moved_on_by_keys_and_by_dragging() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5 shift-tab");
    assert_eq!(stage.explorer.state.shared.pane, PaneId("tuning"));
    let screen = stage.text();
    assert!(
        screen.contains("weight triangle") && screen.contains("best "),
        "{screen}"
    );
    assert!(!screen.contains("measured ─"), "{screen}");
    let first = formula(&stage);
    stage.press("up");
    assert!(formula(&stage).starts_with("0.65*item-knn"), "{}", formula(&stage));
    stage.press("ctrl-z");
    assert_eq!(formula(&stage), first);
    // The point goes with the pointer, and the list with the point; one undo takes it back.
    let (x, y) = (100, 30);
    stage.explorer.handle(Event::Mouse(Mouse::Press, x, y));
    stage.explorer.handle(Event::Mouse(Mouse::Drag, x, y + 4));
    stage.settle();
    let dragged = formula(&stage);
    assert!(dragged != first && !dragged.starts_with("0.6*"), "{dragged}");
    assert!(stage.text().contains("was"));
    stage.explorer.handle(Event::Mouse(Mouse::Release, x, y + 4));
    stage.press("ctrl-z");
    assert_eq!(formula(&stage), first);
}

#[test]
fn a_dial_is_swept_over_and_the_command_says_which() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("5 shift-tab v v");
    let screen = stage.text();
    assert!(
        screen.contains("Tuning · sweep") && screen.contains("1.weight of item-knn"),
        "{screen}"
    );
    stage.press("tab right right right");
    assert!(stage.text().contains("zscore"), "{}", stage.text());
    let command = format!("{:?}", stage.press("Y"));
    assert!(
        command.contains("sweep") && command.contains("--dial norm") && command.contains("--test-users"),
        "{command}"
    );
    // Two parts have no triangle: any view of the pane is the sweep.
    stage.press("m ctrl-u");
    stage.type_text("ease + popularity");
    stage.press("enter v");
    assert!(stage.text().contains("Tuning · sweep"), "{}", stage.text());
}
