//! Nightly batch: what it cost, where candidates come from, what is in the store, and what it can't see.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fmt::Write as _;

use super::simulator::watches_pipeline;
use super::theme::{Role, Theme};
use super::widgets::{Extent, Pen, Spans, compact, flow, gauge, plural, thin_bar, thousands, width};
use super::{Drawn, Export, Pane, PaneId, PaneInput, Selection, cells};
use crate::answers::{BatchView, PipelineView};

/// The batch of the night.
#[derive(Default)]
pub struct Nightly;

watches_pipeline!(Nightly);

impl Pane for Nightly {
    const ID: PaneId = PaneId("nightly");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&PipelineView>, _: &Selection) -> String {
        let seconds = view.and_then(|v| v.batch.as_ref()).map(|b| total(b));
        match (seconds, view.is_some_and(|v| v.building.is_some())) {
            (_, true) => "Nightly batch · running".to_owned(),
            (Some(seconds), _) => format!("Nightly batch · {seconds:.1} s"),
            (None, _) => "Nightly batch".to_owned(),
        }
    }

    fn draw(&self, view: &PipelineView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if let Some(report) = &view.building {
            pen.text(&report.in_words(), theme.style(Role::Text));
            if let Some(share) = report.share() {
                let place = pen.take(1);
                gauge(pen.buffer(), place, share, theme);
            }
        }
        let Some(batch) = &view.batch else {
            return Drawn::default();
        };
        let wide = pen.left().width >= 90;
        stages(batch, theme, wide, &mut pen);
        store(batch, view, theme, &mut pen);
        stale(batch, view, theme, &mut pen);
        unseen(batch, theme, &mut pen);
        if pen.lines_left() > batch.manifest.sources.len() as u16 {
            sources(batch, theme, &mut pen);
        }
        Drawn::default()
    }

    fn export(&self, view: &PipelineView) -> Export {
        let mut table = Export::of_columns(["what", "value"]);
        let Some(batch) = &view.batch else { return table };
        let seconds = batch.manifest.seconds.iter();
        table
            .rows
            .extend(seconds.map(|(stage, s)| cells![format!("seconds {stage}"), *s]));
        let sources = batch.manifest.sources.iter();
        table
            .rows
            .extend(sources.map(|s| cells![format!("proposed by {}", s.name), s.proposed as f64]));
        let counts = [
            ("users", batch.manifest.users),
            ("candidates", batch.manifest.candidates),
            ("bytes of records", batch.manifest.record_bytes),
            ("bytes of the store", batch.bytes),
            ("items in no list", batch.unseen as u64),
            ("users without a list", batch.without_record as u64),
        ];
        table.rows.extend(counts.map(|(name, n)| cells![name, n as f64]));
        table
    }
}

fn total(batch: &BatchView) -> f64 {
    batch.manifest.seconds.iter().map(|(_, s)| s).sum()
}

/// Seconds of each stage: bars under each other, or in one line where there is width instead of height.
fn stages(batch: &BatchView, theme: &Theme, wide: bool, pen: &mut Pen<'_>) {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let seconds = &batch.manifest.seconds;
    if wide || pen.lines_left() < 10 {
        let units = seconds.iter().map(|(stage, s)| -> Spans<'_> {
            vec![
                (format!("{stage} ").into(), muted),
                (format!("{s:.2}").into(), strong),
                (" s".into(), muted),
            ]
        });
        let lines = flow(units, 3, pen.left().width);
        for line in &lines {
            pen.line(line);
        }
        return;
    }
    let reach = Extent::of(seconds.iter().map(|(_, s)| *s).chain([0.0]));
    for (at, (stage, s)) in seconds.iter().enumerate() {
        let place = pen.take(1);
        let spans: Spans<'_> = vec![
            (format!("{stage:<13}").into(), muted),
            (format!("{s:>7.2} s ").into(), strong),
        ];
        let used: u16 = spans.iter().map(|(text, _)| width(text) as u16).sum();
        Pen::new(pen.buffer(), place, theme).line(&spans);
        if place.width > used + 3 {
            let bar = Rect {
                x: place.x + used,
                width: (place.width - used).min(40),
                ..place
            };
            thin_bar(pen.buffer(), bar, *s, reach, theme, theme.style(Role::Series(at)));
        }
    }
}

fn store(batch: &BatchView, view: &PipelineView, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let manifest = &batch.manifest;
    let each = manifest.record_bytes.checked_div(manifest.users).unwrap_or(0);
    let unit = |value: String, what: &'static str| -> Spans<'_> { vec![(value.into(), strong), (what.into(), muted)] };
    let units = [
        unit(batch.kind.to_owned(), " store"),
        unit(compact(batch.bytes), "B"),
        unit(thousands(manifest.users), " users"),
        unit(compact(each), "B a user"),
        unit(format!("{:.1} h", view.hours), " old"),
        unit(format!("{:.1} %", 100.0 * batch.latency.hits), " hits"),
    ];
    for line in &flow(units, 2, pen.left().width) {
        pen.line(line);
    }
}

/// What has happened since that the batch does not know.
fn stale(batch: &BatchView, view: &PipelineView, theme: &Theme, pen: &mut Pen<'_>) {
    let unknown = view.session.iter().filter(|(.., known)| !known).count();
    let mut text = format!("{} unknown to the batch", plural(unknown, "event"));
    if let Some(now) = view.fresh.last() {
        let _ = write!(
            text,
            "; rebuilt, its list would have RBO {:.2} with what it says",
            now.batch
        );
    }
    if batch.without_record > 0 {
        let without = plural(batch.without_record, "user");
        let _ = write!(text, "; {without} without a list, who get the most popular");
    }
    pen.paragraph("", &text, 3, theme.style(Role::Text));
}

/// Items that no source proposed to anybody: only a slot can show them.
fn unseen(batch: &BatchView, theme: &Theme, pen: &mut Pen<'_>) {
    let muted = theme.style(Role::Muted);
    if batch.unseen == 0 {
        pen.text("every item is among somebody's candidates", muted);
        return;
    }
    let names = batch.unseen_labels.join(", ");
    let text = format!(
        "{} in nobody's candidates, which only a slot ← bandit can show: {names}",
        plural(batch.unseen, "item")
    );
    let most = if pen.lines_left() >= 6 { 2 } else { 1 };
    pen.paragraph("", &theme.plain(&text), most, theme.style(Role::Text));
}

fn sources(batch: &BatchView, theme: &Theme, pen: &mut Pen<'_>) {
    let (muted, text) = (theme.style(Role::Muted), theme.style(Role::Text));
    pen.heading("sources");
    for (at, source) in batch.manifest.sources.iter().enumerate() {
        pen.line(&[
            (
                format!("{} ", theme.symbols().patterns[at % 8]).into(),
                theme.style(Role::Series(at)),
            ),
            (format!("{} ", source.name).into(), text),
            (
                format!(
                    "up to {} a user, {} in all",
                    thousands(u64::from(source.quota)),
                    thousands(source.proposed)
                )
                .into(),
                muted,
            ),
        ]);
    }
}

#[cfg(test)]
mod tests;
