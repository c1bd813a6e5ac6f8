use ratatui::layout::Rect;

use crate::answers::{InfoView, PerHead};
use crate::data::FeedbackKind;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{
    Axis, Curve, Figures, LineChart, Pen, compact, percent, put, put_right, thousands, upright_bars, width,
};

/// How ratings are spread over their values, in up to `most` lines.
pub fn histogram(view: &InfoView, theme: &Theme, most: u16, pen: &mut Pen<'_>) {
    let lines = most.min(pen.lines_left());
    if lines < 4 || view.histogram.is_empty() {
        return;
    }
    let words = view.feedback.words;
    pen.heading(&match words.kind {
        FeedbackKind::Counts => format!("{} by size (logarithmic)", words.row.many),
        _ => words.say("ratings by value").into_owned(),
    });
    let place = pen.take(lines - 1);
    let bars = view.histogram.len() as u16;
    let pitch = (place.width / bars.max(1)).clamp(1, 9);
    let shared = place.height >= 6 && pitch >= 5;
    let labels = if shared { 3 } else { 2 };
    let plot = Rect {
        width: (pitch * bars).min(place.width),
        height: place.height.saturating_sub(labels.min(place.height - 1)),
        ..place
    };
    let counts: Vec<f64> = view.histogram.iter().map(|b| b.count() as f64).collect();
    let all: f64 = counts.iter().sum();
    let buffer = pen.buffer();
    let places = upright_bars(buffer, plot, &counts, theme, |_| theme.style(Role::Series(0)));
    let ends: Vec<f64> = view.histogram.iter().map(|b| b.ends().0).collect();
    let figures = Figures::of_values(words.kind, ends.iter().copied());
    // Where the label of a value may begin: they are read across bars that are narrower.
    let mut free = place.x;
    for (n, bar) in places.iter().enumerate() {
        let texts = [
            // Borders of counts are round: 2k, 500k.
            match words.kind {
                FeedbackKind::Counts if ends[n] >= 1000.0 => compact(ends[n] as u64),
                _ => figures.text(ends[n]),
            },
            compact(view.histogram[n].count()),
            percent(counts[n] / all.max(1.0)),
        ];
        for (line, text) in texts.iter().enumerate().take(usize::from(labels)) {
            let wide = width(text) as u16;
            let x = (bar.x + bar.width.saturating_sub(wide) / 2).min(place.right().saturating_sub(wide));
            let fits = if line == 0 { x >= free } else { wide < pitch };
            if !fits {
                continue;
            }
            if line == 0 {
                free = x + wide + 1;
            }
            let style = theme.style(if line == 0 { Role::Strong } else { Role::Muted });
            put(buffer, place, x, plot.bottom() + line as u16, text, style);
        }
    }
}

/// Ratings of users and of items, the most active first, both axes logarithmic.
pub fn tails(view: &InfoView, theme: &Theme, most: u16, pen: &mut Pen<'_>) {
    let lines = most.min(pen.lines_left());
    let (users, items) = &view.activity;
    if lines < 6 || (users.is_empty() && items.is_empty()) {
        return;
    }
    pen.heading(&view.feedback.words.say("long tails: ratings by rank (log-log)"));
    // Both in one line, as far as they fit.
    let room = usize::from(pen.left().width);
    let text = |per: &PerHead| {
        let (median, most) = (thousands(u64::from(per.median)), thousands(u64::from(per.most)));
        if room >= 56 {
            format!("median {median}, most {most}")
        } else {
            format!("median {median}")
        }
    };
    let logarithmic = |label| Axis {
        label,
        logarithmic: true,
        ..Axis::default()
    };
    let curves = [
        (sampled(items), text(&view.per_item)),
        (sampled(users), text(&view.per_user)),
    ];
    let place = pen.take(lines - 1);
    items_and_users(curves, logarithmic("rank"), logarithmic("count"), theme, place, pen);
}

/// A curve of items and one of users, and a line on both below.
fn items_and_users(
    [items, users]: [(Vec<(f64, f64)>, String); 2],
    x: Axis<'_>,
    y: Axis<'_>,
    theme: &Theme,
    place: Rect,
    pen: &mut Pen<'_>,
) {
    let curve = |name, points, series| Curve { name, points, series };
    let mut pen = Pen::new(pen.buffer(), place, theme);
    let (legend, chart) = (pen.take_below(1), pen.left());
    LineChart {
        x,
        y,
        curves: &[curve("items", &items.0, 1), curve("users", &users.0, 0)],
    }
    .draw(pen.buffer(), chart, theme);
    let muted = theme.style(Role::Muted);
    Pen::new(pen.buffer(), legend, theme).line(&[
        (format!("{} ", theme.marker(1)).into(), theme.style(Role::Series(1))),
        (format!("items: {}", items.1).into(), muted),
        (format!("  {} ", theme.marker(0)).into(), theme.style(Role::Series(0))),
        (format!("users: {}", users.1).into(), muted),
    ]);
}

/// (rank, count) at up to 240 ranks that are evenly spaced on a logarithmic axis.
fn sampled(counts: &[u32]) -> Vec<(f64, f64)> {
    const POINTS: usize = 240;
    let mut ranks: Vec<usize> = (0..POINTS)
        .map(|k| (counts.len() as f64).powf(k as f64 / (POINTS - 1) as f64).round() as usize)
        .collect();
    ranks.dedup();
    ranks
        .into_iter()
        .filter_map(|rank| Some((rank as f64, f64::from(*counts.get(rank.checked_sub(1)?)?))))
        .collect()
}

/// Ratings a month.
pub fn activity(view: &InfoView, theme: &Theme, most: u16, pen: &mut Pen<'_>) {
    let lines = most.min(pen.lines_left());
    if lines < 4 {
        return;
    }
    let rows = view.feedback.words.row.many;
    let peak = view.months.iter().max_by_key(|m| m.count);
    pen.heading(&match peak {
        Some(peak) => format!("{rows} by month, at most {}", thousands(peak.count)),
        None => format!("{rows} by month"),
    });
    let (Some(first), Some(last)) = (view.months.first(), view.months.last()) else {
        pen.text(&format!("the {rows} carry no times"), theme.style(Role::Muted));
        return;
    };
    let place = pen.take((lines - 1).min(20));
    let plot = Rect {
        height: place.height - 1,
        ..place
    };
    let counts: Vec<f64> = view.months.iter().map(|m| m.count as f64).collect();
    let muted = theme.style(Role::Muted);
    let style = theme.style(Role::Series(2));
    let buffer = pen.buffer();
    let right = if counts.len() <= usize::from(plot.width) {
        let bars = upright_bars(buffer, plot, &counts, theme, |_| style);
        bars.last().map_or(plot.right(), |b| b.right())
    } else {
        let cells = usize::from(plot.width);
        let mean = |cell: usize| {
            let part = &counts[cell * counts.len() / cells..(cell + 1) * counts.len() / cells];
            part.iter().sum::<f64>() / part.len().max(1) as f64
        };
        let means: Vec<f64> = (0..cells).map(mean).collect();
        upright_bars(buffer, plot, &means, theme, |_| style);
        plot.right()
    };
    let y = place.bottom() - 1;
    let from = put(buffer, place, place.x, y, &first.month, muted);
    if right >= place.x + from + 9 && view.months.len() > 1 {
        put_right(buffer, place, right, y, &last.month, muted);
    }
}

/// The share of all ratings that the most rated items have, and the most active users; with Gini's coefficient.
pub fn concentration(view: &InfoView, theme: &Theme, most: u16, pen: &mut Pen<'_>) {
    let lines = most.min(pen.lines_left());
    let (users, items) = &view.activity;
    if lines < 7 || users.len() < 2 || items.len() < 2 {
        return;
    }
    let words = view.feedback.words;
    pen.heading(&words.say("concentration: share of ratings by share of items or users"));
    let of_all = |label| Axis {
        label,
        bounds: Some((0.0, 100.0)),
        ..Axis::default()
    };
    let text = |per: &PerHead| format!("Gini {}", Figures::with(2).text(per.gini));
    let curves = [
        (cumulated(items), text(&view.per_item)),
        (cumulated(users), text(&view.per_user)),
    ];
    let place = pen.take(lines - 1);
    items_and_users(
        curves,
        of_all(&words.say("most rated % first")),
        of_all("%"),
        theme,
        place,
        pen,
    );
}

/// (per cent of the ranks, per cent of the sum), from 0 to 100, at up to 101 ranks.
fn cumulated(counts: &[u32]) -> Vec<(f64, f64)> {
    let all: f64 = counts.iter().map(|n| f64::from(*n)).sum::<f64>().max(1.0);
    let (mut points, mut sum, mut next) = (vec![(0.0, 0.0)], 0.0, 1);
    for (n, count) in counts.iter().enumerate() {
        sum += f64::from(*count);
        if (n + 1) * 100 >= next * counts.len() {
            points.push((100.0 * (n + 1) as f64 / counts.len() as f64, 100.0 * sum / all));
            next = (n + 1) * 100 / counts.len() + 1;
        }
    }
    points
}
