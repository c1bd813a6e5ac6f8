//! Learning: how good the lists of strategies are after each question that a newcomer was asked, over real users held out.

mod question;
mod run;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::background::PAUSED;
use super::theme::{Role, Theme};
use super::widgets::{Axis, Column, Content, Curve, Figures, LineChart, Pen, draw_table, plural};
use super::{ActionRow, Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::OnboardingView;
use crate::engine::Order;
pub use question::strategies;
pub use run::LearningView;

/// Strategies for newcomers, question by question.
#[derive(Default)]
pub struct Learning;

impl Pane for Learning {
    const ID: PaneId = PaneId("learning");
    const IS_ABOUT_SUBJECT: bool = false;
    const ACTIONS: &'static [ActionRow] = &[ActionRow {
        id: "run_learning",
        title: "Run or stop",
        hint: "run/stop",
        doc: "Holds users out and measures every strategy, or stops that.",
        keys: &["space"],
        run: |shared, _| shared.order(Order::Toggle),
        possible: |_| true,
    }];

    fn title(&self, view: Option<&LearningView>, _selection: &Selection) -> String {
        match view.and_then(|v| v.result.as_ref()) {
            None => "Learning a newcomer".to_owned(),
            Some(result) => format!("Learning {} · nDCG@10", plural(result.newcomers, "newcomer")),
        }
    }

    /// The table, with the curves below it where there is room; or the curves alone.
    fn modes(&self) -> usize {
        2
    }

    fn rows(&self, view: &LearningView, _state: &PaneState) -> usize {
        view.result.as_ref().map_or(0, |r| r.strategies.len())
    }

    fn row_text(&self, view: &LearningView, _state: &PaneState, row: usize) -> String {
        let strategies = view
            .result
            .as_ref()
            .map(|r| r.strategies.as_slice())
            .unwrap_or_default();
        strategies.get(row).map(|s| s.name.clone()).unwrap_or_default()
    }

    fn draw(&self, view: &LearningView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let theme = input.theme;
        let mut pen = Pen::new(buffer, area, theme);
        let Some(result) = &view.result else {
            let text = match (&view.report, view.asks) {
                (Some(report), _) => report.as_str(),
                (None, true) => "so many ratings take a while: space begins",
                (None, false) => PAUSED,
            };
            pen.text(text, theme.style(Role::Muted));
            return Drawn::default();
        };
        if input.state.mode % 2 == 1 {
            let place = pen.left();
            curves(result, theme, place, pen.buffer());
            return Drawn::default();
        }
        let rows = result.strategies.len() as u16 + 1;
        let chart = pen.lines_left().saturating_sub(rows + 1);
        if chart >= 5 {
            let place = pen.take_below(chart);
            curves(result, theme, place, pen.buffer());
        }
        if pen.lines_left() > rows
            && let Some(first) = result.overtakes.first()
        {
            let asked = plural(first.questions, "question");
            let text = format!(
                "{} is ahead of {} after {asked}",
                brief(&first.name),
                brief(&first.over)
            );
            pen.text(&text, theme.style(Role::Text));
        }
        let body = pen.left();
        table(result, input, body, buffer)
    }

    fn arithmetic(&self, view: &LearningView, _state: &PaneState, row: usize) -> Option<Vec<String>> {
        let result = view.result.as_ref()?;
        let name = &result.strategies.get(row)?.name;
        let about = result.overtakes.iter().filter(|o| o.name == *name || o.over == *name);
        let said = about.map(|o| {
            let asked = plural(o.questions, "question");
            format!(
                "{} is ahead of {} after {asked}, {:.1} of them answered",
                o.name, o.over, o.answered
            )
        });
        let mut lines: Vec<String> = std::iter::once(name.clone()).chain(said).collect();
        if lines.len() == 1 {
            lines.push("it overtakes none, and none overtakes it".to_owned());
        }
        Some(lines)
    }

    fn export(&self, view: &LearningView) -> Export {
        let mut table = Export::of_columns(["strategy", "questions", "answered", "ndcg@10", "stderr"]);
        if let Some(result) = &view.result {
            for strategy in &result.strategies {
                for (asked, ndcg) in strategy.ndcg.iter().enumerate() {
                    table.rows.push(cells![
                        strategy.name.clone(),
                        asked,
                        result.answered[asked],
                        *ndcg,
                        strategy.stderr[asked]
                    ]);
                }
            }
        }
        table
    }
}

/// A formula's name without parameters.
fn brief(name: &str) -> &str {
    name.split([':', '(']).next().unwrap_or(name)
}

fn table(result: &OnboardingView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
    let (theme, three) = (input.theme, Figures::with(3));
    let last = format!("at {}", result.questions);
    let columns = [
        Column::fixed("", 1),
        Column::flex("strategy", 10, 1).at_most(48),
        Column::fixed("at 0", 5).right(),
        Column::fixed(last, 6).right(),
        Column::fixed(theme.plain("± se").into_owned(), 5).right().optional(1),
        Column::fixed("passes 1st", 10).right().optional(2),
    ];
    // After so many ratings it is ahead of the first one.
    let first = result.strategies.first().map_or("", |s| s.name.as_str());
    let passes = |name: &str| {
        let found = result.overtakes.iter().find(|o| o.name == name && o.over == first);
        found.map_or_else(String::new, |o| format!("at {:.1}", o.answered))
    };
    draw_table(&columns, input, area, buffer, |row| {
        let strategy = result.strategies.get(row)?;
        let marker = Content::styled(theme.marker(row), theme.style(Role::Series(row)));
        if let Some(error) = &strategy.error {
            let text = format!("{}: {error}", brief(&strategy.name));
            return Some(vec![marker, Content::styled(text, theme.style(Role::Warning))]);
        }
        let text = |values: &[f64], at: Option<usize>| {
            let value = at.map_or_else(|| values.last(), |at| values.get(at));
            value.map_or_else(String::new, |v| three.text(*v))
        };
        Some(vec![
            marker,
            Content::text(theme.plain(&strategy.name).into_owned()),
            Content::styled(text(&strategy.ndcg, Some(0)), theme.style(Role::Muted)),
            Content::styled(text(&strategy.ndcg, None), theme.style(Role::Strong)),
            Content::styled(text(&strategy.stderr, None), theme.style(Role::Muted)),
            Content::text(passes(&strategy.name)),
        ])
    })
}

/// nDCG by question; one standard error above and below as dots.
fn curves(result: &OnboardingView, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let strategies = || result.strategies.iter().filter(|s| s.error.is_none());
    let means: Vec<Vec<(f64, f64)>> = strategies()
        .map(|s| {
            s.ndcg
                .iter()
                .enumerate()
                .map(|(asked, ndcg)| (asked as f64, *ndcg))
                .collect()
        })
        .collect();
    let gap = (f64::NAN, f64::NAN);
    let bands: Vec<Vec<(f64, f64)>> = strategies()
        .map(|s| {
            let around = s.ndcg.iter().zip(&s.stderr).enumerate();
            around
                .flat_map(|(n, (mean, se))| [(n as f64, mean - se), gap, (n as f64, mean + se), gap])
                .collect()
        })
        .collect();
    let names: Vec<&str> = strategies().map(|s| brief(&s.name)).collect();
    let named = area.height >= 8 && area.width >= 36;
    let series = |n: usize| {
        result
            .strategies
            .iter()
            .position(|s| brief(&s.name) == names[n])
            .unwrap_or(n)
    };
    let mut all: Vec<Curve<'_>> = Vec::new();
    for (n, points) in means.iter().enumerate() {
        let name = if named { names[n] } else { "" };
        all.push(Curve {
            name,
            points,
            series: series(n),
        });
    }
    for (n, points) in bands.iter().enumerate() {
        all.push(Curve {
            name: "",
            points,
            series: series(n),
        });
    }
    LineChart {
        x: Axis {
            label: if area.width >= 44 {
                "questions asked (dots: ± 1 se)"
            } else {
                "questions asked"
            },
            ..Axis::default()
        },
        y: Axis {
            label: "nDCG",
            flat: "no strategy finds anything",
            ..Axis::default()
        },
        curves: &all,
    }
    .draw(buffer, area, theme);
}

#[cfg(test)]
mod tests;
