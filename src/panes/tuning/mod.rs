//! Tuning: what the formula is worth however it is turned. For three parts the triangle of their weights, filled with nDCG on
//! held-out ratings or with how alike the list stays; else one dial turned from end to end.

mod actions;
mod question;
mod run;
mod sweep;
mod triangle;
mod what;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Pen, plural, thousands, wrap, wrapped_message};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::tuning::three_parts;

pub use run::{TuningState, TuningView};

/// Into how many steps an edge of the triangle is divided.
pub const STEPS: usize = 10;

/// The formula, measured.
#[derive(Default)]
pub struct Tuning;

impl Pane for Tuning {
    const ID: PaneId = PaneId("tuning");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = actions::ACTIONS;

    fn title(&self, view: Option<&TuningView>, selection: &Selection) -> String {
        let what = match view {
            Some(view) if view.sweep.is_some() => "sweep",
            None if three_parts(&selection.formula).is_none() => "sweep",
            _ => "weight triangle",
        };
        let (done, all) = view.map_or((0, 0), TuningView::progress);
        let can_be_measured = view.is_some_and(|view| view.problem.is_none());
        if done < all && can_be_measured {
            format!("Tuning · {} · {done} of {all}", what.trim_start_matches("weight "))
        } else {
            format!("Tuning · {what}")
        }
    }

    fn min_size(&self) -> (u16, u16) {
        (24, 3)
    }

    fn modes(&self) -> usize {
        3
    }

    fn pans(&self, state: &PaneState) -> bool {
        state.mode < 2
    }

    fn draw(&self, view: &TuningView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if let Some(said) = standing(view) {
            let role = if view.problem.is_some() {
                Role::Warning
            } else {
                Role::Muted
            };
            let lines = wrap(&theme.plain(&said), usize::from(area.width.max(1)));
            // A sentence is whole or not there; what is measured on matters less than what was measured.
            if pen.lines_left() >= 3 + lines.len() as u16 {
                let place = pen.take_below(lines.len() as u16);
                let mut below = Pen::new(pen.buffer(), place, theme);
                for line in &lines {
                    below.text(line, theme.style(role));
                }
            }
        }
        let body = pen.left();
        match (&view.triangle, &view.sweep) {
            (Some((parts, points)), _) => triangle::draw(view, parts, points, input, body, buffer),
            (None, Some(of)) => sweep::draw(view, of, input, body, buffer),
            (None, None) => return wrapped_message(buffer, body, "nothing to turn", theme),
        }
        Drawn::default()
    }

    fn export(&self, view: &TuningView) -> Export {
        let figures = || view.metrics.iter().map(ToString::to_string);
        let figure = |figures: &[Option<f64>], n: usize| figures.get(n).copied().flatten();
        if let Some((parts, points)) = &view.triangle {
            let mut table = Export::of_columns(parts.iter().map(String::as_str));
            table.columns.push("rbo".to_owned());
            table.columns.extend(figures());
            table.rows.extend(points.iter().map(|point| {
                let [a, b, c] = point.weights;
                let mut row = cells![a, b, c, point.rbo];
                row.extend((0..view.metrics.len()).map(|n| figure(&point.figures, n).into()));
                row
            }));
            return table;
        }
        let Some(sweep) = &view.sweep else {
            return Export::default();
        };
        let mut table = Export::of_columns([sweep.dial.as_str()]);
        table.columns.extend(figures());
        table.rows.extend(sweep.rows.iter().map(|row| {
            let mut cells = cells![row.value.clone()];
            cells.extend((0..view.metrics.len()).map(|n| figure(&row.figures, n).into()));
            cells
        }));
        table
    }
}

/// On what is measured, and how far that is.
fn standing(view: &TuningView) -> Option<String> {
    if let Some(problem) = &view.problem {
        return Some(problem.clone());
    }
    if view.state == TuningState::Asks {
        return Some("so many ratings take their time: space measures".to_owned());
    }
    let (done, all) = view.progress();
    let users = view.measured.as_ref().map(|measured| {
        let (users, of) = (measured.users as u64, measured.of_users as u64);
        if users == of {
            format!("validation on {}", plural(users, "user"))
        } else {
            format!("validation on {} of {} users", thousands(users), thousands(of))
        }
    });
    match (view.state, &view.report, users) {
        (TuningState::Running, Some(report), None) => Some(report.stage.clone()),
        (TuningState::Running, _, Some(users)) => Some(users),
        (TuningState::Running, None, None) => Some("measuring begins once nothing is turned".to_owned()),
        (_, _, users) if done < all => Some(format!(
            "stopped at {done} of {all}: space goes on{}",
            users.map_or_else(String::new, |u| format!(" · {u}"))
        )),
        (_, _, users) => users,
    }
}

#[cfg(test)]
mod tests;
