//! Moving within a pane: what the cursor stands on leads.

use crate::app::action::Cx;
use crate::app::layout::pane_beside;
use crate::app::scope::Motion;
use crate::panes::{self, Leads, PaneId, Pointed};

/// Moves the cursor of the pane with the keyboard; what it leads follows at once.
pub fn step(cx: &mut Cx<'_>, motion: Motion) {
    let sideways = matches!(motion, Motion::Left | Motion::Right);
    let (pans, is_branch) = (cx.state.shared.facts.pans, cx.state.shared.facts.is_branch);
    if pans {
        pan_by(cx, motion);
    } else if sideways && is_branch && fold_to(cx, Some(motion == Motion::Left)) {
    } else if sideways {
        if let Some(beside) = pane_beside(&cx.places.layout, cx.state.focused, motion == Motion::Right) {
            cx.state.focus(beside, None);
        }
    } else {
        let shared = &mut cx.state.shared;
        let (rows, page) = (shared.facts.rows, shared.facts.page);
        let memory = shared.focused_mut();
        memory.cursor = motion.from(memory.cursor, rows, page);
        lead(cx);
    }
}

/// Puts the cursor of the pane with the keyboard on a row; says whether there is such a row.
pub fn point(cx: &mut Cx<'_>, row: usize) -> bool {
    let pane = cx.state.shared.pane;
    let is_there = cx.slot(pane).is_some_and(|s| row < s.rows().0);
    if is_there {
        cx.state.shared.focused_mut().cursor = row;
        lead(cx);
    }
    is_there
}

/// The mouse on the map of the pane with the keyboard; says whether that meant anything.
pub fn pointed(cx: &mut Cx<'_>, at: (f64, f64), how: Pointed) -> bool {
    let shared = &mut cx.state.shared;
    panes::spec(shared.pane).is_some_and(|pane| (pane.pointed)(shared, at, how))
}

/// What the pane with the keyboard leads follows its cursor.
pub fn lead(cx: &mut Cx<'_>) {
    let pane = cx.state.shared.pane;
    let leads = panes::spec(pane).and_then(|s| s.leads);
    if let (Some(leads), Some(target)) = (leads, cx.target(pane)) {
        cx.state.shared.lead(pane, leads, &target);
    }
}

/// What new answers make of the state: what leads nowhere yet leads to the row under its cursor, and the focus stays with the
/// cursor that set it.
pub fn settle(cx: &mut Cx<'_>) {
    let mut leading: Vec<(u8, PaneId, Leads)> = panes::PANES
        .iter()
        .filter_map(|s| match s.leads? {
            leads @ Leads::Focus { rank } => Some((rank, s.id, leads)),
            leads @ Leads::Neighbor => Some((0, s.id, leads)),
            Leads::Other(_) => None,
        })
        .collect();
    leading.sort_by_key(|(rank, ..)| *rank);
    let mut awaited = false;
    for (_, pane, leads) in leading {
        let standing = cx.standing(pane);
        let is_focus = matches!(leads, Leads::Focus { .. });
        // The list leads, as soon as it is there; the profile only where no list comes.
        let waits = is_focus && awaited;
        awaited |= is_focus && standing.is_awaited();
        if waits || !standing.is_current {
            continue;
        }
        let led = is_focus && cx.state.shared.led_by == Some(pane);
        if (led || cx.state.shared.lacks(leads))
            && let Some(target) = cx.target(pane)
        {
            cx.state.shared.lead(pane, leads, &target);
        }
    }
}

/// Whether the pane that leads the focus is about to say something new: who is led waits for it, but not
/// for a fit: that may take long or fail, and what was said of another model must not stand that long.
pub fn is_lead_awaited(cx: &Cx<'_>) -> bool {
    let first = |s: &&panes::PaneSpec| matches!(s.leads, Some(Leads::Focus { rank: 0 }));
    let mut leaders = panes::PANES.iter().filter(first);
    leaders.any(|s| cx.standing(s.id).is_pending)
}

/// Folds or unfolds the branch under the cursor.
pub fn fold(cx: &mut Cx<'_>) {
    fold_to(cx, None);
}

/// Folds the branch under the cursor (`Some(true)`), unfolds it, or turns it over; says whether anything changed.
fn fold_to(cx: &mut Cx<'_>, to: Option<bool>) -> bool {
    let shared = &cx.state.shared;
    let memory = shared.memory(shared.pane);
    let key = cx.slot(shared.pane).and_then(|s| s.row_key(&memory, memory.cursor));
    let Some(key) = key.filter(|_| shared.facts.is_branch) else {
        return false;
    };
    let is = shared.facts.is_folded;
    if to == Some(is) {
        return false;
    }
    cx.state.shared.focused_mut().turn(key);
    true
}

fn pan_by(cx: &mut Cx<'_>, motion: Motion) {
    let (x, y) = match motion {
        Motion::Left => (-0.1, 0.0),
        Motion::Right => (0.1, 0.0),
        Motion::Up => (0.0, 0.1),
        Motion::Down => (0.0, -0.1),
        _ => return,
    };
    pan(cx, x, y);
}

/// Moves a map by shares of what is seen of it.
pub fn pan(cx: &mut Cx<'_>, x: f64, y: f64) {
    let memory = cx.state.shared.focused_mut();
    let zoom = memory.zoom.max(1e-6);
    let to = |at: f64, by: f64| (at + by / zoom).clamp(-0.5, 0.5);
    memory.pan = (to(memory.pan.0, x), to(memory.pan.1, y));
}

/// The next way in which the pane can show its answer: other rows are on top, and the cursor with them.
pub fn next_view(cx: &mut Cx<'_>) {
    let modes = cx.state.shared.facts.modes.max(1);
    let next = (cx.state.shared.focused_mut().mode + 1) % modes;
    set_view(cx, next);
}

/// A certain way in which the pane can show its answer.
pub fn set_view(cx: &mut Cx<'_>, mode: usize) {
    let memory = cx.state.shared.focused_mut();
    (memory.mode, memory.cursor) = (mode, 0);
    lead(cx);
}
