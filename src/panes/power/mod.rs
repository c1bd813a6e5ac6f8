//! Power: how many users an experiment needs to find an effect, what so many find, and how long that takes.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{
    Axis, Column, Content, Curve, Figures, LineChart, Pen, Spans, draw_table, flow, percent, thousands,
};
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
pub use question::{Planned, PlannedRow};

/// The planner.
#[derive(Default)]
pub struct Power;

impl Pane for Power {
    const ID: PaneId = PaneId("power");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&Planned>, _selection: &Selection) -> String {
        match view.and_then(|v| v.needed) {
            None => "Power".to_owned(),
            Some(n) => format!("Power · {} an arm", thousands(n.ceil() as u64)),
        }
    }

    fn rows(&self, view: &Planned, _state: &PaneState) -> usize {
        view.rows.len()
    }

    fn row_text(&self, view: &Planned, _state: &PaneState, row: usize) -> String {
        view.rows.get(row).map(|r| percent(r.lift)).unwrap_or_default()
    }

    fn draw(&self, view: &Planned, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
        let unit =
            |value: String, behind: &'static str| -> Spans<'_> { vec![(value.into(), strong), (behind.into(), muted)] };
        let mut units = Vec::new();
        match view.needed {
            None => pen.text("an effect of 0 cannot be found", muted),
            Some(n) => {
                units.push(unit(thousands(n.ceil() as u64), " users an arm,"));
                units.push(unit(thousands(view.days(n)), " days"));
            }
        }
        for line in flow(units, 1, pen.left().width) {
            pen.line(&line);
        }
        if let Some(found) = view.detectable {
            let lift = super::experiment::lift(Some(found / view.baseline - 1.0));
            pen.line(&[
                (thousands(view.users as u64).into(), strong),
                (" find ".into(), muted),
                (lift.into(), strong),
            ]);
        }
        let rows = view.rows.len() as u16 + 1;
        let chart = pen.lines_left().saturating_sub(rows);
        if chart >= 5 {
            let place = pen.take_below(chart);
            curve(view, theme, place, pen.buffer());
        }
        let body = pen.left();
        table(view, input, body, buffer)
    }

    fn arithmetic(&self, view: &Planned, _state: &PaneState, row: usize) -> Option<Vec<String>> {
        let row = view.rows.get(row)?;
        let six = Figures::with(6);
        let (p, q) = (view.baseline, row.target);
        Some(vec![
            format!("n an arm = {}", crate::experiment::power::SizeFormula::Pooled.text()),
            format!(
                "p1 = {}, p2 = {} ({})",
                six.text(p),
                six.text(q),
                super::experiment::lift(Some(row.lift))
            ),
            format!(
                "alpha {} two-sided, power {}",
                six.text(view.alpha),
                six.text(view.power)
            ),
            format!("n = {}", Figures::with(4).maybe(row.n)),
        ])
    }

    fn export(&self, view: &Planned) -> Export {
        let mut table = Export::of_columns(["lift", "target", "n_per_arm", "days"]);
        for row in &view.rows {
            table
                .rows
                .push(cells![row.lift, row.target, row.n, row.n.map(|n| view.days(n) as f64)]);
        }
        table
    }
}

/// The power over users an arm.
fn curve(view: &Planned, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let most = view.curve.last().map_or(1.0, |p| p.0);
    let wanted = [(0.0, view.power), (most, view.power)];
    let curves = [
        Curve {
            name: "",
            points: &view.curve,
            series: 0,
        },
        Curve {
            name: "",
            points: &wanted,
            series: 7,
        },
    ];
    LineChart {
        x: Axis {
            label: "users an arm",
            bounds: Some((0.0, most)),
            ..Axis::default()
        },
        y: Axis {
            label: "power",
            bounds: Some((0.0, 1.0)),
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, area, theme);
}

fn table(view: &Planned, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let theme = input.theme;
    let columns = [
        Column::fixed("effect", 7).right(),
        Column::fixed("n an arm", 11).right(),
        Column::fixed("days", 6).right().optional(1),
    ];
    draw_table(&columns, input, area, buffer, |row| {
        let row = view.rows.get(row)?;
        let n = row.n.map_or_else(String::new, |n| thousands(n.ceil() as u64));
        let days = row.n.map_or_else(String::new, |n| thousands(view.days(n)));
        Some(vec![
            Content::text(super::experiment::lift(Some(row.lift))),
            Content::styled(n, theme.style(Role::Strong)),
            Content::styled(days, theme.style(Role::Muted)),
        ])
    })
}

#[cfg(test)]
mod tests;
