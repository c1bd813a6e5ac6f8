//! Leaderboard: models side by side on ratings that were held out, best first, row after row as they are measured.

mod actions;
mod question;
mod run;
mod table;
mod wording;

use std::borrow::Cow;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{Figures, Pen, Spans, gauge, message, spans_width, thousands, width, wrap};
use super::{ActionRow, Cell, Drawn, Export, Leads, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::LeaderboardView;
use crate::answers::leaderboard::{BoardRow, BoardState, Cost, LEAD, MOST_COLUMNS};
use crate::answers::paper::Paper;
use crate::data::Words;
use crate::evaluate::metrics::Better;
use crate::evaluate::{Metric, ModelRow, Outcome};
use crate::task::Report;

/// Models side by side on held-out ratings.
#[derive(Default)]
pub struct Leaderboard;

pub use actions::{MOST, USERS};
pub use question::{board_query, command as board_command, measured, source as board_source};
pub use run::BoardQuery;
pub use wording::{by_heads, difference, model_key};
use wording::{chance, tested};

/// How many columns rows can be ranked by at most: the measures, and the time of fitting.
const COLUMNS: usize = MOST_COLUMNS + 1;

/// The cells of a line of a measure's meaning: it can be read on 80 columns.
const MEANING: usize = 50;

/// What a column is called, with its unit; short, and in full. The measure that leads says its `k`, and so does one that is of
/// longer or shorter lists than usual.
pub fn name_of(metric: &Metric) -> [String; 2] {
    let spec = metric.spec();
    let [short, full] = spec
        .heads
        .map(|head| format!("{head} {}", spec.unit).trim_end().to_owned());
    match metric.k() {
        Some(k) if k != Metric::DEFAULT_K => [format!("{short}@{k}"), format!("{full}@{k}")],
        Some(k) if metric.to_string() == LEAD => [short, format!("{full}@{k}")],
        _ => [short, full],
    }
}

/// A value of a column: a measure, or (beyond them) the seconds of fitting.
fn value(view: &LeaderboardView, row: &BoardRow, column: usize) -> Option<f64> {
    let measured = &row.measured.as_ref()?.row;
    match view.metrics.get(column) {
        Some(metric) => outcome(measured, metric)?.mean,
        None => measured.error.is_none().then_some(measured.fit_seconds),
    }
}

/// What came out for a measure.
fn outcome<'a>(row: &'a ModelRow, metric: &Metric) -> Option<&'a Outcome> {
    row.metrics.iter().find(|outcome| outcome.metric == *metric)
}

/// The column that rows are ranked by.
fn ranked_by(view: &LeaderboardView, state: &PaneState) -> usize {
    state.mode % (view.metrics.len() + 1)
}

/// Whether the lower value of a column is the better one.
fn lower_is_better(view: &LeaderboardView, column: usize) -> bool {
    view.metrics
        .get(column)
        .is_none_or(|m| m.spec().better == Better::Lower)
}

/// The rows, best first; those without a value after them, as they were asked for.
fn ranked(view: &LeaderboardView, state: &PaneState) -> Vec<usize> {
    let column = ranked_by(view, state);
    let lower = lower_is_better(view, column);
    let key = |n: &usize| value(view, &view.rows[*n], column).map(|v| if lower { v } else { -v });
    let mut order: Vec<usize> = (0..view.rows.len()).collect();
    order.sort_by(|a, b| match (key(a), key(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => b.is_some().cmp(&a.is_some()),
    });
    order
}

fn at<'a>(view: &'a LeaderboardView, state: &PaneState, row: usize) -> Option<&'a BoardRow> {
    view.rows.get(*ranked(view, state).get(row)?)
}

/// The name of the column that rows are ranked by.
fn ranking(view: &LeaderboardView, column: usize) -> String {
    view.metrics.get(column).map_or_else(
        || "fit s".to_owned(),
        |m| {
            let [_, full] = name_of(m);
            full
        },
    )
}

impl Pane for Leaderboard {
    const ID: PaneId = PaneId("leaderboard");
    const ACTIONS: &'static [ActionRow] = actions::ACTIONS;
    const LEADS: Option<Leads> = Some(Leads::Other(actions::show_users));
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&LeaderboardView>, _selection: &Selection) -> String {
        match view {
            Some(view) if !view.split.is_empty() => format!("Leaderboard · {}", view.split),
            _ => "Leaderboard".to_owned(),
        }
    }

    fn min_size(&self) -> (u16, u16) {
        (24, 2)
    }

    fn modes(&self) -> usize {
        COLUMNS
    }

    fn rows(&self, view: &LeaderboardView, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> String {
        at(view, state, row).map(|r| r.model.clone()).unwrap_or_default()
    }

    fn target(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> Option<Target> {
        at(view, state, row).map(|r| Target::Model(r.model.clone()))
    }

    fn row_key(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> u64 {
        at(view, state, row).map_or(row as u64, |r| model_key(&r.model))
    }

    fn draw(&self, view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if view.state == BoardState::Asks && view.done() == 0 {
            asks(view, theme, area, buffer);
            Drawn::default()
        } else {
            board(view, input, area, buffer)
        }
    }

    fn arithmetic(&self, view: &LeaderboardView, state: &PaneState, row: usize) -> Option<Vec<String>> {
        arithmetic(view, at(view, state, row)?)
    }

    fn export(&self, view: &LeaderboardView) -> Export {
        let names = view.metrics.iter().map(ToString::to_string);
        let columns = ["model", "p_holm"].map(str::to_owned).into_iter().chain(names);
        let mut table = Export::of_columns(columns.chain(["fit_seconds".to_owned(), "error".to_owned()]));
        for row in &view.rows {
            let Some(measured) = &row.measured else { continue };
            let mut cells: Vec<Cell> = cells![row.model.clone()];
            cells.push(row.p_holm.into());
            let mean = |metric| outcome(&measured.row, metric).and_then(|outcome| outcome.mean);
            cells.extend(view.metrics.iter().map(|metric| Cell::from(mean(metric))));
            cells.push(measured.row.fit_seconds.into());
            cells.push(measured.row.error.clone().into());
            table.rows.push(cells);
        }
        let shown = |row: &BoardRow| {
            let measured = &row.measured.as_ref()?.row;
            let metrics = view
                .metrics
                .iter()
                .filter_map(|metric| outcome(measured, metric).cloned());
            Some(ModelRow {
                metrics: metrics.collect(),
                ..measured.clone()
            })
        };
        let rows: Vec<ModelRow> = view.rows.iter().filter_map(shown).collect();
        table.paper = Some(Paper::of(&rows.iter().collect::<Vec<_>>()));
        table
    }
}

/// What it would take, and the key that starts it.
fn asks(view: &LeaderboardView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Cost { ratings, bytes, users } = view.cost;
    let text = format!(
        "{} ratings are many. Measuring {} models holds a second copy of them (about {} MB), fits every model anew and \
         ranks for {} users. It goes on in the background, and can be stopped.",
        thousands(ratings as u64),
        view.rows.len(),
        thousands((bytes as u64).div_ceil(1_000_000)),
        thousands(users as u64),
    );
    let mut lines = wrap(&text, usize::from(area.width.saturating_sub(2)).clamp(1, 76));
    lines.push(String::new());
    lines.push("space starts it".to_owned());
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    message(buffer, area, &lines, theme.style(Role::Text), theme);
}

fn board(view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let mut pen = Pen::new(buffer, area, theme);
    if pen.lines_left() >= 4 {
        let line = protocol(view, input.words, usize::from(area.width));
        pen.text(&line, theme.style(Role::Muted));
    }
    if pen.lines_left() >= 4 {
        let place = pen.take_below(1);
        footer(view, input, &mut Pen::new(pen.buffer(), place, theme));
    }
    let needed = view.rows.len() as u16 + 1;
    let spare = pen.lines_left().saturating_sub(needed);
    let wanted = view.metrics.len() as u16 + 1;
    let below = if spare > wanted {
        pen.take_below(wanted)
    } else {
        Rect::default()
    };
    let body = pen.left();
    let drawn = table::draw(view, input, &ranked(view, input.state), body, buffer);
    if !below.is_empty() {
        definitions(view, theme, &mut Pen::new(buffer, below, theme));
    }
    drawn
}

/// How the ratings were divided and what is averaged, in as many words as there is room for.
fn protocol(view: &LeaderboardView, words: Words, cells: usize) -> String {
    let Some(size) = view.size else {
        return format!("dividing the {}", words.row.many);
    };
    let count = |n: usize| thousands(n as u64);
    let (train, test, users) = (count(size.train), count(size.test), count(size.users));
    let (seed, rows) = (view.seed, words.row.many);
    let forms = [
        format!(
            "three quarters of every item's {rows} to learn from ({train}), the rest to test ({test}) · seed {seed} · \
             lists of 10, mean of {users} users, seen items removed"
        ),
        format!(
            "{train} {rows} to learn from, {test} to test, by item · seed {seed} · mean of {users} users, seen removed"
        ),
        format!("{train} to learn from, {test} to test · mean of {users} users, seen removed"),
        format!("{train} / {test} · {users} users, seen removed"),
    ];
    let fitting = forms.iter().find(|f| width(f) <= cells);
    fitting.unwrap_or(&forms[3]).clone()
}

/// What is going on, or what the marks mean.
fn footer(view: &LeaderboardView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let counted = format!("{} of {} measured", view.done(), view.rows.len());
    match view.state {
        BoardState::Running => {
            let place = pen.left();
            let text = view.running.as_ref().map_or_else(String::new, |(at, report)| {
                let model = view.rows.get(*at).map_or("", |r| r.model.as_str());
                let what = progress(model, report.as_ref());
                // Some steps of a fit do not name the model.
                if what.contains(model) {
                    what
                } else {
                    format!("{model}: {what}")
                }
            });
            let spans: Spans<'_> = vec![
                (format!("{counted}  ").into(), theme.style(Role::Warning)),
                (text.into(), theme.style(Role::Text)),
            ];
            let used = spans_width(&spans) as u16 + 2;
            pen.line_and(&spans, "space stops", muted);
            let report = view.running.as_ref().and_then(|(_, report)| report.as_ref());
            let room = place.width.saturating_sub(used + 14).min(24);
            if let Some(share) = report.and_then(Report::share).filter(|_| room >= 6) {
                let bar = Rect::new(place.x + used, place.y, room, place.height);
                gauge(pen.buffer(), bar, share, theme);
            }
        }
        BoardState::Stopped | BoardState::Asks => {
            let line: Spans<'_> = vec![(
                format!("{counted}, then stopped: space goes on").into(),
                theme.style(Role::Warning),
            )];
            pen.line(&line);
        }
        BoardState::Done => legend(view, input, pen),
    }
}

fn legend(view: &LeaderboardView, input: &PaneInput<'_>, pen: &mut Pen<'_>) {
    let theme = input.theme;
    let muted = theme.style(Role::Muted);
    let ranked = ranking(view, ranked_by(view, input.state));
    let mut spans: Spans<'_> = vec![
        (Cow::Borrowed(theme.marker(0)), theme.style(Role::BorderFocused)),
        (" answers every pane  ".into(), muted),
        ("bold".into(), table::best_style(theme)),
        (" best of its column  ".into(), muted),
        (format!("ranked by {ranked}, v by another").into(), muted),
    ];
    let test = format!("  p: {}", tested(compared(view)));
    if compared(view) > 0 && spans_width(&spans) + width(&test) <= usize::from(pen.left().width) {
        spans.push((test.into(), muted));
    }
    if !input.selection.edits.is_empty() {
        // It must be read: what is measured are the ratings as stored.
        spans.insert(0, ("without the what-if edits  ".into(), theme.style(Role::Edited)));
    }
    pen.line(&spans);
}

/// With how many models the best is compared.
fn compared(view: &LeaderboardView) -> usize {
    let tested = view.rows.iter().filter(|row| row.p_holm.is_some()).count();
    tested.saturating_sub(1)
}

/// What is being done: `fitting svd · 12 of 20 epochs`.
fn progress(model: &str, report: Option<&Report>) -> String {
    let Some(report) = report else {
        return format!("fitting {model}");
    };
    match report.total {
        Some(total) => format!(
            "{} · {} of {} {}",
            report.stage,
            thousands(report.done),
            thousands(total),
            report.unit
        ),
        None if report.done > 0 => format!("{} · {} {}", report.stage, thousands(report.done), report.unit),
        None => report.stage.clone(),
    }
}

/// What each column means, a line each.
fn definitions(view: &LeaderboardView, theme: &Theme, pen: &mut Pen<'_>) {
    pen.heading("what is measured (k = 10)");
    let names: Vec<String> = view.metrics.iter().map(|m| name_of(m)[1].clone()).collect();
    let wide = names.iter().map(|n| width(n)).max().unwrap_or(0);
    for (metric, name) in view.metrics.iter().zip(&names) {
        let gap = " ".repeat(wide - width(name) + 2);
        pen.line(&[
            (format!("{name}{gap}").into(), theme.style(Role::Text)),
            (metric.spec().definition.into(), theme.style(Role::Muted)),
        ]);
    }
}

/// Every figure of a row with what it means.
fn arithmetic(view: &LeaderboardView, row: &BoardRow) -> Option<Vec<String>> {
    let measured = row.measured.as_ref()?;
    let mut lines = vec![row.model.clone(), String::new()];
    if let Some(error) = row.error() {
        lines.push(error.to_owned());
        return Some(lines);
    }
    for outcome in view.metrics.iter().filter_map(|metric| outcome(&measured.row, metric)) {
        let name = outcome.metric.to_string();
        let value = Figures::with(6).maybe(outcome.mean);
        let meaning = outcome.reason.as_deref().unwrap_or(outcome.metric.spec().definition);
        for (n, part) in wrap(meaning, MEANING).into_iter().enumerate() {
            let (name, value) = if n == 0 {
                (name.as_str(), value.as_str())
            } else {
                ("", "")
            };
            lines.push(format!("{name:<13}{value:>9}  {part}"));
        }
    }
    let seconds = |s: f64| {
        format!(
            "{} s",
            Figures::with(2).text(Duration::from_secs_f64(s.max(0.0)).as_secs_f64())
        )
    };
    lines.push(String::new());
    lines.push(format!(
        "fitted in {}, tested in {}",
        seconds(measured.row.fit_seconds),
        seconds(measured.row.test_seconds)
    ));
    if let Some((other, paired)) = &row.against {
        let other = view.rows.get(*other).map_or("", |r| r.model.as_str());
        lines.push(format!("nDCG@10 against {other}: {}", difference(paired)));
        lines.push(by_heads(paired));
        if paired.half_width.is_some() {
            lines.push("± 1.96 standard errors of the mean difference of the same users".to_owned());
        }
        if let Some(p) = row.p_holm {
            let comparisons = compared(view);
            lines.push(format!("p {} {}", chance(p), tested(comparisons)));
        }
    }
    Some(lines)
}

#[cfg(test)]
pub(super) mod tests;
