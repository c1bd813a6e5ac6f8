use super::*;
use crate::app::state::Facts;
use crate::app::testing::toy_world;
use crate::data::{ItemIx, UserIx};
use std::collections::BTreeMap;

/// Panes whose rows stand in a table.
#[derive(Default)]
struct Table {
    rows: BTreeMap<PaneId, Vec<Target>>,
    awaited: Vec<PaneId>,
    picks: Vec<PickRow>,
    layout: Layout,
}

impl Seen for Table {
    fn rows(&self, pane: PaneId) -> usize {
        self.rows.get(&pane).map_or(0, Vec::len)
    }
    fn target(&self, pane: PaneId, position: usize) -> Option<Target> {
        self.rows.get(&pane)?.get(position).copied()
    }
    fn row_key(&self, _: PaneId, position: usize) -> Option<u64> {
        Some(position as u64 * 10)
    }
    fn arithmetic(&self, _: PaneId, position: usize) -> Option<Vec<String>> {
        Some(vec![format!("row {position}")])
    }
    fn is_current(&self, pane: PaneId) -> bool {
        self.rows.contains_key(&pane)
    }
    fn is_awaited(&self, pane: PaneId) -> bool {
        self.awaited.contains(&pane)
    }
    fn picks(&self) -> &[PickRow] {
        &self.picks
    }
    fn layout(&self) -> &Layout {
        &self.layout
    }
}

const LIST: PaneId = PaneId("recommendations");
const PROFILE: PaneId = PaneId("profile");
const NEAR: PaneId = PaneId("neighbors");

fn item(n: u32) -> Target {
    Target::Entity(Entity::Item(ItemIx(n)))
}

fn user(n: u32) -> Target {
    Target::Entity(Entity::User(UserIx(n)))
}

fn person(n: u32) -> Subject {
    Subject::Person(Whose::User(UserIx(n)))
}

/// A user with a list of three, a profile of two, and two neighbors; the keyboard on the list.
fn scene() -> (State, Table, World) {
    let mut table = Table::default();
    table.rows.insert(LIST, vec![item(2), item(1), item(3)]);
    table.rows.insert(PROFILE, vec![item(0), item(3)]);
    table.rows.insert(NEAR, vec![user(1), user(2)]);
    let mut state = State::default();
    state.selection.subject = person(0);
    state.focused = 1;
    state.size = (120, 40);
    refresh(&mut state, &table);
    (state, table, toy_world())
}

/// What the explorer does after every action.
fn refresh(state: &mut State, table: &Table) {
    settle(state, table);
    let pane = state.pane();
    state.facts = Facts {
        has_view: true,
        rows: table.rows(pane),
        page: 2,
        target: table.target(pane, state.pane_state(pane).cursor),
        modes: 3,
        has_arithmetic: true,
        ..Facts::default()
    };
}

fn act(state: &mut State, table: &Table, world: &World, actions: &[Action]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for action in actions {
        effects.extend(update(state, *action, world, table));
        refresh(state, table);
    }
    effects
}

#[test]
fn the_list_leads_where_nothing_leads_yet() {
    let (state, ..) = scene();
    assert_eq!(state.selection.focus_item, Some(ItemIx(2)));
    assert_eq!(state.selection.neighbor, Some(Entity::User(UserIx(1))));
    // While the list is on its way the profile does not lead.
    let (mut state, mut table, _) = scene();
    state.selection.focus_item = None;
    table.rows.remove(&LIST);
    table.awaited.push(LIST);
    settle(&mut state, &table);
    assert_eq!(state.selection.focus_item, None);
    table.awaited.clear();
    settle(&mut state, &table);
    assert_eq!(state.selection.focus_item, Some(ItemIx(0)));
}

#[test]
fn the_cursor_sets_the_focus_and_the_neighbor() {
    let (mut state, table, world) = scene();
    let down = Action::Move(Motion::Down);
    act(&mut state, &table, &world, &[down]);
    assert_eq!(state.selection.focus_item, Some(ItemIx(1)));
    act(&mut state, &table, &world, &[Action::Move(Motion::Last)]);
    assert_eq!(state.selection.focus_item, Some(ItemIx(3)));
    act(
        &mut state,
        &table,
        &world,
        &[Action::FocusNext, Action::FocusNext, down],
    );
    assert_eq!(state.pane(), NEAR);
    assert_eq!(state.selection.neighbor, Some(Entity::User(UserIx(2))));
    assert_eq!(state.selection.focus_item, Some(ItemIx(3)));
    // An item subject is led to a user.
    state.selection.subject = Subject::Item(ItemIx(1));
    state.focused = 0;
    let mut raters = Table::default();
    raters.rows.insert(PROFILE, vec![user(0), user(2)]);
    refresh(&mut state, &raters);
    act(&mut state, &raters, &world, &[down]);
    assert_eq!(
        (state.selection.focus_user, state.selection.focus_item),
        (Some(UserIx(2)), Some(ItemIx(3)))
    );
}

#[test]
fn motions_stay_within_the_rows() {
    use Motion::{Down, First, HalfDown, HalfUp, Last, PageDown, PageUp, Up};
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
            moved(cursor, motion, rows, page),
            to,
            "{motion:?} from {cursor} of {rows}"
        );
    }
}

#[test]
fn opening_goes_somewhere_and_back_leads_back() {
    let (mut state, table, world) = scene();
    act(&mut state, &table, &world, &[Action::Move(Motion::Down), Action::Open]);
    assert_eq!(state.selection.subject, Subject::Item(ItemIx(1)));
    assert_eq!((state.back.len(), state.forward.len()), (1, 0));
    act(&mut state, &table, &world, &[Action::Back]);
    assert_eq!(
        (state.selection.subject.clone(), state.selection.focus_item),
        (person(0), Some(ItemIx(1)))
    );
    act(&mut state, &table, &world, &[Action::Forward]);
    assert_eq!(state.selection.subject, Subject::Item(ItemIx(1)));
    // Going somewhere else ends the way forward; going nowhere is no visit.
    act(&mut state, &table, &world, &[Action::Back]);
    go_to(
        &mut state,
        person(3),
        Visit {
            subject: person(0),
            focus_item: None,
            focus_user: None,
        },
    );
    assert!(state.forward.is_empty() && state.back.len() == 1);
    go_to(
        &mut state,
        person(3),
        Visit {
            subject: person(3),
            focus_item: None,
            focus_user: None,
        },
    );
    assert_eq!(state.back.len(), 1);
    act(&mut state, &table, &world, &[Action::Back, Action::Back, Action::Back]);
    assert_eq!(state.selection.subject, person(0));
}

#[test]
fn a_new_subject_puts_cursors_on_top_and_ends_filters() {
    let (mut state, ..) = scene();
    let pane = state.pane_state_mut();
    (pane.cursor, pane.offset, pane.mode, pane.zoom) = (2, 1, 2, 3.0);
    pane.filter = "x".to_owned();
    set_subject(&mut state, person(1));
    let pane = state.pane_state(LIST);
    assert_eq!((pane.cursor, pane.offset, pane.filter.as_str()), (0, 0, ""));
    assert_eq!((pane.mode, pane.zoom), (2, 3.0));
    assert_eq!((state.selection.focus_item, state.selection.neighbor), (None, None));
}

#[test]
fn panes_screens_zoom_and_sizes() {
    let (mut state, table, world) = scene();
    act(
        &mut state,
        &table,
        &world,
        &[Action::FocusPrevious, Action::FocusPrevious],
    );
    assert_eq!(state.focused, 5);
    act(&mut state, &table, &world, &[Action::FocusNext, Action::Zoom]);
    assert_eq!((state.focused, state.zoomed), (0, true));
    act(&mut state, &table, &world, &[Action::StepOut]);
    assert!(!state.zoomed);
    act(
        &mut state,
        &table,
        &world,
        &[
            Action::Resize(Resize::Wider),
            Action::Resize(Resize::Wider),
            Action::Resize(Resize::Lower),
        ],
    );
    assert_eq!(state.sizes.get("1-wide-column-0"), Some(&4));
    assert_eq!(state.sizes.get("1-wide-row-0"), Some(&-1));
    act(&mut state, &table, &world, &[Action::Screen('x')]);
    assert_eq!(state.notice.as_deref(), Some("there is no screen x"));
    act(&mut state, &table, &world, &[Action::Screen('1')]);
    assert_eq!((state.screen, state.notice.as_deref()), (0, None));
}

#[test]
fn why_is_held_and_let_go() {
    let (mut state, table, world) = scene();
    act(
        &mut state,
        &table,
        &world,
        &[Action::Freeze, Action::Move(Motion::Down)],
    );
    assert_eq!(state.selection.why(), Some((Whose::User(UserIx(0)), ItemIx(2))));
    act(&mut state, &table, &world, &[Action::StepOut]);
    assert_eq!(state.selection.why(), Some((Whose::User(UserIx(0)), ItemIx(1))));
}

#[test]
fn what_cannot_be_done_to_data_comes_back_as_effects() {
    let (mut state, table, world) = scene();
    let actions = [
        Action::Quit,
        Action::Suspend,
        Action::Redraw,
        Action::Copy,
        Action::CopyCommand,
        Action::ToggleMouse,
        Action::NextTheme,
        Action::Step,
    ];
    let effects = act(&mut state, &table, &world, &actions);
    let expected = [
        Effect::Quit,
        Effect::Suspend,
        Effect::Repaint,
        Effect::CopyPane,
        Effect::CopyCommand,
        Effect::Mouse(true),
        Effect::Theme,
        Effect::Bandit(Bandit::Step),
    ];
    assert_eq!(effects, expected);
    assert!(state.theme_chosen && state.theme == crate::panes::ThemeName::Light);
}

#[test]
fn maps_pan_and_zoom_within_bounds() {
    let (mut state, table, world) = scene();
    state.facts.pans = true;
    for action in [Action::Move(Motion::Right), Action::MapZoom(1)] {
        for _ in 0..20 {
            update(&mut state, action, &world, &table);
        }
    }
    let pane = state.pane_state(LIST);
    assert_eq!((pane.pan.0, pane.zoom), (0.5, 50.0));
    assert_eq!(pane.cursor, 0);
    update(&mut state, Action::MapZoom(0), &world, &table);
    let pane = state.pane_state(LIST);
    assert_eq!((pane.pan, pane.zoom), ((0.0, 0.0), 1.0));
}

#[test]
fn branches_fold_sideways_and_turn_over() {
    let (mut state, table, world) = scene();
    let folded = |state: &State| state.pane_state(LIST).folded.into_iter().collect::<Vec<_>>();
    let branch = |state: &mut State| state.facts.is_branch = true;
    act(&mut state, &table, &world, &[Action::Move(Motion::Down)]);
    branch(&mut state);
    update(&mut state, Action::Move(Motion::Left), &world, &table);
    assert_eq!(folded(&state), [10]);
    branch(&mut state);
    update(&mut state, Action::Move(Motion::Right), &world, &table);
    assert!(folded(&state).is_empty());
    update(&mut state, Action::Fold, &world, &table);
    assert_eq!(folded(&state), [10]);
    act(
        &mut state,
        &table,
        &world,
        &[Action::NextMode, Action::NextMode, Action::NextMode],
    );
    assert_eq!(state.pane_state(LIST).mode, 0);
}

#[test]
fn arithmetic_is_shown_and_closed() {
    let (mut state, table, world) = scene();
    act(
        &mut state,
        &table,
        &world,
        &[Action::Move(Motion::Down), Action::Arithmetic],
    );
    let Some(Overlay::Page { lines, .. }) = state.overlays.last() else {
        panic!("{:?}", state.overlays)
    };
    assert_eq!(lines, &["row 1"]);
    act(&mut state, &table, &world, &[Action::Close]);
    assert!(state.overlays.is_empty());
}
