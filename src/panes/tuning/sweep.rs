//! One dial turned from end to end: a curve a measure where there is room, else a table.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::TuningView;
use super::run::Sweep;
use crate::answers::text::brief;
use crate::evaluate::Metric;
use crate::models::formula::{DialKind, DialValue};
use crate::panes::PaneInput;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Axis, Curve, Figures, LineChart, NONE, Pen, fit, put_right, width};

/// The least lines of a chart: its curve, the ends of its axis, its name.
const LEAST: u16 = 5;

pub(super) fn draw(view: &TuningView, sweep: &Sweep, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = input.theme;
    let now = input.selection.formula.dial(&sweep.dial).ok().map(|dial| dial.value);
    let mut pen = Pen::new(buffer, area, theme);
    let part = if sweep.kind == DialKind::Weight {
        format!(" of {}", brief(&sweep.part, theme.symbols().ellipsis))
    } else {
        String::new()
    };
    let head = format!(
        "{}{part}, now {}",
        sweep.dial,
        now.map_or_else(|| NONE.to_owned(), |now| now.to_string())
    );
    pen.text(&head, theme.style(Role::Strong));
    let body = pen.left();
    let charts = view.metrics.len() as u16;
    if sweep.kind != DialKind::Norm && charts > 0 {
        let (stacked, beside) = (body.height / charts, body.width / charts);
        if stacked >= LEAST {
            for (n, metric) in view.metrics.iter().enumerate() {
                let place = Rect {
                    y: body.y + n as u16 * stacked,
                    height: stacked,
                    ..body
                };
                chart(sweep, (n, metric), now, place, buffer, theme);
            }
            return;
        }
        if beside >= 26 && body.height >= LEAST {
            for (n, metric) in view.metrics.iter().enumerate() {
                let place = Rect {
                    x: body.x + n as u16 * beside,
                    width: beside - 2,
                    ..body
                };
                chart(sweep, (n, metric), now, place, buffer, theme);
            }
            return;
        }
    }
    table(view, sweep, now, body, buffer, theme);
}

fn chart(
    sweep: &Sweep,
    (n, metric): (usize, &Metric),
    now: Option<DialValue>,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    let point = |row: &crate::answers::tuning::SweepRow| {
        let x: f64 = row.value.parse().ok()?;
        Some((x, row.figures.get(n).copied().flatten()?))
    };
    let points: Vec<(f64, f64)> = sweep.rows.iter().filter_map(point).collect();
    let ends: Vec<f64> = sweep.rows.iter().filter_map(|row| row.value.parse().ok()).collect();
    let mut pen = Pen::new(buffer, area, theme);
    let best = points.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a });
    let unit = metric.spec().unit;
    let unit = if unit.is_empty() {
        String::new()
    } else {
        format!(" ({unit})")
    };
    let title = match best {
        Some((x, y)) => format!("{metric}{unit}: highest {} at {x}", Figures::with(4).text(y)),
        None => format!("{metric}{unit}"),
    };
    pen.text(&title, theme.style(Role::Header));
    let left = pen.left();
    if points.is_empty() {
        return pen.text("no figure yet", theme.style(Role::Muted));
    }
    let bounds = ends.first().copied().zip(ends.last().copied());
    let here = match now {
        Some(DialValue::Number(x)) => at(&points, x).map(|y| vec![(x, y)]),
        _ => None,
    };
    let here = here.unwrap_or_default();
    let curves = [
        Curve {
            name: "now",
            points: &here,
            series: 3,
        },
        Curve {
            name: "",
            points: &points,
            series: n,
        },
    ];
    let chart = LineChart {
        x: Axis {
            label: &sweep.dial,
            bounds,
            logarithmic: matches!(sweep.kind, DialKind::Keep | DialKind::Threshold),
            ..Axis::default()
        },
        y: Axis {
            flat: "the same everywhere",
            ..Axis::default()
        },
        curves: if here.is_empty() { &curves[1..] } else { &curves },
    };
    chart.draw(buffer, left, theme);
}

/// The height of a curve at a place between its points.
fn at(points: &[(f64, f64)], x: f64) -> Option<f64> {
    let pair = points.windows(2).find(|pair| (pair[0].0..=pair[1].0).contains(&x))?;
    let share = (x - pair[0].0) / (pair[1].0 - pair[0].0);
    let y = pair[0].1 + share * (pair[1].1 - pair[0].1);
    y.is_finite().then_some(y)
}

/// A line a setting.
fn table(view: &TuningView, sweep: &Sweep, now: Option<DialValue>, area: Rect, buffer: &mut Buffer, theme: &Theme) {
    let mut pen = Pen::new(buffer, area, theme);
    let name = sweep.rows.iter().map(|row| width(&row.value)).max().unwrap_or(0).max(7) as u16;
    // Where each column ends; the least needed ones, the last, are left out.
    let mut ends = Vec::with_capacity(view.metrics.len());
    let mut end = name;
    for metric in &view.metrics {
        end += width(&metric.to_string()).max(6) as u16 + 2;
        if end <= area.width {
            ends.push(end);
        }
    }
    let mut line = |cells: Vec<String>, role: Role| {
        let place = pen.take(1);
        if place.is_empty() {
            return;
        }
        let style = theme.style(role);
        put_right(
            pen.buffer(),
            place,
            place.x + name.min(place.width),
            place.y,
            &fit(&cells[0], usize::from(name), "…"),
            style,
        );
        for (end, cell) in ends.iter().zip(cells.iter().skip(1)) {
            put_right(pen.buffer(), place, place.x + end, place.y, cell, style);
        }
    };
    let heads = std::iter::once(String::new()).chain(view.metrics.iter().map(ToString::to_string));
    line(heads.collect(), Role::Header);
    let now = now.map(|now| now.to_string());
    for row in &sweep.rows {
        let figures = (0..view.metrics.len()).map(|n| Figures::with(4).maybe(row.figures.get(n).copied().flatten()));
        let role = if now.as_ref() == Some(&row.value) {
            Role::Strong
        } else {
            Role::Text
        };
        line(std::iter::once(row.value.clone()).chain(figures).collect(), role);
    }
}
