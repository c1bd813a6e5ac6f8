//! Experiment: two formulas against each other on simulated users, day by day; every figure of both arms with its interval. The
//! truth, which the simulator knows, is hidden until somebody asks for it.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::background::PAUSED;
use super::controls::Value;
use super::theme::{Role, Theme};
use super::widgets::{
    Axis, Column, Content, Curve, Figures, LineChart, NONE, Pen, Spans, draw_table, flow, gauge, spans_in, thousands,
    width, wrap,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::experiment::{MetricCell, MetricRow, SimulatedView};
use crate::engine::Order;
use crate::experiment::VerdictKind;
pub use question::{TRUTH, command_of, of_lab, source};
pub use run::{ExperimentSettings, ExperimentView};

/// Two formulas, simulated users, a hidden truth.
#[derive(Default)]
pub struct Experiment;

/// What can be done with the run, whichever pane of the screen has the keyboard.
pub const RUN_ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "run_experiment",
        title: "Run or pause",
        hint: "run/pause",
        doc: "Days go by, four a second, or stop; after the last it begins again.",
        keys: &["space"],
        run: |shared, _| shared.orders.push((Experiment::ID, Order::Toggle)),
        possible: |_| true,
    },
    ActionRow {
        id: "step_experiment",
        title: "One day",
        hint: "day",
        doc: "One day more, then the experiment rests.",
        keys: &["s"],
        run: |shared, _| shared.orders.push((Experiment::ID, Order::Step)),
        possible: |_| true,
    },
    ActionRow {
        id: "reset_experiment",
        title: "Start over",
        hint: "reset",
        doc: "Back to before the first day: the plan can still be changed.",
        keys: &["r"],
        run: |shared, _| shared.orders.push((Experiment::ID, Order::Reset)),
        possible: |_| true,
    },
    ActionRow {
        id: "reveal_truth",
        title: "Reveal or hide the truth",
        hint: "truth",
        doc: "What the simulator knows and no system does: who is better.",
        keys: &["T"],
        run: |shared, _| {
            let memory = shared.memory_mut(Experiment::ID);
            let shown = memory.values.get(TRUTH) == Some(&Value::Flag(true));
            memory.values.insert(TRUTH.to_owned(), Value::Flag(!shown));
        },
        possible: |_| true,
    },
];

impl Pane for Experiment {
    const ID: PaneId = PaneId("experiment");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&ExperimentView>, _selection: &Selection) -> String {
        match view.and_then(|v| v.found.as_ref()) {
            None => "Experiment".to_owned(),
            Some(found) => format!("Experiment · day {} of {}", found.day, found.days_planned),
        }
    }

    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &ExperimentView, _state: &PaneState) -> usize {
        view.found.as_ref().map_or(0, |found| found.metrics.len())
    }

    fn row_text(&self, view: &ExperimentView, _state: &PaneState, row: usize) -> String {
        metric(view, row).map(|m| m.title.to_owned()).unwrap_or_default()
    }

    fn draw(&self, view: &ExperimentView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let Some(found) = &view.found else {
            pen.text(&waiting(view), theme.style(Role::Muted));
            return Drawn::default();
        };
        if pen.lines_left() >= 14 {
            arms(found, theme, &mut pen);
        }
        if pen.lines_left() >= 5 {
            head(view, found, theme, &mut pen);
        }
        if pen.lines_left() >= 6 {
            let sentence = theme.plain(&found.verdict.sentence).into_owned();
            let cells = usize::from(pen.left().width).saturating_sub(width(VERDICT)).max(1);
            let lines = (wrap(&sentence, cells).len() as u16).min(2);
            let is_told = view.truth && pen.lines_left() >= 8;
            let place = pen.take_below(lines + u16::from(is_told));
            let mut below = Pen::new(pen.buffer(), place, theme);
            let role = verdict_role(found.verdict.kind);
            below.paragraph(VERDICT, &sentence, lines, theme.style(role));
            if is_told {
                below.text(&truly(found), theme.style(Role::Strong));
            }
        }
        let rows = found.metrics.len() as u16 + 1;
        let under = input.rows.get(input.state.cursor).unwrap_or(0);
        let spare = pen.lines_left().saturating_sub(rows);
        if input.state.mode % 2 == BY_DAY {
            let place = pen.left();
            by_day(view, found, under, theme, place, pen.buffer());
            return Drawn::default();
        }
        if spare >= 8 {
            let place = pen.take_below(spare.min(14));
            by_day(view, found, under, theme, place, pen.buffer());
        }
        let body = pen.left();
        table(view, found, input, body, buffer)
    }

    fn arithmetic(&self, view: &ExperimentView, _state: &PaneState, row: usize) -> Option<Vec<String>> {
        let (found, row) = (view.found.as_ref()?, metric(view, row)?);
        Some(if row.is_logged || view.truth {
            in_words(found, row)
        } else {
            vec![format!("{}: {}", row.title, row.doc), "T reveals it".to_owned()]
        })
    }

    fn export(&self, view: &ExperimentView) -> Export {
        let mut table = Export::of_columns("metric a b lift lift_low lift_high p p_bh true_lift".split(' '));
        let told = |row: &&MetricRow| row.is_logged || view.truth;
        for row in view.found.iter().flat_map(|found| &found.metrics).filter(told) {
            let truth = true_lift(view, row.name);
            table.rows.push(cells![
                row.name,
                row.a,
                row.b,
                row.lift,
                row.lift_low,
                row.lift_high,
                row.p,
                row.p_bh,
                truth
            ]);
        }
        table
    }
}

/// What is said while there is nothing to be shown.
pub fn waiting(view: &ExperimentView) -> String {
    match (&view.report, view.asks()) {
        (Some(report), _) => report.clone(),
        (None, true) => "lists for so many ratings take a while: space begins".to_owned(),
        (None, false) => PAUSED.to_owned(),
    }
}

/// What the truth says of the verdict.
pub fn truly(found: &SimulatedView) -> String {
    let better = match found.truth.better {
        "a" => "A is better",
        "b" => "B is better",
        _ => "neither is better",
    };
    let verdict = match found.truth.is_right {
        None => "",
        Some(true) => ": the verdict is right",
        Some(false) => ": the verdict is wrong",
    };
    format!("in truth {better}{verdict}")
}

/// The color of a verdict; never its only sign.
pub fn verdict_role(kind: VerdictKind) -> Role {
    match kind {
        VerdictKind::ShipB => Role::Positive,
        VerdictKind::KeepA => Role::Negative,
        VerdictKind::Invalid => Role::Warning,
        VerdictKind::Running | VerdictKind::NoDifference => Role::Text,
    }
}

fn metric(view: &ExperimentView, row: usize) -> Option<&MetricRow> {
    view.found.as_ref()?.metrics.get(row)
}

/// The true lift of a metric, where the truth is shown.
fn true_lift(view: &ExperimentView, name: &str) -> Option<f64> {
    let truth = &view.found.as_ref().filter(|_| view.truth)?.truth;
    truth.metrics.iter().find(|t| t.name == name)?.lift
}

fn arms(found: &SimulatedView, theme: &Theme, pen: &mut Pen<'_>) {
    let text = theme.style(Role::Text);
    for (name, formula, series) in [("A ", &found.control, 0), ("B ", &found.treatment, 1)] {
        let cells = usize::from(pen.left().width);
        // A formula that does not fit hints at its parameters.
        let formula = if formula.chars().count() + 2 > cells {
            crate::answers::text::brief(formula, theme.symbols().ellipsis)
        } else {
            formula.clone()
        };
        pen.line(&[(name.into(), theme.style(Role::Series(series))), (formula.into(), text)]);
    }
}

/// `▇▇▇▇░░ A 20,011  B 19,989 users  split p .91 ok`.
fn head(view: &ExperimentView, found: &SimulatedView, theme: &Theme, pen: &mut Pen<'_>) {
    let place = pen.take(1);
    let bar = Rect {
        width: place.width.min(10),
        ..place
    };
    gauge(
        pen.buffer(),
        bar,
        found.day as f64 / found.days_planned.max(1) as f64,
        theme,
    );
    let rest = Rect {
        x: place.x + bar.width.min(place.width),
        width: place.width.saturating_sub(bar.width),
        ..place
    };
    let muted = theme.style(Role::Muted);
    let mut units: Vec<Spans<'_>> = Vec::new();
    if let Some(report) = &view.report {
        units.push(vec![(report.as_str().into(), theme.style(Role::Strong))]);
    }
    if found.day > 0 {
        let users = format!("A {}  B {} users", thousands(found.users[0]), thousands(found.users[1]));
        units.push(vec![(users.into(), muted)]);
    }
    if let Some(ratio) = found.srm {
        let (said, role) = if ratio.alarm {
            ("ALARM", Role::Warning)
        } else {
            ("ok", Role::Muted)
        };
        let p = Figures::with(2).text(ratio.p);
        units.push(vec![(format!("split p {p} {said}").into(), theme.style(role))]);
    }
    let lines = flow(units, 2, rest.width.saturating_sub(1));
    if let Some(line) = lines.first() {
        let inside = Rect {
            x: rest.x + 1,
            width: rest.width.saturating_sub(1),
            ..rest
        };
        if !inside.is_empty() {
            spans_in(pen.buffer(), inside, line, theme.symbols().ellipsis);
        }
    }
}

/// A p-value with three decimals, and never as 0.
pub fn probability(p: f64) -> String {
    let three = Figures::with(3);
    if p < 0.000_5 {
        format!("<{}", three.text(0.001))
    } else {
        three.text(p)
    }
}

/// The mode that shows the metric under the cursor day by day.
const BY_DAY: usize = 1;

/// A metric of both arms, since the first day, at the end of each.
fn by_day(view: &ExperimentView, found: &SimulatedView, row: usize, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let Some(metric) = found.metrics.get(row).filter(|m| m.is_logged || view.truth) else {
        return;
    };
    let along = |of: fn(&MetricCell) -> Option<f64>| -> Vec<(f64, f64)> {
        let days = found.days.iter().filter_map(|day| {
            let cell = day.metrics.iter().find(|cell| cell.name == metric.name)?;
            Some((day.day as f64, of(cell)?))
        });
        days.collect()
    };
    let (a, b) = (along(|cell| cell.a), along(|cell| cell.b));
    let label = format!("{} by day", metric.title);
    let named = area.height >= 6 && area.width >= 30;
    let curve = |name: &'static str, points, series| Curve {
        name: if named { name } else { "" },
        points,
        series,
    };
    LineChart {
        x: Axis {
            label: &label,
            bounds: Some((1.0, found.days_planned.max(2) as f64)),
            ..Axis::default()
        },
        y: Axis {
            flat: "the same every day",
            ..Axis::default()
        },
        curves: &[curve("A", &a, 0), curve("B", &b, 1)],
    }
    .draw(buffer, area, theme);
}

/// Before the verdict.
const VERDICT: &str = "verdict ";

/// A lift in percent: `+3.4`; nothing for nothing.
pub fn lift(value: Option<f64>) -> String {
    value.map_or_else(
        || NONE.to_owned(),
        |v| format!("{}%", Figures::with(1).signed(100.0 * v)),
    )
}

fn table(
    view: &ExperimentView,
    found: &SimulatedView,
    input: &PaneInput<'_>,
    area: Rect,
    buffer: &mut Buffer,
) -> Drawn {
    let theme = input.theme;
    let mut columns = vec![
        Column::flex("metric", 12, 1).at_most(22),
        Column::fixed("A", 7).right(),
        Column::fixed("B", 7).right(),
        Column::fixed("lift", 7).right(),
        Column::fixed("95 % interval", 17).right().optional(2),
        Column::fixed("p", 5).right().optional(3),
    ];
    if view.truth {
        columns.push(Column::fixed("truth", 7).right().optional(1));
    }
    draw_table(&columns, input, area, buffer, |row| {
        let row = found.metrics.get(row)?;
        let figures = Figures::with(row.decimals);
        let role = match (row.p, row.lift) {
            (Some(p), Some(lift)) if p <= 0.05 && lift > 0.0 => Role::Positive,
            (Some(p), Some(lift)) if p <= 0.05 && lift < 0.0 => Role::Negative,
            _ => Role::Text,
        };
        let interval = row.lift_low.zip(row.lift_high);
        let one = Figures::with(1);
        let interval = interval.map_or_else(String::new, |(low, high)| {
            format!("{} to {}", one.signed(100.0 * low), one.signed(100.0 * high))
        });
        let is_primary = row.name == found.plan.metric;
        let mark = if is_primary { "*" } else { "" };
        let unit = if row.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", row.unit)
        };
        let name_role = if is_primary { Role::Strong } else { Role::Text };
        // What no log has is part of the truth.
        let is_shown = row.is_logged || view.truth;
        let figure = |value: Option<f64>| if is_shown { figures.maybe(value) } else { "?".to_owned() };
        let mut cells = vec![
            Content::styled(format!("{}{unit}{mark}", row.title), theme.style(name_role)),
            Content::text(figure(row.a)),
            Content::text(figure(row.b)),
            Content::styled(
                if is_shown { lift(row.lift) } else { "?".to_owned() },
                theme.style(role),
            ),
            Content::styled(
                if is_shown { interval } else { String::new() },
                theme.style(Role::Muted),
            ),
            Content::styled(
                if is_shown {
                    row.p.map_or_else(String::new, probability)
                } else {
                    String::new()
                },
                theme.style(Role::Muted),
            ),
        ];
        if view.truth {
            cells.push(Content::styled(
                lift(true_lift(view, row.name)),
                theme.style(Role::Strong),
            ));
        }
        Some(cells)
    })
}

fn in_words(found: &SimulatedView, row: &MetricRow) -> Vec<String> {
    let six = Figures::with(6);
    let mut lines = vec![
        format!("{}: {}", row.title, row.doc),
        format!(
            "since the first day: A {} over {} users, B {} over {}",
            six.maybe(row.a),
            thousands(found.users[0]),
            six.maybe(row.b),
            thousands(found.users[1])
        ),
    ];
    if let (Some(a), Some(b), Some(lift)) = (row.a, row.b, row.lift) {
        lines.push(format!(
            "lift = {} / {} - 1 = {}",
            six.text(b),
            six.text(a),
            six.signed(lift)
        ));
    }
    if let (Some(low), Some(high)) = (row.lift_low, row.lift_high) {
        lines.push(format!(
            "95 % between {} and {}: delta method, users independent",
            six.signed(low),
            six.signed(high)
        ));
    }
    if let (Some(p), Some(adjusted)) = (row.p, row.p_bh) {
        lines.push(format!(
            "p {} alone; {} by Benjamini and Hochberg over all rows",
            six.text(p),
            six.text(adjusted)
        ));
    }
    if row.name == found.plan.metric {
        lines.push(format!("* the plan goes by this, rule {}", found.plan.rule));
    }
    lines
}

#[cfg(test)]
pub(super) mod tests;
