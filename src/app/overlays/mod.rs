//! What lies on top of the panes: how it is opened, what its keys do, how it is drawn.

mod draw;
mod lists;
mod pages;

use tui_input::{Input, InputRequest};

pub use draw::{Scene, draw};
pub use lists::choices;

use super::actions::{Action, Motion};
use super::editing;
use super::keys::{Code, Key};
use super::state::{Cell, Overlay, Picking, State};
use super::update::{Effect, Seen, go_to, moved, set_subject, update as update_panes};
use crate::answers::{Entity, Subject, Whose, World};
use crate::models::Formula;
use crate::panes::Selection;

/// How far a page of a list goes.
const PAGE: usize = 10;

/// Opens a picker.
pub fn open_picker(state: &mut State, picking: Picking) {
    state.overlays.push(Overlay::Picker {
        picking,
        input: Input::default(),
        cursor: 0,
        before: state.selection.clone(),
    });
}

/// Opens the filter of the pane with the keyboard.
pub fn open_filter(state: &mut State) {
    let pane = state.pane();
    let input = Input::new(state.pane_state(pane).filter);
    state.overlays.push(Overlay::Filter { pane, input });
}

/// Opens the command palette.
pub fn open_palette(state: &mut State) {
    let input = Input::default();
    state.overlays.push(Overlay::Palette { input, cursor: 0 });
}

/// Opens the model menu on the present formula.
pub fn open_models(state: &mut State) {
    state.overlays.push(Overlay::Models {
        input: Input::new(state.selection.formula.clone()),
        cursor: 0,
        chosen: false,
    });
}

/// Does an action of what lies on top; `None` where nothing does, or the action is not its.
pub fn update(state: &mut State, action: Action, world: &World, seen: &dyn Seen) -> Option<Vec<Effect>> {
    let top = state.overlays.pop()?;
    match action {
        Action::Close => {
            close(state, top);
            Some(Vec::new())
        }
        Action::Accept => Some(accept(state, top, world, seen)),
        Action::Move(motion) => {
            let top = step(state, top, motion, world, seen);
            state.overlays.push(top);
            Some(Vec::new())
        }
        Action::CompleteModel => {
            let top = complete(top);
            state.overlays.push(top);
            Some(Vec::new())
        }
        Action::RatingDown | Action::RatingUp => {
            rate(state, top, world, |value, scale| {
                Some(editing::stepped(value, action == Action::RatingUp, scale))
            });
            Some(Vec::new())
        }
        Action::RemoveRating => {
            rate(state, top, world, |_, _| None);
            Some(Vec::new())
        }
        // The dialog is gone by the time the picture of the screen is taken.
        Action::ExportAs(format) => Some(vec![Effect::Export(format)]),
        _ => {
            state.overlays.push(top);
            None
        }
    }
}

/// A key that no action of the overlay has: it may edit the text, or mean a rating. Says whether it was used.
pub fn type_key(state: &mut State, key: Key, world: &World) -> bool {
    if let (Some(Overlay::Rating { .. }), Some(letter)) = (state.overlays.last(), key.typed()) {
        let Some(value) = editing::of_digit(letter, world.dataset.scale()) else {
            return false;
        };
        if let Some(top) = state.overlays.pop() {
            rate(state, top, world, |_, _| Some(value));
        }
        return true;
    }
    let Some(request) = request(key) else { return false };
    let Some(input) = state.overlays.last_mut().and_then(Overlay::input) else {
        return false;
    };
    if input.handle(request).is_some_and(|changed| changed.value) {
        text_changed(state);
    }
    true
}

/// A pasted line goes into the text field on top, where there is one.
pub fn paste(state: &mut State, text: &str) {
    if let Some(input) = state.overlays.last_mut().and_then(Overlay::input) {
        for letter in text.chars() {
            input.handle(InputRequest::InsertChar(letter));
        }
        text_changed(state);
    }
}

/// What a key does to a line of text.
fn request(key: Key) -> Option<InputRequest> {
    if let Some(letter) = key.typed() {
        return Some(InputRequest::InsertChar(letter));
    }
    match (key.code, key.ctrl, key.alt) {
        (Code::Left, false, false) | (Code::Char('b'), true, _) => Some(InputRequest::GoToPrevChar),
        (Code::Right, false, false) | (Code::Char('f'), true, _) => Some(InputRequest::GoToNextChar),
        (Code::Left, ..) | (Code::Char('b'), _, true) => Some(InputRequest::GoToPrevWord),
        (Code::Right, ..) | (Code::Char('f'), _, true) => Some(InputRequest::GoToNextWord),
        (Code::Home, ..) | (Code::Char('a'), true, _) => Some(InputRequest::GoToStart),
        (Code::End, ..) | (Code::Char('e'), true, _) => Some(InputRequest::GoToEnd),
        (Code::Backspace, false, false) | (Code::Char('h'), true, _) => Some(InputRequest::DeletePrevChar),
        (Code::Backspace, ..) | (Code::Char('w'), true, _) => Some(InputRequest::DeletePrevWord),
        (Code::Delete, ..) => Some(InputRequest::DeleteNextChar),
        (Code::Char('u'), true, _) => Some(InputRequest::DeleteFromStart),
        (Code::Char('k'), true, _) => Some(InputRequest::DeleteTillEnd),
        _ => None,
    }
}

fn text_changed(state: &mut State) {
    let mut filter = None;
    match state.overlays.last_mut() {
        Some(Overlay::Picker { cursor, .. } | Overlay::Palette { cursor, .. }) => *cursor = 0,
        Some(Overlay::Models { cursor, chosen, .. }) => (*cursor, *chosen) = (0, false),
        Some(Overlay::Filter { pane, input }) => filter = Some((*pane, input.value().to_owned())),
        _ => {}
    }
    if let Some((pane, text)) = filter {
        state.panes.entry(pane).or_default().filter = text;
    }
}

/// Leaves everything as it was.
fn close(state: &mut State, top: Overlay) {
    match top {
        Overlay::Picker { before, .. } => state.selection = before,
        Overlay::Filter { pane, .. } => state.panes.entry(pane).or_default().filter.clear(),
        Overlay::Rating { before, .. } => (state.selection.subject, state.selection.edits) = before,
        _ => {}
    }
}

fn step(state: &mut State, mut top: Overlay, motion: Motion, world: &World, seen: &dyn Seen) -> Overlay {
    match &mut top {
        Overlay::Picker {
            cursor,
            picking,
            before,
            ..
        } => {
            *cursor = moved(*cursor, motion, seen.picks().len(), PAGE);
            preview(state, *picking, before, seen.picks().get(*cursor).map(|p| p.entity));
        }
        Overlay::Palette { input, cursor } => {
            *cursor = moved(*cursor, motion, choices(state, input.value()).len(), PAGE);
        }
        Overlay::Models { input, cursor, chosen } => {
            // The first step goes onto the first row.
            let rows = lists::models(input.value()).len();
            *cursor = if *chosen { moved(*cursor, motion, rows, PAGE) } else { 0 };
            *chosen = rows > 0;
        }
        Overlay::Filter { .. } => {
            update_panes(state, Action::Move(motion), world, seen);
        }
        Overlay::Help { scroll } | Overlay::Page { scroll, .. } => {
            *scroll = moved(*scroll, motion, usize::MAX, PAGE);
        }
        Overlay::Rating { .. } | Overlay::Export => {}
    }
    top
}

/// Shows what it would be like to take the row, on every pane.
pub fn preview(state: &mut State, picking: Picking, before: &Selection, entity: Option<Entity>) {
    match (picking, entity) {
        (Picking::User, Some(Entity::User(user))) => set_subject(state, Subject::Person(Whose::User(user))),
        (Picking::Item, Some(Entity::Item(item))) => set_subject(state, Subject::Item(item)),
        (Picking::WhyNot, Some(Entity::Item(item))) => state.selection.focus_item = Some(item),
        (Picking::Rate, _) => {}
        _ => state.selection = before.clone(),
    }
}

/// Takes what is under the cursor.
fn accept(state: &mut State, top: Overlay, world: &World, seen: &dyn Seen) -> Vec<Effect> {
    match top {
        Overlay::Picker {
            picking,
            cursor,
            before,
            ..
        } => {
            let entity = seen.picks().get(cursor).map(|p| p.entity);
            pick(state, picking, before, entity, world);
        }
        Overlay::Palette { input, cursor } => {
            if let Some(choice) = choices(state, input.value()).into_iter().nth(cursor) {
                return update_panes(state, choice.action, world, seen);
            }
        }
        Overlay::Models { input, cursor, chosen } => {
            let row = lists::models(input.value()).get(cursor).map(|m| m.name.to_owned());
            let text = row.filter(|_| chosen).unwrap_or_else(|| input.value().to_owned());
            match Formula::parse(&text) {
                Ok(formula) => state.selection.formula = formula.to_string(),
                // The line stays open, with what is wrong below it.
                Err(_) => state.overlays.push(Overlay::Models { input, cursor, chosen }),
            }
        }
        Overlay::Rating { before, .. } => editing::keep(state, before),
        Overlay::Filter { .. } | Overlay::Help { .. } | Overlay::Page { .. } | Overlay::Export => {}
    }
    Vec::new()
}

fn pick(state: &mut State, picking: Picking, before: Selection, entity: Option<Entity>, world: &World) {
    let visit = super::state::Visit {
        subject: before.subject.clone(),
        focus_item: before.focus_item,
        focus_user: before.focus_user,
    };
    match (picking, entity) {
        (Picking::User, Some(Entity::User(user))) => go_to(state, Subject::Person(Whose::User(user)), visit),
        (Picking::Item, Some(Entity::Item(item))) => go_to(state, Subject::Item(item), visit),
        (Picking::WhyNot, Some(Entity::Item(item))) => {
            state.selection.focus_item = Some(item);
            state.selection.frozen = state.selection.why();
            state.notice = Some("Why is held on it; f lets go".to_owned());
        }
        (Picking::Rate, Some(Entity::Item(item))) => {
            if let Subject::Person(whose) = state.selection.subject.clone() {
                editing::open_on(state, world, Cell { whose, item });
            }
        }
        _ => state.selection = before,
    }
}

/// Writes the model under the cursor in place of the word that the formula line ends with.
fn complete(mut top: Overlay) -> Overlay {
    if let Overlay::Models { input, cursor, chosen } = &mut top
        && let Some(model) = lists::models(input.value()).get(*cursor)
    {
        let kept = input.value().len() - lists::last_word(input.value()).len();
        let text = format!("{}{}", &input.value()[..kept], model.name);
        *input = Input::new(text);
        *chosen = false;
    }
    top
}

fn rate(
    state: &mut State,
    mut top: Overlay,
    world: &World,
    change: impl Fn(Option<f64>, crate::data::Scale) -> Option<f64>,
) {
    if let Overlay::Rating { cell, value, .. } = &mut top {
        *value = change(*value, world.dataset.scale());
        editing::set(state, &world.dataset, cell, *value);
    }
    state.overlays.push(top);
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
