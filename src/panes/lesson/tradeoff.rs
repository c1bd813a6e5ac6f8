use crate::answers::LeaderboardView;
use crate::answers::leaderboard::LEAD;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Axis, Curve, LineChart, Pen, Spans, beside, flow};

/// Fewer lines show nothing.
const LEAST: u16 = 10;
/// More lines show no more.
const MOST: u16 = 18;

/// How well every model of the board ranks, and how much of the catalog it shows: higher is more accurate, further right
/// shows more.
pub fn draw(view: &LeaderboardView, theme: &Theme, pen: &mut Pen<'_>) {
    let points: Vec<(&str, [(f64, f64); 1])> = view
        .rows
        .iter()
        .filter_map(|row| Some((row.model.as_str(), [(row.mean("coverage@10")?, row.mean(LEAD)?)])))
        .take(8)
        .collect();
    if pen.lines_left() < LEAST + 1 || points.len() < 2 {
        return;
    }
    pen.take(1);
    pen.heading("accuracy against coverage: higher ranks better, further right shows more of the catalog");
    let units = points.iter().enumerate().map(|(n, (model, _))| -> Spans<'_> {
        vec![
            (format!("{} ", theme.marker(n)).into(), theme.style(Role::Series(n))),
            (theme.plain(model).into_owned().into(), theme.style(Role::Muted)),
        ]
    });
    let cells = pen.left().width;
    for line in flow(units, 2, cells) {
        pen.line(&line);
    }
    let [area, _] = beside(pen.take(MOST), 90, 0);
    let curves: Vec<Curve<'_>> = points
        .iter()
        .enumerate()
        .map(|(n, (_, points))| Curve {
            name: "",
            points,
            series: n,
        })
        .collect();
    let highest = |of: fn(&(f64, f64)) -> f64| points.iter().map(|(_, p)| of(&p[0])).fold(0.0, f64::max);
    let bounds = |highest: f64| Some((0.0, if highest > 0.0 { highest } else { 1.0 }));
    LineChart {
        x: Axis {
            label: "coverage",
            bounds: bounds(highest(|p| p.0)),
            ..Axis::default()
        },
        y: Axis {
            label: "nDCG",
            bounds: bounds(highest(|p| p.1)),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(pen.buffer(), area, theme);
}
