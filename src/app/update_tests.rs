use crate::answers::{Entity, Subject, Whose};
use crate::app::tests_common::{Stage, middle_world};
use crate::data::UserIx;
use crate::panes::controls::Value::Number;
use crate::panes::{PaneId, Target};

const LIST: PaneId = PaneId("recommendations");
const PROFILE: PaneId = PaneId("profile");
const NEAR: PaneId = PaneId("neighbors");

fn stage() -> Stage {
    Stage::new(middle_world(), (120, 40))
}

/// Gives the keyboard to a pane of the screen.
fn focus(stage: &mut Stage, pane: PaneId) {
    let at = stage
        .explorer
        .state
        .screen()
        .panes
        .iter()
        .position(|p| *p == pane)
        .unwrap();
    stage.explorer.state.focus(at, None);
    stage.settle();
    stage.explorer.refresh();
}

fn under(stage: &Stage, pane: PaneId) -> Option<Entity> {
    let shared = &stage.explorer.state.shared;
    let slot = stage.explorer.slots.iter().find(|s| s.id() == pane)?;
    let memory = shared.memory(pane);
    slot.target(&memory, memory.cursor).as_ref().and_then(Target::entity)
}

fn focus_item(stage: &Stage) -> Option<Entity> {
    stage.explorer.state.shared.selection.focus_item.map(Entity::Item)
}

#[test]
fn the_list_leads_where_nothing_leads_yet() {
    let stage = stage();
    assert!(focus_item(&stage).is_some());
    assert_eq!(focus_item(&stage), under(&stage, LIST));
    assert_eq!(stage.explorer.state.shared.selection.neighbor, under(&stage, NEAR));
}

#[test]
fn the_cursor_sets_the_focus_and_the_neighbor() {
    let mut stage = stage();
    stage.press("down");
    assert_eq!(stage.explorer.state.shared.memory(LIST).cursor, 1);
    assert_eq!(focus_item(&stage), under(&stage, LIST));
    stage.press("G");
    assert_eq!(focus_item(&stage), under(&stage, LIST));
    let focus_before = focus_item(&stage);
    focus(&mut stage, NEAR);
    stage.press("down");
    assert_eq!(stage.explorer.state.shared.selection.neighbor, under(&stage, NEAR));
    assert_eq!(focus_item(&stage), focus_before);
    // An item as the subject is led to a user.
    focus(&mut stage, LIST);
    stage.press("enter");
    assert!(matches!(
        stage.explorer.state.shared.selection.subject,
        Subject::Item(_)
    ));
    focus(&mut stage, PROFILE);
    stage.press("down");
    let user = stage.explorer.state.shared.selection.focus_user.map(Entity::User);
    assert!(user.is_some() && user == under(&stage, PROFILE));
}

#[test]
fn motions_stay_within_the_rows() {
    use crate::app::scope::Motion::{Down, First, HalfDown, HalfUp, Last, PageDown, PageUp, Up};
    for (cursor, motion, rows, page, to) in [
        (0, Up, 5, 3, 0),
        (4, Down, 5, 3, 4),
        (0, PageDown, 5, 3, 3),
        (3, PageDown, 5, 3, 4),
        (4, PageUp, 5, 3, 1),
        (0, HalfDown, 9, 4, 2),
        (3, HalfUp, 9, 4, 1),
        (2, HalfUp, 9, 1, 1),
        (0, Last, 5, 3, 4),
        (4, First, 5, 3, 0),
        (7, Down, 0, 3, 0),
    ] {
        assert_eq!(
            motion.from(cursor, rows, page),
            to,
            "{motion:?} from {cursor} of {rows}"
        );
    }
}

#[test]
fn opening_goes_somewhere_and_back_leads_back() {
    let mut stage = stage();
    let before = stage.explorer.state.shared.selection.subject.clone();
    stage.press("down");
    let opened = focus_item(&stage).unwrap();
    stage.press("enter");
    assert_eq!(stage.explorer.state.shared.selection.entity(), Some(opened));
    let shared = |stage: &Stage| {
        (
            stage.explorer.state.shared.back.len(),
            stage.explorer.state.shared.forward.len(),
        )
    };
    assert_eq!(shared(&stage), (1, 0));
    stage.press("backspace");
    assert_eq!(stage.explorer.state.shared.selection.subject, before);
    assert_eq!((focus_item(&stage), shared(&stage)), (Some(opened), (0, 1)));
    stage.press("alt-right");
    assert_eq!(stage.explorer.state.shared.selection.entity(), Some(opened));
    // Going somewhere else ends the way forward; going nowhere is no visit.
    stage.press("backspace");
    let shared = &mut stage.explorer.state.shared;
    let visit = shared.visit();
    shared.go_to(Subject::Person(Whose::User(UserIx(3))), visit);
    assert!(shared.forward.is_empty() && shared.back.len() == 1);
    let visit = shared.visit();
    shared.go_to(Subject::Person(Whose::User(UserIx(3))), visit);
    assert_eq!(shared.back.len(), 1);
    shared.travel(true);
    shared.travel(true);
    assert_eq!(shared.selection.subject, before);
}

#[test]
fn a_new_subject_puts_cursors_on_top_and_ends_filters() {
    let mut stage = stage();
    let shared = &mut stage.explorer.state.shared;
    let memory = shared.memory_mut(LIST);
    (memory.cursor, memory.mode, memory.zoom) = (2, 2, 3.0);
    memory.filter = "x".to_owned();
    shared.set_subject(Subject::Person(Whose::User(UserIx(1))));
    let memory = shared.memory(LIST);
    assert_eq!((memory.cursor, memory.filter.as_str()), (0, ""));
    assert_eq!((memory.mode, memory.zoom), (2, 3.0));
    assert_eq!((shared.selection.focus_item, shared.selection.neighbor), (None, None));
}

#[test]
fn panes_screens_zoom_and_sizes() {
    let mut stage = stage();
    stage.press("shift-tab shift-tab");
    assert_eq!(stage.explorer.state.focused, 5);
    stage.explorer.state.focus(5, None);
    let controls = stage.explorer.state.shared.facts.controls.len();
    // The controls of a pane come after it, then the next pane.
    for _ in 0..=controls {
        stage.press("tab");
    }
    stage.press("z");
    assert_eq!((stage.explorer.state.focused, stage.explorer.state.zoomed), (0, true));
    stage.press("esc");
    assert!(!stage.explorer.state.zoomed);
    stage.press("> > -");
    assert_eq!(stage.explorer.state.sizes.get("1-wide-column-0"), Some(&4));
    assert_eq!(stage.explorer.state.sizes.get("1-wide-row-0"), Some(&-1));
    // As long as a digit has no screen, that is said.
    let has_screen = |digit: char| crate::screens::SCREENS.iter().any(|s| s.digit == digit);
    if let Some(digit) = ('0'..='9').find(|digit| !has_screen(*digit)) {
        stage.press(&digit.to_string());
        let said = format!("There is no screen {digit} yet.");
        assert_eq!(stage.explorer.state.shared.notice, Some(said));
    }
    stage.press("1");
    assert_eq!(
        (
            stage.explorer.state.screen,
            stage.explorer.state.shared.notice.as_deref()
        ),
        (0, None)
    );
}

#[test]
fn why_is_held_and_let_go() {
    let mut stage = stage();
    let held = stage.explorer.state.shared.selection.why();
    stage.press("f down");
    assert_eq!(stage.explorer.state.shared.selection.why(), held);
    stage.press("esc");
    let why = stage.explorer.state.shared.selection.why();
    assert_ne!(why, held);
    assert_eq!(why.map(|(_, item)| Entity::Item(item)), under(&stage, LIST));
}

#[test]
fn what_cannot_be_done_to_data_comes_back_as_requests() {
    use crate::app::explorer::Request;
    let mut stage = stage();
    for (id, request) in [
        ("quit_program", Request::Quit),
        ("suspend_program", Request::Suspend),
        ("redraw_screen", Request::Repaint),
        ("toggle_mouse", Request::Mouse(false)),
        ("toggle_mouse", Request::Mouse(true)),
    ] {
        assert_eq!(stage.act(id), [request], "{id}");
    }
    assert!(matches!(stage.act("copy_pane").as_slice(), [Request::Copy(text)] if text.contains("score")));
    assert!(matches!(stage.act("copy_command").as_slice(), [Request::Copy(text)] if text.contains("recommend")));
    stage.act("next_theme");
    let state = &stage.explorer.state;
    assert!(state.theme_chosen && state.theme == crate::panes::ThemeName::Light);
}

#[test]
fn maps_pan_and_zoom_within_bounds() {
    let mut stage = stage();
    stage.press("3");
    let factors = stage.explorer.state.screen().panes[0];
    focus(&mut stage, factors);
    stage.press("v");
    assert!(stage.explorer.state.shared.facts.pans);
    for key in ["right", "+"] {
        for _ in 0..20 {
            stage.press(key);
        }
    }
    let memory = stage.explorer.state.shared.memory(factors);
    assert_eq!((memory.pan.0, memory.zoom), (0.5, 50.0));
    assert_eq!(memory.cursor, 0);
    stage.press(".");
    let memory = stage.explorer.state.shared.memory(factors);
    assert_eq!((memory.pan, memory.zoom), ((0.0, 0.0), 1.0));
}

#[test]
fn branches_fold_sideways_and_turn_over() {
    let mut stage = stage();
    let why = PaneId("why");
    focus(&mut stage, why);
    let folded = |stage: &Stage| stage.explorer.state.shared.memory(why).folded.len();
    while !stage.explorer.state.shared.facts.is_branch {
        stage.press("down");
    }
    for (key, n) in [("left", 1), ("right", 0), ("space", 1), ("space", 0)] {
        stage.press(key);
        assert_eq!(folded(&stage), n, "{key}");
    }
    let modes = stage.explorer.state.shared.facts.modes;
    for _ in 0..modes {
        stage.act("next_view");
    }
    assert_eq!(stage.explorer.state.shared.memory(why).mode, 0);
}

#[test]
fn arithmetic_is_shown_and_closed() {
    let mut stage = stage();
    focus(&mut stage, PaneId("why"));
    stage.press("=");
    assert_eq!(stage.explorer.layers.len(), 1);
    assert!(stage.text().contains("Arithmetic"));
    stage.press("esc");
    assert!(stage.explorer.layers.is_empty());
}

#[test]
fn why_is_about_what_the_cursor_is_on_after_an_edit_and_a_change_of_model() {
    let mut stage = stage();
    focus(&mut stage, LIST);
    stage.press("down down");
    // The edited item leaves the list: the cursor stays in its place, and Why is about what is there now.
    let edited = focus_item(&stage).unwrap();
    stage.press("e 5 enter");
    assert_ne!(focus_item(&stage), Some(edited));
    assert_eq!(focus_item(&stage), under(&stage, LIST));
    // Edited in the profile, the cursor follows the item.
    focus(&mut stage, PROFILE);
    stage.press("home");
    let edited = focus_item(&stage).unwrap();
    stage.press("e 1 enter");
    assert_eq!(under(&stage, PROFILE), Some(edited));
    assert_eq!(focus_item(&stage), Some(edited));
    // Another model starts at the top.
    focus(&mut stage, LIST);
    stage.press("down down down m");
    stage.type_text("popularity");
    stage.press("enter");
    assert_eq!(stage.explorer.state.shared.memory(LIST).cursor, 0);
    assert_eq!(focus_item(&stage), under(&stage, LIST));
}

#[test]
fn a_guest_keeps_the_rule_from_the_first_rating_on() {
    let mut stage = stage();
    stage.press("n");
    stage.type_text("i7");
    stage.press("enter 5 enter");
    focus(&mut stage, LIST);
    assert_eq!(focus_item(&stage), under(&stage, LIST));
    stage.press("down e 4 enter");
    assert_eq!(focus_item(&stage), under(&stage, LIST));
    assert!(matches!(
        &stage.explorer.state.shared.selection.subject,
        Subject::Person(Whose::Guest(ratings)) if ratings.len() == 2
    ));
}

#[test]
fn controls_are_reached_stepped_typed_reset_left_and_undone() {
    let mut stage = stage();
    let pane = PaneId("cold_start");
    focus(&mut stage, pane);
    let value = |stage: &Stage, name: &str| stage.explorer.state.shared.values(pane).get(name).cloned();
    // Past the policies, whence the arms come, and among which items.
    stage.press("tab tab tab tab");
    assert_eq!(stage.explorer.state.shared.control, Some(3));
    stage.press("right");
    assert_eq!(value(&stage, "arms"), Some(Number(11.0)));
    stage.press("shift-left");
    assert_eq!(value(&stage, "arms"), Some(Number(2.0)));
    stage.press("backspace");
    assert_eq!(value(&stage, "arms"), None);
    stage.press("enter ctrl-u 7 enter");
    assert_eq!(value(&stage, "arms"), Some(Number(7.0)));
    assert!(stage.text().contains("7 arms"), "{}", stage.text());
    stage.press("enter ctrl-u 1 enter");
    assert!(stage.text().contains("arms goes from 2 to 100"), "{}", stage.text());
    stage.press("esc");
    assert_eq!(value(&stage, "arms"), Some(Number(7.0)));
    stage.press("esc");
    assert_eq!(stage.explorer.state.shared.control, None);
    stage.press("ctrl-z");
    assert_eq!(value(&stage, "arms"), None);
    stage.press("ctrl-y");
    assert_eq!(value(&stage, "arms"), Some(Number(7.0)));
    // Digits and hjkl keep their meaning on a control.
    focus(&mut stage, pane);
    stage.press("tab 9");
    assert_eq!(stage.explorer.state.screen().digit, '9');
}

#[test]
fn a_slider_is_dragged_and_a_word_of_the_hints_is_pressed() {
    use crate::app::events::{Event, Mouse};
    let mut stage = stage();
    let pane = PaneId("cold_start");
    focus(&mut stage, pane);
    stage.press("z");
    let place = stage.explorer.places.drawn(pane).controls[5];
    assert!(!place.is_empty());
    let mouse = |stage: &mut Stage, what, x| {
        stage.explorer.handle(Event::Mouse(what, x, place.y));
    };
    mouse(&mut stage, Mouse::Press, place.right() - 1);
    let epsilon = |stage: &Stage| stage.explorer.state.shared.values(pane).get("epsilon").cloned();
    assert_eq!(epsilon(&stage), Some(Number(1.0)));
    mouse(&mut stage, Mouse::Drag, 0);
    assert_eq!(epsilon(&stage), Some(Number(0.0)));
    mouse(&mut stage, Mouse::Release, 0);
    stage.settle();
    let (from, _, _) = *stage.explorer.places.hints.iter().find(|h| h.2 == "show_help").unwrap();
    let line = stage.explorer.places.layout.hints.y;
    stage.explorer.handle(Event::Mouse(Mouse::Press, from, line));
    assert_eq!(stage.explorer.layers.len(), 1);
}
