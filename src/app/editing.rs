//! What if: ratings edited, undone, done again.

use std::sync::Arc;

use super::state::{Cell, EditStep, Overlay, State};
use super::update::remember;
use crate::answers::{Entity, Subject, Whose, World};
use crate::data::{Dataset, Scale};

/// The rating of a cell as it counts now.
pub fn rating(state: &State, world: &World, cell: &Cell) -> Option<f64> {
    match &cell.whose {
        Whose::User(user) => match state.selection.edits.get(*user, cell.item) {
            Some(edited) => edited,
            None => world.dataset.rating(*user, cell.item),
        },
        Whose::Guest(ratings) => ratings.iter().find(|(i, _)| *i == cell.item).map(|(_, r)| *r),
    }
}

/// The rating of a cell as it was before the editor was opened.
pub fn rating_before(before: &(Subject, Arc<crate::data::Edits>), world: &World, cell: &Cell) -> Option<f64> {
    match (&cell.whose, &before.0) {
        (Whose::User(user), _) => match before.1.get(*user, cell.item) {
            Some(edited) => edited,
            None => world.dataset.rating(*user, cell.item),
        },
        (Whose::Guest(ratings), _) => ratings.iter().find(|(i, _)| *i == cell.item).map(|(_, r)| *r),
    }
}

/// Opens the rating editor on the rating under the cursor. A rating that is not there starts in the middle of the scale.
pub fn open(state: &mut State, world: &World) {
    let Some(cell) = state.cell() else { return };
    open_on(state, world, cell);
}

/// Opens the rating editor on a rating.
pub fn open_on(state: &mut State, world: &World, cell: Cell) {
    let value = rating(state, world, &cell);
    let item = world.label(Entity::Item(cell.item));
    let label = match &cell.whose {
        Whose::User(user) => format!("user {} · {item}", world.label(Entity::User(*user))),
        Whose::Guest(_) => format!("guest · {item}"),
    };
    state.overlays.push(Overlay::Rating {
        cell,
        label,
        value,
        before: (state.selection.subject.clone(), Arc::clone(&state.selection.edits)),
    });
}

/// The step of a scale: its own, or a twentieth of it where it is continuous.
pub fn step_of(scale: Scale) -> f64 {
    let width = scale.max - scale.min;
    scale
        .step
        .filter(|s| *s > 0.0)
        .unwrap_or(if width > 0.0 { width / 20.0 } else { 1.0 })
}

/// One step up or down from a rating; from none, the upper middle of the scale.
pub fn stepped(value: Option<f64>, up: bool, scale: Scale) -> f64 {
    let step = step_of(scale);
    let places = |v: f64| scale.min + ((v - scale.min) / step).round() * step;
    let to = match value {
        None => places(f64::midpoint(scale.min, scale.max) + step / 2.0),
        Some(value) if up => value + step,
        Some(value) => value - step,
    };
    // Away with what adding tenths leaves behind.
    ((to * 1e9).round() / 1e9).clamp(scale.min, scale.max.max(scale.min))
}

/// The rating that a digit means, where it is on the scale; 0 means 10 where the scale goes that far.
pub fn of_digit(digit: char, scale: Scale) -> Option<f64> {
    let value = f64::from(digit.to_digit(10)?);
    let value = if value == 0.0 && scale.min > 0.0 { 10.0 } else { value };
    (scale.min..=scale.max).contains(&value).then_some(value)
}

/// Sets a rating at once: every pane answers with it.
pub fn set(state: &mut State, dataset: &Dataset, cell: &Cell, value: Option<f64>) {
    match &cell.whose {
        Whose::User(user) => {
            let mut edits = (*state.selection.edits).clone();
            edits.set(dataset, *user, cell.item, value);
            state.selection.edits = Arc::new(edits);
        }
        Whose::Guest(_) => {
            // The guest on the screen, not the one of the cell, whose ratings are those before the editor was opened.
            if let Subject::Person(Whose::Guest(ratings)) = &state.selection.subject {
                let mut ratings: Vec<_> = ratings.iter().copied().filter(|(i, _)| *i != cell.item).collect();
                ratings.extend(value.map(|v| (cell.item, v)));
                state.selection.subject = Subject::Person(Whose::Guest(Arc::new(ratings)));
            }
        }
    }
}

/// Keeps what the editor did, as one step for undo.
pub fn keep(state: &mut State, before: (Subject, Arc<crate::data::Edits>)) {
    if state.selection.edits != before.1 {
        remember(state, EditStep::Edits(before.1));
    } else if state.selection.subject != before.0 {
        remember(state, EditStep::Guest(before.0));
    }
}

/// Takes the last edit back, or does it again.
pub fn travel(state: &mut State, undo: bool) {
    let (from, to) = if undo {
        (&mut state.undo, &mut state.redo)
    } else {
        (&mut state.redo, &mut state.undo)
    };
    let Some(step) = from.pop() else { return };
    match step {
        EditStep::Edits(edits) => {
            to.push(EditStep::Edits(std::mem::replace(&mut state.selection.edits, edits)));
        }
        EditStep::Guest(subject) => {
            to.push(EditStep::Guest(std::mem::replace(
                &mut state.selection.subject,
                subject,
            )));
        }
    }
    let (what, n) = (if undo { "taken back" } else { "done again" }, state.undo.len());
    state.notice = Some(format!("{what}; {n} more to take back"));
}

/// Back to the ratings as stored.
pub fn reset(state: &mut State) {
    let edits = std::mem::take(&mut state.selection.edits);
    if edits.is_empty() {
        return;
    }
    state.notice = Some(format!("{} edits taken back", edits.len()));
    remember(state, EditStep::Edits(edits));
}
