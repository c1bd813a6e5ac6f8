//! How a model learns, epoch by epoch: while it is fitted in place of everything, afterwards below the bars.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::theme::Role;
use super::super::widgets::{Axis, Curve, LineChart, Pen};
use super::super::{Message, PaneInput};

/// The least lines of a heading and its chart.
const LEAST: u16 = 6;

/// The curve of a model that is fitted.
pub(super) fn draw(name: &str, losses: &[f64], input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let points: Vec<(f64, f64)> = losses.iter().enumerate().map(|(n, l)| (n as f64 + 1.0, *l)).collect();
    chart(
        &format!("training: {name} by epoch"),
        "epoch",
        &points,
        input,
        area,
        buffer,
    );
}

/// What is being learned, and below it one chart for each figure of which there is more than one, as far as there is room.
/// False where there is none yet.
pub(super) fn draw_live(message: &Message, input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) -> bool {
    let curves = &message.curves;
    let lines = curves.curves.iter().filter(|(_, points)| points.len() > 1);
    let room = usize::from(area.height.saturating_sub(2) / LEAST);
    let lines: Vec<_> = lines.take(room).collect();
    if lines.is_empty() {
        return false;
    }
    let mut pen = Pen::new(buffer, area, input.theme);
    pen.paragraph("", &message.text, 2, input.theme.style(Role::Muted));
    let each = pen.lines_left() / lines.len() as u16;
    for (name, points) in lines {
        let place = pen.take(each);
        let unit = curves.unit.trim_end_matches('s');
        chart(&format!("{name} by {unit}"), unit, points, input, place, pen.buffer());
    }
    true
}

fn chart(title: &str, unit: &str, points: &[(f64, f64)], input: &PaneInput<'_>, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, input.theme);
    pen.heading(&input.words.say(title));
    let flat = input
        .words
        .say("it does not change: too few ratings, or a learning rate of 0");
    let plot = pen.left();
    let curves = [Curve {
        name: "",
        points,
        series: 0,
    }];
    LineChart {
        x: Axis {
            label: unit,
            ..Axis::default()
        },
        y: Axis {
            flat: &flat,
            ..Axis::default()
        },
        curves: &curves,
    }
    .draw(buffer, plot, input.theme);
}

#[cfg(test)]
mod tests {
    use super::super::Factors;
    use super::*;
    use crate::panes::tests_common::message_text;
    use crate::task::{Curves, Report};

    #[test]
    fn while_a_model_is_fitted_its_curves_grow_in_place_of_the_answer() {
        let mut message = Message::of("fitting two-tower · 1 of 80 epochs · loss 8.0000 · nDCG@10 .1000");
        let mut curves = Curves::default();
        let report = |epoch: u64| {
            let report = Report::of("fitting two-tower", epoch, 80, "epochs").with("loss", 8.0 / epoch as f64);
            report.with("nDCG@10", 0.1 * (epoch as f64).sqrt())
        };
        curves.add(&report(1));
        message.curves = curves.clone();
        // One point is no curve.
        assert_eq!(message_text(&Factors, &message, (60, 20)), None);
        for epoch in 2..=9 {
            curves.add(&report(epoch));
        }
        message.curves = curves;
        let shown = message_text(&Factors, &message, (60, 20)).unwrap();
        for wanted in ["1 of 80 epochs", "loss by epoch", "nDCG@10 by epoch", "8.00", ".300"] {
            assert!(shown.contains(wanted), "{wanted} in {shown}");
        }
        let shown = message_text(&Factors, &message, (60, 9)).unwrap();
        assert!(
            shown.contains("loss by epoch") && !shown.contains("nDCG@10 by epoch"),
            "{shown}"
        );
        assert_eq!(message_text(&Factors, &message, (60, 7)), None);
        for (width, height) in [(0, 0), (1, 1), (3, 9), (9, 40), (200, 60)] {
            message_text(&Factors, &message, (width, height));
        }
    }
}
