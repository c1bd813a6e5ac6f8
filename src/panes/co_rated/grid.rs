use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::CoRatedView;
use crate::answers::Met;
use crate::panes::theme::{Role, Theme};
use crate::panes::widgets::{Figures, Pen, Spans, thousands, width as cells};

/// The cells of a column of the grid, its gap included.
fn column(met: &Met) -> usize {
    let figures = Figures::of_ratings(met.values.iter().copied());
    let values = met.values.iter().map(|v| cells(&figures.text(*v)));
    let counts = met.counts.iter().flatten().map(|n| cells(&thousands(*n as u64)));
    values.chain(counts).max().unwrap_or(1) + 1
}

/// How many cells the grid takes.
pub fn width(met: &Met) -> u16 {
    (column(met) * (met.values.len() + 1) + 1).max(26) as u16
}

/// How many lines the grid takes: two heads, a row a value, the agreement.
pub fn height(met: &Met) -> u16 {
    met.values.len() as u16 + 4
}

/// How often which rating of the one met which of the other; the diagonal is agreement.
pub fn draw(view: &CoRatedView, met: &Met, theme: &Theme, buffer: &mut Buffer, area: Rect) {
    let mut pen = Pen::new(buffer, area, theme);
    pen.heading("which rating met which");
    let (muted, strong) = (theme.style(Role::Muted), theme.style(Role::Strong));
    let figures = Figures::of_ratings(met.values.iter().copied());
    let wide = column(met);
    let cell = |text: &str| format!("{}{text}", " ".repeat(wide.saturating_sub(cells(text))));
    let corner = "a\\b";
    let mut head: Spans<'_> = vec![(cell(corner).into(), muted)];
    head.extend(met.values.iter().map(|v| (cell(&figures.text(*v)).into(), muted)));
    pen.line(&head);
    for (n, (value, counts)) in met.values.iter().zip(&met.counts).enumerate() {
        let mut line: Spans<'_> = vec![(cell(&figures.text(*value)).into(), muted)];
        for (m, count) in counts.iter().enumerate() {
            let text = if *count == 0 {
                cell(theme.symbols().dot)
            } else {
                cell(&thousands(*count as u64))
            };
            let style = match (*count, n == m) {
                (0, _) => muted,
                (_, true) => strong,
                (_, false) => theme.style(Role::Text),
            };
            line.push((text.into(), style));
        }
        pen.line(&line);
    }
    let same = format!(
        "the same: {} of {}",
        thousands(met.agreeing() as u64),
        thousands(u64::from(view.pair.support))
    );
    pen.text(&same, muted);
}
