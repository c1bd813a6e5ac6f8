//! The mouse does what one expects: a press goes where it points, a second one opens, the wheel scrolls what is below it.
//! Positions are checked against the last layout: a report may name any cell.

use std::time::{Duration, Instant};

use super::actions::{Action, Motion};
use super::draw;
use super::events::Mouse;
use super::explorer::{Explorer, Request};
use super::layout::pane_at;
use super::state::Overlay;

/// Two presses within this time on the same cell open.
const DOUBLE: Duration = Duration::from_millis(400);

/// What was pressed last.
#[derive(Debug, Default)]
pub struct Memory {
    pressed: Option<(u16, u16, Instant)>,
    dragged: Option<(u16, u16)>,
}

/// What the mouse does at a cell.
pub fn handle(explorer: &mut Explorer, what: Mouse, x: u16, y: u16) -> Vec<Request> {
    if !explorer.state.overlays.is_empty() {
        return on_top(explorer, what, x, y);
    }
    match what {
        Mouse::Press => press(explorer, x, y),
        Mouse::WheelUp | Mouse::WheelDown => wheel(explorer, what == Mouse::WheelUp, x, y),
        Mouse::Drag => {
            drag(explorer, x, y);
            Vec::new()
        }
        Mouse::Release => {
            explorer.mouse.dragged = None;
            Vec::new()
        }
    }
}

fn on_top(explorer: &mut Explorer, what: Mouse, x: u16, y: u16) -> Vec<Request> {
    match what {
        Mouse::WheelUp => explorer.act(Action::Move(Motion::Up)),
        Mouse::WheelDown => explorer.act(Action::Move(Motion::Down)),
        Mouse::Press => {
            let Some(row) = explorer.panes.overlay.row_at(x, y) else {
                return Vec::new();
            };
            let double = is_double(explorer, x, y);
            match explorer.state.overlays.last_mut() {
                Some(Overlay::Picker { cursor, .. } | Overlay::Palette { cursor, .. }) => *cursor = row,
                Some(Overlay::Models { cursor, chosen, .. }) => (*cursor, *chosen) = (row, true),
                _ => return Vec::new(),
            }
            // A step to where it is shows what that is like.
            if double {
                explorer.act(Action::Accept)
            } else {
                explorer.act(Action::Move(Motion::Left))
            }
        }
        Mouse::Drag | Mouse::Release => Vec::new(),
    }
}

fn is_double(explorer: &mut Explorer, x: u16, y: u16) -> bool {
    let now = Instant::now();
    let double = explorer
        .mouse
        .pressed
        .is_some_and(|(px, py, at)| (px, py) == (x, y) && now - at <= DOUBLE);
    explorer.mouse.pressed = (!double).then_some((x, y, now));
    double
}

fn press(explorer: &mut Explorer, x: u16, y: u16) -> Vec<Request> {
    let double = is_double(explorer, x, y);
    explorer.mouse.dragged = Some((x, y));
    let layout = &explorer.panes.layout;
    if layout.header.contains((x, y).into()) {
        let digit = draw::screen_at(layout.header, x);
        return digit.map_or_else(Vec::new, |d| explorer.act(Action::Screen(d)));
    }
    if layout.crumbs.contains((x, y).into()) {
        if let Some(pane) = draw::crumb_at(explorer, x) {
            explorer.state.focused = pane;
        }
        return Vec::new();
    }
    let Some(pane) = pane_at(layout, x, y) else {
        return Vec::new();
    };
    explorer.state.focused = pane;
    explorer.refresh();
    let row = explorer.focused_slot().and_then(|s| s.drawn().row_at(x, y));
    let Some(row) = row.filter(|r| *r < explorer.state.facts.rows) else {
        return Vec::new();
    };
    explorer.state.pane_state_mut().cursor = row;
    explorer.refresh();
    explorer.lead();
    if double { explorer.act(Action::Open) } else { Vec::new() }
}

fn wheel(explorer: &mut Explorer, up: bool, x: u16, y: u16) -> Vec<Request> {
    if let Some(pane) = pane_at(&explorer.panes.layout, x, y) {
        explorer.state.focused = pane;
        explorer.refresh();
        if explorer.state.facts.pans {
            return explorer.act(Action::MapZoom(if up { 1 } else { -1 }));
        }
        for _ in 0..3 {
            explorer.act(Action::Move(if up { Motion::Up } else { Motion::Down }));
        }
    }
    Vec::new()
}

/// Drags what a map shows along.
fn drag(explorer: &mut Explorer, x: u16, y: u16) {
    let Some((from_x, from_y)) = explorer.mouse.dragged.replace((x, y)) else {
        return;
    };
    let place = explorer
        .panes
        .layout
        .panes
        .iter()
        .find(|p| p.pane == explorer.state.focused);
    let (Some(place), true) = (place, explorer.state.facts.pans) else {
        return;
    };
    let (width, height) = (f64::from(place.area.width.max(1)), f64::from(place.area.height.max(1)));
    let pane = explorer.state.pane_state_mut();
    pane.pan.0 -= (f64::from(x) - f64::from(from_x)) / width / pane.zoom;
    pane.pan.1 += (f64::from(y) - f64::from(from_y)) / height / pane.zoom;
    pane.pan = (pane.pan.0.clamp(-0.5, 0.5), pane.pan.1.clamp(-0.5, 0.5));
}
