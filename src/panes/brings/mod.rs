//! Brings: what the neighbor in focus brings to the list of the nearest, by scoring the list with it and without it.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Figures, NONE, Pen, Spans, draw_table, entity_key, name_of, plural, spans_width, thousands, width,
    wrapped_message,
};
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{BringsRow, BringsView, Effect, Entity};

/// What a neighbor brings to the list.
#[derive(Default)]
pub struct Brings;

/// How many rows columns are fitted to.
const FITTED: usize = 200;

impl Pane for Brings {
    const ID: PaneId = PaneId("brings");

    fn title(&self, view: Option<&BringsView>, _selection: &Selection) -> String {
        view.map_or_else(
            || "Brings".to_owned(),
            |view| {
                format!(
                    "{} brings · first {}",
                    name_of(&view.neighbor),
                    thousands(view.n as u64)
                )
            },
        )
    }

    fn rows(&self, view: &BringsView, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &BringsView, _state: &PaneState, row: usize) -> String {
        view.rows.get(row).map(|r| r.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &BringsView, _state: &PaneState, row: usize) -> Option<Target> {
        view.rows.get(row).map(|r| Target::Entity(r.entity))
    }

    fn row_key(&self, view: &BringsView, _state: &PaneState, row: usize) -> u64 {
        view.rows.get(row).map_or(row as u64, |r| entity_key(r.entity))
    }

    fn draw(&self, view: &BringsView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if view.rows.is_empty() {
            return wrapped_message(buffer, area, "the nearest list nothing", theme);
        }
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 4 {
            sentence(view, theme, &mut pen);
        }
        if pen.lines_left() >= 8 {
            let place = pen.take_below(1);
            let model = format!("by {}", view.model);
            if width(&model) <= usize::from(area.width) {
                Pen::new(pen.buffer(), place, theme).text(&model, theme.style(Role::Muted));
            }
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn has_arithmetic(&self, view: &BringsView, _state: &PaneState, row: usize) -> bool {
        row < view.rows.len()
    }

    fn work(&self, view: &BringsView, _state: &PaneState, row: usize) -> Option<Arithmetic> {
        let row = view.rows.get(row)?;
        Some(crate::answers::arithmetic::of_brought(view, row))
    }

    fn export(&self, view: &BringsView) -> Export {
        let columns = "id label effect rank rank_without score score_without rating";
        let mut table = Export::of_columns(columns.split(' '));
        table.rows.extend(view.rows.iter().map(|row| {
            cells![
                row.id.clone(),
                row.label.clone(),
                row.effect.name(),
                row.rank,
                row.rank_without,
                row.score,
                row.score_without,
                row.rating
            ]
        }));
        table
    }
}

/// How much it brings, in a line.
fn sentence(view: &BringsView, theme: &Theme, pen: &mut Pen<'_>) {
    let count = |effect: Effect| view.rows.iter().filter(|r| r.effect == effect).count();
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    if !view.votes {
        pen.paragraph("", "its similarity is not above 0: it has no vote", 2, muted);
        return;
    }
    let mut spans: Spans<'_> = Vec::new();
    for (effect, name) in [
        (Effect::Added, "added"),
        (Effect::Lifted, "lifted"),
        (Effect::PushedDown, "pushed down"),
        (Effect::PushedOut, "pushed out"),
    ] {
        let n = count(effect);
        if n > 0 {
            spans.push((
                format!("{}{n} ", if spans.is_empty() { "" } else { " · " }).into(),
                strong,
            ));
            spans.push((name.into(), muted));
        }
    }
    if spans.is_empty() {
        spans.push(("the same list without it".into(), muted));
    }
    if spans_width(&spans) > usize::from(pen.left().width) {
        // In marks instead of words.
        spans = marks(view, theme);
    }
    pen.line_and(
        &spans,
        &format!("{} moved", plural(view.changed as u64, "score")),
        muted,
    );
}

/// How much it brings, in marks.
fn marks<'a>(view: &BringsView, theme: &Theme) -> Spans<'a> {
    let mut spans: Spans<'a> = Vec::new();
    for effect in [Effect::Added, Effect::Lifted, Effect::PushedDown, Effect::PushedOut] {
        let n = view.rows.iter().filter(|r| r.effect == effect).count();
        if n > 0 {
            let (text, style) = mark(effect, theme);
            spans.push((
                format!("{}{text} ", if spans.is_empty() { "" } else { "  " }).into(),
                style,
            ));
            spans.push((n.to_string().into(), theme.style(Role::Strong)));
        }
    }
    spans
}

/// A mark that needs no color.
fn mark(effect: Effect, theme: &Theme) -> (String, Style) {
    let [up, down, _, new] = theme.symbols().moves;
    match effect {
        Effect::Added => (new.to_owned(), theme.style(Role::Positive)),
        Effect::Lifted => (up.to_owned(), theme.style(Role::Positive)),
        Effect::Same => (String::new(), Style::new()),
        Effect::PushedDown => (down.to_owned(), theme.style(Role::Negative)),
        Effect::PushedOut => ("out".to_owned(), theme.style(Role::Negative)),
    }
}

fn table(view: &BringsView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let rows = || view.rows.iter().take(FITTED);
    let scores = || rows().flat_map(|r| [r.score, r.score_without]).flatten();
    let figures = Figures::of(scores());
    let score = figures.width(scores()).max(5);
    let rank = |rank: Option<usize>| rank.map_or_else(|| NONE.to_owned(), |rank| thousands(rank as u64));
    let ranks = rows().flat_map(|r| [r.rank, r.rank_without]).map(|r| width(&rank(r)));
    let ranks = ranks.max().unwrap_or(2).max(2) as u16;
    let given = Figures::of_ratings(rows().filter_map(|r| r.rating));
    let items = view.rows.first().is_some_and(|r| matches!(r.entity, Entity::Item(_)));
    // The neighbor's rating of the item; or the user's of the neighbor, that is of another item.
    let gave = if items { "gave it" } else { "neighbor" };
    let least = if area.width < 44 { 12 } else { 20 };
    let columns = vec![
        Column::fixed("#", ranks).right(),
        Column::fixed("", 3),
        Column::flex(if items { "item" } else { "user" }, least, 3).at_most(60),
        Column::fixed("score", score).right().optional(1),
        Column::fixed("without", score.max(7)).right().optional(2),
        Column::fixed("# without", ranks.max(9)).right().optional(4),
        Column::fixed(gave, width(gave) as u16).right().optional(3),
    ];
    let cells = |row: usize| {
        let row: &BringsRow = view.rows.get(row)?;
        let (text, style) = mark(row.effect, theme);
        Some(vec![
            Content::styled(rank(row.rank), muted),
            Content::styled(text, style),
            Content::text(theme.plain(&row.label).into_owned()),
            Content::styled(figures.maybe(row.score), theme.style(Role::Strong)),
            Content::styled(figures.maybe(row.score_without), Style::new()),
            Content::styled(rank(row.rank_without), muted),
            Content::styled(given.maybe(row.rating), muted),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
