//! Tune: the best formula that can be found within a budget, trial by trial as they come; at the end what the winner is worth
//! on ratings that the search never saw. Any trial can be taken as the model of all panes.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::leaderboard::model_key;
use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Figures, NONE, Pen, Spans, draw_table, plural, thousands, wrap, wrapped_message,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Target, cells};
use crate::answers::text::brief;
use crate::engine::Order;
use crate::evaluate::metrics::Better;
use crate::evaluate::tuning::{Trial, Tuned};

pub use run::{TuneState, TuneView};

/// The search for the best formula.
#[derive(Default)]
pub struct Tune;

const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "run_tune",
        title: "Search or stop",
        hint: "search/stop",
        doc: "Searches for the best formula, or stops; nothing is tried twice.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    },
    ActionRow {
        id: "reset_tune",
        title: "Forget the trials",
        hint: "forget",
        doc: "Forgets what was tried.",
        keys: &["delete"],
        run: |shared, _| shared.order(Order::Reset),
        possible: |_| true,
    },
];

impl Pane for Tune {
    const ID: PaneId = PaneId("tune");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = ACTIONS;

    fn title(&self, view: Option<&TuneView>, _: &Selection) -> String {
        let Some(view) = view.filter(|view| !view.trials.is_empty()) else {
            return "Tune".to_owned();
        };
        let trials = plural(view.trials.len() as u64, "trial");
        match view.best().and_then(|best| best.validation) {
            Some(best) => format!("Tune · {trials} · best {}", Figures::with(4).text(best)),
            None => format!("Tune · {trials}"),
        }
    }

    fn min_size(&self) -> (u16, u16) {
        (24, 3)
    }

    fn rows(&self, view: &TuneView, _: &PaneState) -> usize {
        view.trials.len()
    }

    fn row_text(&self, view: &TuneView, _: &PaneState, row: usize) -> String {
        view.trials
            .get(row)
            .map(|trial| trial.formula.clone())
            .unwrap_or_default()
    }

    fn row_key(&self, view: &TuneView, _: &PaneState, row: usize) -> u64 {
        view.trials
            .get(row)
            .map_or(row as u64, |trial| model_key(&trial.formula) ^ trial.rung as u64)
    }

    fn target(&self, view: &TuneView, _: &PaneState, row: usize) -> Option<Target> {
        let trial = view.trials.get(row).filter(|trial| trial.validation.is_some())?;
        Some(Target::Model(trial.formula.clone()))
    }

    fn draw(&self, view: &TuneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if view.trials.is_empty() {
            return wrapped_message(buffer, area, &nothing_yet(view), theme);
        }
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 4 {
            pen.text(&standing(view), theme.style(Role::Muted));
        }
        if let Some(tuned) = &view.tuned {
            let lines = result(tuned, theme);
            let room = pen.lines_left().saturating_sub(3).min(lines.len() as u16);
            let place = pen.take_below(room);
            let mut below = Pen::new(pen.buffer(), place, theme);
            for line in lines.iter().take(usize::from(room)) {
                below.line(line);
            }
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn arithmetic(&self, view: &TuneView, _: &PaneState, row: usize) -> Option<Vec<String>> {
        let trial = view.trials.get(row)?;
        let mut lines = vec![trial.formula.clone(), String::new()];
        if let Some(why) = &trial.reason {
            lines.extend(wrap(why, 70));
            return Some(lines);
        }
        let metric = view.metric.map_or_else(String::new, |metric| metric.to_string());
        lines.push(format!(
            "{metric} {} on validation",
            Figures::with(6).maybe(trial.validation)
        ));
        lines.push(match view.last {
            Some(last) if trial.rung < last => format!(
                "on rung {} of {}: a part of the users, both to learn from and to test",
                trial.rung + 1,
                last + 1
            ),
            _ => "of all users; the test part plays no part in it".to_owned(),
        });
        lines.push(format!(
            "fitted and tested in {} s",
            Figures::with(2).text(trial.seconds)
        ));
        Some(lines)
    }

    fn export(&self, view: &TuneView) -> Export {
        let mut table = Export::of_columns(["trial", "formula", "rung", "validation", "seconds", "reason"]);
        table.rows.extend(view.trials.iter().map(|trial| {
            cells![
                trial.trial,
                trial.formula.clone(),
                trial.rung,
                trial.validation,
                trial.seconds,
                trial.reason.clone()
            ]
        }));
        table
    }
}

/// What stands where nothing was tried.
fn nothing_yet(view: &TuneView) -> String {
    if let Some(problem) = &view.problem {
        return problem.clone();
    }
    if view.state == TuneState::Running {
        return view
            .report
            .as_ref()
            .map_or_else(|| "holding ratings out".to_owned(), |report| report.stage.clone());
    }
    let budget = view
        .budget
        .map_or_else(String::new, |budget| format!(" within {budget}"));
    let metric = view.metric.map_or_else(String::new, |metric| format!(" by {metric}"));
    format!(
        "Looks for the best formula{metric}{budget}: all models, their parameters, hybrids of the best. Space begins, and stops."
    )
}

/// What is going on.
fn standing(view: &TuneView) -> String {
    if let Some(problem) = &view.problem {
        return problem.clone();
    }
    let metric = view.metric.map_or_else(String::new, |metric| metric.to_string());
    match (view.state, &view.tuned) {
        (_, Some(tuned)) => format!(
            "{} in {} s · {metric} on validation · enter takes a trial as the model",
            plural(tuned.tried as u64, "trial"),
            Figures::with(0).text(tuned.seconds)
        ),
        (TuneState::Running, None) => {
            let what = view.report.as_ref().map_or("", |report| report.stage.as_str());
            format!("space stops · {what}")
        }
        (_, None) => format!(
            "{} tried, then stopped: space goes on · enter takes one as the model",
            thousands(view.trials.len() as u64)
        ),
    }
}

/// What the winner is worth on the test part, and what it had to beat.
fn result(tuned: &Tuned, theme: &Theme) -> Vec<Spans<'static>> {
    let (muted, text) = (theme.style(Role::Muted), theme.style(Role::Text));
    let figures = Figures::with(4);
    let head = format!("{} on the test part, touched once", tuned.metric);
    let mut lines: Vec<Spans<'static>> = vec![vec![(head.into(), theme.style(Role::Header))]];
    let name = |model: &str| theme.plain(&brief(model, theme.symbols().ellipsis)).into_owned();
    lines.push(vec![
        (
            format!("{:>6}", figures.maybe(tuned.test)).into(),
            theme.style(Role::Strong),
        ),
        (format!("  {}", name(&tuned.winner)).into(), text),
    ]);
    let sign = if tuned.better == Better::Higher { 1.0 } else { -1.0 };
    for baseline in &tuned.baselines {
        let by = tuned.test.zip(baseline.test).map(|(own, other)| sign * (own - other));
        let half = baseline.winner_against.and_then(|paired| paired.half_width);
        let half = half.map_or_else(String::new, |half| format!(" ±{}", figures.text(half)));
        let by = by.map_or_else(|| NONE.to_owned(), |by| format!("winner {}{half}", figures.signed(by)));
        lines.push(vec![
            (format!("{:>6}", figures.maybe(baseline.test)).into(), text),
            (format!("  {}", name(&baseline.model)).into(), text),
            (format!("  {by}").into(), muted),
        ]);
    }
    lines
}

fn table(view: &TuneView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let last = view.last.unwrap_or(0);
    let columns = [
        Column::fixed("", 1),
        Column::fixed("trial", 5).right().optional(3),
        Column::fixed("validation", 10).right(),
        Column::fixed("users", 5).right().optional(2),
        Column::fixed("s", 6).right().optional(1),
        Column::flex("formula", 10, 1),
    ];
    let figures = Figures::with(4);
    let now = input.selection.formula.to_string();
    let cells = |row: usize| {
        let trial: &Trial = view.trials.get(row)?;
        let muted = theme.style(Role::Muted);
        let is_best = view.best() == Some(trial);
        let role = match trial.rung == last {
            _ if is_best => Role::Positive,
            true => Role::Text,
            false => Role::Muted,
        };
        let is_now = trial.formula == now;
        let mark = if is_now { theme.marker(0) } else { "" };
        // A rung has twice the users of the one before it.
        let users = match last.saturating_sub(trial.rung) {
            0 => "all".to_owned(),
            below => format!("1/{}", 1_u64 << below.min(63)),
        };
        let formula = trial.reason.as_ref().map_or_else(
            || trial.formula.clone(),
            |reason| format!("{}: {reason}", trial.formula),
        );
        Some(vec![
            Content::styled(mark, theme.style(Role::BorderFocused)),
            Content::styled(trial.trial.to_string(), muted),
            Content::styled(figures.maybe(trial.validation), theme.style(role)),
            Content::styled(users, muted),
            Content::styled(Figures::with(2).text(trial.seconds), muted),
            Content::text(theme.plain(&formula).into_owned()),
        ])
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
