//! Trade-off: every model of the board as a point, accuracy against how much of the catalog, how new and how popular what it
//! lists is; the front of those that no other beats in both is drawn.

mod chart;
mod question;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::widgets::wrapped_message;
use super::{Drawn, Export, Pane, PaneId, PaneInput, PaneState, Selection, cells};
use crate::answers::LeaderboardView;
use crate::answers::leaderboard::LEAD;
use crate::evaluate::metrics::Better;

/// Accuracy against what else counts.
#[derive(Default)]
pub struct Tradeoff;

/// What accuracy is laid against: the measure, what it is called, and which way is better.
pub const AGAINST: [(&str, &str, Better); 3] = [
    ("coverage@10", "coverage", Better::Higher),
    ("novelty@10", "novelty (bits)", Better::Higher),
    ("arp@10", "popularity of what is listed (ratings)", Better::Lower),
];

/// A model as a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Point<'a> {
    pub model: &'a str,
    /// The measure that accuracy is laid against.
    pub x: f64,
    pub accuracy: f64,
    /// No other model is better in one and at least as good in the other.
    pub is_front: bool,
}

/// The models that have both figures, in the order of the board.
fn points(view: &LeaderboardView, mode: usize) -> Vec<Point<'_>> {
    let (measure, _, better) = AGAINST[mode % AGAINST.len()];
    let known = view.rows.iter().filter_map(|row| {
        Some(Point {
            model: row.model.as_str(),
            x: row.mean(measure)?,
            accuracy: row.mean(LEAD)?,
            is_front: true,
        })
    });
    let mut points: Vec<Point<'_>> = known.collect();
    let good = |point: &Point<'_>| if better == Better::Higher { point.x } else { -point.x };
    let beaten: Vec<bool> = points
        .iter()
        .map(|own| {
            points.iter().any(|other| {
                let (x, y) = (good(other) - good(own), other.accuracy - own.accuracy);
                x >= 0.0 && y >= 0.0 && (x > 0.0 || y > 0.0)
            })
        })
        .collect();
    for (point, is_beaten) in points.iter_mut().zip(beaten) {
        point.is_front = !is_beaten;
    }
    points
}

impl Pane for Tradeoff {
    const ID: PaneId = PaneId("tradeoff");
    const IS_ABOUT_SUBJECT: bool = false;

    fn title(&self, _view: Option<&LeaderboardView>, _selection: &Selection) -> String {
        "Trade-off".to_owned()
    }

    fn min_size(&self) -> (u16, u16) {
        (20, 4)
    }

    fn modes(&self) -> usize {
        AGAINST.len()
    }

    fn draw(&self, view: &LeaderboardView, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> Drawn {
        let points = points(view, input.state.mode);
        if points.len() < 2 {
            return wrapped_message(
                buffer,
                area,
                "two models have to be measured before one can be laid against the other",
                input.theme,
            );
        }
        let (_, label, better) = AGAINST[input.state.mode % AGAINST.len()];
        chart::draw(&points, (label, better), input.theme, area, buffer);
        Drawn::default()
    }

    fn export(&self, view: &LeaderboardView) -> Export {
        let mut table = Export::of_columns(["model", LEAD]);
        table
            .columns
            .extend(AGAINST.iter().map(|(measure, ..)| (*measure).to_owned()));
        for row in view.rows.iter().filter(|row| row.measured.is_some()) {
            let mut cells = cells![row.model.clone(), row.mean(LEAD)];
            cells.extend(AGAINST.iter().map(|(measure, ..)| row.mean(measure).into()));
            table.rows.push(cells);
        }
        table
    }

    fn arithmetic(&self, _: &LeaderboardView, _: &PaneState, _: usize) -> Option<Vec<String>> {
        None
    }
}

#[cfg(test)]
mod tests;
