use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::theme::Theme;
use super::bars::Extent;
use super::table::Content;
use super::text::put;

/// A bar half a line high, so that bars of rows below each other stay apart: from zero to `value`, to the left where it
/// is negative, exact to half a cell. What is not zero shows at least half a cell.
pub fn thin_bar(buffer: &mut Buffer, area: Rect, value: f64, reach: Extent, theme: &Theme, style: Style) {
    let area = area.intersection(buffer.area);
    let span = reach.below + reach.above;
    if area.is_empty() || !value.is_finite() || value == 0.0 || span <= 0.0 || !span.is_finite() {
        return;
    }
    let (left, eighths) = reach.in_cells(area.width);
    let room = if value > 0.0 { area.width - left } else { left };
    if room < 1 {
        return;
    }
    let halves = (value.abs() * eighths / 4.0).round().clamp(1.0, f64::from(room) * 2.0) as u16;
    let zero = area.x + left;
    let (full, half) = match (theme.is_ascii(), value > 0.0) {
        (true, _) => ("=", "-"),
        (false, true) => ("▄", "▖"),
        (false, false) => ("▄", "▗"),
    };
    for n in 0..halves.div_ceil(2) {
        let symbol = if halves - 2 * n >= 2 { full } else { half };
        let x = if value > 0.0 { zero + n } else { zero - 1 - n };
        put(buffer, area, x, area.y, symbol, style);
    }
}

/// A cell of a table with a [`thin_bar`].
pub fn bar_cell(value: f64, reach: Extent, theme: &Theme, style: Style) -> Content<'_> {
    Content::Paint(Box::new(move |cell, buffer| {
        thin_bar(buffer, cell, value, reach, theme, style);
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(value: f64, below: f64, above: f64, cells: u16) -> String {
        let area = Rect::new(0, 0, cells, 1);
        let mut buffer = Buffer::empty(area);
        thin_bar(
            &mut buffer,
            area,
            value,
            Extent { below, above },
            &Theme::default(),
            Style::new(),
        );
        (0..cells).map(|x| buffer[(x, 0)].symbol()).collect()
    }

    #[test]
    fn bars_are_exact_to_half_a_cell() {
        for (value, below, above, expected) in [
            (1.0, 0.0, 1.0, "▄▄▄▄▄▄▄▄"),
            (0.5, 0.0, 1.0, "▄▄▄▄    "),
            (0.56, 0.0, 1.0, "▄▄▄▄▖   "),
            (0.001, 0.0, 1.0, "▖       "),
            (-1.0, 1.0, 1.0, "▄▄▄▄    "),
            (-0.4, 1.0, 1.0, "  ▗▄    "),
            (0.4, 1.0, 1.0, "    ▄▖  "),
            (9.0, 0.0, 1.0, "▄▄▄▄▄▄▄▄"),
            (0.0, 0.0, 1.0, "        "),
            (f64::NAN, 0.0, 1.0, "        "),
            (1.0, 0.0, 0.0, "        "),
        ] {
            assert_eq!(bar(value, below, above, 8), expected, "{value} in -{below}..{above}");
        }
        // One cell has no room for both sides.
        assert_eq!(
            (bar(1.0, 1.0, 1.0, 1), bar(-1.0, 1.0, 1.0, 1)),
            (" ".into(), "▗".into())
        );
    }
}
