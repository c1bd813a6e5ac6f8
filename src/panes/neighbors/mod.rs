//! Neighbors: who is near the subject, how much they have in common, and what they say of the focus item; a key turns to
//! the neighbor under the cursor, side by side with the subject, and the arithmetic of their similarity.

mod pair;
mod question;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Role;
use super::widgets::{
    Column, Content, Extent, Figures, NONE, bar_cell, draw_table, entity_key, quantity, thousands, width,
    wrapped_message,
};
use super::{Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{Entity, NeighborRow, NeighborsView, PairView, arithmetic};
use crate::data::FeedbackKind;

/// Who or what is near the subject.
#[derive(Default)]
pub struct Neighbors;

/// What it shows: the table, and the neighbor in focus.
#[derive(Clone, Debug, PartialEq)]
pub struct NeighborsPaneView {
    pub table: Arc<NeighborsView>,
    /// The subject and the neighbor in focus side by side; none where there is none yet.
    pub pair: Option<Arc<PairView>>,
}

/// How many rows columns are fitted to.
const FITTED: usize = 200;

fn shows_pair(state: &PaneState) -> bool {
    state.mode % 2 == 1
}

impl Pane for Neighbors {
    const ID: PaneId = PaneId("neighbors");
    const LEADS: Option<Leads> = Some(Leads::Neighbor);

    fn title(&self, view: Option<&NeighborsPaneView>, _selection: &Selection) -> String {
        let Some(NeighborsPaneView { table, .. }) = view else {
            return "Neighbors".to_owned();
        };
        let (shown, all) = (table.neighbors.len(), table.defined);
        let of = if shown < all {
            format!("{} of {}", thousands(shown as u64), thousands(all as u64))
        } else {
            shown.to_string()
        };
        // The count first: a narrow title is cut at its end.
        format!("Neighbors · {of} · {}", table.similarity)
    }

    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &NeighborsPaneView, state: &PaneState) -> usize {
        if shows_pair(state) {
            return view.pair.as_ref().map_or(0, |p| p.common.len());
        }
        view.table.neighbors.len()
    }

    fn row_text(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> String {
        let text = if shows_pair(state) {
            view.pair.as_ref().and_then(|p| p.common.get(row)).map(|c| c.0.label)
        } else {
            view.table.neighbors.get(row).map(|n| n.label.clone())
        };
        text.unwrap_or_default()
    }

    fn target(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> Option<Target> {
        if shows_pair(state) {
            return view.pair.as_ref()?.common.entity(row).map(Target::Entity);
        }
        view.table.neighbors.get(row).map(|n| Target::Entity(n.entity))
    }

    fn row_key(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> u64 {
        self.target(view, state, row)
            .and_then(|t| t.entity())
            .map_or(row as u64, entity_key)
    }

    fn draw(&self, view: &NeighborsPaneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        match &view.pair {
            Some(pair) if shows_pair(input.state) => pair::draw(pair, input, area, buffer),
            None if shows_pair(input.state) => wrapped_message(buffer, area, "no neighbor is in focus", theme),
            _ if view.table.neighbors.is_empty() => {
                wrapped_message(buffer, area, "nobody has anything in common", theme)
            }
            _ => table(&view.table, input, area, buffer),
        }
    }

    fn work(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let pair = paired(view, state, row)?;
        let row = shows_pair(state).then_some(row);
        Some(arithmetic::of_pair(pair, row))
    }

    fn has_arithmetic(&self, view: &NeighborsPaneView, state: &PaneState, row: usize) -> bool {
        paired(view, state, row).is_some()
    }

    fn export(&self, view: &NeighborsPaneView) -> Export {
        let mut table = Export::of_columns("id label similarity support ratings mean focus_rating".split(' '));
        table.rows.extend(view.table.neighbors.iter().map(|n| {
            cells![
                n.id.clone(),
                n.label.clone(),
                n.similarity,
                n.support,
                n.ratings,
                n.mean,
                n.focus_rating
            ]
        }));
        table
    }
}

/// The pair that the row is about, where that is at hand.
fn paired<'a>(view: &'a NeighborsPaneView, state: &PaneState, row: usize) -> Option<&'a PairView> {
    let pair = view.pair.as_deref()?;
    let neighbor = || view.table.neighbors.get(row);
    (shows_pair(state) || neighbor().is_some_and(|n| n.entity == pair.b.entity)).then_some(pair)
}

fn table(view: &NeighborsView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let fitted = || view.neighbors.iter().take(FITTED);
    let items = view
        .neighbors
        .first()
        .is_some_and(|n| matches!(n.entity, Entity::Item(_)));
    let figures = Figures::of(fitted().map(|n| n.similarity));
    let reach = Extent::of(fitted().map(|n| n.similarity));
    let similarity = figures.width(fitted().map(|n| n.similarity));
    let short_header = area.width < 56;
    let focused = fitted().any(|n| n.focus_rating.is_some());
    let kind = view.words.kind;
    let given = || fitted().filter_map(|n| n.focus_rating);
    let ratings = Figures::of_values(kind, given());
    let (least, most) = if items { (14, 60) } else { (6, 24) };
    let header = |long: &'static str, brief: &'static str| if short_header { brief } else { long };
    let focus_header = match (items, short_header) {
        _ if kind == FeedbackKind::Counts => view.words.unit.many,
        _ if kind == FeedbackKind::Events => view.words.did,
        (_, true) => "gave",
        (true, false) => view.words.did,
        (false, false) => "gave it",
    };
    let focus = ratings.width(given()).max(width(focus_header) as u16);
    let rows = view.words.row.many;
    // All events are alike.
    let averaged = kind != FeedbackKind::Events;
    let mean = fitted()
        .filter_map(|n| n.mean)
        .map(|m| width(&mean_text(kind, m)) as u16)
        .max()
        .unwrap_or(0)
        .max(5);
    let columns = vec![
        Column::flex(if items { "item" } else { "user" }, least, 3).at_most(most),
        Column::fixed(
            header("similarity", "sim"),
            similarity.max(header("similarity", "sim").len() as u16),
        )
        .right(),
        Column::flex("", 8, 2).at_most(40).optional(4),
        Column::fixed(
            header("in common", "common"),
            header("in common", "common").len() as u16,
        )
        .right()
        .optional(1),
        Column::fixed(rows, 7).right().optional(5),
        Column::fixed("mean", if averaged { mean } else { 0 })
            .right()
            .optional(3),
        Column::fixed(focus_header, if focused { focus } else { 0 })
            .right()
            .optional(2),
    ];
    let cells = |row: usize| {
        let n = view.neighbors.get(row)?;
        Some(row_cells(n, kind, input, figures, ratings, reach, focused))
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// A mean of values.
fn mean_text(kind: FeedbackKind, mean: f64) -> String {
    match kind {
        FeedbackKind::Counts => quantity(mean),
        _ => Figures::with(2).text(mean),
    }
}

fn row_cells<'a>(
    row: &'a NeighborRow,
    kind: FeedbackKind,
    input: &PaneInput<'a>,
    figures: Figures,
    ratings: Figures,
    reach: Extent,
    focused: bool,
) -> Vec<Content<'a>> {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let focus = match row.focus_rating {
        _ if !focused => Content::Empty,
        Some(_) if kind == FeedbackKind::Events => Content::styled("yes", theme.style(Role::Strong)),
        Some(rating) => Content::styled(ratings.text(rating), theme.style(Role::Strong)),
        None => Content::styled(NONE, muted),
    };
    vec![
        Content::text(theme.plain(&row.label).into_owned()),
        Content::styled(figures.text(row.similarity), theme.style(Role::Strong)),
        bar_cell(row.similarity, reach, theme, theme.style(Role::Series(0))),
        Content::styled(thousands(u64::from(row.support)), Style::new()),
        Content::styled(thousands(row.ratings as u64), muted),
        Content::styled(row.mean.map_or_else(|| NONE.to_owned(), |m| mean_text(kind, m)), muted),
        focus,
    ]
}

#[cfg(test)]
mod tests;
