use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::Point;
use crate::answers::text::brief;
use crate::evaluate::metrics::Better;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Axis, Curve, Figures, LineChart, Pen, Spans, flow};

/// The front is drawn in this color.
const FRONT: usize = 7;
/// So many models have a color of their own.
const COLORS: usize = 7;
/// The fewest lines that a chart takes.
const LEAST: u16 = 6;

/// The points in the plane, who they are, and the front through those that none beats.
pub(super) fn draw(
    points: &[Point<'_>],
    (label, better): (&str, Better),
    theme: &Theme,
    area: Rect,
    buffer: &mut Buffer,
) {
    let mut pen = Pen::new(buffer, area, theme);
    let (text, muted) = (theme.style(Role::Text), theme.style(Role::Muted));
    let units = points.iter().take(COLORS).enumerate().map(|(n, point)| -> Spans<'_> {
        let role = if point.is_front { text } else { muted };
        vec![
            (format!("{} ", theme.marker(n)).into(), theme.style(Role::Series(n))),
            (brief(&theme.plain(point.model), theme.symbols().ellipsis).into(), role),
        ]
    });
    let more = points.len().saturating_sub(COLORS);
    let rest: Spans<'_> = vec![(format!("and {more} more").into(), muted)];
    let cells = area.width;
    let mut lines = flow(units.chain((more > 0).then_some(rest)), 2, cells);
    let room = usize::from(area.height.saturating_sub(LEAST + 1));
    lines.truncate(room);
    for line in &lines {
        pen.line(line);
    }
    if pen.lines_left() > LEAST {
        let place = pen.take_below(1);
        let front = points.iter().filter(|point| point.is_front);
        let way = if better == Better::Higher { "right" } else { "left" };
        let said = format!(
            "line: none beats these {}; up and {way} is better; v: another",
            front.count()
        );
        Pen::new(pen.buffer(), place, theme).text(&said, muted);
    }
    let body = pen.left();
    let mut front: Vec<(f64, f64)> = points
        .iter()
        .filter(|p| p.is_front)
        .map(|p| (p.x, p.accuracy))
        .collect();
    front.sort_by(|a, b| a.0.total_cmp(&b.0));
    let each: Vec<[(f64, f64); 1]> = points.iter().map(|point| [(point.x, point.accuracy)]).collect();
    let mut curves = vec![Curve {
        name: "",
        points: &front,
        series: FRONT,
    }];
    curves.extend(each.iter().enumerate().map(|(n, points)| Curve {
        name: "",
        points,
        series: n % COLORS,
    }));
    let bounds = |of: fn(&Point<'_>) -> f64| {
        let (low, high) = points
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
        let margin = if high > low {
            (high - low) * 0.05
        } else {
            high.abs().max(1.0) * 0.05
        };
        Some((low - margin, high + margin))
    };
    if body.height < 3 {
        // No room for a chart: the best and what it costs in a line.
        let best = points.iter().reduce(|a, b| if b.accuracy > a.accuracy { b } else { a });
        if let Some(best) = best {
            let figures = Figures::with(4);
            let said = format!(
                "{}: {} at {label} {}",
                best.model,
                figures.text(best.accuracy),
                figures.text(best.x)
            );
            pen.text(&theme.plain(&said), text);
        }
        return;
    }
    LineChart {
        x: Axis {
            label,
            bounds: bounds(|p| p.x),
            ..Axis::default()
        },
        y: Axis {
            label: "nDCG",
            bounds: bounds(|p| p.accuracy),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(pen.buffer(), body, theme);
}
