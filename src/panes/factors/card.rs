//! What one factor means: its ends, what it goes with, whether it comes back.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::names::FactorName;
use crate::answers::{DescribedFactor, EndRow};
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Figures, Pen, Spans, flow, percent};

/// Lines of it, all told.
pub(super) const LINES: u16 = 12;

/// The style of a factor's name: struck through where other seeds find another factor.
pub(super) fn name_style(name: &FactorName, theme: &Theme) -> Style {
    let style = theme.style(if name.is_own { Role::Strong } else { Role::Text });
    if name.is_unstable {
        style.add_modifier(Modifier::CROSSED_OUT).add_modifier(Modifier::DIM)
    } else {
        style
    }
}

/// Draws it; what has no room at the bottom is left out.
pub(super) fn draw(factor: &DescribedFactor, name: &FactorName, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    let mut pen = Pen::new(buffer, area, theme);
    let (muted, plain) = (theme.style(Role::Muted), theme.style(Role::Text));
    let two = Figures::with(2);
    let called = if name.text.is_empty() {
        "no probe holds"
    } else {
        name.text.as_str()
    };
    pen.line(&[
        (format!("f{} ", factor.factor).into(), muted),
        (theme.plain(called).into_owned().into(), name_style(name, theme)),
    ]);
    let stability = match factor.stability {
        Some(stability) if factor.is_unstable() => {
            format!("stability {}: not found again by other seeds", two.text(stability))
        }
        Some(stability) => format!("stability {}", two.text(stability)),
        None => "stability not measured".to_owned(),
    };
    let explained = match (factor.r2, factor.r2_permuted) {
        (Some(r2), Some(permuted)) => format!(
            "attributes explain {} (by chance {})",
            percent(r2.max(0.0)),
            percent(permuted.max(0.0))
        ),
        _ => "no attributes to explain it".to_owned(),
    };
    for text in [explained, stability] {
        pen.text(&text, muted);
    }
    for (title, ends) in [("high", &factor.high), ("low", &factor.low)] {
        let row = |end: &EndRow| -> Spans<'static> {
            vec![
                (
                    format!("{} ", two.signed(end.loading)).into(),
                    theme.signed(end.loading),
                ),
                (theme.plain(&end.label).into_owned().into(), plain),
            ]
        };
        for (n, end) in ends.iter().take(3).enumerate() {
            let mut line: Spans<'static> = vec![(format!("{:5}", if n == 0 { title } else { "" }).into(), muted)];
            line.extend(row(end));
            pen.line(&line);
        }
    }
    let probe = |probe: &crate::answers::ProbeRow| -> Spans<'static> {
        let style = if probe.q <= crate::latent::LARGEST_Q {
            plain
        } else {
            muted
        };
        vec![
            (
                format!("{} ", probe.attribute.trim_start_matches("genre: ")).into(),
                style,
            ),
            (two.signed(probe.r).into(), theme.signed(probe.r)),
        ]
    };
    let room = pen.left().width;
    for line in flow(factor.probes.iter().take(6).map(probe), 2, room).iter().take(3) {
        pen.line(line);
    }
}
