//! Off-policy: could it have been known from the log of another policy what this one earns? Every estimator with its interval,
//! beside the truth that the simulation knows.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::Role;
use super::widgets::{Column, Content, Figures, NONE, Pen, draw_table, put, quantity, thousands};
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::OffPolicyView;
use crate::bandit::ope::{ESTIMATORS, Estimated};

/// What a policy would have earned, from a log.
#[derive(Default)]
pub struct OffPolicy;

impl Pane for OffPolicy {
    const ID: PaneId = PaneId("off_policy");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&OffPolicyView>, _selection: &Selection) -> String {
        match view {
            None => "Off-policy".to_owned(),
            Some(view) => format!("Off-policy · always {}", view.label),
        }
    }

    fn rows(&self, view: &OffPolicyView, _state: &PaneState) -> usize {
        view.found.estimators.len()
    }

    fn row_text(&self, view: &OffPolicyView, _state: &PaneState, row: usize) -> String {
        let estimators = &view.found.estimators;
        estimators.get(row).map(|e| e.name.to_owned()).unwrap_or_default()
    }

    fn draw(&self, view: &OffPolicyView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 6 {
            pen.line(&[
                (thousands(view.found.rows as u64).into(), strong),
                (" rows by ".into(), muted),
                (view.logged_by.as_str().into(), theme.style(Role::Text)),
            ]);
            let weight = if pen.left().width >= 46 {
                " of weight 1; largest weight "
            } else {
                " rows; w at most "
            };
            pen.line(&[
                ("worth ".into(), muted),
                (quantity(view.found.effective_n).into(), strong),
                (weight.into(), muted),
                (quantity(view.found.max_weight).into(), strong),
            ]);
        }
        let noted = view.found.estimators.iter().find_map(|e| Some((e.name, e.note?)));
        if let Some((name, note)) = noted.filter(|_| pen.lines_left() >= 11) {
            let place = pen.take_below(2);
            let mut below = Pen::new(pen.buffer(), place, theme);
            below.paragraph("", &format!("{name}: {note}"), 2, muted);
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn arithmetic(&self, view: &OffPolicyView, _state: &PaneState, row: usize) -> Option<Vec<String>> {
        let estimated = view.found.estimators.get(row)?;
        let spec = ESTIMATORS.iter().find(|spec| spec.name == estimated.name)?;
        let six = Figures::with(6);
        let text = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |v| six.text(v));
        let mut lines = vec![
            format!("{}: {}", spec.name, spec.formula),
            spec.doc.to_owned(),
            "w = π(a) / propensity, r the reward, q̂ the mean reward of the action in the log".to_owned(),
            format!("value {}", text(estimated.value)),
        ];
        if let (Some(value), Some(stderr)) = (estimated.value, estimated.stderr) {
            let (low, high) = (text(estimated.low), text(estimated.high));
            lines.push(format!(
                "95 % between {} ± 1.96 × {} = {low} and {high}",
                six.text(value),
                six.text(stderr)
            ));
            lines.push(format!(
                "true rate {}: off by {} standard errors",
                six.text(view.truth),
                if stderr > 0.0 {
                    Figures::with(2).signed((value - view.truth) / stderr)
                } else {
                    NONE.to_owned()
                }
            ));
        }
        Some(lines)
    }

    fn export(&self, view: &OffPolicyView) -> Export {
        let mut table = Export::of_columns(["estimator", "value", "stderr", "low", "high", "truth"]);
        let rows = view.found.estimators.iter();
        table
            .rows
            .extend(rows.map(|e| cells![e.name, e.value, e.stderr, e.low, e.high, view.truth]));
        table
    }
}

/// The ends of the axis: all intervals and the truth.
fn axis(view: &OffPolicyView) -> (f64, f64) {
    let ends = view
        .found
        .estimators
        .iter()
        .flat_map(|e| [e.value, e.low, e.high])
        .flatten();
    let ends = ends.chain([view.truth]).filter(|v| v.is_finite());
    let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low < high {
        (low, high)
    } else {
        (low - 0.5, low + 0.5)
    }
}

fn table(view: &OffPolicyView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let three = Figures::with(3);
    let values = || view.found.estimators.iter().filter_map(|e| e.value).chain([view.truth]);
    let wide = three.width(values()).max(5);
    let truth = format!("truth {}", three.text(view.truth));
    let columns = [
        Column::fixed("estimator", 11),
        Column::fixed("value", wide).right(),
        Column::fixed(theme.plain("± se").into_owned(), 5).right().optional(2),
        Column::flex(truth, 12, 1).at_most(48),
    ];
    let span = axis(view);
    draw_table(&columns, input, area, buffer, |row| {
        let estimated = view.found.estimators.get(row)?;
        let text = |value: Option<f64>| value.map_or_else(|| NONE.to_owned(), |v| three.text(v));
        Some(vec![
            Content::text(estimated.name),
            Content::styled(text(estimated.value), theme.style(Role::Strong)),
            Content::styled(text(estimated.stderr), theme.style(Role::Muted)),
            interval(estimated, view.truth, span, input),
        ])
    })
}

/// `──●──┊`: the interval, the estimate, the truth.
fn interval<'a>(
    estimated: &'a Estimated,
    truth: f64,
    (low, high): (f64, f64),
    input: &'a PaneInput<'_>,
) -> Content<'a> {
    let theme = input.theme;
    let Some(value) = estimated.value else {
        return Content::Empty;
    };
    let paint = move |cell: Rect, buffer: &mut Buffer| {
        let place = |value: f64| {
            let share = ((value - low) / (high - low)).clamp(0.0, 1.0);
            cell.x + (share * f64::from(cell.width.saturating_sub(1))).round() as u16
        };
        let holds = estimated
            .low
            .zip(estimated.high)
            .is_some_and(|(l, h)| (l..=h).contains(&truth));
        let style = theme.style(if holds { Role::Series(0) } else { Role::Warning });
        if let (Some(from), Some(to)) = (estimated.low, estimated.high) {
            for x in place(from)..=place(to) {
                put(buffer, cell, x, cell.y, theme.symbols().frame[0], style);
            }
        }
        let mark = if theme.is_ascii() { "|" } else { "┊" };
        put(buffer, cell, place(truth), cell.y, mark, theme.style(Role::Strong));
        put(buffer, cell, place(value), cell.y, theme.marker(0), style);
    };
    Content::Paint(Box::new(paint))
}

#[cfg(test)]
mod tests;
