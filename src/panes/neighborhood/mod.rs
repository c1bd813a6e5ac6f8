//! Neighborhood: who is near the subject, and what each similarity is worth: how much is in common, what shrinkage leaves of
//! it, and how far it might be off.

mod question;
pub mod settings;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::Role;
use super::widgets::{
    Column, Content, Extent, Figures, NONE, Pen, bar_cell, draw_table, entity_key, quantity, thousands, width,
    wrapped_message,
};
use super::{Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::{self, Arithmetic};
use crate::answers::{Entity, NeighborRow, NeighborsQuery, NeighborsView, PairQuery, World, pair};
use crate::data::FeedbackKind;
use crate::models::neighborhood::{Bootstrap, Significance};
use crate::task::Cancel;

/// Who or what is near the subject, and what that is worth.
#[derive(Default)]
pub struct Neighborhood;

/// The table, and what it was computed from: the arithmetic of a row is written out when it is asked for.
#[derive(Clone)]
pub struct NeighborhoodView {
    pub table: NeighborsView,
    pub asked: Option<(World, NeighborsQuery)>,
}

/// How many rows columns are fitted to.
const FITTED: usize = 200;

impl Pane for Neighborhood {
    const ID: PaneId = settings::PANE;
    const LEADS: Option<Leads> = Some(Leads::Neighbor);

    fn title(&self, view: Option<&NeighborhoodView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Neighborhood".to_owned();
        };
        let (shown, all) = (view.table.neighbors.len(), view.table.defined);
        // The count first: a narrow title is cut at its end.
        format!(
            "Neighborhood · {} of {} · {}",
            thousands(shown as u64),
            thousands(all as u64),
            view.table.similarity
        )
    }

    fn rows(&self, view: &NeighborhoodView, _state: &PaneState) -> usize {
        view.table.neighbors.len()
    }

    fn row_text(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> String {
        view.table
            .neighbors
            .get(row)
            .map(|n| n.label.clone())
            .unwrap_or_default()
    }

    fn target(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> Option<Target> {
        view.table.neighbors.get(row).map(|n| Target::Entity(n.entity))
    }

    fn row_key(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> u64 {
        view.table
            .neighbors
            .get(row)
            .map_or(row as u64, |n| entity_key(n.entity))
    }

    fn draw(&self, view: &NeighborhoodView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        if view.table.neighbors.is_empty() {
            return wrapped_message(buffer, area, "nobody has that much in common", input.theme);
        }
        let mut pen = Pen::new(buffer, area, input.theme);
        if let Some(bootstrap) = view
            .table
            .bootstrap
            .filter(|_| area.height >= 9 && has_interval(area.width))
        {
            let place = pen.take_below(1);
            let muted = input.theme.style(Role::Muted);
            let how = how(&view.table, bootstrap, area.width);
            Pen::new(pen.buffer(), place, input.theme).text(&how, muted);
        }
        let body = pen.left();
        table(&view.table, input, body, buffer)
    }

    fn has_arithmetic(&self, view: &NeighborhoodView, _state: &PaneState, row: usize) -> bool {
        // Fitting baselines takes longer than a frame: there is none before they are there.
        let is_ready = view.asked.as_ref().is_some_and(|(world, _)| world.near.has_baselines());
        is_ready && row < view.table.neighbors.len()
    }

    fn work(&self, view: &NeighborhoodView, state: &PaneState, row: usize) -> Option<Arithmetic> {
        let (world, query) = view.asked.as_ref().filter(|_| self.has_arithmetic(view, state, row))?;
        let pair = PairQuery {
            subject: query.subject.clone(),
            other: view.table.neighbors.get(row)?.entity,
            measure: query.measure,
        };
        let pair = pair::compute(world, &pair, &Cancel::new()).ok()?;
        Some(arithmetic::of_pair(&pair, None))
    }

    fn export(&self, view: &NeighborhoodView) -> Export {
        let columns = "id label similarity support unshrunk low high ratings mean focus_rating";
        let mut table = Export::of_columns(columns.split(' '));
        table.rows.extend(view.table.neighbors.iter().map(|n| {
            let worth = n.significance;
            cells![
                n.id.clone(),
                n.label.clone(),
                n.similarity,
                n.support,
                worth.map(|w| w.unshrunk),
                worth.and_then(|w| w.low),
                worth.and_then(|w| w.high),
                n.ratings,
                n.mean,
                n.focus_rating
            ]
        }));
        table
    }
}

/// How the intervals were drawn, as fully as there is room for.
fn how(view: &NeighborsView, bootstrap: Bootstrap, cells: u16) -> String {
    let Bootstrap { draws, seed } = bootstrap;
    let (level, rows) = (Bootstrap::LEVEL, view.words.row.many);
    let ways = [
        format!("{level} %: bootstrap over the common {rows}, {draws} draws, seed {seed}"),
        format!("{level} %: bootstrap, {draws} draws, seed {seed}"),
        format!("{level} %: bootstrap"),
    ];
    let fitting = ways.iter().find(|way| width(way) <= usize::from(cells));
    fitting.unwrap_or(&ways[2]).clone()
}

/// Whether a table this wide has its interval.
fn has_interval(width: u16) -> bool {
    width >= 36
}

/// How each column is written.
struct Written {
    similarity: Figures,
    reach: Extent,
    focus: Figures,
    kind: FeedbackKind,
}

fn table(view: &NeighborsView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let fitted = || view.neighbors.iter().take(FITTED);
    let items = view
        .neighbors
        .first()
        .is_some_and(|n| matches!(n.entity, Entity::Item(_)));
    let kind = view.words.kind;
    let given = || fitted().filter_map(|n| n.focus_rating);
    let focused = given().next().is_some();
    let written = Written {
        similarity: Figures::of(fitted().map(|n| n.similarity)),
        reach: Extent::of(fitted().map(|n| n.similarity)),
        focus: Figures::of_values(kind, given()),
        kind,
    };
    let worth = || fitted().filter_map(|n| n.significance);
    let shrunk = fitted().any(|n| {
        n.significance
            .is_some_and(|w| (w.unshrunk - n.similarity).abs() > 1e-12)
    });
    let ends = worth().flat_map(|w| [w.low, w.high]).flatten();
    let wide = |values: &mut dyn Iterator<Item = f64>| {
        values.map(|v| width(&written.similarity.text(v))).max().unwrap_or(4) as u16
    };
    let (similarity, end, plain) = (
        wide(&mut fitted().map(|n| n.similarity)),
        wide(&mut ends.into_iter()),
        wide(&mut worth().map(|w| w.unshrunk)),
    );
    let short = area.width < 56;
    let head = |long: &'static str, brief: &'static str| if short { brief } else { long };
    let name = match (shrunk, short) {
        (true, _) => "shrunk",
        (false, true) => "sim",
        (false, false) => "similarity",
    };
    let fixed = |head: &'static str, cells: u16| Column::fixed(head, cells.max(width(head) as u16)).right();
    let hide = |shown: bool, cells: u16| if shown { cells } else { 0 };
    let focus_head = match kind {
        FeedbackKind::Counts => view.words.unit.many,
        FeedbackKind::Events => view.words.did,
        _ => "gave it",
    };
    let focus = written.focus.width(given()).max(width(focus_head) as u16);
    let (least, most) = if items { (12, 60) } else { (5, 24) };
    let means = fitted()
        .filter_map(|n| n.mean)
        .map(|m| width(&mean_text(kind, m)) as u16);
    let averaged = kind != FeedbackKind::Events;
    let columns = vec![
        Column::flex(if items { "item" } else { "user" }, least, 3).at_most(most),
        fixed(name, similarity),
        if shrunk {
            fixed(head("unshrunk", "raw"), plain).optional(4)
        } else {
            Column::fixed("", 0).optional(4)
        },
        Column::fixed(
            head("95 % interval", "95 %"),
            (2 * end + 3).max(if short { 4 } else { 13 }),
        )
        .right()
        .optional(2),
        fixed(head("in common", "common"), 0).optional(1),
        Column::flex("", 6, 2).at_most(32).optional(5),
        Column::fixed(view.words.row.many, 7).right().optional(6),
        Column::fixed("mean", hide(averaged, means.max().unwrap_or(0).max(5)))
            .right()
            .optional(7),
        Column::fixed(focus_head, hide(focused, focus)).right().optional(3),
    ];
    let cells = |row: usize| Some(row_cells(view.neighbors.get(row)?, input, &written, (shrunk, focused)));
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
    input: &PaneInput<'a>,
    written: &Written,
    (shrunk, focused): (bool, bool),
) -> Vec<Content<'a>> {
    let theme = input.theme;
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let focus = match row.focus_rating {
        _ if !focused => Content::Empty,
        Some(_) if written.kind == FeedbackKind::Events => Content::styled("yes", strong),
        Some(rating) => Content::styled(written.focus.text(rating), strong),
        None => Content::styled(NONE, muted),
    };
    let figures = written.similarity;
    let plain = row.significance.map(|w| figures.text(w.unshrunk)).filter(|_| shrunk);
    vec![
        Content::text(theme.plain(&row.label).into_owned()),
        Content::styled(figures.text(row.similarity), strong),
        Content::styled(plain.unwrap_or_default(), muted),
        Content::styled(interval(row.significance, figures), Style::new()),
        Content::styled(thousands(u64::from(row.support)), Style::new()),
        bar_cell(row.similarity, written.reach, theme, theme.style(Role::Series(0))),
        Content::styled(thousands(row.ratings as u64), muted),
        Content::styled(
            row.mean.map_or_else(|| NONE.to_owned(), |m| mean_text(written.kind, m)),
            muted,
        ),
        focus,
    ]
}

/// From where to where; nothing before it is known, [`NONE`] where there is no interval.
fn interval(worth: Option<Significance>, figures: Figures) -> String {
    match worth.map(|w| w.low.zip(w.high)) {
        Some(Some((low, high))) => format!("{} – {}", figures.text(low), figures.text(high)),
        Some(None) => NONE.to_owned(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
