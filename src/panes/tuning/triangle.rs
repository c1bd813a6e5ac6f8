//! The triangle of three weights: a point a way to share them, the shade a figure, the knob where the formula is.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{STEPS, TuningView};
use crate::answers::tuning::{TrianglePoint, shares};
use crate::panes::PaneInput;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Figures, Pen, Spans, fit, put, put_right, shades, spans_width, width};

/// The figure that is shown.
fn figure(point: &TrianglePoint, mode: usize) -> Option<f64> {
    match mode {
        0 => point.figures.first().copied().flatten(),
        _ => point.rbo,
    }
}

pub(super) fn draw(
    view: &TuningView,
    parts: &[String; 3],
    points: &[TrianglePoint],
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = input.theme;
    let mode = input.state.mode;
    let here = shares(&input.selection.formula);
    let quarters = quarters(points, mode);
    // Nothing stands out where it cannot be the highest: the present list is always the most like itself.
    let best = if mode == 0 { best(points) } else { None };
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 6 {
        legend(view, mode, quarters, &mut pen, theme);
    }
    let lines = said(points, best, here, mode, theme);
    for line in lines.into_iter().rev() {
        if pen.lines_left() >= 8 {
            let place = pen.take_below(1);
            Pen::new(pen.buffer(), place, theme).line(&line);
        }
    }
    let names: Vec<&str> = parts.iter().map(|name| short(name)).collect();
    let body = pen.left();
    if body.height >= 5 {
        let shape = Rect {
            height: body.height - 1,
            ..body
        };
        let bottom = Rect {
            y: body.y + lines_of(shape.height).1,
            height: 1,
            ..body
        };
        let half = usize::from(body.width / 2).saturating_sub(2);
        let plain = theme.style(Role::Text);
        put(
            buffer,
            bottom,
            bottom.x,
            bottom.y,
            &fit(&format!("◣ {}", names[1]), half, "…"),
            plain,
        );
        put_right(
            buffer,
            bottom,
            bottom.right(),
            bottom.y,
            &fit(&format!("{} ◢", names[2]), half, "…"),
            plain,
        );
        shade(points, (mode, quarters), best, here, names[0], shape, buffer, theme);
    } else {
        shade(points, (mode, quarters), best, here, "", body, buffer, theme);
    }
}

/// A part without its parameters.
fn short(name: &str) -> &str {
    name.split(':').next().unwrap_or(name)
}

fn best(points: &[TrianglePoint]) -> Option<&TrianglePoint> {
    let known = points.iter().filter(|point| figure(point, 0).is_some());
    known.reduce(|best, next| if figure(next, 0) > figure(best, 0) { next } else { best })
}

/// From where on each shade is: the points in four parts of equal number, by their figures, and the highest of all. `None` where
/// there is no figure.
fn quarters(points: &[TrianglePoint], mode: usize) -> Option<[f64; 5]> {
    let mut values: Vec<f64> = points.iter().filter_map(|point| figure(point, mode)).collect();
    values.sort_unstable_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some([0, 1, 2, 3, 4].map(|quarter| values[(values.len() * quarter / 4).min(last)]))
}

/// The shade of a figure.
fn level(value: f64, quarters: [f64; 5]) -> usize {
    (0..4).rev().find(|n| value >= quarters[*n]).unwrap_or(0)
}

/// Every how many steps of the triangle have a line where there are so many lines, and how many lines that makes.
fn lines_of(height: u16) -> (usize, u16) {
    let every = [1, 2, 5, 10]
        .into_iter()
        .find(|every| STEPS / every < usize::from(height))
        .unwrap_or(STEPS);
    (every, (STEPS / every) as u16 + 1)
}

/// What the shades mean.
fn legend(view: &TuningView, mode: usize, quarters: Option<[f64; 5]>, pen: &mut Pen<'_>, theme: &Theme) {
    let (strong, muted) = (theme.style(Role::Strong), theme.style(Role::Muted));
    let what = if mode == 0 {
        view.metrics.first().map_or_else(String::new, ToString::to_string)
    } else {
        "rank-biased overlap with the list now".to_owned()
    };
    let mut spans: Spans<'_> = vec![(what.into(), strong)];
    let shades = shades(theme);
    let figures = Figures::with(3);
    let Some(quarters) = quarters else {
        return pen.line(&spans);
    };
    let mut scale: Spans<'_> = Vec::new();
    for (shade, from) in shades.iter().zip(quarters) {
        scale.push((format!("  {shade} ").into(), theme.style(Role::Series(0))));
        scale.push((format!("from {}", figures.text(from)).into(), muted));
    }
    let fits = |spans: &Spans<'_>| spans_width(spans) <= usize::from(pen.left().width);
    let brief: Spans<'_> = vec![
        (format!("  {} ", figures.text(quarters[0])).into(), muted),
        (shades.concat().into(), theme.style(Role::Series(0))),
        (format!(" {}", figures.text(quarters[4])).into(), muted),
    ];
    let long: Spans<'_> = spans.iter().cloned().chain(scale).collect();
    if fits(&long) {
        return pen.line(&long);
    }
    let whole: Spans<'_> = spans.iter().cloned().chain(brief).collect();
    spans = if fits(&whole) { whole } else { spans };
    pen.line(&spans);
}

/// The best point, and the present one.
fn said<'a>(
    points: &[TrianglePoint],
    best: Option<&TrianglePoint>,
    here: Option<[f64; 3]>,
    mode: usize,
    theme: &Theme,
) -> Vec<Spans<'a>> {
    let (text, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
    let weights = |weights: [f64; 3]| weights.map(|w| Figures::with(2).text(w)).join(" ");
    let mut lines = Vec::new();
    if let Some(best) = best {
        let value = Figures::with(4).maybe(figure(best, mode));
        lines.push(vec![
            (
                format!("{} ", theme.symbols().moves[3]).into(),
                theme.style(Role::Edited),
            ),
            (format!("best {value} ").into(), text),
            (format!("at {}", weights(best.weights)).into(), muted),
        ]);
    }
    if let Some(here) = here {
        let near = nearest(points, here).and_then(|point| figure(point, mode));
        let value = near.map_or_else(String::new, |value| format!("{} near it", Figures::with(4).text(value)));
        lines.push(vec![
            (
                format!("{} ", theme.symbols().checks[2]).into(),
                theme.style(Role::Strong),
            ),
            (format!("now {} ", weights(here)).into(), text),
            (value.into(), muted),
        ]);
    } else {
        lines.push(vec![(
            "all three weights are 0: nothing is recommended".into(),
            theme.style(Role::Warning),
        )]);
    }
    lines
}

fn nearest(points: &[TrianglePoint], to: [f64; 3]) -> Option<&TrianglePoint> {
    let away = |point: &TrianglePoint| -> f64 { point.weights.iter().zip(to).map(|(a, b)| (a - b) * (a - b)).sum() };
    points.iter().min_by(|a, b| away(a).total_cmp(&away(b)))
}

/// Cells from one point to the next at most: wider ones would make no triangle.
const WIDEST: u16 = 6;

#[allow(clippy::too_many_arguments, reason = "the points with all that is marked among them")]
fn shade(
    points: &[TrianglePoint],
    (mode, quarters): (usize, Option<[f64; 5]>),
    best: Option<&TrianglePoint>,
    here: Option<[f64; 3]>,
    top: &str,
    area: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
) {
    if area.is_empty() {
        return;
    }
    // Where not all steps have a line, every second or fifth has.
    let (every, rows) = lines_of(area.height);
    let pitch = (area.width / (rows + 1)).clamp(1, WIDEST);
    let thick = pitch.saturating_sub(1).max(1);
    let shades = shades(theme);
    let middle = area.x + area.width / 2;
    // The cell of a point: `down` steps below the upper corner, `right` steps from the left edge.
    let cell = |down: f64, right: f64| {
        let x = f64::from(middle) + (right - down / 2.0) * f64::from(pitch) - f64::from(thick) / 2.0;
        (x.round().max(f64::from(area.x)) as u16, area.y + down.round() as u16)
    };
    let place = |weights: [f64; 3]| {
        let steps = f64::from(rows - 1);
        cell((1.0 - weights[0]) * steps, weights[2] * steps)
    };
    let is_shown = |point: &TrianglePoint| {
        let at = |weight: f64| (weight * STEPS as f64).round() as usize;
        at(point.weights[0]).is_multiple_of(every) && at(point.weights[2]).is_multiple_of(every)
    };
    for point in points.iter().filter(|point| is_shown(point)) {
        let (x, y) = place(point.weights);
        let (symbol, style) = match figure(point, mode) {
            None => ("·".to_owned(), theme.style(Role::Muted)),
            Some(value) => {
                let level = quarters.map_or(0, |quarters| level(value, quarters));
                (shades[level].repeat(usize::from(thick)), theme.style(Role::Series(0)))
            }
        };
        put(buffer, area, x, y, &symbol, style);
    }
    if let Some(best) = best {
        let (x, y) = place(best.weights);
        put(
            buffer,
            area,
            x + thick / 2,
            y,
            theme.symbols().moves[3],
            theme.style(Role::Edited),
        );
    }
    if let Some(here) = here {
        let (x, y) = place(here);
        let (symbol, role) = (theme.symbols().checks[2], Role::Selection);
        put(buffer, area, x + thick / 2, y, symbol, theme.style(role));
    }
    let label = format!("▲ {top}");
    let x = cell(0.0, 0.0).0 + thick + 1;
    if !top.is_empty() && usize::from(area.right().saturating_sub(x)) >= width(&label).min(12) {
        let text = fit(
            &label,
            usize::from(area.right().saturating_sub(x)),
            theme.symbols().ellipsis,
        );
        put(buffer, area, x, area.y, &text, theme.style(Role::Text));
    }
}
