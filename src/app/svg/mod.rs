//! A picture of a screen, cell by cell.

mod shapes;

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use self::shapes::{Paint, shape};
use crate::panes::Theme;

/// A cell in SVG units.
const CELL: (f64, f64) = (8.4, 18.0);

/// The colors of the sixteen as xterm shows them.
const SIXTEEN: [u32; 16] = [
    0x000000, 0xcd3131, 0x0dbc79, 0xc5a50f, 0x2472c8, 0xbc3fbc, 0x11a8cd, 0xc8c8c8, 0x767676, 0xf14c4c, 0x23d18b,
    0xf5f543, 0x3b8eea, 0xd670d6, 0x29b8db, 0xffffff,
];

/// The screen as SVG. Words are placed by their columns and drawings are shapes, so that columns stay in line and bars and
/// frames join whatever the font.
pub fn svg(buffer: &Buffer, theme: &Theme) -> String {
    let area = buffer.area;
    let (width, height) = (
        f64::from(area.width) * CELL.0 + 16.0,
        f64::from(area.height) * CELL.1 + 16.0,
    );
    let (fg, bg) = theme.ground();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" viewBox=\"0 0 {width:.0} {height:.0}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>\n\
         <g font-family=\"ui-monospace,'DejaVu Sans Mono','SF Mono',Menlo,Consolas,monospace\" font-size=\"14\" fill=\"{}\" xml:space=\"preserve\">\n",
        hex(bg),
        hex(fg)
    );
    for y in area.top()..area.bottom() {
        line(buffer, y, theme, &mut out);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

#[derive(PartialEq, Clone, Copy)]
struct Look {
    fg: Option<(u8, u8, u8)>,
    bg: Option<(u8, u8, u8)>,
    bold: bool,
    dim: bool,
    underlined: bool,
}

fn line(buffer: &Buffer, y: u16, theme: &Theme, out: &mut String) {
    let area = buffer.area;
    let mut x = area.left();
    while x < area.right() {
        let look = look(buffer, x, y, theme);
        let (start, mut text) = (x, String::new());
        while x < area.right() && self::look(buffer, x, y, theme) == look {
            let symbol = buffer[(x, y)].symbol();
            text.push_str(symbol);
            x += (symbol.width().max(1)) as u16;
        }
        let cells = f64::from(x - start) * CELL.0;
        let (left, top) = (
            8.0 + f64::from(start - area.left()) * CELL.0,
            8.0 + f64::from(y - area.top()) * CELL.1,
        );
        if let Some(bg) = look.bg {
            let _ = writeln!(
                out,
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{cells:.1}\" height=\"{}\" fill=\"{}\"/>",
                CELL.1,
                hex(bg)
            );
        }
        run(
            &text,
            look,
            (left, top),
            hex(look.fg.unwrap_or_else(|| theme.ground().0)).as_str(),
            out,
        );
    }
}

/// A run of cells of one look: its words as text, its drawings as one path for each way of painting.
fn run(text: &str, look: Look, (left, top): (f64, f64), color: &str, out: &mut String) {
    let mut paths: Vec<(Paint, String)> = Vec::new();
    let mut word = (left, 0.0, String::new());
    let mut x = left;
    for symbol in text.graphemes(true) {
        let width = symbol.width().max(1) as f64 * CELL.0;
        let drawn = shape(symbol, x, top);
        if drawn.is_some() || symbol == " " {
            write_word(&std::mem::take(&mut word), look, top, out);
        } else {
            if word.2.is_empty() {
                word.0 = x;
            }
            word.1 += width;
            word.2.push_str(symbol);
        }
        if let Some((paint, path)) = drawn {
            match paths.iter_mut().find(|(p, _)| *p == paint) {
                Some((_, paths)) => paths.push_str(&path),
                None => paths.push((paint, path)),
            }
        }
        x += width;
    }
    write_word(&word, look, top, out);
    for (paint, path) in paths {
        let _ = match paint {
            Paint::Fill(1.0) => writeln!(out, "<path fill=\"{color}\" d=\"{path}\"/>"),
            Paint::Fill(opacity) => writeln!(out, "<path fill=\"{color}\" fill-opacity=\"{opacity}\" d=\"{path}\"/>"),
            Paint::Stroke(width) => writeln!(
                out,
                "<path fill=\"none\" stroke=\"{color}\" stroke-width=\"{width}\" stroke-linecap=\"round\" d=\"{path}\"/>"
            ),
        };
    }
    if look.underlined {
        let (y, width) = (top + CELL.1 * 0.86, x - left);
        let _ = writeln!(
            out,
            "<path stroke=\"{color}\" stroke-width=\"1\" d=\"M{left:.1} {y:.1}h{width:.1}\"/>"
        );
    }
}

/// A word at its column: (left, width, text).
fn write_word((left, cells, text): &(f64, f64, String), look: Look, top: f64, out: &mut String) {
    if text.is_empty() {
        return;
    }
    let fill = look.fg.map_or(String::new(), |fg| format!(" fill=\"{}\"", hex(fg)));
    let bold = if look.bold { " font-weight=\"bold\"" } else { "" };
    let dim = if look.dim { " opacity=\"0.6\"" } else { "" };
    let baseline = top + CELL.1 * 0.74;
    let _ = writeln!(
        out,
        "<text x=\"{left:.1}\" y=\"{baseline:.1}\" textLength=\"{cells:.1}\" lengthAdjust=\"spacingAndGlyphs\"{fill}{bold}{dim}>{}</text>",
        escaped(text)
    );
}

fn look(buffer: &Buffer, x: u16, y: u16, theme: &Theme) -> Look {
    let cell = &buffer[(x, y)];
    let (ground_fg, ground_bg) = theme.ground();
    let (mut fg, mut bg) = (rgb(cell.fg), rgb(cell.bg));
    if cell.modifier.contains(Modifier::REVERSED) {
        (fg, bg) = (Some(bg.unwrap_or(ground_bg)), Some(fg.unwrap_or(ground_fg)));
    }
    Look {
        fg: fg.filter(|c| *c != ground_fg),
        bg: bg.filter(|c| *c != ground_bg),
        bold: cell.modifier.contains(Modifier::BOLD),
        dim: cell.modifier.contains(Modifier::DIM),
        underlined: cell.modifier.contains(Modifier::UNDERLINED),
    }
}

fn rgb(color: Color) -> Option<(u8, u8, u8)> {
    let sixteen = |n: usize| Some(channels(SIXTEEN[n]));
    match color {
        Color::Reset => None,
        Color::Rgb(r, g, b) => Some((r, g, b)),
        Color::Indexed(n @ 0..16) => sixteen(usize::from(n)),
        Color::Indexed(n @ 16..232) => {
            let step = |k: u8| if k == 0 { 0 } else { 55 + 40 * k };
            let n = n - 16;
            Some((step(n / 36), step(n / 6 % 6), step(n % 6)))
        }
        Color::Indexed(n) => Some((8 + 10 * (n - 232), 8 + 10 * (n - 232), 8 + 10 * (n - 232))),
        Color::Black => sixteen(0),
        Color::Red => sixteen(1),
        Color::Green => sixteen(2),
        Color::Yellow => sixteen(3),
        Color::Blue => sixteen(4),
        Color::Magenta => sixteen(5),
        Color::Cyan => sixteen(6),
        Color::Gray => sixteen(7),
        Color::DarkGray => sixteen(8),
        Color::LightRed => sixteen(9),
        Color::LightGreen => sixteen(10),
        Color::LightYellow => sixteen(11),
        Color::LightBlue => sixteen(12),
        Color::LightMagenta => sixteen(13),
        Color::LightCyan => sixteen(14),
        Color::White => sixteen(15),
    }
}

fn channels(rgb: u32) -> (u8, u8, u8) {
    ((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn runs_of_one_style_are_one_text_and_markup_is_escaped() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "a<b", Style::new());
        buffer.set_string(3, 0, "&c", Style::new().fg(Color::Rgb(1, 2, 3)).bold());
        buffer.set_string(0, 1, "映画", Style::new().reversed());
        let picture = svg(&buffer, &Theme::default());
        assert!(picture.contains(">a&lt;b</text>"));
        assert!(picture.contains("fill=\"#010203\" font-weight=\"bold\">&amp;c</text>"));
        assert!(picture.contains("fill=\"#161920\">映画</text>"));
        assert!(picture.contains("textLength=\"33.6\""));
        assert_eq!(picture.matches("<text").count(), picture.matches("</text>").count());
        assert_eq!(svg(&buffer, &Theme::default()), picture);
    }

    #[test]
    fn the_cube_and_the_grays_are_xterms() {
        assert_eq!(rgb(Color::Indexed(196)), Some((255, 0, 0)));
        assert_eq!(rgb(Color::Indexed(75)), Some((95, 175, 255)));
        assert_eq!(rgb(Color::Indexed(232)), Some((8, 8, 8)));
        assert_eq!(rgb(Color::Indexed(255)), Some((238, 238, 238)));
        assert_eq!(rgb(Color::Reset), None);
    }
}
