//! Going somewhere: to a subject, a pane, a screen.

use std::sync::Arc;

use crate::answers::{Entity, Subject, Whose};
use crate::app::action::Cx;
use crate::app::layout::{Form, grid_position, size_key};
use crate::data::ItemIx;
use crate::panes::{PaneId, Target};
use crate::screens::{SCREENS, find_screen};

/// Makes the row under the cursor the subject, or the model.
pub fn open_row(cx: &mut Cx<'_>) {
    let Some(target) = cx.target(cx.state.shared.pane) else {
        return;
    };
    let shared = &mut cx.state.shared;
    if let Target::Model(model) = &target {
        let found = shared.selection.compared.iter().find(|m| m.to_string() == *model);
        let read = || cx.world.catalog().parse(model).ok().map(Arc::new);
        if let Some(formula) = found.map(Arc::clone).or_else(read) {
            shared.set_formula(formula);
            shared.notice = Some(format!("All panes now use {model}; press 1 for its list."));
        }
    }
    if let Some(entity) = target.entity() {
        let subject = match entity {
            Entity::User(user) => Subject::Person(Whose::User(user)),
            Entity::Item(item) => Subject::Item(item),
        };
        let before = shared.visit();
        shared.go_to(subject, before);
    }
}

/// The most ratings of a guest who is made from rows.
const MOST_RATINGS: usize = 500;

/// A guest who likes what the rows of the pane are about becomes the subject: each is rated with the top of the scale.
pub fn become_guest_of_rows(cx: &mut Cx<'_>) {
    let pane = cx.state.shared.pane;
    let memory = cx.state.shared.memory(pane);
    let (rows, top) = (
        cx.slot(pane).map_or(0, |slot| slot.rows().0),
        cx.world.dataset.scale().max,
    );
    let items = (0..rows).filter_map(|row| {
        let target = cx.slot(pane)?.target(&memory, row)?;
        target.entity()?.item()
    });
    let ratings: Vec<(ItemIx, f64)> = items.take(MOST_RATINGS).map(|item| (item, top)).collect();
    if ratings.is_empty() {
        return cx.say("No row is an item that a guest could like.");
    }
    cx.say(match ratings.len() {
        MOST_RATINGS => format!("A guest who likes the first {MOST_RATINGS} of them; backspace goes back."),
        n => format!("A guest who likes {n} of them; backspace goes back."),
    });
    let before = cx.state.shared.visit();
    let guest = Subject::Person(Whose::Guest(Arc::new(ratings)));
    cx.state.shared.go_to(guest, before);
}

/// To the subject before this one, or after it.
pub fn travel(cx: &mut Cx<'_>, back: bool) {
    cx.state.shared.travel(back);
}

/// The keyboard goes to the next control or pane, or to the one before.
pub fn focus_by(cx: &mut Cx<'_>, next: bool) {
    let (panes, at) = (cx.state.screen().panes, cx.state.focused);
    let controls = |cx: &Cx<'_>, pane: usize| {
        let slot = cx.slot(panes[pane]);
        slot.map_or(0, |s| {
            s.facts(&cx.state.shared, &cx.places.drawn(s.id())).controls.len()
        })
    };
    let (own, control) = (controls(cx, at), cx.state.shared.control);
    match (next, control) {
        (true, None) if own > 0 => cx.state.focus(at, Some(0)),
        (true, Some(n)) if n + 1 < own => cx.state.focus(at, Some(n + 1)),
        (true, _) => cx.state.focus((at + 1) % panes.len(), None),
        (false, Some(0)) => cx.state.focus(at, None),
        (false, Some(n)) => cx.state.focus(at, Some(n - 1)),
        (false, None) => {
            let before = (at + panes.len() - 1) % panes.len();
            let last = controls(cx, before).checked_sub(1);
            cx.state.focus(before, last);
        }
    }
}

/// To the screen with this key.
pub fn show_screen(cx: &mut Cx<'_>, digit: char) {
    match find_screen(digit) {
        Some(screen) if screen != cx.state.screen => cx.state.show(screen),
        Some(_) => {}
        None => cx.say(format!("There is no screen {digit} yet.")),
    }
}

/// Gives the keyboard to a pane: on this screen if it has it, else on the first one that does.
pub fn show_pane(cx: &mut Cx<'_>, pane: PaneId) {
    let here = cx.state.screen;
    let screens = std::iter::once(here).chain(0..SCREENS.len());
    let place = |screen: usize| SCREENS[screen].panes.iter().position(|p| *p == pane);
    let Some((screen, at)) = screens.into_iter().find_map(|screen| Some((screen, place(screen)?))) else {
        return;
    };
    if screen != here {
        cx.state.show(screen);
    }
    cx.state.focus(at, None);
}

/// The pane takes the whole screen, or gives it back.
pub fn zoom(cx: &mut Cx<'_>) {
    cx.state.zoomed = !cx.state.zoomed;
}

/// Gives cells to the pane with the keyboard, or takes some from it: columns across, lines down.
pub fn resize(cx: &mut Cx<'_>, across: i16, down: i16) {
    let form = Form::of(cx.places.size.0, cx.places.size.1);
    let screen = cx.state.screen();
    let Some((row, column)) = grid_position(screen, form, cx.state.focused).filter(|_| !cx.state.zoomed) else {
        return cx.say("There is one pane on the screen: nothing to resize.");
    };
    let (axis, n, by) = if across == 0 {
        ("row", row, down)
    } else {
        ("column", column, across)
    };
    let grown = cx.state.sizes.entry(size_key(screen, form, axis, n)).or_default();
    *grown = (*grown + by).clamp(-200, 200);
}

/// One step out: the control, the filter, the zoom, the hold on Why.
pub fn step_out(cx: &mut Cx<'_>) {
    let state = &mut *cx.state;
    if state.shared.control.take().is_some() {
    } else if !state.shared.focused_mut().filter.is_empty() {
        state.shared.focused_mut().filter.clear();
    } else if state.zoomed {
        state.zoomed = false;
    } else {
        state.shared.selection.frozen = None;
    }
}

/// Holds Why on what it shows, or lets it follow the cursor again.
pub fn freeze(cx: &mut Cx<'_>) {
    let selection = &mut cx.state.shared.selection;
    selection.frozen = match selection.frozen {
        Some(_) => None,
        None => selection.why(),
    };
    let now = if selection.frozen.is_some() {
        "Why stays on this item; f lets it follow the cursor again."
    } else {
        "Why follows the cursor."
    };
    cx.say(now);
}
