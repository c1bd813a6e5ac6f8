use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{brief, chosen, regret_figures};
use crate::answers::ColdStartView;
use crate::panes::PaneInput;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{
    Axis, Curve, LineChart, NONE, Pen, Spans, fit, percent, put, put_right, spans_width, width,
};

/// A line a policy: its mark, its regret, how often it took the best arm; the one whose beliefs are shown is marked.
pub fn policies(view: &ColdStartView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let figures = regret_figures(view);
    let digits = figures.width(view.policies.iter().map(|p| p.regret)).max(6);
    let shown = chosen(view, input.state).map(|c| c.0);
    if pen.lines_left() >= 2 {
        let line = pen.take(1);
        let header = theme.style(Role::Header);
        put(pen.buffer(), line, line.x + 2, line.y, "policy", header);
        let (regret, best) = ends(line, digits);
        put_right(pen.buffer(), line, regret, line.y, "regret", header);
        if best > regret {
            put_right(pen.buffer(), line, best, line.y, "best arm", header);
        }
    }
    for (n, policy) in view.policies.iter().enumerate() {
        let line = pen.take(1);
        if line.is_empty() {
            return;
        }
        let (regret, best) = ends(line, digits);
        let buffer = pen.buffer();
        let series = theme.style(Role::Series(n));
        put(buffer, line, line.x, line.y, theme.marker(n), series);
        let room = usize::from(regret.saturating_sub(line.x + 3 + digits));
        let title = if width(&policy.title) <= room {
            policy.title.as_str()
        } else {
            brief(policy)
        };
        let style = theme.style(if shown == Some(n) { Role::Strong } else { Role::Text });
        let title = fit(title, room, theme.symbols().ellipsis);
        put(buffer, line, line.x + 2, line.y, &title, style);
        let (lost, strong) = (figures.text(policy.regret), theme.style(Role::Strong));
        put_right(buffer, line, regret, line.y, &lost, strong);
        if best > regret {
            let share = policy.best_arm_share.map_or_else(|| NONE.to_owned(), percent);
            put_right(buffer, line, best, line.y, &share, theme.style(Role::Text));
        }
    }
}

/// Where the columns of regret and of the best arm's share end; the second at the first where there is no room.
fn ends(line: Rect, digits: u16) -> (u16, u16) {
    let wide = line.width >= 2 + 12 + digits + 10;
    let regret = (line.x + 2 + 20 + digits).min(line.right().saturating_sub(if wide { 9 } else { 0 }));
    (regret, if wide { regret + 9 } else { regret })
}

/// Pseudo-regret by pulls, on a logarithmic axis, with what no good policy stays below in the long run.
pub fn curves(view: &ColdStartView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    if area.height < 4 || area.width < 12 {
        return;
    }
    let mut pen = Pen::new(buffer, area, theme);
    if view.step == 0 {
        pen.heading("regret");
        pen.text("no pull yet", theme.style(Role::Muted));
        return;
    }
    let coefficient = view.lower_bound.filter(|c| *c > 0.0 && c.is_finite());
    let bounded = coefficient.is_some();
    let mut spans: Spans<'_> = vec![("regret = successes lost".into(), theme.style(Role::Muted))];
    let bound = format!("{} long-run bound", theme.marker(7));
    let series = theme.style(Role::Series(7));
    if bounded && spans_width(&spans) + 2 + width(&bound) <= usize::from(area.width) {
        spans.push((format!("  {bound}").into(), series));
        pen.line(&spans);
    } else {
        pen.line(&spans);
        if bounded && pen.lines_left() > 4 {
            pen.text(&bound, series);
        }
    }
    let plot = pen.left();
    let points: Vec<Vec<(f64, f64)>> = view
        .policies
        .iter()
        .map(|p| p.curve.iter().map(|(t, r)| (*t as f64, *r)).collect())
        .collect();
    // The axis belongs to the policies: the bound is drawn as far as it stays among them.
    let highest = points.iter().flatten().map(|p| p.1).fold(0.0, f64::max);
    let steps = (view.step as f64).ln();
    let lower: Vec<(f64, f64)> = (0..=60)
        .map(|k| (steps * f64::from(k) / 60.0).exp())
        .map(|t| (t, coefficient.unwrap_or_default() * t.ln()))
        .filter(|(_, regret)| *regret <= highest)
        .collect();
    let names: Vec<&str> = if plot.height >= 6 && plot.width >= 40 {
        view.policies.iter().map(brief).collect()
    } else {
        Vec::new()
    };
    let mut curves: Vec<Curve<'_>> = points
        .iter()
        .enumerate()
        .map(|(n, points)| Curve {
            name: names.get(n).copied().unwrap_or(""),
            points,
            series: n,
        })
        .collect();
    if bounded {
        curves.push(Curve {
            name: "",
            points: &lower,
            series: 7,
        });
    }
    LineChart {
        x: Axis {
            label: "pulls (log)",
            logarithmic: true,
            bounds: Some((1.0, view.step.max(2) as f64)),
            ..Axis::default()
        },
        y: Axis {
            bounds: (highest > 0.0).then_some((0.0, highest)),
            flat: "no regret: every pull so far was of a best arm",
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, plot, theme);
}
