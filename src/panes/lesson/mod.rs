//! Lesson: the ladder from popularity over item-knn to EASE, each step with the one idea that it adds and what the idea
//! brings on these ratings, read from the rows of the leaderboard.

mod question;
mod words;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::leaderboard::{by_heads, difference};
use super::theme::{Role, Theme};
use super::widgets::{Extent, Figures, Pen, beside, put, put_right, stacked_bar, width, wrap, wrapped_message};
use super::{Drawn, Export, Pane, PaneId, PaneInput, Selection, cells};
use crate::answers::LeaderboardView;
use crate::answers::leaderboard::{BoardState, Step};
use crate::answers::text::brief;

/// Three models, each with one idea more than the one before.
#[derive(Default)]
pub struct Lesson;

impl Pane for Lesson {
    const ID: PaneId = PaneId("lesson");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, _view: Option<&LeaderboardView>, _selection: &Selection) -> String {
        "Lesson · one idea more at every step · nDCG@10".to_owned()
    }

    fn min_size(&self) -> (u16, u16) {
        (24, 3)
    }

    fn draw(&self, view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if view.state == BoardState::Asks && view.done() == 0 {
            let text =
                "the ladder from popularity over item-knn to EASE is read from the leaderboard, once it is measured";
            wrapped_message(buffer, area, text, theme);
        } else {
            ladder(view, input, area, buffer);
        }
        Drawn::default()
    }

    fn arithmetic(&self, view: &LeaderboardView, _state: &super::PaneState, _row: usize) -> Option<Vec<String>> {
        arithmetic(view)
    }

    fn export(&self, view: &LeaderboardView) -> Export {
        let mut table =
            Export::of_columns("step model ndcg@10 coverage@10 gain half_width higher lower same".split(' '));
        for (n, step) in view.steps.iter().enumerate().filter(|(_, s)| s.value.is_some()) {
            let gain = step.gain;
            table.rows.push(cells![
                n + 1,
                step.model,
                step.value,
                step.coverage,
                gain.map(|g| g.mean),
                gain.and_then(|g| g.half_width),
                gain.map(|g| g.higher),
                gain.map(|g| g.lower),
                gain.map(|g| g.same)
            ]);
        }
        table
    }
}

/// How much is said of each step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    Figures,
    Idea,
    /// And the idea in full, by how many users the step helps, and a blank line.
    Full,
}

fn ladder(view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = input.theme;
    let detail = match area.height {
        0..6 => Detail::Figures,
        6..17 => Detail::Idea,
        _ => Detail::Full,
    };
    // Longer lines than these are hard to read.
    let [area, _] = beside(area, 110, 0);
    let mut pen = Pen::new(buffer, area, theme);
    let reach = Extent::of(view.steps.iter().filter_map(|s| s.value));
    for (n, one) in view.steps.iter().enumerate() {
        if pen.lines_left() == 0 {
            return;
        }
        figures(view, n, reach, theme, &mut pen);
        let text = theme.style(Role::Text);
        match detail {
            Detail::Figures => {}
            Detail::Idea => pen.paragraph("  ", &input.words.say(words::IDEAS[n].short), 1, text),
            Detail::Full => {
                pen.paragraph("  ", &input.words.say(words::IDEAS[n].long), 3, text);
                if let Some(gain) = &one.gain {
                    pen.paragraph("  ", &by_heads(gain), 1, theme.style(Role::Muted));
                }
                if pen.lines_left() > 12 {
                    pen.take(1);
                }
            }
        }
    }
    conclusions(view, detail, input, &mut pen);
}

/// What can be learned, and which keys lead on.
fn conclusions(view: &LeaderboardView, detail: Detail, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let mut sentences = words::conclusions(view);
    let next = words::next(view);
    if detail == Detail::Full && !sentences.is_empty() {
        pen.heading("what this shows");
    }
    let cells = usize::from(pen.left().width).max(1);
    let keys: usize = next
        .iter()
        .map(|(key, what)| wrap(what, cells.saturating_sub(width(key) + 1).max(1)).len())
        .sum();
    let lines = |all: &[String]| all.iter().map(|s| wrap(s, cells).len()).sum::<usize>();
    // The keys matter most: a sentence that the leaderboard shows as well is left out before them.
    if lines(&sentences) + keys > usize::from(pen.lines_left()) && sentences.len() > 1 {
        sentences.pop();
    }
    for sentence in sentences {
        let left = pen.lines_left();
        pen.paragraph("", &input.words.say(&sentence), left, theme.style(Role::Text));
    }
    for next in next {
        next_line(&next, theme, pen);
    }
}

/// A key, and what it leads to.
fn next_line((key, what): &(&str, String), theme: &Theme, pen: &mut Pen<'_>) {
    let place = pen.left();
    let most = pen.lines_left();
    let indent = " ".repeat(width(key) + 1);
    pen.paragraph(&indent, what, most.min(2), theme.style(Role::Muted));
    put(pen.buffer(), place, place.x, place.y, key, theme.style(Role::Key));
}

/// `2 item-knn    .4291 ████████▓▓▓▓▓▓   +.1768 ±.0136`.
fn figures(view: &LeaderboardView, n: usize, reach: Extent, theme: &Theme, pen: &mut Pen<'_>) {
    let step = &view.steps[n];
    let line = pen.take(1);
    let name = |step: &Step| brief(step.model, theme.symbols().ellipsis);
    let names = 2 + view.steps.iter().map(|s| width(&name(s))).max().unwrap_or(0) as u16;
    let buffer = pen.buffer();
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    put(buffer, line, line.x, line.y, &(n + 1).to_string(), muted);
    put(buffer, line, line.x + 2, line.y, &name(step), strong);
    let figures = line.x + names + 1;
    let Some(value) = step.value else {
        let (text, role) = words::missing(view, step);
        let room = line.right().saturating_sub(figures);
        let text = super::widgets::fit(&text, usize::from(room), theme.symbols().ellipsis);
        put(buffer, line, figures, line.y, &text, theme.style(role));
        return;
    };
    let four = Figures::with(4);
    put_right(buffer, line, figures + 6, line.y, &four.text(value), strong);
    let mut right = line.right();
    if let Some(gain) = &step.gain {
        let whole = difference(gain);
        let bare = four.signed(gain.mean);
        let text = if line.width >= 60 { whole } else { bare };
        put_right(buffer, line, right, line.y, &text, theme.signed(gain.mean));
    }
    right -= (if line.width >= 60 { 15 } else { 8 }).min(line.width);
    let bar = Rect {
        x: figures + 7,
        width: right.saturating_sub(figures + 7),
        ..line
    };
    stacked_bar(buffer, bar, &parts(&view.steps, n), reach, theme);
}

/// What a step's bar is made of: the first value and what each idea added, where each did add; else the value alone.
fn parts(steps: &[Step], n: usize) -> Vec<f64> {
    let values: Option<Vec<f64>> = steps[..=n].iter().map(|s| s.value).collect();
    let own = steps[n].value.unwrap_or(0.0);
    let Some(values) = values.filter(|v| v.is_sorted()) else {
        return vec![own];
    };
    let gains = values.windows(2).map(|w| w[1] - w[0]);
    values.first().copied().into_iter().chain(gains).collect()
}

fn arithmetic(view: &LeaderboardView) -> Option<Vec<String>> {
    let figures = Figures::with(6);
    let mut lines = Vec::new();
    let mut before: Option<f64> = None;
    for step in &view.steps {
        let value = step.value?;
        lines.push(match before {
            None => format!("{:<12}{:>10}", step.name(), figures.text(value)),
            Some(before) => format!(
                "{:<12}{:>10}  = {} {}",
                step.name(),
                figures.text(value),
                figures.text(before),
                figures.signed(value - before)
            ),
        });
        if let Some(gain) = &step.gain {
            lines.push(format!("  {}", by_heads(gain)));
            if let Some(half) = gain.half_width {
                lines.push(format!(
                    "  95 % interval {} to {}",
                    figures.signed(gain.mean - half),
                    figures.signed(gain.mean + half)
                ));
            }
        }
        before = Some(value);
    }
    lines.push(String::new());
    lines.push(
        "nDCG@10 of a user: each hit at rank r of the first ten gives 1/log2(r + 1), over the most there could be"
            .to_owned(),
    );
    lines.push("interval: 1.96 standard errors of the mean difference of the same users".to_owned());
    Some(lines)
}

#[cfg(test)]
mod tests;
