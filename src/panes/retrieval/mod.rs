//! Retrieval: what a graph of neighbors (HNSW) finds of the exact answer, how fast, and at what cost in memory and time.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::background::PAUSED;
use super::once::Once;
use super::theme::{Role, Theme};
use super::widgets::{
    Axis, Column, Content, Curve, Figures, LineChart, NONE, Pen, Spans, draw_table, flow, plural, thousands,
    wrapped_message,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::RetrievalView;
use crate::answers::pipeline::retrieval::{ENOUGH, RetrievalRow, SHORT, Took};
use crate::engine::Order;

/// A graph beside the exact answer.
#[derive(Default)]
pub struct Retrieval;

/// What is known of it.
pub type RetrievalShown = Once<RetrievalView>;

impl Pane for Retrieval {
    const ID: PaneId = PaneId("retrieval");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "run_retrieval",
        title: "Measure or stop",
        hint: "measure/stop",
        doc: "Fits the model, links its items and asks the graph, or stops that.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    }];

    fn title(&self, view: Option<&RetrievalShown>, _: &Selection) -> String {
        match view.and_then(|v| v.result.as_ref()) {
            None => "Retrieval · HNSW".to_owned(),
            Some(result) => format!("Retrieval · HNSW over {}", plural(result.items as u64, "item")),
        }
    }

    /// The exact answer, then a row for every width of the search.
    fn rows(&self, view: &RetrievalShown, _: &PaneState) -> usize {
        view.result.as_ref().map_or(0, |result| 1 + result.rows.len())
    }

    fn row_text(&self, view: &RetrievalShown, _: &PaneState, row: usize) -> String {
        let rows = view.result.as_ref().map_or(&[][..], |result| &result.rows);
        match row.checked_sub(1) {
            None => "exact".to_owned(),
            Some(at) => rows.get(at).map(|row| format!("ef {}", row.ef)).unwrap_or_default(),
        }
    }

    fn draw(&self, view: &RetrievalShown, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let Some(result) = &view.result else {
            let said = match (&view.report, view.asks) {
                (Some(report), _) => report.as_str(),
                (None, true) => {
                    "nothing built yet: space fits the model, links its items into a graph, and asks both that and all \
                     items for what is nearest to users"
                }
                (None, false) => PAUSED,
            };
            return wrapped_message(buffer, area, said, theme);
        };
        let mut pen = Pen::new(buffer, area, theme);
        let rows = result.rows.len() as u16 + 2;
        let lines = flow(head(result, theme), 3, pen.left().width);
        for line in &lines {
            // The table first: what is measured stands in it.
            if pen.lines_left() > rows {
                pen.line(line);
            }
        }
        let said = view.report.clone().unwrap_or_else(|| verdict(result));
        if pen.lines_left() > rows {
            let most = pen.lines_left() - rows;
            pen.paragraph("", &theme.plain(&said), most.min(3), theme.style(Role::Text));
        }
        let chart = pen.lines_left().saturating_sub(rows);
        if chart >= 5 && !result.rows.is_empty() {
            let place = pen.take_below(chart);
            curves(result, theme, place, pen.buffer());
        }
        let body = pen.left();
        table(result, input, body, buffer)
    }

    fn arithmetic(&self, view: &RetrievalShown, _: &PaneState, row: usize) -> Option<Vec<String>> {
        let result = view.result.as_ref()?;
        let mut lines = vec![
            format!(
                "an item x = (factors, bias) lies at (x, √(Φ² − |x|²)) / Φ, Φ = max |x|: {} coordinates",
                result.dimensions
            ),
            "a user asks from (factors, 1, 0), made as long as 1: the nearest has the highest score (Bachrach 2014)"
                .to_owned(),
        ];
        let Some(at) = row.checked_sub(1) else {
            lines.push(format!(
                "exact: {} products for each of {}",
                thousands(result.items as u64),
                plural(result.users as u64, "user")
            ));
            return Some(lines);
        };
        let row = result.rows.get(at)?;
        let four = Figures::with(4);
        lines.push(format!("ef {}: so many of the nearest are kept in mind", row.ef));
        lines.push(format!(
            "recall@{SHORT} {}, recall@{} {}: what was found of the nearest, or as near as the last of them",
            four.maybe(row.recall_10),
            result.k,
            four.maybe(row.recall_k)
        ));
        lines.push(format!(
            "distance ratio {}: how far it is, divided by the exact one of its rank, on average",
            four.maybe(row.distance_ratio)
        ));
        lines.push(
            "recall is the same for the same seed: one thread links; times are of this machine, now, on one thread"
                .to_owned(),
        );
        Some(lines)
    }

    fn export(&self, view: &RetrievalShown) -> Export {
        let columns = "ef recall_10 recall_k distance_ratio median_us p99_us";
        let mut table = Export::of_columns(columns.split(' '));
        if let Some(result) = &view.result {
            let of = |ef: Option<usize>, figures: [Option<f64>; 3], took: Took| {
                let [short, long, ratio] = figures;
                cells![ef, short, long, ratio, took.median_us, took.p99_us]
            };
            table.rows.push(of(None, [Some(1.0); 3], result.exact));
            let rows = result.rows.iter();
            table.rows.extend(rows.map(|row| {
                let figures = [row.recall_10, row.recall_k, row.distance_ratio];
                of(Some(row.ef), figures, row.took)
            }));
        }
        table
    }
}

/// What was built, and what it takes.
fn head(result: &RetrievalView, theme: &Theme) -> Vec<Spans<'static>> {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let unit = |before: &str, value: String, behind: &str| -> Spans<'static> {
        vec![
            (before.to_owned().into(), muted),
            (value.into(), strong),
            (behind.to_owned().into(), muted),
        ]
    };
    let whole = |n: f64| thousands(n.round() as u64);
    let dimensions = format!(" in {} dimensions", result.dimensions);
    vec![
        unit("", theme.plain(&result.model).into_owned(), &dimensions),
        unit("asked by ", thousands(result.users as u64), " users"),
        unit("vectors ", whole(result.vector_bytes), " bytes an item"),
        unit("links ", whole(result.link_bytes), " more"),
        unit("built in ", format!("{:.2}", result.build_seconds), " s"),
        unit("", result.layers.to_string(), " layers"),
    ]
}

/// Whether the graph is worth it.
fn verdict(result: &RetrievalView) -> String {
    let Some(crossing) = result.faster_from else {
        let enough = format!("{:.0}%", 100.0 * ENOUGH);
        return format!("no row finds {enough} of the nearest: a larger ef search, or a larger M");
    };
    let row = result.rows.iter().find(|row| row.ef == crossing.ef);
    let recall = row.and_then(|row| row.recall_10.or(row.recall_k));
    let found = recall.map_or_else(String::new, |r| format!(", which finds {:.1}%", 100.0 * r));
    let items = thousands(crossing.items);
    let here = if crossing.items > result.items as u64 {
        "here looking at everything is as fast or faster"
    } else {
        "here the graph is faster"
    };
    format!(
        "{here}; with ef {}{found}, the graph is ahead from about {items} items on (estimated: one grows with n, the other \
         with ln n)",
        crossing.ef
    )
}

fn table(result: &RetrievalView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let (three, times) = (Figures::with(3), Figures::with(1));
    let all = || std::iter::once(result.exact).chain(result.rows.iter().map(|row| row.took));
    let wide = times.width(all().flat_map(|took| [took.median_us, took.p99_us])).max(6);
    let long = format!("recall@{}", result.k);
    let micro = theme.plain("µs").into_owned();
    let mut columns = vec![
        Column::fixed("ef", 7).right(),
        Column::fixed(format!("recall@{SHORT}"), 9).right(),
        Column::fixed(long, 11).right().optional(2),
        Column::fixed("farther", 7).right().optional(3),
        Column::fixed(micro, wide).right(),
        Column::fixed("p99", wide).right().optional(1),
        Column::fixed("speed", 7).right().optional(4),
    ];
    if result.k == SHORT {
        columns.remove(2);
    }
    draw_table(&columns, input, area, buffer, |row| {
        let at = row.checked_sub(1);
        let (name, recalls, ratio, took) = match at {
            None => ("exact".to_owned(), [Some(1.0); 2], Some(1.0), result.exact),
            Some(at) => {
                let row = result.rows.get(at)?;
                let recalls = [row.recall_10, row.recall_k];
                (thousands(row.ef as u64), recalls, row.distance_ratio, row.took)
            }
        };
        let speed = result.exact.median_us / took.median_us;
        let is_meant = at.is_some() && result.faster_from.is_some_and(|c| c.ef == row_ef(result, at));
        let text = theme.style(if is_meant { Role::Strong } else { Role::Text });
        let muted = theme.style(Role::Muted);
        let mut cells = vec![
            Content::styled(name, text),
            Content::styled(three.maybe(recalls[0]), text),
            Content::styled(three.maybe(recalls[1]), text),
            Content::styled(three.maybe(ratio), muted),
            Content::styled(times.text(took.median_us), text),
            Content::styled(times.text(took.p99_us), muted),
            Content::styled(
                if speed.is_finite() {
                    theme.plain(&format!("× {speed:.2}")).into_owned()
                } else {
                    NONE.to_owned()
                },
                theme.style(if speed > 1.0 { Role::Positive } else { Role::Muted }),
            ),
        ];
        if result.k == SHORT {
            cells.remove(2);
        }
        Some(cells)
    })
}

fn row_ef(result: &RetrievalView, at: Option<usize>) -> usize {
    at.and_then(|at| result.rows.get(at))
        .map_or(0, |row: &RetrievalRow| row.ef)
}

/// Recall against the time of a query, and where the exact answer stands.
fn curves(result: &RetrievalView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let points = |of: fn(&RetrievalRow) -> Option<f64>| -> Vec<(f64, f64)> {
        let rows = result.rows.iter();
        let mut points: Vec<(f64, f64)> = rows.filter_map(|row| Some((row.took.median_us, of(row)?))).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        points
    };
    let (short, long) = (points(|row| row.recall_10), points(|row| row.recall_k));
    let least = short.iter().chain(&long).fold(1.0, |least: f64, (_, y)| least.min(*y));
    let floor = ((least * 10.0).floor() / 10.0 - 0.1).max(0.0);
    let exact = [(result.exact.median_us, floor), (result.exact.median_us, 1.0)];
    let long_name = format!("@{}", result.k);
    let curve = |name, points, series| Curve { name, points, series };
    let mut all = vec![curve("@10", short.as_slice(), 0), curve("exact", &exact[..], 7)];
    if result.k != SHORT {
        all.insert(1, curve(&long_name, long.as_slice(), 1));
    }
    let label = theme.plain("µs a query, median").into_owned();
    LineChart {
        x: Axis {
            label: &label,
            ..Axis::default()
        },
        y: Axis {
            label: "recall",
            bounds: Some((floor, 1.0)),
            ..Axis::default()
        },
        curves: &all,
    }
    .draw(buffer, area, theme);
}

#[cfg(test)]
mod tests;
