//! What an action makes of the state. What cannot be done to plain data comes back as effects.

use super::action::{Action, Cx, Does, Layer, Then};
use super::keys::{Code, Key};
use super::places::Spot;
use super::scope::{Motion, Verb};
use super::verbs::{control, cursor, going};
use crate::panes::Pointed;
use crate::panes::controls::Kind;
use tui_input::InputRequest;

/// What lies on top of the panes, the topmost last.
pub type Layers = Vec<Box<dyn Layer>>;

/// Does an action, and what it leads to.
pub fn update(cx: &mut Cx<'_>, layers: &mut Layers, action: Action) {
    let mut next = Some(action);
    while let Some(action) = next.take() {
        next = one(cx, layers, action);
    }
}

fn one(cx: &mut Cx<'_>, layers: &mut Layers, action: Action) -> Option<Action> {
    match action {
        Action::Do(spec) => {
            cx.state.shared.notice = None;
            match spec.does {
                Does::App(run) => run(cx),
                Does::Pane(run) => run(&mut cx.state.shared, cx.world),
                Does::Layer(verb) => return on_top(cx, layers, verb),
            }
        }
        Action::Screen(digit) => {
            cx.state.shared.notice = None;
            going::show_screen(cx, digit);
        }
        Action::Pane(pane) => {
            cx.state.shared.notice = None;
            going::show_pane(cx, pane);
        }
        Action::Point { spot, double } => return point(cx, layers, spot, double),
        Action::Wheel { spot, up } => return wheel(cx, layers, spot, up),
        Action::Drag { spot, by } if layers.is_empty() => match spot {
            Spot::Control(_, _, share) => control::slide(cx, share),
            Spot::Plane(_, across, down) if cursor::pointed(cx, (across, down), Pointed::Drag) => {}
            _ if cx.state.shared.facts.pans => cursor::pan(cx, -by.0, by.1),
            _ => {}
        },
        Action::Drag { .. } => {}
        Action::Type(key) => type_key(cx, layers, key),
        Action::Paste(text) => {
            if let Some(top) = layers.last_mut()
                && let Some(input) = top.input()
            {
                for letter in text.chars() {
                    input.handle(InputRequest::InsertChar(letter));
                }
                top.typed(cx);
            }
        }
    }
    None
}

/// Does to the topmost layer what a key means there.
fn on_top(cx: &mut Cx<'_>, layers: &mut Layers, verb: Verb) -> Option<Action> {
    match layers.last_mut()?.act(verb, cx) {
        Then::Stay => None,
        Then::Close => {
            layers.pop();
            None
        }
        Then::Do(action) => {
            layers.pop();
            Some(action)
        }
    }
}

fn point(cx: &mut Cx<'_>, layers: &mut Layers, spot: Spot, double: bool) -> Option<Action> {
    if let Some(top) = layers.last_mut() {
        if let Spot::Layer(row) = spot {
            top.point(row, cx);
            return double.then(|| on_top(cx, layers, Verb::Accept)).flatten();
        }
        return None;
    }
    let named = |cx: &Cx<'_>, id: &str| super::action::find(cx.offers, id);
    match spot {
        Spot::Screen(digit) => return Some(Action::Screen(digit)),
        Spot::Hint(id) => return named(cx, id),
        Spot::Formula => return named(cx, "choose_model"),
        Spot::Crumb(pane) | Spot::Pane(pane) => cx.state.focus(pane, None),
        Spot::Head(pane, view) => {
            cx.state.focus(pane, None);
            cursor::set_view(cx, view);
        }
        Spot::Control(pane, n, share) => {
            cx.state.focus(pane, Some(n));
            refresh(cx);
            if double {
                return named(cx, "type_control");
            }
            // A press on the name reaches the control; one on its bar sets it.
            let is_slider = control::focused(cx).is_some_and(|c| matches!(c.kind, Kind::Slider(_)));
            if is_slider && share >= 0.0 {
                control::slide(cx, share);
            }
        }
        Spot::Row(pane, row) => {
            cx.state.focus(pane, None);
            refresh(cx);
            let found = cursor::point(cx, row);
            if found && double {
                return named(cx, "open_row");
            }
        }
        Spot::Plane(pane, across, down) => {
            cx.state.focus(pane, None);
            refresh(cx);
            // A second press opens what the first one pointed at.
            if double {
                return cx
                    .state
                    .shared
                    .facts
                    .target
                    .is_some()
                    .then(|| named(cx, "open_row"))
                    .flatten();
            }
            cursor::pointed(cx, (across, down), Pointed::Press);
        }
        Spot::Layer(_) | Spot::Nowhere => {}
    }
    None
}

fn wheel(cx: &mut Cx<'_>, layers: &mut Layers, spot: Spot, up: bool) -> Option<Action> {
    let motion = if up { Motion::Up } else { Motion::Down };
    if !layers.is_empty() {
        return on_top(cx, layers, Verb::Move(motion));
    }
    match spot {
        Spot::Control(pane, n, _) => {
            cx.state.focus(pane, Some(n));
            refresh(cx);
            control::step(cx, up, false);
        }
        Spot::Pane(pane) | Spot::Row(pane, _) | Spot::Head(pane, _) | Spot::Plane(pane, ..) => {
            cx.state.focus(pane, None);
            refresh(cx);
            if cx.state.shared.facts.pans {
                cx.state.shared.focused_mut().magnify(if up { 1.5 } else { 1.0 / 1.5 });
            } else {
                for _ in 0..3 {
                    cursor::step(cx, motion);
                }
            }
        }
        _ => {}
    }
    None
}

/// Brings what the pane with the keyboard can do up to date.
pub fn refresh(cx: &mut Cx<'_>) {
    let pane = cx.state.shared.pane;
    let facts = cx
        .slot(pane)
        .map(|s| s.facts(&cx.state.shared, &cx.places.drawn(pane)))
        .unwrap_or_default();
    // A control may be gone: the model has no such parameter.
    cx.state.shared.control = cx.state.shared.control.filter(|n| *n < facts.controls.len());
    cx.state.shared.facts = facts;
}

/// A key that no action has: it may edit the text on top, or mean something to what lies there.
fn type_key(cx: &mut Cx<'_>, layers: &mut Layers, key: Key) {
    let Some(top) = layers.last_mut() else { return };
    let Some(request) = request(key).filter(|_| top.input().is_some()) else {
        top.key(key, cx);
        return;
    };
    top.before_key(key);
    if top
        .input()
        .and_then(|input| input.handle(request))
        .is_some_and(|changed| changed.value)
    {
        top.typed(cx);
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

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
