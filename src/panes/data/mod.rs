//! Data: what is in the dataset, how it was read, what a careful reader should know, and how ratings are spread: over
//! values, over users and items (the long tails), over time.

mod charts;
mod filters;
mod question;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{Figures, Pen, Spans, percent, put, quantity, short, thousands};
use super::{Drawn, Export, Pane, PaneId, PaneInput, Selection, cells};
use crate::answers::{InfoView, Severity};
use crate::data::{Day, FeedbackKind, FilterStep};

/// What is in the dataset and how it was read.
#[derive(Default)]
pub struct Data;

impl Pane for Data {
    const ID: PaneId = PaneId("data");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&InfoView>, _selection: &Selection) -> String {
        view.map_or_else(|| "Data".to_owned(), |view| format!("Data · {}", view.name))
    }

    fn draw(&self, view: &InfoView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        match area.width {
            0..70 => one_column(view, theme, area, buffer),
            70..130 => two_columns(view, theme, area, buffer),
            _ => three_columns(view, theme, area, buffer),
        }
        Drawn::default()
    }

    fn export(&self, view: &InfoView) -> Export {
        let mut table = Export::of_columns(["what", "value"]);
        for (name, value) in summary(view).into_iter().chain(report(view)) {
            table.rows.push(cells![name, value]);
        }
        for (name, value) in memory(view) {
            table.rows.push(cells![format!("memory, {name}"), value]);
        }
        for finding in &view.findings {
            table.rows.push(cells![finding.severity.word(), finding.text.clone()]);
        }
        table
    }
}

/// Columns beside each other, three blanks apart.
fn columns<const N: usize>(area: Rect, shares: [u16; N]) -> [Rect; N] {
    let all: u16 = shares.iter().sum();
    let room = area.width.saturating_sub(3 * (N as u16 - 1));
    let mut x = area.x;
    let mut n = 0;
    shares.map(|share| {
        n += 1;
        let wide = if n == N {
            area.right().saturating_sub(x)
        } else {
            (u32::from(room) * u32::from(share) / u32::from(all)) as u16
        };
        let column = Rect { x, width: wide, ..area };
        x += wide + 3;
        column
    })
}

fn one_column(view: &InfoView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, theme);
    facts(summary(view), theme, &mut pen);
    if pen.lines_left() >= 3 {
        pen.heading("worth knowing");
        let most = (pen.lines_left() / 2).max(2);
        draw_findings(view, theme, most, &mut pen);
    }
    if pen.lines_left() >= 5 {
        charts::histogram(view, theme, 10, &mut pen);
    }
    if pen.lines_left() >= 8 {
        charts::tails(view, theme, 12, &mut pen);
    }
    if pen.lines_left() >= 3 {
        pen.heading("how it was read");
        facts(report(view), theme, &mut pen);
    }
    draw_memory(view, theme, &mut pen);
}

/// What memory is used for, where there is room to say it.
fn draw_memory(view: &InfoView, theme: &Theme, pen: &mut Pen<'_>) {
    if pen.lines_left() >= 3 {
        pen.heading("memory");
        facts(memory(view), theme, pen);
    }
    let took = took(view);
    if pen.lines_left() >= 3 && !took.is_empty() {
        pen.heading("time");
        facts(took, theme, pen);
    }
}

/// How long what took, where that is known.
fn took(view: &InfoView) -> Vec<(&'static str, String)> {
    let list = |all: Vec<(&str, f64)>| {
        let each = all.iter().map(|(name, seconds)| format!("{name} {seconds:.2} s"));
        each.collect::<Vec<_>>().join(", ")
    };
    let took = &view.took;
    let stages = list(took.stages.iter().map(|s| (s.name.as_str(), s.seconds)).collect());
    let fits = list(
        took.fits
            .iter()
            .map(|(name, seconds)| (name.as_str(), *seconds))
            .collect(),
    );
    let all = [("stages", stages), ("fits", fits)];
    all.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// A terminal of 24 lines has fewer than this.
const LOW: u16 = 22;

fn two_columns(view: &InfoView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let [left, right] = columns(area, [1, 1]);
    let mut pen = Pen::new(buffer, left, theme);
    let mut known = summary(view);
    // What is worth knowing matters more than what it takes.
    if area.height < LOW {
        known.retain(|(name, _)| !["memory", "on average"].contains(name));
    }
    facts(known, theme, &mut pen);
    pen.heading("worth knowing");
    let most = pen.lines_left().saturating_sub(6).max(3);
    draw_findings(view, theme, most, &mut pen);
    if pen.lines_left() >= 4 {
        pen.heading("how it was read");
        facts(report(view), theme, &mut pen);
    }
    draw_memory(view, theme, &mut pen);
    let mut pen = Pen::new(buffer, right, theme);
    let third = right.height / 3;
    charts::histogram(view, theme, third, &mut pen);
    charts::tails(view, theme, third.max(8), &mut pen);
    let rest = pen.lines_left();
    charts::activity(view, theme, rest, &mut pen);
}

fn three_columns(view: &InfoView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let [left, middle, right] = columns(area, [5, 6, 6]);
    let mut pen = Pen::new(buffer, left, theme);
    facts(summary(view), theme, &mut pen);
    if pen.lines_left() > 20 {
        pen.take(1);
    }
    pen.heading("how it was read");
    facts(report(view), theme, &mut pen);
    pen.take(u16::from(pen.lines_left() > 12));
    pen.heading("worth knowing");
    let most = pen.lines_left().saturating_sub(6).max(3);
    draw_findings(view, theme, most, &mut pen);
    draw_memory(view, theme, &mut pen);
    let mut pen = Pen::new(buffer, middle, theme);
    charts::histogram(view, theme, middle.height / 2, &mut pen);
    pen.take(u16::from(pen.lines_left() > 12));
    let rest = pen.lines_left();
    charts::activity(view, theme, rest, &mut pen);
    let mut pen = Pen::new(buffer, right, theme);
    charts::tails(view, theme, (right.height / 2).max(8), &mut pen);
    pen.take(u16::from(pen.lines_left() > 12));
    let rest = pen.lines_left();
    charts::concentration(view, theme, rest, &mut pen);
}

/// Name and value, line by line, values below each other.
fn facts(facts: Vec<(&'static str, String)>, theme: &Theme, pen: &mut Pen<'_>) {
    for (name, value) in facts {
        pen.paragraph(&format!("{name:<14}"), &value, 4, theme.style(Role::Text));
    }
}

fn draw_findings(view: &InfoView, theme: &Theme, most: u16, pen: &mut Pen<'_>) {
    let all = &view.findings;
    let end = pen.lines_left().saturating_sub(most);
    for (n, finding) in all.iter().enumerate() {
        let left = pen.lines_left().saturating_sub(end);
        if left == 0 || (left == 1 && n + 1 < all.len()) {
            let spans: Spans<'_> = vec![(
                Cow::Owned(format!(
                    "{} {} more: x exports them",
                    theme.symbols().ellipsis,
                    all.len() - n
                )),
                theme.style(Role::Muted),
            )];
            if left == 1 {
                pen.line(&spans);
            }
            return;
        }
        let [passed, failed, noted] = theme.symbols().checks;
        let (mark, role) = match finding.severity {
            Severity::Fine => (passed, Role::Positive),
            Severity::Note => (noted, Role::Warning),
            Severity::Trouble => (failed, Role::Error),
        };
        let place = Rect {
            height: 1,
            ..pen.left()
        };
        pen.paragraph(&format!("{mark} "), &finding.text, left.min(3), theme.style(Role::Text));
        put(pen.buffer(), place, place.x, place.y, mark, theme.style(role));
    }
}

/// Bytes in the unit that gives them two or three digits.
fn bytes(count: usize) -> String {
    let mut value = count as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if value < 1000.0 || unit == "GB" {
            return if value >= 10.0 || unit == "B" {
                format!("{value:.0} {unit}")
            } else {
                format!("{value:.1} {unit}")
            };
        }
        value /= 1000.0;
    }
    String::new()
}

/// What is in it.
fn summary(view: &InfoView) -> Vec<(&'static str, String)> {
    let words = view.feedback.words;
    let count = |n: usize| thousands(n as u64);
    let with_more = |rated: usize, unrated: usize| match unrated {
        0 => count(rated),
        n => format!("{}, {} more {}", count(rated), count(n), words.say("without a rating")),
    };
    let mut facts = vec![
        ("users", with_more(view.users, view.users_without_ratings)),
        ("items", with_more(view.items, view.items_without_ratings)),
        (view.feedback.words.row.many, count(view.ratings)),
        ("density", format!("{} of all pairs", percent(view.density))),
    ];
    if view.ratings > 0 {
        facts.push(("feedback", view.feedback.sentence()));
    }
    match &view.scale {
        Some(scale) if view.feedback.kind == FeedbackKind::Counts => {
            facts.push(("values", format!("{} to {}", quantity(scale.min), quantity(scale.max))));
        }
        Some(scale) => {
            let step = scale
                .step
                .map_or_else(|| "continuous".to_owned(), |s| format!("in steps of {}", short(s)));
            facts.push(("scale", format!("{} to {}, {step}", short(scale.min), short(scale.max))));
        }
        None => {}
    }
    let kind = view.feedback.kind;
    if let Some(mean) = view.mean.filter(|_| kind != FeedbackKind::Events) {
        let text = match kind {
            FeedbackKind::Counts => quantity(mean),
            _ => Figures::with(3).text(mean),
        };
        facts.push(("mean", text));
    }
    if view.ratings > 0 && view.users > 0 && view.items > 0 {
        let one = Figures::with(1);
        facts.push((
            "on average",
            format!(
                "{} {} a user, {} an item",
                one.text(view.per_user.mean),
                view.feedback.words.row.many,
                one.text(view.per_item.mean)
            ),
        ));
    }
    if let Some((first, last)) = view.time_range {
        facts.push((
            "time",
            format!(
                "{} to {}",
                Day::of_seconds(first.seconds()),
                Day::of_seconds(last.seconds())
            ),
        ));
    }
    let memory = &view.memory;
    let per = memory.ratings_bytes.checked_div(view.ratings);
    let per = per.map_or_else(String::new, |b| format!(" ({} {})", bytes(b), words.say("a rating")));
    facts.push((
        "memory",
        format!(
            "{} {}{per}, catalog {}, models {}",
            view.feedback.words.row.many,
            bytes(memory.ratings_bytes),
            bytes(memory.catalog_bytes),
            bytes(memory.models_bytes)
        ),
    ));
    facts
}

/// What memory is used for, in more detail than the summary has.
fn memory(view: &InfoView) -> Vec<(&'static str, String)> {
    let memory = &view.memory;
    let mut facts = vec![
        (
            view.feedback.words.row.many,
            format!(
                "by user {}, by item {}, times {}, order of the file {}",
                bytes(memory.by_user_bytes),
                bytes(memory.by_item_bytes),
                bytes(memory.times_bytes),
                bytes(memory.order_bytes)
            ),
        ),
        (
            "catalog",
            format!(
                "ids {}, labels {}, attributes {}",
                bytes(memory.ids_bytes),
                bytes(memory.labels_bytes),
                bytes(memory.attributes_bytes)
            ),
        ),
        ("models", bytes(memory.models_bytes)),
    ];
    if let (Some(now), Some(peak)) = (memory.process_bytes, memory.process_peak_bytes) {
        facts.push(("process", format!("{}, {} at most so far", bytes(now), bytes(peak))));
    }
    facts
}

/// How it was read.
fn report(view: &InfoView) -> Vec<(&'static str, String)> {
    let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
    let mut facts: Vec<_> = view.filters.iter().map(|step| ("filtered", filtered(step))).collect();
    facts.extend([
        ("format", view.format.clone()),
        ("separator", none(view.separator.clone())),
        ("encoding", none(view.encoding.clone())),
        ("files", none(view.files.join(", "))),
        ("rows read", thousands(view.rows_read)),
        ("rejected", thousands(view.rejected_count)),
        (
            "duplicates",
            format!("{} ({})", thousands(view.duplicates), view.duplicate_policy),
        ),
        ("item columns", none(view.item_columns.join(", "))),
        ("user columns", none(view.user_columns.join(", "))),
        ("times", if view.timestamps { "yes" } else { "no" }.to_owned()),
    ]);
    facts
}

/// A filter and what it left.
fn filtered(step: &FilterStep) -> String {
    let [ratings, users, items] = [step.ratings, step.users, step.items].map(|n| thousands(n as u64));
    format!(
        "{}: {ratings} ratings, {users} users, {items} items are left",
        step.filter
    )
}

#[cfg(test)]
mod tests;
