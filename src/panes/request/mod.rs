//! Request: the stages between the store and the list, each with its time, what went in and came out, and what happened for
//! this user; and the stage under the cursor in detail.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::simulator::watches_pipeline;
use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Extent, Figures, Pen, bar_cell, beside, draw_table, gauge, plural, spans_width, thousands,
};
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::{PipelineView, StageDetail};
use crate::pipeline::fault::Fault;
use crate::pipeline::{Response, StageReport};

/// The stages of a request.
#[derive(Default)]
pub struct RequestPane;

watches_pipeline!(RequestPane);

impl Pane for RequestPane {
    const ID: PaneId = PaneId("request");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&PipelineView>, _: &Selection) -> String {
        match view.and_then(|v| v.response.as_ref()) {
            None => "Request".to_owned(),
            Some(response) => format!("Request · {:.2} ms", response.ms),
        }
    }

    fn rows(&self, view: &PipelineView, _: &PaneState) -> usize {
        view.response.as_ref().map_or(0, |r| r.stages.len())
    }

    fn row_text(&self, view: &PipelineView, _: &PaneState, row: usize) -> String {
        let stage = view.response.as_ref().and_then(|r| r.stages.get(row));
        stage.map_or_else(String::new, |s| format!("{} {}", s.name, s.what))
    }

    fn draw(&self, view: &PipelineView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let Some(response) = &view.response else {
            building(view, theme, &mut pen);
            return Drawn::default();
        };
        head(view, response, theme, &mut pen);
        let stages = response.stages.len() as u16 + 1;
        let place = pen.take(stages);
        let drawn = table(response, input, place, pen.buffer());
        let chosen = input
            .rows
            .get(input.state.cursor.min(input.rows.len().saturating_sub(1)));
        let stage = chosen.and_then(|at| Some((response.stages.get(at)?, view.stages.get(at)?)));
        if let Some((report, detail)) = stage.filter(|_| pen.lines_left() >= 3) {
            in_detail(report, detail, theme, &mut pen);
        }
        drawn
    }

    fn arithmetic(&self, view: &PipelineView, _: &PaneState, row: usize) -> Option<Vec<String>> {
        let stage = view.response.as_ref()?.stages.get(row)?;
        let does = DOES.iter().find(|(name, _)| *name == stage.name)?.1;
        Some(vec![
            format!("{}: {does}", stage.name),
            format!(
                "{:.3} ms, {} in, {} out",
                stage.ms,
                thousands(stage.before as u64),
                thousands(stage.after as u64)
            ),
            stage.what.clone(),
        ])
    }

    fn export(&self, view: &PipelineView) -> Export {
        let mut table = Export::of_columns(["stage", "ms", "in", "out", "what"]);
        let stages = view.response.iter().flat_map(|r| &r.stages);
        table
            .rows
            .extend(stages.map(|s| cells![s.name, s.ms, s.before, s.after, s.what.clone()]));
        table
    }
}

/// What each stage does.
const DOES: [(&str, &str); 8] = [
    (
        "fetch",
        "the user's candidates and what is similar to the session's items, in one round trip; the most popular items where that fails",
    ),
    (
        "seen",
        "takes away what was rated before the batch, and what was watched or bought since",
    ),
    (
        "session",
        "s' = N(s) + w·Σ g(e)·decay^age(e)·sim(i, e): buy 1, watch .8, click .5, skip −.5; age counts the events since",
    ),
    ("drop", "takes away what rules drop"),
    ("boost", "multiplies the scores of what rules boost"),
    (
        "diversity",
        "puts the first candidates in another order, so that the list is about more than one thing",
    ),
    (
        "explore",
        "a bandit chooses what stands in slots; its probability is logged",
    ),
    (
        "place",
        "pins, slots, caps and minima; the first of what is left fill the list",
    ),
];

/// How far the batch is.
fn building(view: &PipelineView, theme: &Theme, pen: &mut Pen<'_>) {
    let Some(report) = &view.building else {
        pen.text("nothing was asked yet", theme.style(Role::Muted));
        return;
    };
    pen.text(&format!("the batch runs: {}", report.stage), theme.style(Role::Text));
    if let Some(share) = report.share() {
        let place = pen.take(1);
        gauge(pen.buffer(), place, share, theme);
    }
}

/// Hit or fallback, and how much of the budget is used.
fn head(view: &PipelineView, response: &Response, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, warning) = (theme.style(Role::Muted), theme.style(Role::Warning));
    if view.fault != Fault::None && pen.lines_left() >= 12 {
        pen.line(&[("fails: ".into(), warning), (view.fault.name().into(), warning)]);
    }
    if let Some(fallback) = &response.fallback {
        let text = format!(
            "fallback to the most popular ({}): {}",
            fallback.reason,
            crate::data::printable(&fallback.why)
        );
        let most = if pen.lines_left() >= 14 { 3 } else { 1 };
        pen.paragraph("", &theme.plain(&text), most, warning);
    }
    for note in response.notes.iter().take(2) {
        if pen.lines_left() < 12 {
            break;
        }
        pen.paragraph("", &theme.plain(note), 2, warning);
    }
    if pen.lines_left() < 11 {
        return;
    }
    let spans = [
        (format!("{:.2}", response.ms).into(), theme.style(Role::Strong)),
        (format!(" of {} ms", view.budget).into(), muted),
    ];
    let used = spans_width(&spans) as u16 + 1;
    let place = pen.take(1);
    Pen::new(pen.buffer(), place, theme).line(&spans);
    if place.width > used + 4 {
        let bar = Rect {
            x: place.x + used,
            width: (place.width - used).min(30),
            ..place
        };
        gauge(pen.buffer(), bar, response.ms / view.budget, theme);
    }
}

fn table(response: &Response, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let arrow = theme.plain("in→out").into_owned();
    let longest = response.stages.iter().map(|s| s.ms).fold(0.0, f64::max);
    let reach = Extent::of([0.0, longest]);
    let counts = |s: &StageReport| {
        let to = theme.plain("→").into_owned();
        match (s.before, s.after) {
            (0, after) => format!("{to}{}", thousands(after as u64)),
            (before, after) if before == after => thousands(after as u64),
            (before, after) => format!("{}{to}{}", thousands(before as u64), thousands(after as u64)),
        }
    };
    let wide = response
        .stages
        .iter()
        .map(|s| super::widgets::width(&counts(s)))
        .max()
        .unwrap_or(6)
        .max(6) as u16;
    let ms = Figures::with(if longest < 10.0 { 3 } else { 1 });
    let columns = [
        Column::fixed("stage", 9),
        Column::fixed("ms", ms.width([longest]).max(5)).right(),
        Column::fixed("", 6).optional(2),
        Column::fixed(arrow, wide).right(),
        Column::flex("for this user", 12, 1).optional(1),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let stage = response.stages.get(row)?;
        let style = theme.style(
            if stage.what.starts_with("left out") || stage.what.starts_with("fallback") {
                Role::Warning
            } else {
                Role::Text
            },
        );
        Some(vec![
            Content::text(stage.name),
            Content::text(ms.text(stage.ms)),
            bar_cell(stage.ms, reach, theme, theme.style(Role::Series(0))),
            Content::text(counts(stage)),
            Content::styled(theme.plain(&stage.what).into_owned(), style),
        ])
    })
}

/// The list before and after a stage side by side, or what it took away.
fn in_detail(report: &StageReport, detail: &StageDetail, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, text) = (theme.style(Role::Muted), theme.style(Role::Text));
    if !detail.dropped.is_empty() {
        pen.heading(&format!(
            "{}: took away {}",
            report.name,
            plural(report.dropped.len(), "item")
        ));
        let lines = usize::from(pen.lines_left());
        for (label, reason) in detail.dropped.iter().take(lines) {
            pen.line(&[
                (label.as_str().into(), text),
                ("  ".into(), muted),
                (crate::data::printable(reason).into(), muted),
            ]);
        }
        return;
    }
    pen.heading(&theme.plain(&format!("{}: before → after", report.name)));
    let body = pen.left();
    let half = body.width / 2;
    let [left, right] = beside(body, half, 2);
    for (list, other, place) in [
        (&detail.before, &detail.after, left),
        (&detail.after, &detail.before, right),
    ] {
        let mut pen = Pen::new(pen.buffer(), place, theme);
        for (at, label) in list.iter().take(usize::from(place.height)).enumerate() {
            let same = other.get(at) == Some(label);
            let style = if same { muted } else { text };
            pen.line(&[
                (format!("{:>2} ", at + 1).into(), muted),
                (label.as_str().into(), style),
            ]);
        }
    }
}

#[cfg(test)]
mod tests;
