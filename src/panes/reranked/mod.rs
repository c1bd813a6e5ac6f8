//! Reranked: the list that follows while the formula is turned, each row with its rank before and the stacked shares of the
//! components.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::recommendations::list;
use super::theme::{Role, Theme};
use super::widgets::{Figures, Pen, Spans, flow, thousands, width, wrapped_message};
use super::{Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::HybridView;
use crate::models::Formula;

/// The list before and after.
#[derive(Default)]
pub struct Reranked;

impl Pane for Reranked {
    const ID: PaneId = PaneId("reranked");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 0 });
    const IS_RANKED: bool = true;

    fn title(&self, view: Option<&HybridView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Reranked".to_owned();
        };
        list::title("Reranked", view.rows.len(), view.candidates, &view.unit)
    }

    fn rows(&self, view: &HybridView, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &HybridView, _state: &PaneState, row: usize) -> String {
        list::text(&view.rows, row)
    }

    fn target(&self, view: &HybridView, _state: &PaneState, row: usize) -> Option<Target> {
        list::target(&view.rows, row)
    }

    fn row_key(&self, view: &HybridView, _state: &PaneState, row: usize) -> u64 {
        list::key(&view.rows, row)
    }

    fn draw(&self, view: &HybridView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let mut pen = Pen::new(buffer, area, input.theme);
        if pen.lines_left() >= 5 {
            footer(view, input.theme, &mut pen);
        }
        list::note(view.note.as_ref(), input.theme, &mut pen);
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
        let is_turned = view.against != view.model;
        let table = list::Table {
            rows: &view.rows,
            components: &view.components,
            what: "item",
            raters: None,
            moves: is_turned,
            was: is_turned,
        };
        table.draw(input, body, buffer)
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

#[cfg(test)]
mod tests;
