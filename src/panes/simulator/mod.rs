//! Simulator: what the user did since the batch, how near the list comes to one that is computed anew for every request, and
//! what each way costs.

mod actions;
mod question;
mod run;

pub use actions::ACTIONS;
pub(crate) use question::watches_pipeline;
pub use question::{command, query, source};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{Axis, Column, Content, Curve, Figures, LineChart, Pen, Spans, beside, draw_table, flow, plural};
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::{FreshRow, PipelineView};

/// A session, and what it is worth to know of it.
#[derive(Default)]
pub struct Simulator;

impl Pane for Simulator {
    const ID: PaneId = PaneId("simulator");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&PipelineView>, _: &Selection) -> String {
        match view.filter(|v| !v.session.is_empty()) {
            None => "Session".to_owned(),
            Some(view) => format!("Session · {}", plural(view.session.len(), "event")),
        }
    }

    fn draw(&self, view: &PipelineView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        timeline(view, theme, &mut pen);
        let body = pen.left();
        if view.fresh.len() > 2 && body.width >= 70 && body.height >= 6 {
            let [left, right] = beside(body, 40, 2);
            ways(view, input, left, pen.buffer());
            chart(view, theme, right, pen.buffer());
        } else {
            ways(view, input, body, pen.buffer());
        }
        Drawn::default()
    }

    fn arithmetic(&self, _: &PipelineView, _: &PaneState, _: usize) -> Option<Vec<String>> {
        None
    }

    fn export(&self, view: &PipelineView) -> Export {
        let columns = "events rbo_batch rbo_session ms_batch ms_session ms_online";
        let mut table = Export::of_columns(columns.split(' '));
        for row in &view.fresh {
            let [batch, session, online] = row.ms;
            table
                .rows
                .push(cells![row.events, row.batch, row.session, batch, session, online]);
        }
        table
    }
}

/// The events in their order, those that the batch knows faintly; no more lines than leave room for the rest.
fn timeline(view: &PipelineView, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, text) = (theme.style(Role::Muted), theme.style(Role::Text));
    if view.session.is_empty() {
        let hint = "nothing yet: K clicks the item under the cursor, W watches, B buys, P skips";
        pen.paragraph("", hint, 2, muted);
        return;
    }
    let units = view.session.iter().map(|(act, label, is_known)| -> Spans<'_> {
        let style = if *is_known { muted } else { text };
        vec![
            (format!("{} ", act.name()).into(), muted),
            (label.as_str().into(), style),
        ]
    });
    let lines = flow(units, 2, pen.left().width);
    let most = usize::from(pen.lines_left().saturating_sub(5).max(1));
    // The latest are what the list follows.
    lines
        .iter()
        .skip(lines.len().saturating_sub(most))
        .for_each(|line| pen.line(line));
}

/// Batch alone, with the session, computed anew: how near, and at what cost.
fn ways(view: &PipelineView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let Some(now) = view.fresh.last() else { return };
    let theme = input.theme;
    let (two, rows) = (Figures::with(2), three(now));
    let mut pen = Pen::new(buffer, area, theme);
    let ms = Figures::of(now.ms);
    let columns = [
        Column::fixed("list", 16),
        Column::fixed("RBO", 5).right(),
        Column::fixed("ms", ms.width(now.ms).max(5)).right(),
    ];
    let place = pen.take(4);
    let plain = PaneState::default();
    let still = PaneInput {
        state: &plain,
        rows: super::Rows::All(3),
        focused: false,
        ..*input
    };
    let _ = draw_table(&columns, &still, place, pen.buffer(), |row| {
        let (name, rbo, cost) = rows.get(row)?;
        Some(vec![
            Content::styled(*name, theme.style(Role::Series(row))),
            Content::text(two.text(*rbo)),
            Content::text(ms.text(*cost)),
        ])
    });
    if let Some(batch) = view.batch.as_ref().filter(|_| pen.lines_left() >= 1) {
        let latency = batch.latency;
        let text = format!(
            "{}: p50 {:.2}, p95 {:.2}, p99 {:.2} ms",
            plural(latency.requests, "request"),
            latency.p50,
            latency.p95,
            latency.p99
        );
        pen.text(&text, theme.style(Role::Muted));
    }
}

fn three(now: &FreshRow) -> [(&'static str, f64, f64); 3] {
    [
        ("batch alone", now.batch, now.ms[0]),
        ("batch + session", now.session, now.ms[1]),
        ("computed anew", 1.0, now.ms[2]),
    ]
}

/// How near the lists were after each event.
fn chart(view: &PipelineView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let points =
        |of: fn(&FreshRow) -> f64| -> Vec<(f64, f64)> { view.fresh.iter().map(|r| (r.events as f64, of(r))).collect() };
    let (batch, session) = (points(|r| r.batch), points(|r| r.session));
    let curve = |name, points, series| Curve { name, points, series };
    let curves = [
        curve("+ session", session.as_slice(), 1),
        curve("batch", batch.as_slice(), 0),
    ];
    LineChart {
        x: Axis {
            label: "events",
            ..Axis::default()
        },
        y: Axis {
            label: "RBO to the ideal",
            bounds: Some((0.0, 1.0)),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, area, theme);
}

#[cfg(test)]
pub(in crate::panes) mod tests;
