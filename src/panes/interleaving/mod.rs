//! Interleaving: both formulas in one list, beside an A/B test on as many sessions: how many each needs. Below it, whether
//! classes of users agree.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::controls::Control;
use super::experiment::{
    Experiment, ExperimentSettings, ExperimentView, command_of, lift, of_lab, probability, source, waiting,
};
use super::theme::{Role, Theme};
use super::widgets::{Column, Content, Figures, Pen, Spans, draw_table, flow, thousands};
use super::{Ask, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, Setting, Shared, Source, cells};
use crate::answers::World;
use crate::answers::experiment::SegmentRow;
use crate::experiment::interleave::Interleaved;

/// Two formulas in one list, and classes of users.
#[derive(Default)]
pub struct Interleaving;

impl Ask for Interleaving {
    type Query = ExperimentSettings;
    type View = ExperimentView;

    fn controls(_shared: &Shared) -> Vec<Control> {
        of_lab()
    }

    fn query(shared: &Shared) -> Result<ExperimentSettings, String> {
        Experiment::query(shared)
    }

    fn source(setting: &Setting<'_>) -> Source<ExperimentSettings, ExperimentView> {
        source(setting)
    }

    fn command(settings: &ExperimentSettings, _: &ExperimentView, world: &World, data: &[String]) -> Option<String> {
        Some(command_of(settings, true, world, data))
    }
}

impl Pane for Interleaving {
    const ID: PaneId = PaneId("interleaving");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&ExperimentView>, _selection: &Selection) -> String {
        match view.and_then(|v| v.interleaved.as_ref()) {
            None => "Interleaving".to_owned(),
            Some(found) => format!("Interleaving · {} sessions", thousands(found.sessions)),
        }
    }

    fn rows(&self, view: &ExperimentView, _state: &PaneState) -> usize {
        segments(view).len()
    }

    fn row_text(&self, view: &ExperimentView, _state: &PaneState, row: usize) -> String {
        segments(view)
            .get(row)
            .map(|s| s.segment.to_owned())
            .unwrap_or_default()
    }

    fn draw(&self, view: &ExperimentView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        if view.found.is_none() {
            pen.text(&waiting(view), theme.style(Role::Muted));
            return Drawn::default();
        }
        let rows = segments(view).len() as u16 + 1;
        let spare = pen.lines_left().saturating_sub(rows);
        match &view.interleaved {
            None => pen.text("after the last day", theme.style(Role::Muted)),
            Some(found) => {
                let room = if spare >= 4 { spare } else { pen.lines_left() };
                for line in flow(figures(found, theme), 2, pen.left().width)
                    .iter()
                    .take(usize::from(room))
                {
                    pen.line(line);
                }
            }
        }
        if pen.lines_left() < rows.max(2) {
            return Drawn::default();
        }
        if pen.lines_left() > rows + 1 && view.found.as_ref().is_some_and(|f| f.simpson) {
            pen.text(
                "every class says the contrary of all: Simpson",
                theme.style(Role::Warning),
            );
        }
        if pen.lines_left() > rows {
            pen.take(1);
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn export(&self, view: &ExperimentView) -> Export {
        let mut table = Export::of_columns("segment users lift lift_low lift_high p p_holm".split(' '));
        for row in segments(view) {
            table.rows.push(cells![
                row.segment,
                row.users as f64,
                row.lift,
                row.lift_low,
                row.lift_high,
                row.p,
                row.p_holm
            ]);
        }
        table
    }
}

fn segments(view: &ExperimentView) -> &[SegmentRow] {
    view.found.as_ref().map(|f| f.segments.as_slice()).unwrap_or_default()
}

fn figures<'a>(found: &Interleaved, theme: &Theme) -> Vec<Spans<'a>> {
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let unit = |name: &'static str, value: String| -> Spans<'a> { vec![(name.into(), muted), (value.into(), strong)] };
    let two = Figures::with(2);
    let count = |n: Option<f64>| n.map_or_else(|| super::widgets::NONE.to_owned(), |n| thousands(n.ceil() as u64));
    let mut units = vec![
        unit("B wins ", thousands(found.wins_b)),
        unit("A wins ", thousands(found.wins_a)),
        unit("ties ", thousands(found.ties)),
        unit("sign test p ", probability(found.p)),
        unit("A/B z ", two.signed(found.ab.z)),
        unit("sessions needed ", count(found.needed)),
        unit("by A/B ", count(found.needed_ab)),
    ];
    if let (Some(ratio), Some(low), Some(high)) = (found.ratio, found.ratio_low, found.ratio_high) {
        let one = Figures::with(1);
        units.push(unit("A/B needs ", format!("{}×", one.text(ratio))));
        units.push(unit("or ", format!("{} to {}×", one.text(low), one.text(high))));
    } else if found.note.is_some() {
        units.push(vec![("too alike for a ratio".into(), muted)]);
    }
    units
}

fn table(view: &ExperimentView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let metric = view.found.as_ref().map_or("", |f| f.plan.metric);
    let columns = [
        Column::flex("users", 8, 1).at_most(16),
        Column::fixed("n", 6).right(),
        Column::fixed(format!("{metric} lift"), (metric.len() as u16 + 5).max(8)).right(),
        Column::fixed("95 % interval", 17).right().optional(1),
        Column::fixed("Holm", 5).right().optional(2),
    ];
    let one = Figures::with(1);
    draw_table(&columns, input, area, buffer, |row| {
        let row = segments(view).get(row)?;
        let interval = row.lift_low.zip(row.lift_high).map_or_else(String::new, |(low, high)| {
            format!("{} to {}", one.signed(100.0 * low), one.signed(100.0 * high))
        });
        Some(vec![
            Content::text(row.segment),
            Content::text(thousands(row.users)),
            Content::styled(lift(row.lift), theme.style(Role::Strong)),
            Content::styled(interval, theme.style(Role::Muted)),
            Content::styled(
                row.p_holm.map_or_else(String::new, probability),
                theme.style(Role::Muted),
            ),
        ])
    })
}

#[cfg(test)]
mod tests;
