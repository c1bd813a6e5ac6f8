use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::theme::{Role, Theme};

/// The reach of a scale that bars share: how far it goes below and above zero (both ≥ 0).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Extent {
    /// How far it goes below zero, as a positive number.
    pub below: f64,
    pub above: f64,
}

impl Extent {
    /// The least reach that holds `values`; what is not finite is passed over.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut reach = Self::default();
        for value in values.into_iter().filter(|v| v.is_finite()) {
            reach.below = reach.below.max(-value);
            reach.above = reach.above.max(value);
        }
        reach
    }

    /// The least reach that holds stacked bars of `rows`: the negative parts of a row together, and the positive ones.
    pub fn of_stacks(rows: impl IntoIterator<Item: AsRef<[f64]>>) -> Self {
        let mut reach = Self::default();
        for row in rows {
            let finite = || row.as_ref().iter().filter(|v| v.is_finite());
            reach.below = reach.below.max(-finite().filter(|v| **v < 0.0).sum::<f64>());
            reach.above = reach.above.max(finite().filter(|v| **v > 0.0).sum::<f64>());
        }
        reach
    }

    /// Cells left of zero and eighths of a cell per unit, in `cells`.
    pub(super) fn in_cells(self, cells: u16) -> (u16, f64) {
        let span = self.below + self.above;
        if span <= 0.0 || !span.is_finite() {
            return (0, 0.0);
        }
        let cells = f64::from(cells);
        // Whole cells on either side of zero: the zero line lies between two cells.
        let mut left = (cells * (self.below / span)).round();
        if self.below > 0.0 && self.above > 0.0 && cells >= 2.0 {
            left = left.clamp(1.0, cells - 1.0);
        }
        let per_unit = |room: f64, reach: f64| if reach > 0.0 { room / reach } else { f64::INFINITY };
        let scale = per_unit(left, self.below).min(per_unit(cells - left, self.above));
        (left as u16, scale * 8.0)
    }
}

/// The parts of a score side by side in the first line of `area`: positive ones to the right of zero in their order,
/// negative ones to the left, each in the color and pattern of its series. Lengths are exact to an eighth of a cell where a
/// solid part ends the bar, to half a cell elsewhere: a pattern has no narrower form.
pub fn stacked_bar(buffer: &mut Buffer, area: Rect, parts: &[f64], reach: Extent, theme: &Theme) {
    parted_bar(buffer, area, parts, reach, theme, |n| {
        (theme.style(Role::Series(n)), theme.pattern(n))
    });
}

/// As [`stacked_bar`], each part in the style and pattern that `look` gives it.
pub fn parted_bar(
    buffer: &mut Buffer,
    area: Rect,
    parts: &[f64],
    reach: Extent,
    theme: &Theme,
    look: impl Fn(usize) -> (Style, &'static str),
) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let (zero, per_unit) = reach.in_cells(area.width);
    for positive in [true, false] {
        let room = if positive { area.width - zero } else { zero };
        let ends = ends_of(parts, positive, per_unit, f64::from(room) * 8.0);
        let Some(&(_, total)) = ends.last() else { continue };
        let total = total.round() as u16;
        for cell in 0..room.min(total.div_ceil(8)) {
            let filled = (total - cell * 8).min(8);
            let middle = f64::from(cell * 8) + f64::from(filled) / 2.0;
            let part = ends.iter().find(|(_, end)| *end > middle).or(ends.last());
            let Some(&(part, _)) = part else { continue };
            let (style, pattern) = look(part);
            let solid = pattern == theme.pattern(0);
            let symbol = match filled {
                8 => pattern,
                4..8 if !solid => pattern,
                _ if !solid => continue,
                filled if positive => theme.symbols().eighths_left[usize::from(filled) - 1],
                filled => from_the_right(filled, theme),
            };
            let x = if positive {
                area.x + zero + cell
            } else {
                area.x + zero - 1 - cell
            };
            buffer[(x, area.y)].set_symbol(symbol).set_style(style);
        }
    }
}

/// The parts of one sign with where each ends, in eighths of a cell from zero.
fn ends_of(parts: &[f64], positive: bool, per_unit: f64, room: f64) -> Vec<(usize, f64)> {
    let mut end = 0.0;
    let wanted = parts
        .iter()
        .enumerate()
        .filter(|(_, v)| v.is_finite() && **v != 0.0 && (**v > 0.0) == positive);
    wanted
        .map(|(n, value)| {
            end += value.abs() * per_unit;
            (n, end.min(room))
        })
        .collect()
}

/// A cell filled from the right: there are only glyphs for an eighth, a half and all of it.
fn from_the_right(filled: u16, theme: &Theme) -> &'static str {
    match filled {
        _ if theme.is_ascii() => theme.symbols().eighths_left[usize::from(filled) - 1],
        0..=2 => "▕",
        3..=6 => "▐",
        _ => "█",
    }
}

/// Upright bars over the whole of `area`, one a value, all from zero to the highest; heights are exact to an eighth of a
/// cell, and what is above zero shows at least one. `style` picks the style of a bar. Bars take equal widths, with a gap
/// where there is room; what does not fit is left out on the right. Returns where each bar stands.
pub fn upright_bars(
    buffer: &mut Buffer,
    area: Rect,
    values: &[f64],
    theme: &Theme,
    style: impl Fn(usize) -> Style,
) -> Vec<Rect> {
    let area = area.intersection(buffer.area);
    let highest = values.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    if area.is_empty() || values.is_empty() {
        return Vec::new();
    }
    let pitch = (area.width / values.len().min(usize::from(u16::MAX)) as u16).max(1);
    let thick = if pitch >= 3 { pitch - 1 } else { pitch };
    let mut bars = Vec::new();
    for (n, &value) in values.iter().enumerate() {
        let x = usize::from(area.x) + n * usize::from(pitch);
        if x >= usize::from(area.right()) {
            break;
        }
        let bar = Rect::new(x as u16, area.y, thick, area.height).intersection(area);
        let share = if highest > 0.0 && value.is_finite() {
            (value / highest).max(0.0)
        } else {
            0.0
        };
        let mut eighths = (share * f64::from(area.height) * 8.0).round() as u32;
        if share > 0.0 {
            eighths = eighths.max(1);
        }
        fill_upright(buffer, bar, eighths, theme, style(n));
        bars.push(bar);
    }
    bars
}

fn fill_upright(buffer: &mut Buffer, bar: Rect, eighths: u32, theme: &Theme, style: Style) {
    for row in 0..bar.height {
        let filled = eighths.saturating_sub(u32::from(row) * 8).min(8) as usize;
        if filled == 0 {
            break;
        }
        let y = bar.bottom() - 1 - row;
        for x in bar.left()..bar.right() {
            buffer[(x, y)]
                .set_symbol(theme.symbols().eighths_up[filled - 1])
                .set_style(style);
        }
    }
}

/// How far something is, in the first line of `area`, exact to an eighth of a cell.
pub fn gauge(buffer: &mut Buffer, area: Rect, share: f64, theme: &Theme) {
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let reach = Extent { below: 0.0, above: 1.0 };
    parted_bar(buffer, area, &[share], reach, theme, |_| {
        (theme.style(Role::BorderFocused), theme.pattern(0))
    });
}

#[cfg(test)]
#[path = "bars_tests.rs"]
mod tests;
