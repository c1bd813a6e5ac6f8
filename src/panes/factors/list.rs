//! The points of a part of the map, as a list.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::FactorsPaneView;
use super::tools::Order;
use crate::answers::MapPoint;
use crate::panes::theme::Role;
use crate::panes::widgets::{Column, Content, Figures, Pen, draw_table, thousands, wrapped_message};
use crate::panes::{Drawn, PaneInput};

/// The points that are listed: those in the part that was chosen, all where none was.
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
    let mut pen = Pen::new(buffer, area, input.theme);
    if pen.lines_left() >= 6 {
        let order = Order::remembered(&input.state.values);
        let said = format!("{} points, {}", thousands(n_listed(view) as u64), order.name());
        pen.text(&said, input.theme.style(Role::Muted));
    }
    let area = pen.left();
    // Along a ruler the place on it is what counts.
    let ruled = view.map.as_ref().is_some_and(|map| !map.ends.is_empty());
    let mut columns = vec![Column::flex("on the map", 8, 1)];
    if ruled {
        columns.push(Column::fixed("along", 6).right());
    }
    if area.width >= 40 {
        columns.push(Column::fixed("hub of", 6).right());
    }
    columns.push(Column::fixed("trust", 5).right());
    let two = Figures::with(2);
    let cells = |row: usize| {
        let point = listed(view, row)?;
        let mut cells = vec![Content::text(input.theme.plain(&point.label).into_owned())];
        if ruled {
            cells.push(Content::text(two.text(point.x)));
        }
        if area.width >= 40 {
            let hubs = point.hubness.map_or_else(String::new, |n| n.to_string());
            cells.push(Content::styled(hubs, input.theme.style(Role::Muted)));
        }
        cells.push(Content::text(two.maybe(point.trust)));
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}
