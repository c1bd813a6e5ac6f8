use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::super::theme::Theme;

/// A drawing of dots, two across and four down in each cell.
///
/// A cell has one color: where drawings of different priority meet, the higher one takes the cell and its dots alone are
/// shown, so that no dot appears in another's color; equal priorities are drawn by whoever comes first, dots joined.
pub struct Braille {
    cells: (u16, u16),
    dots: Vec<Owned>,
}

#[derive(Clone, Copy, Default)]
struct Owned {
    bits: u8,
    priority: u8,
    style: Style,
}

/// The bit of each dot by column and row: Unicode's order.
const BITS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Braille {
    /// An empty drawing for an area of `width` by `height` cells.
    pub fn new(width: u16, height: u16) -> Self {
        Self {
            cells: (width, height),
            dots: vec![Owned::default(); usize::from(width) * usize::from(height)],
        }
    }

    /// How many dots there are across and down.
    pub fn size(&self) -> (u32, u32) {
        (u32::from(self.cells.0) * 2, u32::from(self.cells.1) * 4)
    }

    /// Draws one dot, counted from the upper left; outside is nothing.
    pub fn dot(&mut self, x: i64, y: i64, priority: u8, style: Style) {
        let (across, down) = self.size();
        if x < 0 || y < 0 || x >= i64::from(across) || y >= i64::from(down) {
            return;
        }
        let (x, y) = (x as usize, y as usize);
        let cell = &mut self.dots[(y / 4) * usize::from(self.cells.0) + x / 2];
        let bit = BITS[x % 2][y % 4];
        if cell.bits == 0 || priority > cell.priority {
            *cell = Owned {
                bits: bit,
                priority,
                style,
            };
        } else if priority == cell.priority {
            cell.bits |= bit;
        }
    }

    /// Draws a straight line between two dots (Bresenham), clipped to the drawing.
    pub fn line(&mut self, from: (f64, f64), to: (f64, f64), priority: u8, style: Style) {
        let (across, down) = self.size();
        let Some((from, to)) = clip(from, to, f64::from(across) - 1.0, f64::from(down) - 1.0) else {
            return;
        };
        let (mut x, mut y) = (from.0.round() as i64, from.1.round() as i64);
        let (to_x, to_y) = (to.0.round() as i64, to.1.round() as i64);
        let (dx, dy) = ((to_x - x).abs(), -(to_y - y).abs());
        let (step_x, step_y) = ((to_x - x).signum(), (to_y - y).signum());
        let mut error = dx + dy;
        loop {
            self.dot(x, y, priority, style);
            if (x, y) == (to_x, to_y) {
                return;
            }
            let twice = 2 * error;
            if twice >= dy {
                error += dy;
                x += step_x;
            }
            if twice <= dx {
                error += dx;
                y += step_y;
            }
        }
    }

    /// Puts the drawing into the buffer, its upper left at that of `area`; cells without dots keep what they hold.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let visible = area.intersection(buffer.area);
        for y in visible.top()..visible.bottom() {
            for x in visible.left()..visible.right() {
                let (cx, cy) = (x - area.x, y - area.y);
                if cx >= self.cells.0 || cy >= self.cells.1 {
                    continue;
                }
                let cell = self.dots[usize::from(cy) * usize::from(self.cells.0) + usize::from(cx)];
                if cell.bits != 0 {
                    let symbol = if theme.is_ascii() {
                        ascii(cell.bits)
                    } else {
                        glyph(cell.bits)
                    };
                    buffer[(x, y)].set_char(symbol).set_style(cell.style);
                }
            }
        }
    }
}

fn glyph(bits: u8) -> char {
    char::from_u32(0x2800 + u32::from(bits)).unwrap_or(' ')
}

/// The nearest in ASCII: where in the cell the dots are, or how many.
fn ascii(bits: u8) -> char {
    let low = bits & (BITS[0][2] | BITS[0][3] | BITS[1][2] | BITS[1][3]);
    match bits.count_ones() {
        1 | 2 if low == bits => '.',
        1 | 2 if low == 0 => '\'',
        1..=3 => ':',
        4..=5 => '*',
        _ => '#',
    }
}

/// The part of a line within `0..=right` and `0..=bottom` (Liang and Barsky, 1984); `None` where nothing is, or where an
/// end is not finite.
fn clip(from: (f64, f64), to: (f64, f64), right: f64, bottom: f64) -> Option<((f64, f64), (f64, f64))> {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    if !(dx.is_finite() && dy.is_finite() && from.0.is_finite() && from.1.is_finite()) || right < 0.0 || bottom < 0.0 {
        return None;
    }
    let (mut enter, mut leave) = (0.0f64, 1.0f64);
    for (p, q) in [
        (-dx, from.0),
        (dx, right - from.0),
        (-dy, from.1),
        (dy, bottom - from.1),
    ] {
        if p == 0.0 {
            if q < 0.0 {
                return None;
            }
        } else if p < 0.0 {
            enter = enter.max(q / p);
        } else {
            leave = leave.min(q / p);
        }
    }
    let at = |t: f64| (from.0 + t * dx, from.1 + t * dy);
    (enter <= leave).then(|| (at(enter), at(leave)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Color;

    fn text(braille: &Braille, width: u16, height: u16, theme: &Theme) -> Vec<String> {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        braille.draw(&mut buffer, area, theme);
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..height).map(line).collect()
    }

    #[test]
    fn dots_are_unicode_braille() {
        let mut drawing = Braille::new(2, 1);
        for (x, y) in [(0, 0), (1, 3), (3, 0), (4, 0), (0, 4), (-1, 0)] {
            drawing.dot(x, y, 0, Style::new());
        }
        assert_eq!(text(&drawing, 2, 1, &Theme::default()), ["⢁⠈"]);
        assert_eq!(text(&drawing, 2, 1, &Theme::default().ascii(true)), [":'"]);
    }

    #[test]
    fn lines_join_their_ends_and_are_clipped() {
        let mut drawing = Braille::new(3, 1);
        drawing.line((0.0, 3.0), (5.0, 3.0), 0, Style::new());
        assert_eq!(text(&drawing, 3, 1, &Theme::default()), ["⣀⣀⣀"]);
        let mut clipped = Braille::new(3, 1);
        clipped.line((-1e9, 3.0), (1e9, 3.0), 0, Style::new());
        clipped.line((-5.0, -5.0), (-1.0, 9.0), 0, Style::new());
        clipped.line((f64::NAN, 0.0), (1.0, 1.0), 0, Style::new());
        assert_eq!(text(&clipped, 3, 1, &Theme::default()), ["⣀⣀⣀"]);
    }

    #[test]
    fn the_higher_priority_takes_the_cell() {
        let (red, blue) = (Style::new().fg(Color::Red), Style::new().fg(Color::Blue));
        let mut drawing = Braille::new(1, 1);
        drawing.dot(0, 0, 1, red);
        drawing.dot(1, 0, 0, blue);
        drawing.dot(0, 1, 1, red);
        let area = Rect::new(0, 0, 1, 1);
        let mut buffer = Buffer::empty(area);
        drawing.draw(&mut buffer, area, &Theme::default());
        assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 0)].fg), ("⠃", Color::Red));
        drawing.dot(1, 3, 2, blue);
        drawing.draw(&mut buffer, area, &Theme::default());
        assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 0)].fg), ("⢀", Color::Blue));
    }

    proptest! {
        #[test]
        fn any_line_in_any_drawing(a in any::<(f64, f64)>(), b in any::<(f64, f64)>(), w in 0u16..5, h in 0u16..5) {
            let mut drawing = Braille::new(w, h);
            drawing.line(a, b, 0, Style::new());
            drawing.line((a.0 % 20.0, a.1 % 20.0), (b.0 % 20.0, b.1 % 20.0), 0, Style::new());
            let mut buffer = Buffer::empty(Rect::new(2, 2, 3, 3));
            drawing.draw(&mut buffer, Rect::new(1, 1, w, h), &Theme::default());
        }
    }
}
