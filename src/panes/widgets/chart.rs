use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::theme::{Role, Theme};
use super::braille::Braille;
use super::lines::wrap;
use super::number::{compact, score, short};
use super::text::{fit, put, put_right, width};

/// A window on a plane: where a point of the data falls on an area of cells.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plane {
    /// Left and right edge, in data units.
    pub x: (f64, f64),
    /// Lower and upper edge, in data units.
    pub y: (f64, f64),
    pub area: Rect,
}

impl Plane {
    /// All of `points` (what is not finite is passed over) with a small margin, shifted by `pan` (in widths and heights)
    /// and magnified by `zoom`.
    pub fn around(points: impl IntoIterator<Item = (f64, f64)>, pan: (f64, f64), zoom: f64, area: Rect) -> Self {
        let (mut x, mut y) = (EMPTY, EMPTY);
        for (px, py) in points.into_iter().filter(|(a, b)| a.is_finite() && b.is_finite()) {
            x = (x.0.min(px), x.1.max(px));
            y = (y.0.min(py), y.1.max(py));
        }
        let zoom = if zoom.is_finite() && zoom > 0.0 { zoom } else { 1.0 };
        let window = |(low, high): (f64, f64), pan: f64| {
            let (low, high) = widened(low, high);
            let half = (high - low) / 2.0 * 1.04;
            let middle = f64::midpoint(low, high) + if pan.is_finite() { pan * 2.0 * half } else { 0.0 };
            (middle - half / zoom, middle + half / zoom)
        };
        Self {
            x: window(x, pan.0),
            y: window(y, pan.1),
            area,
        }
    }

    /// The Braille dot of a point, counted from the upper left of the area; may lie outside. `None` for what is not finite.
    pub fn dot(&self, point: (f64, f64)) -> Option<(f64, f64)> {
        let across = f64::from(self.area.width) * 2.0 - 1.0;
        let down = f64::from(self.area.height) * 4.0 - 1.0;
        let x = (point.0 - self.x.0) / (self.x.1 - self.x.0) * across;
        let y = (self.y.1 - point.1) / (self.y.1 - self.y.0) * down;
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    /// The cell of a point, where it is inside the area.
    pub fn cell(&self, point: (f64, f64)) -> Option<(u16, u16)> {
        let (x, y) = self.dot(point)?;
        let (x, y) = ((x.round() / 2.0).floor(), (y.round() / 4.0).floor());
        let inside = x >= 0.0 && y >= 0.0 && x < f64::from(self.area.width) && y < f64::from(self.area.height);
        inside.then(|| (self.area.x + x as u16, self.area.y + y as u16))
    }
}

const EMPTY: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// An interval of some width: a lone value gets one around it, none gets 0 to 1.
fn widened(low: f64, high: f64) -> (f64, f64) {
    if low > high || !(low.is_finite() && high.is_finite()) {
        return (0.0, 1.0);
    }
    if high - low > 1e-12 * low.abs().max(high.abs()).max(f64::MIN_POSITIVE) && (high - low).is_finite() {
        return (low, high);
    }
    let half = if low == 0.0 { 0.5 } else { low.abs().min(1e300) / 2.0 };
    (low - half, low + half)
}

/// An axis of a [`LineChart`].
#[derive(Clone, Debug, Default)]
pub struct Axis<'a> {
    pub label: &'a str,
    /// Lowest and highest value; found in the data where not given.
    pub bounds: Option<(f64, f64)>,
    /// Decades take equal space; what is not above zero is left out.
    pub logarithmic: bool,
    /// The lowest value is at the upper end, as the first rank is.
    pub downward: bool,
    /// Why all curves may be one flat line, said where they are.
    pub flat: &'a str,
}

impl Axis<'_> {
    fn place(&self, value: f64) -> Option<f64> {
        let placed = if self.logarithmic { value.log10() } else { value };
        placed
            .is_finite()
            .then_some(if self.downward { -placed } else { placed })
    }

    fn label_at(&self, placed: f64) -> String {
        let placed = if self.downward { -placed } else { placed };
        let value = if self.logarithmic { 10f64.powf(placed) } else { placed };
        if value >= 1000.0 {
            compact(value.round() as u64)
        } else if (value - value.round()).abs() < 1e-9 {
            short(value)
        } else {
            score(value)
        }
    }

    fn range(&self, values: impl Iterator<Item = f64>) -> (f64, f64) {
        let given = self.bounds.and_then(|(a, b)| Some((self.place(a)?, self.place(b)?)));
        let given = given.map(|(a, b)| (a.min(b), a.max(b)));
        let (low, high) = given.unwrap_or_else(|| {
            values
                .filter_map(|v| self.place(v))
                .fold(EMPTY, |(low, high), v| (low.min(v), high.max(v)))
        });
        widened(low, high)
    }
}

/// One curve of a [`LineChart`].
#[derive(Clone, Debug)]
pub struct Curve<'a> {
    /// Its name, written at its end where there is room.
    pub name: &'a str,
    /// Its points, x ascending. What is not finite interrupts the line.
    pub points: &'a [(f64, f64)],
    pub series: usize,
}

/// Curves over two axes. Of curves that meet in a cell, the first in the list is seen.
pub struct LineChart<'a> {
    pub x: Axis<'a>,
    pub y: Axis<'a>,
    /// The curves; the first is drawn on top.
    pub curves: &'a [Curve<'a>],
}

impl LineChart<'_> {
    /// Draws the axes' ends, the curves, and each curve's mark and name at its end.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let area = area.intersection(buffer.area);
        if area.is_empty() {
            return;
        }
        let points = || self.curves.iter().flat_map(|c| c.points.iter().copied());
        let x = self.x.range(points().map(|p| p.0));
        let y = self.y.range(points().map(|p| p.1));
        let labels = [self.y.label_at(y.1), self.y.label_at(y.0)];
        let plot = self.draw_axes(buffer, area, x, &labels, theme);
        if plot.is_empty() {
            return;
        }
        let plane = Plane { x, y, area: plot };
        let mut drawing = Braille::new(plot.width, plot.height);
        for (n, curve) in self.curves.iter().enumerate() {
            let priority = (255 - n.min(254)) as u8;
            let style = theme.style(Role::Series(curve.series));
            let mut last = None;
            for &(px, py) in curve.points {
                let placed = self.x.place(px).zip(self.y.place(py));
                let dot = placed.and_then(|p| plane.dot(p));
                if let Some(to) = dot {
                    drawing.line(last.unwrap_or(to), to, priority, style);
                }
                last = dot;
            }
        }
        drawing.draw(buffer, plot, theme);
        self.draw_ends(buffer, plane, theme);
        self.say_why_flat(buffer, plot, theme);
    }

    fn say_why_flat(&self, buffer: &mut Buffer, plot: Rect, theme: &Theme) {
        let mut values = self
            .curves
            .iter()
            .flat_map(|c| c.points)
            .map(|p| p.1)
            .filter(|v| v.is_finite());
        let Some(first) = values.next() else { return };
        if self.y.flat.is_empty() || plot.height < 3 || values.any(|v| v != first) {
            return;
        }
        // The line runs through the middle, or along an edge that was asked for: one of these lines is free.
        for (line, text) in wrap(self.y.flat, usize::from(plot.width)).iter().enumerate() {
            let y = plot.y + line as u16;
            if y < plot.y + plot.height / 2 {
                put(buffer, plot, plot.x, y, text, theme.style(Role::Muted));
            }
        }
    }

    /// Writes the axes' ends, where there is room for them; returns what is left for the curves.
    fn draw_axes(&self, buffer: &mut Buffer, area: Rect, x: (f64, f64), labels: &[String; 2], theme: &Theme) -> Rect {
        let muted = theme.style(Role::Muted);
        let named = width(self.y.label).min(6);
        let margin = labels.iter().map(|l| width(l)).max().unwrap_or(0).max(named) as u16 + 1;
        let mut plot = area;
        if area.width >= margin + 8 && area.height >= 2 {
            plot.x += margin;
            plot.width -= margin;
        }
        if area.height >= 4 && area.width >= 12 {
            plot.height -= 1;
            let y = area.bottom() - 1;
            let (low, high) = (self.x.label_at(x.0), self.x.label_at(x.1));
            put(buffer, area, plot.x, y, &low, muted);
            put_right(buffer, area, plot.right(), y, &high, muted);
            let room = usize::from(plot.width).saturating_sub(width(&low) + width(&high) + 2);
            let label = fit(self.x.label, room, theme.symbols().ellipsis);
            let start = plot.x + width(&low) as u16 + 1 + ((room - width(&label)) / 2) as u16;
            put(buffer, area, start, y, &label, muted);
        }
        if plot.x > area.x {
            put_right(buffer, area, plot.x - 1, plot.y, &labels[0], muted);
            put_right(buffer, area, plot.x - 1, plot.bottom() - 1, &labels[1], muted);
            if plot.height >= 3 {
                let room = usize::from(plot.x - area.x - 1);
                let label = fit(self.y.label, room, theme.symbols().ellipsis);
                put_right(buffer, area, plot.x - 1, plot.y + plot.height / 2, &label, muted);
            }
        }
        plot
    }

    fn draw_ends(&self, buffer: &mut Buffer, plane: Plane, theme: &Theme) {
        let mut taken: Vec<(u16, u16)> = Vec::new();
        for curve in self.curves {
            let placed = |p: &(f64, f64)| self.x.place(p.0).zip(self.y.place(p.1));
            let Some((x, y)) = curve.points.iter().rev().find_map(placed).and_then(|p| plane.cell(p)) else {
                continue;
            };
            let style = theme.style(Role::Series(curve.series));
            if !taken.contains(&(x, y)) {
                put(buffer, plane.area, x, y, theme.marker(curve.series), style);
                taken.push((x, y));
            }
            // The name goes left of the end, one line up, where the curve is not and no other name is.
            let above = y.saturating_sub(1).max(plane.area.y);
            let long = width(curve.name) as u16;
            let free = |line: u16| (x.saturating_sub(long)..x).all(|cx| buffer[(cx, line)].symbol() == " ");
            let room = x.saturating_sub(plane.area.x) > long && plane.area.height >= 3;
            if let Some(line) = [above, y, y + 1]
                .into_iter()
                .find(|l| room && *l < plane.area.bottom() && free(*l))
            {
                put_right(buffer, plane.area, x, line, curve.name, style);
            }
        }
    }
}

/// Dots of a cloud, lower priority first; `look` gives each point's priority and style.
impl Plane {
    /// Draws a cloud of points as Braille dots; of points in one cell the higher priority gives the color.
    pub fn scatter(
        &self,
        buffer: &mut Buffer,
        points: impl IntoIterator<Item = ((f64, f64), u8, Style)>,
        theme: &Theme,
    ) {
        let mut drawing = Braille::new(self.area.width, self.area.height);
        for (point, priority, style) in points {
            if let Some((x, y)) = self.dot(point) {
                drawing.dot(x.round() as i64, y.round() as i64, priority, style);
            }
        }
        drawing.draw(buffer, self.area, theme);
    }
}

#[cfg(test)]
#[path = "chart_tests.rs"]
mod tests;
