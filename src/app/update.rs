//! What every action makes of the state: pure, so that it can be tested as a table. What cannot be done to plain data comes
//! back as effects.

use super::actions::{Action, Motion, Resize};
use super::layout::{Form, Layout, grid_position, pane_beside, size_key};
use super::screens::find_screen;
use super::state::{EditStep, Overlay, Picking, State, Visit};
use super::{board, editing, overlays};
use crate::answers::{Entity, PickRow, Subject, Whose, World};
use crate::panes::{PaneId, PaneState, Target};

/// What is to be done beyond the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// End the program.
    Quit,
    /// Give the terminal back until the program is continued.
    Suspend,
    /// Draw every cell anew.
    Repaint,
    /// Mouse reports on or off.
    Mouse(bool),
    /// The theme changed.
    Theme,
    /// The pane as text to the clipboard.
    CopyPane,
    /// The command line with the same numbers to the clipboard.
    CopyCommand,
    /// The pane into a file: csv, json, text, or the screen as svg.
    Export(usize),
    /// To the bandit.
    Bandit(Bandit),
    /// Measures the models of the board, or stops that.
    RunEvaluation,
}

/// What can be done with the bandit run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Bandit {
    RunPause,
    Step,
    Reset,
}

/// What is on the screen: answers, as far as actions depend on them.
pub trait Seen {
    /// How many rows of the pane are visible.
    fn rows(&self, pane: PaneId) -> usize;
    /// What the row at a position is about.
    fn target(&self, pane: PaneId, position: usize) -> Option<Target>;
    /// The key of the row at a position.
    fn row_key(&self, pane: PaneId, position: usize) -> Option<u64>;
    /// The arithmetic of the row at a position.
    fn arithmetic(&self, pane: PaneId, position: usize) -> Option<Vec<String>>;
    /// Whether the answer belongs to the present question.
    fn is_current(&self, pane: PaneId) -> bool;
    /// Whether an answer will come by itself.
    fn is_awaited(&self, pane: PaneId) -> bool;
    /// What the picker found.
    fn picks(&self) -> &[PickRow];
    /// Where everything stands.
    fn layout(&self) -> &Layout;
}

/// What the cursor of a pane sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leads {
    /// The focus item (or user).
    Focus,
    /// The neighbor.
    Neighbor,
    /// The model whose users are shown.
    Model,
}

/// What the cursor of this pane sets, where it sets something.
pub fn leads(pane: PaneId) -> Option<Leads> {
    match pane.0 {
        "profile" | "recommendations" => Some(Leads::Focus),
        "neighbors" => Some(Leads::Neighbor),
        "leaderboard" => Some(Leads::Model),
        _ => None,
    }
}

/// Does an action. What is impossible now does nothing.
pub fn update(state: &mut State, action: Action, world: &World, seen: &dyn Seen) -> Vec<Effect> {
    state.notice = None;
    if let Some(effects) = overlays::update(state, action, world, seen) {
        return effects;
    }
    match action {
        Action::Quit => return vec![Effect::Quit],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Redraw => return vec![Effect::Repaint],
        Action::CopyCommand => return vec![Effect::CopyCommand],
        Action::Copy => return vec![Effect::CopyPane],
        Action::RunPause => return vec![Effect::Bandit(Bandit::RunPause)],
        Action::RunEvaluation => return vec![Effect::RunEvaluation],
        Action::Step => return vec![Effect::Bandit(Bandit::Step)],
        Action::Reset => return vec![Effect::Bandit(Bandit::Reset)],
        Action::NextTheme => {
            state.theme = state.theme.next();
            state.theme_chosen = true;
            state.notice = Some(format!("theme: {}", state.theme.name()));
            return vec![Effect::Theme];
        }
        Action::ToggleMouse => {
            state.mouse = !state.mouse;
            let now = if state.mouse {
                "the mouse is ours"
            } else {
                "the mouse is the terminal's: select as usual"
            };
            state.notice = Some(now.to_owned());
            return vec![Effect::Mouse(state.mouse)];
        }
        Action::StepOut => step_out(state),
        Action::Move(motion) => step(state, motion, seen),
        Action::FocusNext | Action::FocusPrevious => focus_by(state, action == Action::FocusNext),
        Action::Screen(digit) => switch_screen(state, digit),
        Action::Zoom => state.zoomed = !state.zoomed,
        Action::Resize(how) => resize(state, how),
        Action::Open => open(state),
        Action::Back | Action::Forward => travel(state, action == Action::Back),
        Action::PickUser => overlays::open_picker(state, Picking::User),
        Action::PickItem => overlays::open_picker(state, Picking::Item),
        Action::WhyNot => overlays::open_picker(state, Picking::WhyNot),
        Action::Guest => start_guest(state),
        Action::Filter => overlays::open_filter(state),
        Action::EditRating => editing::open(state, world),
        Action::Undo | Action::Redo => editing::travel(state, action == Action::Undo),
        Action::ResetEdits => editing::reset(state),
        Action::Arithmetic => show_arithmetic(state, seen),
        Action::Models => overlays::open_models(state),
        Action::Palette => overlays::open_palette(state),
        Action::Help => state.overlays.push(Overlay::Help { scroll: 0 }),
        Action::Export => state.overlays.push(Overlay::Export),
        Action::Freeze => freeze(state),
        Action::RemoveModel => board::remove(state),
        Action::NextMode => next_mode(state),
        Action::Fold => {
            fold(state, None, seen);
        }
        Action::MapZoom(by) => zoom_map(state, by),
        Action::Close
        | Action::Accept
        | Action::CompleteModel
        | Action::RatingDown
        | Action::RatingUp
        | Action::RemoveRating
        | Action::ExportAs(_) => {}
    }
    Vec::new()
}

fn step_out(state: &mut State) {
    let pane = state.pane();
    if !state.pane_state(pane).filter.is_empty() {
        state.pane_state_mut().filter.clear();
    } else if state.zoomed {
        state.zoomed = false;
    } else {
        state.selection.frozen = None;
    }
}

/// Moves the cursor of the pane with the keyboard; what it leads follows at once.
fn step(state: &mut State, motion: Motion, seen: &dyn Seen) {
    let sideways = matches!(motion, Motion::Left | Motion::Right);
    if state.facts.pans {
        pan(state, motion);
    } else if sideways && state.facts.is_branch && fold(state, Some(motion == Motion::Left), seen) {
    } else if sideways {
        if let Some(beside) = pane_beside(seen.layout(), state.focused, motion == Motion::Right) {
            state.focused = beside;
        }
    } else {
        let (rows, page) = (state.facts.rows, state.facts.page.max(1));
        let pane = state.pane_state_mut();
        pane.cursor = moved(pane.cursor, motion, rows, page);
        follow(state, seen);
    }
}

/// Where a motion takes a cursor among `rows`, of which `page` are seen at once.
pub fn moved(cursor: usize, motion: Motion, rows: usize, page: usize) -> usize {
    let last = rows.saturating_sub(1);
    let half = (page / 2).max(1);
    let to = match motion {
        Motion::Up => cursor.saturating_sub(1),
        Motion::Down => cursor.saturating_add(1),
        Motion::PageUp => cursor.saturating_sub(page),
        Motion::PageDown => cursor.saturating_add(page),
        Motion::HalfUp => cursor.saturating_sub(half),
        Motion::HalfDown => cursor.saturating_add(half),
        Motion::First => 0,
        Motion::Last => last,
        Motion::Left | Motion::Right => cursor,
    };
    to.min(last)
}

fn pan(state: &mut State, motion: Motion) {
    let pane = state.pane_state_mut();
    let by = 0.1 / pane.zoom.max(1e-6);
    match motion {
        Motion::Left => pane.pan.0 -= by,
        Motion::Right => pane.pan.0 += by,
        Motion::Up => pane.pan.1 += by,
        Motion::Down => pane.pan.1 -= by,
        _ => {}
    }
    pane.pan = (pane.pan.0.clamp(-0.5, 0.5), pane.pan.1.clamp(-0.5, 0.5));
}

fn zoom_map(state: &mut State, by: i8) {
    let pane = state.pane_state_mut();
    match by {
        0 => (pane.zoom, pane.pan) = (1.0, (0.0, 0.0)),
        by => pane.zoom = (pane.zoom * 1.5f64.powi(i32::from(by))).clamp(1.0, 50.0),
    }
}

/// The focus or the neighbor follows the cursor of the pane with the keyboard.
pub fn follow(state: &mut State, seen: &dyn Seen) {
    let pane = state.pane();
    let cursor = state.pane_state(pane).cursor;
    if let (Some(what), Some(target)) = (leads(pane), seen.target(pane, cursor)) {
        lead(state, what, target);
    }
}

fn lead(state: &mut State, what: Leads, target: Target) {
    if let Target::Model(key) = target {
        board::show_users(state, key);
    }
    let Some(entity) = target.entity() else { return };
    let selection = &mut state.selection;
    match (what, entity) {
        // A neighbor is of the subject's kind; anything else that its pane lists (what both rated) is a focus.
        (Leads::Neighbor, Entity::User(_)) if matches!(selection.subject, Subject::Person(_)) => {
            selection.neighbor = Some(entity);
        }
        (Leads::Neighbor, Entity::Item(_)) if matches!(selection.subject, Subject::Item(_)) => {
            selection.neighbor = Some(entity);
        }
        (_, Entity::Item(item)) if matches!(selection.subject, Subject::Person(_)) => selection.focus_item = Some(item),
        (_, Entity::User(user)) if matches!(selection.subject, Subject::Item(_)) => selection.focus_user = Some(user),
        _ => {}
    }
}

/// What new answers make of the state: cursors stay among the rows, and what leads nowhere yet leads to the first row.
pub fn settle(state: &mut State, seen: &dyn Seen) {
    board::settle(state);
    let list = PaneId("recommendations");
    for pane in [list, PaneId("profile"), PaneId("neighbors")] {
        // The list leads, as soon as it is there; the profile only where no list comes.
        let waits = pane.0 == "profile" && seen.is_awaited(list);
        if waits || !seen.is_current(pane) {
            continue;
        }
        let rows = seen.rows(pane);
        let remembered = state.panes.entry(pane).or_default();
        remembered.cursor = remembered.cursor.min(rows.saturating_sub(1));
        let cursor = remembered.cursor;
        let selection = &state.selection;
        let missing = match leads(pane) {
            Some(Leads::Focus) => match selection.subject {
                Subject::Person(_) => selection.focus_item.is_none(),
                Subject::Item(_) => selection.focus_user.is_none(),
            },
            Some(Leads::Neighbor) => selection.neighbor.is_none(),
            Some(Leads::Model) | None => false,
        };
        if let (true, Some(what), Some(target)) = (missing, leads(pane), seen.target(pane, cursor)) {
            lead(state, what, target);
        }
    }
}

fn focus_by(state: &mut State, next: bool) {
    let n = state.screen().panes.len();
    let focused = state.focused.min(n - 1);
    state.focused = if next { (focused + 1) % n } else { (focused + n - 1) % n };
}

fn switch_screen(state: &mut State, digit: char) {
    match find_screen(digit) {
        Some(screen) if screen != state.screen => {
            state.screen = screen;
            state.focused = 0;
            state.zoomed = false;
        }
        Some(_) => {}
        None => state.notice = Some(format!("there is no screen {digit}")),
    }
}

fn resize(state: &mut State, how: Resize) {
    let form = Form::of(state.size.0, state.size.1);
    let screen = state.screen();
    let Some((row, column)) = grid_position(screen, form, state.focused) else {
        state.notice = Some("there is one pane on the screen: nothing to resize".to_owned());
        return;
    };
    let (axis, n, by) = match how {
        Resize::Wider => ("column", column, 2),
        Resize::Narrower => ("column", column, -2),
        Resize::Taller => ("row", row, 1),
        Resize::Lower => ("row", row, -1),
    };
    let grown = state.sizes.entry(size_key(screen, form, axis, n)).or_default();
    *grown = (*grown + by).clamp(-200, 200);
}

/// Makes what is under the cursor the subject.
fn open(state: &mut State) {
    if let Some(at) = board::under_cursor(state) {
        return board::open(state, at);
    }
    if let Some(entity) = state.facts.target.and_then(Target::entity) {
        let subject = match entity {
            Entity::User(user) => Subject::Person(Whose::User(user)),
            Entity::Item(item) => Subject::Item(item),
        };
        let before = state.visit();
        go_to(state, subject, before);
    }
}

/// Goes to a subject; `before` is where Back leads.
pub fn go_to(state: &mut State, subject: Subject, before: Visit) {
    if before.subject != subject {
        state.back.push(before);
        state.forward.clear();
    }
    set_subject(state, subject);
}

/// Makes somebody or something the subject, without a trace in the history.
pub fn set_subject(state: &mut State, subject: Subject) {
    if state.selection.subject == subject {
        return;
    }
    state.selection.subject = subject;
    state.selection.focus_item = None;
    state.selection.focus_user = None;
    state.selection.neighbor = None;
    // Other rows: cursors start on top, filters end; how a pane shows its answer stays.
    for (_, pane) in state.panes.iter_mut().filter(|(id, _)| !board::is_of_board(**id)) {
        *pane = PaneState {
            cursor: 0,
            offset: 0,
            filter: String::new(),
            ..std::mem::take(pane)
        };
    }
}

fn travel(state: &mut State, back: bool) {
    let (from, to) = if back {
        (&mut state.back, &mut state.forward)
    } else {
        (&mut state.forward, &mut state.back)
    };
    let Some(visit) = from.pop() else { return };
    to.push(Visit {
        subject: state.selection.subject.clone(),
        focus_item: state.selection.focus_item,
        focus_user: state.selection.focus_user,
    });
    set_subject(state, visit.subject);
    state.selection.focus_item = visit.focus_item;
    state.selection.focus_user = visit.focus_user;
}

fn start_guest(state: &mut State) {
    let subject = Subject::Person(Whose::Guest(std::sync::Arc::default()));
    let before = state.visit();
    go_to(state, subject, before);
    overlays::open_picker(state, Picking::Rate);
}

fn show_arithmetic(state: &mut State, seen: &dyn Seen) {
    let pane = state.pane();
    if let Some(lines) = seen.arithmetic(pane, state.pane_state(pane).cursor) {
        state.overlays.push(Overlay::Page {
            title: "Arithmetic".to_owned(),
            lines,
            scroll: 0,
        });
    }
}

fn freeze(state: &mut State) {
    state.selection.frozen = if state.selection.frozen.is_some() {
        None
    } else {
        state.selection.why()
    };
    let now = if state.selection.frozen.is_some() {
        "Why is held"
    } else {
        "Why follows the cursor"
    };
    state.notice = Some(now.to_owned());
}

fn next_mode(state: &mut State) {
    let modes = state.facts.modes.max(1);
    let pane = state.pane_state_mut();
    pane.mode = (pane.mode + 1) % modes;
    (pane.cursor, pane.offset) = (0, 0);
}

/// Folds the branch under the cursor (`Some(true)`), unfolds it, or turns it over; says whether anything changed.
fn fold(state: &mut State, to: Option<bool>, seen: &dyn Seen) -> bool {
    let pane = state.pane();
    let Some(key) = seen
        .row_key(pane, state.pane_state(pane).cursor)
        .filter(|_| state.facts.is_branch)
    else {
        return false;
    };
    let folded = &mut state.pane_state_mut().folded;
    let is = folded.contains(&key);
    let wanted = to.unwrap_or(!is);
    if wanted {
        folded.insert(key);
    } else {
        folded.remove(&key);
    }
    is != wanted
}

/// Remembers what undo goes back to. Doing something new ends what could be done again.
pub fn remember(state: &mut State, step: EditStep) {
    state.undo.push(step);
    state.redo.clear();
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
