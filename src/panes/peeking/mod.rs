//! Peeking: experiments without an effect, looked at again and again. How many of them end in an alarm, look by look, beside what
//! it is exactly.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::background::PAUSED;
use super::theme::{Role, Theme};
use super::widgets::{Axis, Column, Content, Curve, Figures, LineChart, Pen, Spans, draw_table, flow, thousands};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::engine::Order;
use crate::experiment::peeking::Peeked;
pub use run::PeekingView;

/// What looking too often does.
#[derive(Default)]
pub struct Peeking;

impl Pane for Peeking {
    const ID: PaneId = PaneId("peeking");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "run_peeking",
        title: "Run or pause",
        hint: "run/pause",
        doc: "Runs A/A tests, or stops; at the end it begins again.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    }];

    fn title(&self, view: Option<&PeekingView>, _selection: &Selection) -> String {
        match view.and_then(|v| v.found.as_ref()) {
            None => "Peeking".to_owned(),
            Some(found) => format!("Peeking · {} A/A", thousands(found.runs)),
        }
    }

    fn rows(&self, view: &PeekingView, _state: &PaneState) -> usize {
        view.found.as_ref().map_or(0, |found| found.path.len())
    }

    fn row_text(&self, view: &PeekingView, _state: &PaneState, row: usize) -> String {
        let path = view.found.as_ref().map(|f| f.path.as_slice()).unwrap_or_default();
        path.get(row).map(|at| format!("look {}", at.look)).unwrap_or_default()
    }

    fn draw(&self, view: &PeekingView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let Some(found) = &view.found else {
            pen.text(PAUSED, theme.style(Role::Muted));
            return Drawn::default();
        };
        let muted = theme.style(Role::Muted);
        let (three, looks) = (Figures::with(3), super::widgets::plural(found.looks, "look"));
        let unit = |before: String, value: f64, behind: String, role: Role| -> Spans<'_> {
            vec![
                (before.into(), muted),
                (three.text(value).into(), theme.style(role)),
                (behind.into(), muted),
            ]
        };
        let error = theme.plain(&format!(" ± {}", three.text(found.stderr))).into_owned();
        let mut units = vec![
            vec![(looks.into(), muted)],
            unit("false alarms ".to_owned(), found.false_alarms, error, Role::Warning),
        ];
        units.extend(
            found
                .exact
                .map(|exact| unit("exactly ".to_owned(), exact, String::new(), Role::Strong)),
        );
        units.push(unit(
            "nominal ".to_owned(),
            found.alpha,
            format!(", rule {}", found.rule),
            Role::Text,
        ));
        for line in flow(units, 2, pen.left().width).iter().take(3) {
            pen.line(line);
        }
        let rows = (found.path.len() as u16 + 1).min(6);
        let chart = pen.lines_left().saturating_sub(rows);
        if chart >= 5 {
            let place = pen.take(chart);
            curves(found, theme, place, pen.buffer());
        }
        let body = pen.left();
        table(found, input, body, buffer)
    }

    fn arithmetic(&self, view: &PeekingView, _state: &PaneState, row: usize) -> Option<Vec<String>> {
        let found = view.found.as_ref()?;
        let at = found.path.get(row)?;
        let six = Figures::with(6);
        let mut lines = vec![
            "an A/A test has no effect: every alarm is false".to_owned(),
            format!("{} tests, looked at {} times each", thousands(found.runs), at.look),
            format!("share with an alarm by then: {}", six.text(at.false_alarms)),
        ];
        if let Some(exact) = at.exact {
            lines.push(format!(
                "exactly {} (Armitage, McPherson and Rowe 1969)",
                six.text(exact)
            ));
        }
        Some(lines)
    }

    fn export(&self, view: &PeekingView) -> Export {
        let mut table = Export::of_columns(["look", "false_alarms", "exact"]);
        for at in view.found.iter().flat_map(|found| &found.path) {
            table.rows.push(cells![at.look, at.false_alarms, at.exact]);
        }
        table
    }
}

fn curves(found: &Peeked, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let seen: Vec<(f64, f64)> = found.path.iter().map(|at| (at.look as f64, at.false_alarms)).collect();
    let exact: Vec<(f64, f64)> = found
        .path
        .iter()
        .filter_map(|at| Some((at.look as f64, at.exact?)))
        .collect();
    let last = found.looks.max(2) as f64;
    let nominal = [(1.0, found.alpha), (last, found.alpha)];
    let named = area.height >= 7 && area.width >= 30;
    let name = |name: &'static str| if named { name } else { "" };
    let curves = [
        Curve {
            name: name("seen"),
            points: &seen,
            series: 0,
        },
        Curve {
            name: name("exact"),
            points: &exact,
            series: 1,
        },
        Curve {
            name: "",
            points: &nominal,
            series: 7,
        },
    ];
    let most = seen.iter().chain(&exact).fold(found.alpha, |m: f64, (_, y)| m.max(*y));
    LineChart {
        x: Axis {
            label: "looks",
            bounds: Some((1.0, last)),
            ..Axis::default()
        },
        y: Axis {
            label: "alarms",
            bounds: Some((0.0, most * 1.1)),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, area, theme);
}

fn table(found: &Peeked, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let columns = [
        Column::fixed("looks", 7).right(),
        Column::fixed("alarms", 6).right(),
        Column::fixed("exact", 6).right(),
    ];
    let four = Figures::with(4);
    draw_table(&columns, input, area, buffer, |row| {
        let at = found.path.get(row)?;
        Some(vec![
            Content::text(thousands(at.look as u64)),
            Content::styled(four.text(at.false_alarms), theme.style(Role::Strong)),
            Content::styled(four.maybe(at.exact), theme.style(Role::Muted)),
        ])
    })
}

#[cfg(test)]
mod tests;
