use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::{chance, difference, lower_is_better, name_of, progress, value};
use crate::answers::LeaderboardView;
use crate::answers::leaderboard::BoardRow;
use crate::answers::text::brief;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Column, Content, Extent, Figures, NONE, bar_cell, draw_table, fit, put, width};
use crate::panes::{Drawn, PaneInput};

/// From this width columns are called by their full names.
const FULL_NAMES: u16 = 150;

/// From this width a model's parameters are only hinted at.
const LONG: usize = 24;

/// How the best value of a column looks.
pub fn best_style(theme: &Theme) -> Style {
    theme.style(Role::Positive).add_modifier(Modifier::BOLD)
}

/// One column of figures.
struct Figured {
    /// The measure by its place; beyond them, the seconds of fitting.
    column: usize,
    header: String,
    cells: u16,
    figures: Figures,
    best: Option<f64>,
    spare: u8,
}

fn figured(view: &LeaderboardView, column: usize, full: bool, theme: &Theme) -> Figured {
    let lower = lower_is_better(view, column);
    let values = || view.rows.iter().filter_map(|r| value(view, r, column));
    let (name, decimals, spare) = match view.metrics.get(column) {
        Some(metric) => {
            let [short, long] = name_of(metric);
            let spec = metric.spec();
            (if full { long } else { short }, spec.decimals, spec.spare)
        }
        None => ("fit s".to_owned(), 2, 0),
    };
    let header = format!("{name}{}", theme.symbols().moves[usize::from(lower)]);
    let figures = Figures::with(decimals);
    let best = values().reduce(|a, b| if lower { a.min(b) } else { a.max(b) });
    Figured {
        column,
        cells: figures.width(values()).max(width(&header) as u16),
        header,
        figures,
        // Where all are equal none stands out.
        best: best.filter(|best| values().any(|v| v != *best)),
        spare,
    }
}

/// The rows, in this order.
pub fn draw(view: &LeaderboardView, input: &PaneInput<'_>, order: &[usize], area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let full = area.width >= FULL_NAMES;
    let all: Vec<Figured> = (0..=view.metrics.len())
        .map(|n| figured(view, n, full, theme))
        .collect();
    let Some((lead, others)) = all.split_first() else {
        return Drawn::default();
    };
    let reach = Extent::of(view.rows.iter().filter_map(|r| value(view, r, lead.column)));
    let mut columns = vec![
        Column::fixed("", 1),
        Column::flex("model", 10.max((area.width / 4).min(18)), 3).at_most(44),
        Column::fixed(lead.header.as_str(), lead.cells)
            .right()
            .ranks(lead.column),
        Column::flex("", 8, 2).at_most(30).optional(5),
        Column::fixed("vs best", 14).right().optional(6),
        Column::fixed("p", 5).right().optional(7),
    ];
    columns.extend(others.iter().map(|f| {
        let column = Column::fixed(f.header.as_str(), f.cells).right().ranks(f.column);
        // Of so narrow a table the lead alone is left.
        column.optional(if area.width < 60 { f.spare.max(1) } else { f.spare })
    }));
    let best = view.best();
    let edge = area.right();
    let cells = |position: usize| {
        let n = order.get(position).copied()?;
        let row = &view.rows[n];
        let current = row.model == input.selection.formula.to_string();
        let mark = if current { theme.marker(0) } else { "" };
        let mut cells = vec![
            Content::styled(mark, theme.style(Role::BorderFocused)),
            Content::text(if width(&row.model) > LONG {
                brief(&row.model, theme.symbols().ellipsis)
            } else {
                theme.plain(&row.model).into_owned()
            }),
        ];
        if let Some((text, role)) = in_place_of_figures(view, n) {
            cells.push(sentence(text, theme, role, edge));
            cells.extend((0..others.len() + 3).map(|_| Content::Empty));
            return Some(cells);
        }
        cells.push(figure(view, row, lead, theme));
        let length = value(view, row, lead.column).unwrap_or(0.0);
        cells.push(bar_cell(length, reach, theme, theme.style(Role::Series(0))));
        cells.push(match &row.against {
            Some(_) if best == Some(n) => Content::styled("best", theme.style(Role::Muted)),
            Some((_, paired)) => Content::styled(difference(paired), theme.style(Role::Muted)),
            None => Content::Empty,
        });
        cells.push(match row.p_holm.filter(|_| best != Some(n)) {
            Some(p) => Content::styled(chance(p), theme.style(Role::Muted)),
            None => Content::Empty,
        });
        cells.extend(others.iter().map(|f| figure(view, row, f, theme)));
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// The best value of a column stands out.
fn figure<'a>(view: &LeaderboardView, row: &BoardRow, figured: &Figured, theme: &Theme) -> Content<'a> {
    match value(view, row, figured.column) {
        None => Content::styled(NONE, theme.style(Role::Muted)),
        Some(value) if figured.best == Some(value) => Content::styled(figured.figures.text(value), best_style(theme)),
        Some(value) => Content::styled(figured.figures.text(value), theme.style(Role::Text)),
    }
}

/// What is said of a row that has no figures.
fn in_place_of_figures(view: &LeaderboardView, n: usize) -> Option<(String, Role)> {
    let row = view.rows.get(n)?;
    match (&row.measured, &view.running) {
        (Some(_), _) => row.error().map(|why| (why.to_owned(), Role::Warning)),
        (None, Some((at, report))) if *at == n => Some((progress(&row.model, report.as_ref()), Role::Text)),
        (None, _) => Some(("not measured yet".to_owned(), Role::Muted)),
    }
}

/// A text over all columns from here on.
fn sentence(text: String, theme: &Theme, role: Role, edge: u16) -> Content<'_> {
    Content::Paint(Box::new(move |cell, buffer| {
        let room = edge.saturating_sub(cell.x);
        let place = Rect { width: room, ..cell };
        let text = theme.plain(&text);
        let text = fit(&text, usize::from(room), theme.symbols().ellipsis);
        put(buffer, place, place.x, place.y, &text, theme.style(role));
    }))
}
