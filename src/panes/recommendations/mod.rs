//! Recommendations: the list, each score as a bar of its parts, and how rows moved with the last change.

pub(super) mod list;
mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::list::weight_and_name;
use super::theme::{Role, Theme};
use super::widgets::{Pen, Spans, spans_width, thousands, width, wrapped_message};
use super::{Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::arithmetic::Arithmetic;
use crate::answers::{RecommendView, arithmetic};

/// The best items for a person, or the best users for an item.
#[derive(Default)]
pub struct Recommendations;

impl Pane for Recommendations {
    const ID: PaneId = PaneId("recommendations");
    const LEADS: Option<Leads> = Some(Leads::Focus { rank: 0 });
    const IS_RANKED: bool = true;

    fn title(&self, view: Option<&RecommendView>, _selection: &Selection) -> String {
        let Some(view) = view else {
            return "Recommendations".to_owned();
        };
        let what = if view.item.is_some() {
            "whom it suits"
        } else {
            &view.unit
        };
        list::title("Recommendations", view.items.len(), view.candidates, what)
    }

    fn rows(&self, view: &RecommendView, _state: &PaneState) -> usize {
        view.items.len()
    }

    fn row_text(&self, view: &RecommendView, _state: &PaneState, row: usize) -> String {
        list::text(&view.items, row)
    }

    fn target(&self, view: &RecommendView, _state: &PaneState, row: usize) -> Option<Target> {
        list::target(&view.items, row)
    }

    fn row_key(&self, view: &RecommendView, _state: &PaneState, row: usize) -> u64 {
        list::key(&view.items, row)
    }

    fn draw(&self, view: &RecommendView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let mut pen = Pen::new(buffer, area, input.theme);
        if pen.lines_left() >= 5 {
            footer(view, input.theme, &mut pen);
        }
        list::note(view.note.as_ref(), input.theme, &mut pen);
        let body = pen.left();
        if view.items.is_empty() {
            let hint = "nothing left that this model can score";
            return wrapped_message(buffer, body, hint, input.theme);
        }
        let (what, raters) = if view.item.is_some() {
            ("user", view.words.row.many)
        } else {
            ("item", view.words.doers)
        };
        let table = list::Table {
            rows: &view.items,
            components: &view.components,
            what,
            raters: Some(raters),
            moves: view.items.iter().any(|r| r.moved.is_some()),
            was: false,
        };
        table.draw(input, body, buffer)
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
        let with_error = view.sample_error().map(|error| format!("{right} · {error}"));
        let with_error = with_error.filter(|right| spans_width(&legend(true)) <= beside(right));
        if let Some(right) = with_error {
            let whole = spans_width(&long) <= beside(&right);
            (if whole { long } else { legend(true) }, right)
        } else if spans_width(&long) <= beside(&right) {
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

#[cfg(test)]
mod tests;
