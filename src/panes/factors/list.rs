//! The points of a part of the map, as a list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::FactorsPaneView;
use crate::answers::{MapPoint, MapView};
use crate::panes::controls::{Value, Values};
use crate::panes::theme::Role;
use crate::panes::widgets::{Column, Content, Figures, Plane, draw_table, wrapped_message};
use crate::panes::{Drawn, PaneInput, PaneState};

/// Which part of the map was looked at: shift and magnification, as in [`PaneState`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pan: (f64, f64),
    zoom: f64,
}

/// Under what it is remembered.
const KEPT: &str = "listed";

impl Window {
    /// What the map shows now.
    pub fn of(state: &PaneState) -> Self {
        Self {
            pan: state.pan,
            zoom: state.zoom,
        }
    }

    /// Remembers it among the values of the pane.
    pub fn remember(self, values: &mut Values) {
        let text = format!("{} {} {}", self.pan.0, self.pan.1, self.zoom);
        values.insert(KEPT.to_owned(), Value::Text(text));
    }

    /// What was remembered last.
    pub fn remembered(values: &Values) -> Option<Self> {
        let Some(Value::Text(text)) = values.get(KEPT) else {
            return None;
        };
        let numbers: Vec<f64> = text.split(' ').map_while(|n| n.parse().ok()).collect();
        match numbers[..] {
            [x, y, zoom] => Some(Self { pan: (x, y), zoom }),
            _ => None,
        }
    }

    /// The places of the points inside, the hubs first.
    pub fn points(self, map: &MapView) -> Vec<u32> {
        let all = map.points.iter().map(|point| (point.x, point.y));
        let plane = Plane::around(all, self.pan, self.zoom, Rect::default());
        let inside =
            |point: &MapPoint| (plane.x.0..=plane.x.1).contains(&point.x) && (plane.y.0..=plane.y.1).contains(&point.y);
        let mut found: Vec<u32> = (0..map.points.len() as u32)
            .filter(|at| inside(&map.points[*at as usize]))
            .collect();
        let hubs = |at: &u32| map.points[*at as usize].hubness.unwrap_or(0);
        found.sort_by(|a, b| hubs(b).cmp(&hubs(a)).then(a.cmp(b)));
        found
    }
}

/// The points that are listed: those inside the window, all where none was chosen.
pub(super) fn listed(view: &FactorsPaneView, row: usize) -> Option<&MapPoint> {
    let map = view.map.as_ref()?;
    match &view.listed {
        Some(listed) => map.points.get(*listed.get(row)? as usize),
        None => map.points.get(row),
    }
}

/// How many there are.
pub(super) fn n_listed(view: &FactorsPaneView) -> usize {
    match (&view.map, &view.listed) {
        (None, _) => 0,
        (_, Some(listed)) => listed.len(),
        (Some(map), None) => map.points.len(),
    }
}

/// The list: what each is, how far its place can be believed, of how many others it is a neighbor.
pub(super) fn draw(view: &FactorsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    if n_listed(view) == 0 {
        let why = if view.map.is_some() {
            "nothing is in this part of the map"
        } else {
            "the map is being drawn"
        };
        wrapped_message(buffer, area, why, input.theme);
        return Drawn::default();
    }
    let mut columns = vec![Column::flex("on the map", 8, 1)];
    if area.width >= 40 {
        columns.push(Column::fixed("hub of", 6).right());
    }
    columns.push(Column::fixed("trust", 5).right());
    let two = Figures::with(2);
    let cells = |row: usize| {
        let point = listed(view, row)?;
        let mut cells = vec![Content::text(point.label.clone())];
        if area.width >= 40 {
            let hubs = point.hubness.map_or_else(String::new, |n| n.to_string());
            cells.push(Content::styled(hubs, input.theme.style(Role::Muted)));
        }
        cells.push(Content::text(two.maybe(point.trust)));
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}
