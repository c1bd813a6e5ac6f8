//! Reranked: the list that follows while the formula is turned, each row with its rank before and the stacked shares of the
//! components.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::recommendations::move_mark;
use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Extent, Figures, Pen, Spans, draw_table, entity_key, flow, thousands, width, wrapped_message,
};
use super::{Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::{HybridRow, HybridView};
use crate::models::Formula;

/// The list before and after.
#[derive(Default)]
pub struct Reranked;

/// How many rows bars and decimals are fitted to.
const FITTED: usize = 50;

impl Pane for Reranked {
    const ID: PaneId = PaneId("reranked");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 0 });
    const IS_RANKED: bool = true;

    fn title(&self, view: Option<&HybridView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Reranked".to_owned();
        };
        let (shown, all) = (view.rows.len(), view.candidates);
        let of = if shown < all {
            format!(" · {} of {}", thousands(shown as u64), thousands(all as u64))
        } else {
            String::new()
        };
        format!("Reranked{of} · {}", view.unit)
    }

    fn rows(&self, view: &HybridView, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &HybridView, _state: &PaneState, row: usize) -> String {
        view.rows.get(row).map(|r| r.label.clone()).unwrap_or_default()
    }

    fn target(&self, view: &HybridView, _state: &PaneState, row: usize) -> Option<Target> {
        view.rows.get(row).map(|r| Target::Entity(r.entity))
    }

    fn row_key(&self, view: &HybridView, _state: &PaneState, row: usize) -> u64 {
        view.rows.get(row).map_or(row as u64, |r| entity_key(r.entity))
    }

    fn draw(&self, view: &HybridView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let mut pen = Pen::new(buffer, area, input.theme);
        if pen.lines_left() >= 5 {
            footer(view, input.theme, &mut pen);
        }
        if let Some(note) = view.note.as_ref().filter(|_| pen.lines_left() >= 5) {
            let style = input.theme.style(Role::Muted);
            pen.paragraph("", &input.theme.plain(note), 3, style);
        }
        let body = pen.left();
        if view.rows.is_empty() {
            let all_out = "nothing has a score: every part that could score something has weight 0";
            let hint = if is_all_out(&input.selection.formula) {
                all_out
            } else {
                "nothing left that this formula can score"
            };
            return wrapped_message(buffer, body, hint, input.theme);
        }
        table(view, input, body, buffer)
    }

    fn export(&self, view: &HybridView) -> Export {
        let mut table = Export::of_columns(["rank", "old_rank", "id", "label", "score"]);
        table.columns.extend(view.components.iter().cloned());
        table.rows.extend(view.rows.iter().map(|row| {
            let mut cells: Vec<Cell> = cells![row.rank, row.old_rank, row.id.clone(), row.label.clone(), row.score];
            cells.extend((0..view.components.len()).map(|n| row.parts.get(n).copied().into()));
            cells
        }));
        table
    }
}

fn is_all_out(formula: &Formula) -> bool {
    matches!(formula, Formula::Weighted { terms, .. } if terms.iter().all(|term| term.0 == 0.0))
}

/// What the patterns mean, and how far the list is from what it was.
fn footer(view: &HybridView, theme: &Theme, pen: &mut Pen<'_>) {
    let (plain, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
    let is_turned = view.against != view.model;
    let change = if is_turned {
        let kept = (view.overlap * view.rows.len().max(1) as f64).round() as u64;
        format!(
            "was: the rank before turning · {} of {} kept · rank-biased overlap {}",
            thousands(kept),
            thousands(view.rows.len() as u64),
            Figures::with(3).text(view.rbo.value)
        )
    } else {
        "turn a dial (Tab, arrows) and the list follows".to_owned()
    };
    let place = pen.take_below(1);
    let room = usize::from(place.width);
    let short = if is_turned {
        format!("rank-biased overlap {}", Figures::with(3).text(view.rbo.value))
    } else {
        String::new()
    };
    let text = if width(&change) <= room { change } else { short };
    Pen::new(pen.buffer(), place, theme).text(&text, muted);
    let legend = view.components.iter().enumerate().map(|(n, component)| {
        let name = component.split(':').next().unwrap_or(component);
        let name = if name.contains(' ') {
            format!("part {}", n + 1)
        } else {
            name.to_owned()
        };
        let unit: Spans<'_> = vec![
            (format!("{} ", theme.pattern(n)).into(), theme.style(Role::Series(n))),
            (name.into(), plain),
        ];
        unit
    });
    for line in flow(legend, 2, place.width).into_iter().take(2) {
        if pen.lines_left() >= 5 {
            let place = pen.take_below(1);
            Pen::new(pen.buffer(), place, theme).line(&line);
        }
    }
}

fn table(view: &HybridView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let fitted = || view.rows.iter().take(FITTED);
    let figures = Figures::of(fitted().map(|r| r.score));
    let reach = Extent::of_stacks(fitted().map(parts_of));
    let is_turned = view.against != view.model;
    let rank = (thousands(view.rows.len() as u64).len() as u16).max(2);
    let score = figures.width(fitted().map(|r| r.score)).max(5);
    let old = |row: &HybridRow| row.old_rank.map_or_else(|| "–".to_owned(), |old| thousands(old as u64));
    let old_width = fitted().map(|row| width(&old(row)) as u16).max().unwrap_or(1).max(3);
    let part_figures = Figures::of(fitted().flat_map(|r| r.parts.iter().copied()));
    let part_width = part_figures.width(fitted().flat_map(|r| r.parts.iter().copied()));
    let part_columns: Vec<Column<'_>> = view.components.iter().map(|c| part_column(c, part_width)).collect();
    let base = rank + score + 2 + if is_turned { old_width + 5 } else { 0 };
    let spare = i32::from(area.width) - i32::from(base) - 30 - 13;
    let figured =
        !view.components.is_empty() && spare >= part_columns.iter().map(|c| i32::from(c.least()) + 1).sum::<i32>();
    let label = area.width.saturating_sub(base).clamp(8, 16);
    let mut columns = vec![Column::fixed("#", rank).right()];
    if is_turned {
        columns.push(Column::fixed("was", old_width).right().optional(2));
        columns.push(Column::fixed(if theme.is_ascii() { "+-" } else { "±" }, 4).optional(1));
    }
    columns.push(Column::flex("item", label, 3).at_most(64));
    columns.push(Column::fixed("score", score).right());
    if figured {
        columns.extend(part_columns);
    }
    columns.push(Column::flex(if view.components.is_empty() { "" } else { "parts" }, 8, 2).optional(3));
    let cells = |row: usize| {
        let row = view.rows.get(row)?;
        let mut cells = vec![Content::styled(row.rank.to_string(), theme.style(Role::Muted))];
        if is_turned {
            cells.push(Content::styled(old(row), theme.style(Role::Muted)));
            cells.push(move_mark(Some(row.moved), theme));
        }
        cells.push(Content::text(theme.plain(&row.label).into_owned()));
        cells.push(Content::styled(figures.text(row.score), theme.style(Role::Strong)));
        for n in 0..if figured { view.components.len() } else { 0 } {
            let text = row.parts.get(n).map(|p| part_figures.text(*p)).unwrap_or_default();
            cells.push(Content::styled(text, theme.style(Role::Series(n))));
        }
        cells.push(Content::Stacked(parts_of(row), reach));
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

/// The column of a component's shares.
fn part_column(component: &str, figures: u16) -> Column<'_> {
    let name = component.split(':').next().unwrap_or(component);
    Column::fixed(name, (width(name) as u16).max(figures).min(14)).right()
}

/// The parts of a score, or the score itself where it has none.
fn parts_of(row: &HybridRow) -> &[f64] {
    if row.parts.is_empty() {
        std::slice::from_ref(&row.score)
    } else {
        &row.parts
    }
}

#[cfg(test)]
mod tests;
