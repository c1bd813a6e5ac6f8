//! Pitfall: a policy that goes by clicks against one that goes by satisfaction: who is ahead on which day, what a short test would
//! ship and what a long one, with the closed form beside the simulation.

mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::theme::{Role, Theme};
use super::widgets::{Axis, Curve, Figures, LineChart, Pen, Spans, flow};
use super::{Drawn, Export, Pane, PaneId, PaneInput, Selection, cells};
use crate::experiment::pitfall::{PitfallTest, PitfallView, PolicyDay};

/// Clickbait against satisfaction.
#[derive(Default)]
pub struct PitfallPane;

/// The mode that shows satisfaction in place of engagement.
const SATISFACTION: usize = 1;

impl Pane for PitfallPane {
    const ID: PaneId = PaneId("pitfall");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, view: Option<&PitfallView>, _selection: &Selection) -> String {
        match view.and_then(|v| v.crossover) {
            None => "Clickbait".to_owned(),
            Some(day) => format!("Clickbait · day {day}"),
        }
    }

    fn modes(&self) -> usize {
        2
    }

    fn draw(&self, view: &PitfallView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
        let day = view
            .crossover
            .map_or_else(|| "never".to_owned(), |day| format!("on day {day}"));
        let exact = view
            .crossover_exact
            .map_or_else(|| "never".to_owned(), |t| format!("day {}", Figures::with(1).text(t)));
        let unit =
            |name: &'static str, value: String| -> Spans<'_> { vec![(name.into(), muted), (value.into(), strong)] };
        let units = [unit("B level ", day), unit("closed form ", exact)];
        for line in flow(units, 2, pen.left().width) {
            pen.line(&line);
        }
        let tests: Vec<String> = view.tests.iter().map(in_words).collect();
        for (test, text) in view.tests.iter().zip(&tests).take(3) {
            if pen.lines_left() > 6 || pen.lines_left() <= 2 {
                let role = if test.lift > 0.0 {
                    Role::Positive
                } else {
                    Role::Negative
                };
                pen.text(text, theme.style(role));
            }
        }
        let both = pen.lines_left() >= 18;
        if both {
            let upper = pen.take(pen.lines_left() / 2);
            curves(view, false, theme, upper, pen.buffer());
        }
        let place = pen.left();
        let satisfaction = both || input.state.mode % 2 == SATISFACTION;
        curves(view, satisfaction, theme, place, pen.buffer());
        Drawn::default()
    }

    fn export(&self, view: &PitfallView) -> Export {
        let columns = "day engagement_a engagement_b log_a log_b expected_a expected_b satisfaction_a satisfaction_b";
        let mut table = Export::of_columns(columns.split(' '));
        for (at, (a, b)) in view.a.iter().zip(&view.b).enumerate() {
            table.rows.push(cells![
                at + 1,
                a.engagement,
                b.engagement,
                a.log_engagement,
                b.log_engagement,
                a.expected,
                b.expected,
                a.satisfaction,
                b.satisfaction
            ]);
        }
        table
    }
}

/// `14 days: ship A (-19.2 %)`.
fn in_words(test: &PitfallTest) -> String {
    let ships = if test.p > 0.05 {
        "no difference"
    } else if test.lift > 0.0 {
        "ship B"
    } else {
        "ship A"
    };
    let lift = Figures::with(1).signed(100.0 * test.lift);
    format!("{} say {ships} ({lift}%)", super::widgets::plural(test.days, "day"))
}

fn curves(view: &PitfallView, satisfaction: bool, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let along = |days: &[PolicyDay], of: fn(&PolicyDay) -> f64| -> Vec<(f64, f64)> {
        days.iter()
            .enumerate()
            .map(|(at, day)| ((at + 1) as f64, of(day)))
            .collect()
    };
    let of: fn(&PolicyDay) -> f64 = if satisfaction {
        |d| d.satisfaction
    } else {
        |d| d.log_engagement
    };
    let (a, b) = (along(&view.a, of), along(&view.b, of));
    let expected = |days: &[PolicyDay]| {
        if satisfaction {
            Vec::new()
        } else {
            along(days, |d| d.expected)
        }
    };
    let (form_a, form_b) = (expected(&view.a), expected(&view.b));
    let named = area.height >= 6 && area.width >= 28;
    let name = |name: &'static str| if named { name } else { "" };
    let curves = [
        Curve {
            name: name("A bait"),
            points: &a,
            series: 0,
        },
        Curve {
            name: name("B care"),
            points: &b,
            series: 1,
        },
        Curve {
            name: "",
            points: &form_a,
            series: 7,
        },
        Curve {
            name: "",
            points: &form_b,
            series: 7,
        },
    ];
    LineChart {
        x: Axis {
            label: "day",
            ..Axis::default()
        },
        y: Axis {
            label: if satisfaction { "satisf" } else { "ln eng" },
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, area, theme);
}

#[cfg(test)]
mod tests;
