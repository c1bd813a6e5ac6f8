use std::collections::BTreeMap;

use ratatui::layout::Rect;

use super::layout::{Layout, pane_at};
use crate::panes::controls::share_at;
use crate::panes::{Drawn, PaneId};

/// A place on the screen that means something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Spot {
    Nowhere,
    Screen(char),
    /// The name of a pane, where panes are shown one at a time.
    Crumb(usize),
    /// A pane, by its place in the screen's list.
    Pane(usize),
    /// A row of a pane, by its position among the visible ones.
    Row(usize, usize),
    /// The head of a column of a pane.
    Head(usize, usize),
    /// A control of a pane, and the share of its bar that is pointed at.
    Control(usize, usize, f64),
    /// The map of a pane, and the share of it from its upper left.
    Plane(usize, f64, f64),
    /// A row of what lies on top.
    Layer(usize),
    /// A word of the hint line, by the action's id.
    Hint(&'static str),
    /// The model in the line of the selection.
    Formula,
}

/// Where everything stands on the screen, as it was last drawn.
#[derive(Clone, Debug, Default)]
pub struct Places {
    pub size: (u16, u16),
    pub layout: Layout,
    /// The names of the screens: where each begins and ends, and its key.
    pub screens: Vec<(u16, u16, char)>,
    /// The names of the panes, where they are shown one at a time, by their place.
    pub crumbs: Vec<(u16, u16, usize)>,
    pub panes: BTreeMap<PaneId, Drawn>,
    pub layer: Drawn,
    /// The words of the hint line, by the action's id.
    pub hints: Vec<(u16, u16, &'static str)>,
    /// The model in the line of the selection.
    pub formula: (u16, u16),
}

/// Where the middle of a cell is in an area, from its upper left; what lies outside is at its edge.
pub fn share_of(area: Rect, x: u16, y: u16) -> (f64, f64) {
    let share = |at: u16, from: u16, cells: u16| {
        ((f64::from(at) - f64::from(from) + 0.5) / f64::from(cells.max(1))).clamp(0.0, 1.0)
    };
    (share(x, area.x, area.width), share(y, area.y, area.height))
}

fn holds(from: u16, to: u16, x: u16) -> bool {
    (from..to).contains(&x)
}

impl Places {
    /// What a pane drew.
    pub fn drawn(&self, pane: PaneId) -> Drawn {
        self.panes.get(&pane).cloned().unwrap_or_default()
    }

    /// What stands at a cell; any cell may be asked for. `panes` are those of the screen.
    pub fn spot(&self, x: u16, y: u16, panes: &[PaneId]) -> Spot {
        let (layout, at) = (&self.layout, (x, y).into());
        if let Some(row) = self.layer.row_at(x, y) {
            return Spot::Layer(row);
        }
        if layout.header.contains(at) {
            let found = self.screens.iter().find(|(from, to, _)| holds(*from, *to, x));
            return found.map_or(Spot::Nowhere, |(.., digit)| Spot::Screen(*digit));
        }
        if layout.selection.contains(at) && holds(self.formula.0, self.formula.1, x) {
            return Spot::Formula;
        }
        if layout.crumbs.contains(at) {
            let found = self.crumbs.iter().find(|(from, to, _)| holds(*from, *to, x));
            return found.map_or(Spot::Nowhere, |(.., pane)| Spot::Crumb(*pane));
        }
        if layout.hints.contains(at) {
            let found = self.hints.iter().find(|(from, to, _)| holds(*from, *to, x));
            return found.map_or(Spot::Nowhere, |(.., id)| Spot::Hint(id));
        }
        let Some(pane) = pane_at(layout, x, y) else {
            return Spot::Nowhere;
        };
        let Some(drawn) = panes.get(pane).and_then(|id| self.panes.get(id)) else {
            return Spot::Pane(pane);
        };
        let control = drawn.controls.iter().position(|place| place.contains(at));
        if let Some(n) = control {
            return Spot::Control(pane, n, share_at(drawn.controls[n], drawn.bars, x));
        }
        let head = drawn.heads.iter().find(|(place, _)| place.contains(at));
        if let Some((_, column)) = head {
            return Spot::Head(pane, *column);
        }
        if drawn.plane.contains(at) {
            let (across, down) = share_of(drawn.plane, x, y);
            return Spot::Plane(pane, across, down);
        }
        drawn.row_at(x, y).map_or(Spot::Pane(pane), |row| Spot::Row(pane, row))
    }

    /// The area of a pane, by its place in the screen's list.
    pub fn area(&self, pane: usize) -> Option<Rect> {
        self.layout.panes.iter().find(|p| p.pane == pane).map(|p| p.area)
    }
}
