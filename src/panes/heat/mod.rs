//! Sweep: what the formula is worth over two of its weights or parameters at once, as a grid of shades that fills as it is
//! measured. The setting under the cursor can be taken as the model of all panes.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::theme::{Role, Theme};
use super::widgets::{
    Column, Content, Figures, NONE, Pen, Spans, draw_table, plural, reach, shade_of, shades, width, wrap,
    wrapped_message,
};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Shared, Target, cells};
use crate::answers::text::brief;
use crate::answers::tuning::HeatCell;
use crate::engine::{Order, RunState};

pub use run::HeatShown;

/// A formula over two of its settings.
#[derive(Default)]
pub struct Heat;

/// What can be done with the grid. The rows are walked as those of any table.
const ACTIONS: &[ActionRow] = &[
    ActionRow {
        id: "run_heat",
        title: "Measure the grid or stop",
        hint: "measure/stop",
        doc: "Measures the settings that have no figure yet, or stops that.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    },
    ActionRow {
        id: "heat_left",
        title: "A column to the left",
        hint: "column",
        doc: "The cursor goes one column to the left.",
        keys: &["left", "h"],
        run: |shared, _| step(shared, false),
        possible: |_| true,
    },
    ActionRow {
        id: "heat_right",
        title: "A column to the right",
        hint: "",
        doc: "The cursor goes one column to the right.",
        keys: &["right", "l"],
        run: |shared, _| step(shared, true),
        possible: |_| true,
    },
];

fn step(shared: &mut Shared, right: bool) {
    let last = question::columns(shared).saturating_sub(1);
    let memory = shared.memory_mut(Heat::ID);
    memory.mode = if right {
        (memory.mode + 1).min(last)
    } else {
        memory.mode.saturating_sub(1)
    };
}

impl Pane for Heat {
    const ID: PaneId = PaneId("heat");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = ACTIONS;

    fn title(&self, view: Option<&HeatShown>, _: &Selection) -> String {
        let Some(view) = view.filter(|view| !view.cells.is_empty()) else {
            return "Sweep".to_owned();
        };
        let axes = format!("Sweep · {} × {}", view.down.dial, view.across.dial);
        match (view.done(), view.cells.len()) {
            (0, _) => axes,
            (done, all) if done == all => axes,
            (done, all) => format!("{axes} · {done} of {all}"),
        }
    }

    fn min_size(&self) -> (u16, u16) {
        (24, 3)
    }

    fn rows(&self, view: &HeatShown, _: &PaneState) -> usize {
        view.down.values.len()
    }

    fn row_text(&self, view: &HeatShown, _: &PaneState, row: usize) -> String {
        view.down.values.get(row).cloned().unwrap_or_default()
    }

    fn target(&self, view: &HeatShown, state: &PaneState, row: usize) -> Option<Target> {
        let cell = view.cell(row, state.mode)?;
        Some(Target::Model(cell.model.clone()))
    }

    fn draw(&self, view: &HeatShown, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        if let Some(problem) = &view.problem {
            return wrapped_message(buffer, area, problem, theme);
        }
        let mut pen = Pen::new(buffer, area, theme);
        if pen.lines_left() >= 5 {
            legend(view, theme, &mut pen);
        }
        let under = input.rows.get(input.state.cursor);
        let under = under.and_then(|row| view.cell(row, input.state.mode));
        for said in [
            standing(view, theme),
            under.map(|cell| of_cell(view, cell, theme)).unwrap_or_default(),
        ] {
            let lines = wrap(&theme.plain(&said), usize::from(area.width.max(1)));
            if !said.is_empty() && pen.lines_left() >= 4 + lines.len() as u16 {
                let place = pen.take_below(lines.len() as u16);
                let mut below = Pen::new(pen.buffer(), place, theme);
                for line in &lines {
                    below.text(line, theme.style(Role::Muted));
                }
            }
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn export(&self, view: &HeatShown) -> Export {
        let heads = [view.down.dial.clone(), view.across.dial.clone(), "model".to_owned()];
        let metrics = view.metrics.iter().map(ToString::to_string);
        let mut table = Export::of_columns(heads.into_iter().chain(metrics));
        for cell in &view.cells {
            let mut row = cells![cell.down.clone(), cell.across.clone(), cell.model.clone()];
            row.extend((0..view.metrics.len()).map(|n| cell.figures.get(n).copied().flatten().into()));
            table.rows.push(row);
        }
        table
    }
}

/// What the shades mean, and where the best setting is.
fn legend(view: &HeatShown, theme: &Theme, pen: &mut Pen<'_>) {
    let muted = theme.style(Role::Muted);
    let name = view
        .metrics
        .get(view.metric)
        .map_or_else(String::new, ToString::to_string);
    let figures = Figures::with(4);
    let mut spans: Spans<'_> = vec![(name.into(), theme.style(Role::Strong))];
    if let Some((low, high)) = reach(view.cells.iter().filter_map(|cell| view.figure(cell))) {
        spans.extend([
            (format!("  {} ", figures.text(low)).into(), muted),
            (shades(theme).concat().into(), theme.style(Role::Series(0))),
            (format!(" {}", figures.text(high)).into(), muted),
        ]);
    }
    if let Some(best) = view.best() {
        let place = format!(
            "  best at {} {}, {} {}",
            view.down.dial, best.down, view.across.dial, best.across
        );
        spans.push((place.into(), muted));
    }
    pen.line(&spans);
}

/// On what is measured, and how far that is.
fn standing(view: &HeatShown, theme: &Theme) -> String {
    let (done, all) = (view.done(), view.cells.len());
    let on = view.measured.as_ref().map_or_else(String::new, |measured| {
        format!(
            ", on ratings held out of training, of {}",
            plural(measured.users as u64, "user")
        )
    });
    match view.state {
        _ if done == all && all > 0 => format!(
            "{} measured{on}; enter takes the setting as the model",
            plural(all as u64, "setting")
        ),
        RunState::Running => match &view.report {
            Some(report) => format!("{done} of {all} · {} · space stops", report.stage),
            None => format!("{done} of {all} · space stops"),
        },
        _ if done > 0 => format!("{done} of {all} measured, then stopped: space goes on"),
        _ => format!(
            "{} of {}, each a validation of its own: space measures",
            plural(all as u64, "setting"),
            theme.plain(&brief(&view.model, theme.symbols().ellipsis))
        ),
    }
}

/// What the cell under the cursor is.
fn of_cell(view: &HeatShown, cell: &HeatCell, theme: &Theme) -> String {
    if let Some(reason) = &cell.reason {
        return reason.clone();
    }
    let figures = view.metrics.iter().zip(&cell.figures);
    let figures: Vec<String> = figures
        .map(|(metric, figure)| format!("{metric} {}", Figures::with(4).maybe(*figure)))
        .collect();
    format!("{} {}", theme.plain(&cell.model), figures.join(" · "))
}

fn table(view: &HeatShown, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let range = reach(view.cells.iter().filter_map(|cell| view.figure(cell))).unwrap_or((0.0, 1.0));
    let n_columns = view.across.values.len();
    let wide = |values: &[String]| values.iter().map(|value| width(value)).max().unwrap_or(0) as u16;
    let corner = view.down.dial.as_str();
    let mut columns = vec![Column::fixed(corner, wide(&view.down.values).max(width(corner) as u16).min(18)).right()];
    let each = wide(&view.across.values).max(8);
    for (n, value) in view.across.values.iter().enumerate() {
        // Those near the cursor stay longest.
        let away = n.abs_diff(input.state.mode).min(8) as u8;
        columns.push(Column::fixed(value.as_str(), each).right().optional(away));
    }
    let figures = Figures::with(4);
    let best = view.best();
    let under = input.rows.get(input.state.cursor);
    let cells = |row: usize| {
        let mut cells = vec![Content::text(view.down.values.get(row)?.clone())];
        for column in 0..n_columns {
            let cell = view.cell(row, column)?;
            let is_here = column == input.state.mode && under == Some(row);
            let mark = if is_here { theme.marker(0) } else { "" };
            let style = |role| {
                let style = theme.style(role);
                if is_here {
                    style.add_modifier(Modifier::BOLD)
                } else {
                    style
                }
            };
            cells.push(match view.figure(cell) {
                Some(value) => {
                    let role = if best == Some(cell) { Role::Positive } else { Role::Text };
                    let shade = shades(theme)[shade_of(value, range)];
                    Content::styled(format!("{mark}{} {shade}", figures.text(value)), style(role))
                }
                None => Content::styled(format!("{mark}{NONE}"), style(Role::Muted)),
            });
        }
        Some(cells)
    };
    draw_table(&columns, input, area, buffer, cells)
}

#[cfg(test)]
mod tests;
