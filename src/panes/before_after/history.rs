use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::answers::RankHistoryView;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Axis, Curve, LineChart, Pen};

/// The rank over the events, the list's end and the present as lines; when it first entered, as a sentence.
pub(super) fn draw(view: &RankHistoryView, known: usize, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 2 {
        pen.paragraph("", &theme.plain(&sentence(view)), 2, theme.style(Role::Strong));
    }
    if let Some(at) = view.rated_at
        && pen.lines_left() >= 5
    {
        let text = format!("rated itself as the {} of {}", nth(at + 1), view.events);
        pen.text(&text, theme.style(Role::Muted));
    }
    let body = pen.left();
    let ranked = view
        .points
        .iter()
        .filter_map(|p| Some((p.known as f64, p.rank? as f64)));
    let ranks: Vec<(f64, f64)> = ranked.collect();
    if ranks.is_empty() || body.height < 3 {
        return;
    }
    let (end, length) = (view.events as f64, view.n as f64);
    let lowest = ranks.iter().map(|p| p.1).fold(length, f64::max);
    let list_end = [(0.0, length), (end, length)];
    let present = [(known as f64, lowest), (known as f64, 1.0)];
    let list = format!("top {}", view.n);
    let curves = [
        Curve {
            name: "rank",
            points: &ranks,
            series: 0,
        },
        Curve {
            name: &list,
            points: &list_end,
            series: 1,
        },
        Curve {
            name: "now",
            points: &present,
            series: 2,
        },
    ];
    let chart = LineChart {
        x: Axis {
            label: "events",
            bounds: Some((0.0, end)),
            ..Axis::default()
        },
        y: Axis {
            label: "rank",
            bounds: Some((1.0, lowest)),
            logarithmic: true,
            downward: true,
            ..Axis::default()
        },
        curves: &curves,
    };
    chart.draw(buffer, body, theme);
}

fn sentence(view: &RankHistoryView) -> String {
    let first = format!("the first {}", view.n);
    match &view.entered {
        None => format!("never among {first}"),
        Some(entered) => match (&entered.after, &entered.day) {
            (Some(after), Some(day)) => {
                let (rank, known) = (entered.rank, entered.known);
                format!(
                    "entered {first} at rank {rank} on {day}, after event {known}: {}",
                    after.label
                )
            }
            _ => format!("at rank {} before anything was rated", entered.rank),
        },
    }
}

fn nth(n: usize) -> String {
    let ending = match (n % 10, n % 100) {
        (1, n) if n != 11 => "st",
        (2, n) if n != 12 => "nd",
        (3, n) if n != 13 => "rd",
        _ => "th",
    };
    format!("{n}{ending}")
}
