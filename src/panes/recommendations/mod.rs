//! Recommendations: the list, each score as a bar of its parts, and how rows moved with the last change.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Extent, Figures, Pen, Spans, draw_table, entity_key, spans_width, stacked_bar, thousands, width,
    wrapped_message,
};
use super::{Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{Moved, RecommendRow, RecommendView, arithmetic};

/// The best items for a person, or the best users for an item.
#[derive(Default)]
pub struct Recommendations;

/// How many rows bars and decimals are fitted to: a list may be as long as the catalog.
const FITTED: usize = 200;

impl Pane for Recommendations {
    const ID: PaneId = PaneId("recommendations");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 0 });
    const IS_RANKED: bool = true;

    fn title(&self, view: Option<&RecommendView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Recommendations".to_owned();
        };
        let (shown, all) = (view.items.len(), view.candidates);
        let of = if shown < all {
            format!(" · {} of {}", thousands(shown as u64), thousands(all as u64))
        } else {
            String::new()
        };
        let what = if view.item.is_some() {
            "whom it suits"
        } else {
            &view.unit
        };
        format!("Recommendations{of} · {what}")
    }

    fn rows(&self, view: &RecommendView, _state: &PaneState) -> usize {
        view.items.len()
    }

    fn row_text(&self, view: &RecommendView, _state: &PaneState, row: usize) -> String {
        view.items.get(row).map(|r| r.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &RecommendView, _state: &PaneState, row: usize) -> Option<Target> {
        view.items.get(row).map(|r| Target::Entity(r.entity))
    }

    fn row_key(&self, view: &RecommendView, _state: &PaneState, row: usize) -> u64 {
        view.items.get(row).map_or(row as u64, |r| entity_key(r.entity))
    }

    fn draw(&self, view: &RecommendView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let mut pen = Pen::new(buffer, area, input.theme);
        if pen.lines_left() >= 5 {
            footer(view, input.theme, &mut pen);
        }
        if let Some(note) = view.note.as_ref().filter(|_| pen.lines_left() >= 5) {
            let style = input.theme.style(Role::Muted);
            pen.paragraph("", &input.theme.plain(note), 3, style);
        }
        let body = pen.left();
        if view.items.is_empty() {
            let hint = "nothing left that this model can score";
            wrapped_message(buffer, body, hint, input.theme)
        } else {
            table(view, input, body, buffer)
        }
    }

    fn work(&self, view: &RecommendView, _state: &PaneState, row: usize) -> Option<Arithmetic> {
        arithmetic::of_recommendation(view, row)
    }

    fn has_arithmetic(&self, view: &RecommendView, _state: &PaneState, row: usize) -> bool {
        row < view.items.len()
    }

    fn export(&self, view: &RecommendView) -> Export {
        let mut table = Export::of_columns(["rank", "id", "label", "score", "ratings"]);
        table.columns.extend(view.components.iter().cloned());
        table.rows.extend(view.items.iter().map(|row| {
            let mut cells: Vec<Cell> = cells![row.rank, row.id.clone(), row.label.clone(), row.score, row.ratings];
            cells.extend((0..view.components.len()).map(|n| row.parts.get(n).copied().into()));
            cells
        }));
        table
    }
}

/// The name of a component without its weight: `0.6*item-knn:k=20` → (`0.6`, `item-knn:k=20`).
pub(in crate::panes) fn weight_and_name(component: &str) -> (&str, &str) {
    component
        .split_once('*')
        .map_or(("", component), |(w, n)| (w.trim(), n.trim()))
}

/// The patterns of the bars with what they stand for, and how many candidates there were.
fn footer(view: &RecommendView, theme: &Theme, pen: &mut Pen<'_>) {
    let place = pen.take_below(1);
    let (plain, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
    let what = if view.item.is_some() { "users" } else { "candidates" };
    let sampled = if view.sampled { "sample of " } else { "" };
    let so_far = if view.growing { " so far" } else { "" };
    let right = format!("{sampled}{} {what}{so_far}", thousands(view.candidates as u64));
    let legend = |short: bool| {
        let mut spans: Spans<'_> = Vec::new();
        for (n, component) in view.components.iter().enumerate() {
            let (weight, name) = weight_and_name(component);
            let name = if short {
                name.split(':').next().unwrap_or(name)
            } else {
                name
            };
            let gap = if n > 0 { "  " } else { "" };
            spans.push((
                format!("{gap}{} ", theme.pattern(n)).into(),
                theme.style(Role::Series(n)),
            ));
            if !weight.is_empty() && !short {
                spans.push((format!("{weight} ").into(), muted));
            }
            spans.push((name.to_owned().into(), plain));
        }
        spans
    };
    let room = usize::from(place.width);
    let long = legend(false);
    // That a list is a sample or still grows matters most; weights and the count are left out before it.
    let (spans, right) = if view.sampled || view.growing {
        let beside = |right: &str| room.saturating_sub(width(right) + 2);
        if spans_width(&long) <= beside(&right) {
            (long, right)
        } else if spans_width(&legend(true)) <= beside(&right) {
            (legend(true), right)
        } else {
            let brief = match (view.sampled, view.growing) {
                (true, true) => "sample, so far",
                (true, false) => "sample",
                _ => "so far",
            };
            let short = legend(true);
            let fits = spans_width(&short) <= beside(brief);
            (if fits { short } else { Spans::new() }, brief.to_owned())
        }
    } else if spans_width(&long) <= room {
        (long, right)
    } else {
        (legend(true), right)
    };
    let mut line = Pen::new(pen.buffer(), place, theme);
    if spans.is_empty() {
        line.text(&right, muted);
    } else {
        line.line_and(&spans, &right, muted);
    }
}

fn table(view: &RecommendView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let fitted = || view.items.iter().take(FITTED);
    let figures = Figures::of(fitted().map(|r| r.score));
    let start = bar_start(view);
    let reach = match start {
        Some(start) => Extent::of(fitted().map(|r| r.score - start)),
        None => Extent::of_stacks(fitted().map(parts_of)),
    };
    let moved = fitted().any(|r| r.moved.is_some());
    let rank = thousands(view.items.len() as u64).len() as u16;
    let score = figures.width(fitted().map(|r| r.score)).max(5);
    let raters = if view.item.is_some() {
        view.words.row.many
    } else {
        view.words.doers
    };
    let part_figures = Figures::of(fitted().flat_map(|r| r.parts.iter().copied()));
    let part_width = part_figures.width(fitted().flat_map(|r| r.parts.iter().copied()));
    let part_columns: Vec<Column<'_>> = view.components.iter().map(|c| part_column(c, part_width)).collect();
    // Titles come first: figures are shown where they leave 30 cells for them, and the bars 12.
    let base = rank.max(2) + score + 2 + if moved { 4 } else { 0 };
    let spare = i32::from(area.width) - i32::from(base) - 30 - 13;
    let rated = spare >= 8;
    let figured =
        !view.components.is_empty() && spare >= 8 + part_columns.iter().map(|c| i32::from(c.least()) + 1).sum::<i32>();
    let label = area.width.saturating_sub(base).clamp(8, 16);
    let mut columns = vec![Column::fixed("#", rank.max(2)).right()];
    if moved {
        columns.push(Column::fixed(if theme.is_ascii() { "+-" } else { "±" }, 3).optional(1));
    }
    columns.push(Column::flex(if view.item.is_some() { "user" } else { "item" }, label, 3).at_most(64));
    if rated {
        columns.push(Column::fixed(raters, 7).right());
    }
    columns.push(Column::fixed("score", score).right());
    if figured {
        columns.extend(part_columns);
    }
    let bars = match start {
        Some(start) => format!("from {}", figures.text(start)),
        None if view.components.is_empty() => String::new(),
        None => "parts".to_owned(),
    };
    columns.push(Column::flex(bars, 8, 2).optional(2));
    let cells = |row: usize| {
        let row = view.items.get(row)?;
        let mut cells = vec![Content::styled(row.rank.to_string(), theme.style(Role::Muted))];
        if moved {
            cells.push(move_mark(row.moved, theme));
        }
        let seen = if row.seen {
            theme.style(Role::Muted)
        } else {
            Style::new()
        };
        cells.push(Content::styled(theme.plain(&row.label).into_owned(), seen));
        if rated {
            cells.push(Content::styled(thousands(row.ratings as u64), theme.style(Role::Muted)));
        }
        cells.push(Content::styled(figures.text(row.score), theme.style(Role::Strong)));
        for n in 0..if figured { view.components.len() } else { 0 } {
            let text = row.parts.get(n).map(|p| part_figures.text(*p)).unwrap_or_default();
            cells.push(Content::styled(text, theme.style(Role::Series(n))));
        }
        cells.push(match start {
            Some(start) => {
                let above = row.score - start;
                Content::Paint(Box::new(move |cell, buffer| {
                    stacked_bar(buffer, cell, &[above.max(0.0)], reach, theme);
                }))
            }
            None => Content::Stacked(parts_of(row), reach),
        });
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// Where the bars of a lone model start, where they would all look alike from 0: a quarter of the scores' range below the
/// lowest that bars are fitted to.
fn bar_start(view: &RecommendView) -> Option<f64> {
    let scores = || view.items.iter().take(FITTED).map(|r| r.score);
    let (low, high) = (
        scores().fold(f64::INFINITY, f64::min),
        scores().fold(f64::NEG_INFINITY, f64::max),
    );
    let alike = view.components.is_empty() && low > 0.0 && high > low && low > 0.7 * high;
    alike.then_some(low - (high - low) / 4.0)
}

/// The column of a component's shares.
fn part_column(component: &str, figures: u16) -> Column<'_> {
    let name = weight_and_name(component).1;
    let name = name.split(':').next().unwrap_or(name);
    Column::fixed(name, (width(name) as u16).max(figures).min(14)).right()
}

/// The parts of a score, or the score itself where it has none.
fn parts_of(row: &RecommendRow) -> &[f64] {
    if row.parts.is_empty() {
        std::slice::from_ref(&row.score)
    } else {
        &row.parts
    }
}

/// `▲3`, `▼1`, `=`, `★`.
pub(in crate::panes) fn move_mark<'a>(moved: Option<Moved>, theme: &Theme) -> Content<'a> {
    let [up, down, same, new] = theme.symbols().moves;
    match moved {
        None => Content::Empty,
        Some(Moved::New) => Content::styled(new, theme.style(Role::Edited)),
        Some(Moved::By(0)) => Content::styled(same, theme.style(Role::Muted)),
        Some(Moved::By(n)) => {
            let (mark, role) = if n > 0 {
                (up, Role::Positive)
            } else {
                (down, Role::Negative)
            };
            Content::styled(format!("{mark}{}", n.unsigned_abs()), theme.style(role))
        }
    }
}

#[cfg(test)]
mod tests;
