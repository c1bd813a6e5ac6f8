//! Characters that are drawings: blocks, shades, lines and Braille are drawn as shapes, so that bars and frames join
//! whatever font a viewer has.

use std::fmt::Write as _;

use super::CELL;

/// How a shape is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Paint {
    /// Filled, with this opacity.
    Fill(f64),
    /// Stroked with this width, with round ends for dots.
    Stroke(f64),
}

/// The path of a character whose cell has its upper left corner at `(x, y)`, and how to paint it; `None` for text.
pub(super) fn shape(symbol: &str, x: f64, y: f64) -> Option<(Paint, String)> {
    let mut letters = symbol.chars();
    let (letter, None) = (letters.next()?, letters.next()) else {
        return None;
    };
    if let Some(arms) = arms(letter) {
        return Some((Paint::Stroke(if arms.heavy { 2.0 } else { 1.0 }), lines(&arms, x, y)));
    }
    match letter {
        '\u{2800}'..='\u{28ff}' => Some((Paint::Stroke(2.2), dots(letter as u32 - 0x2800, x, y))),
        '░' => Some((Paint::Fill(0.3), rect(x, y, (0.0, 0.0, 1.0, 1.0)))),
        '▒' => Some((Paint::Fill(0.5), rect(x, y, (0.0, 0.0, 1.0, 1.0)))),
        '▓' => Some((Paint::Fill(0.75), rect(x, y, (0.0, 0.0, 1.0, 1.0)))),
        _ => {
            let parts = block(letter)?;
            Some((Paint::Fill(1.0), parts.iter().map(|part| rect(x, y, *part)).collect()))
        }
    }
}

/// (left, top, width, height) in shares of the cell.
type Part = (f64, f64, f64, f64);

fn rect(x: f64, y: f64, (left, top, width, height): Part) -> String {
    let (x, y) = (x + left * CELL.0, y + top * CELL.1);
    let (width, height) = (width * CELL.0, height * CELL.1);
    format!("M{x:.2} {y:.2}h{width:.2}v{height:.2}h-{width:.2}z")
}

/// The filled parts of a block element.
fn block(letter: char) -> Option<Vec<Part>> {
    let eighths = |from: char| f64::from(letter as u32 - from as u32 + 1) / 8.0;
    Some(match letter {
        '▀' => vec![(0.0, 0.0, 1.0, 0.5)],
        '▁'..='█' => vec![(0.0, 1.0 - eighths('▁'), 1.0, eighths('▁'))],
        '▉'..='▏' => {
            let width = 1.0 - eighths('▉');
            vec![(0.0, 0.0, width, 1.0)]
        }
        '▐' => vec![(0.5, 0.0, 0.5, 1.0)],
        '▔' => vec![(0.0, 0.0, 1.0, 0.125)],
        '▕' => vec![(0.875, 0.0, 0.125, 1.0)],
        '■' => vec![(0.1, 0.3, 0.8, 0.4)],
        _ => quadrants(letter)?,
    })
}

/// Upper left, upper right, lower left, lower right.
fn quadrants(letter: char) -> Option<Vec<Part>> {
    let bits = match letter {
        '▘' => 0b1000,
        '▝' => 0b0100,
        '▖' => 0b0010,
        '▗' => 0b0001,
        '▚' => 0b1001,
        '▞' => 0b0110,
        '▙' => 0b1011,
        '▛' => 0b1110,
        '▜' => 0b1101,
        '▟' => 0b0111,
        _ => return None,
    };
    let places = [(8, 0.0, 0.0), (4, 0.5, 0.0), (2, 0.0, 0.5), (1, 0.5, 0.5)];
    let filled = places.into_iter().filter(|(bit, ..)| bits & bit != 0);
    Some(filled.map(|(_, left, top)| (left, top, 0.5, 0.5)).collect())
}

/// Which edges of the cell a line goes to from the middle.
struct Arms {
    left: bool,
    right: bool,
    up: bool,
    down: bool,
    heavy: bool,
}

fn arms(letter: char) -> Option<Arms> {
    let (edges, heavy) = match letter {
        '─' | '╌' | '┄' => ("lr", false),
        '│' | '╎' | '┆' | '┊' => ("ud", false),
        '╭' | '┌' => ("rd", false),
        '╮' | '┐' => ("ld", false),
        '╰' | '└' => ("ru", false),
        '╯' | '┘' => ("lu", false),
        '├' => ("rud", false),
        '┤' => ("lud", false),
        '┬' => ("lrd", false),
        '┴' => ("lru", false),
        '┼' => ("lrud", false),
        '╴' => ("l", false),
        '╶' => ("r", false),
        '━' => ("lr", true),
        '╸' => ("l", true),
        '╺' => ("r", true),
        '┃' => ("ud", true),
        _ => return None,
    };
    let has = |edge| edges.contains(edge);
    Some(Arms {
        left: has('l'),
        right: has('r'),
        up: has('u'),
        down: has('d'),
        heavy,
    })
}

fn lines(arms: &Arms, x: f64, y: f64) -> String {
    let (middle_x, middle_y) = (x + CELL.0 / 2.0, y + CELL.1 / 2.0);
    let mut path = String::new();
    if arms.left || arms.right {
        let from = if arms.left { x } else { middle_x };
        let to = if arms.right { x + CELL.0 } else { middle_x };
        let _ = write!(path, "M{from:.2} {middle_y:.2}H{to:.2}");
    }
    if arms.up || arms.down {
        let from = if arms.up { y } else { middle_y };
        let to = if arms.down { y + CELL.1 } else { middle_y };
        let _ = write!(path, "M{middle_x:.2} {from:.2}V{to:.2}");
    }
    path
}

/// The dots of a Braille pattern as lines without length: round ends make them dots.
fn dots(bits: u32, x: f64, y: f64) -> String {
    // Bits 0 to 2 and 6 go down the left column, 3 to 5 and 7 down the right one.
    const PLACES: [(u32, u32); 8] = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)];
    let mut path = String::new();
    for (bit, (column, row)) in PLACES.into_iter().enumerate() {
        if bits >> bit & 1 == 1 {
            let x = x + CELL.0 * (0.25 + 0.5 * f64::from(column));
            let y = y + CELL.1 * (0.125 + 0.25 * f64::from(row));
            let _ = write!(path, "M{x:.2} {y:.2}h0");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_fill_their_share_of_the_cell() {
        let path = |symbol| shape(symbol, 0.0, 0.0).map(|(_, path)| path);
        assert_eq!(path("█").unwrap(), "M0.00 0.00h8.40v18.00h-8.40z");
        assert_eq!(path("▂").unwrap(), "M0.00 13.50h8.40v4.50h-8.40z");
        assert_eq!(path("▎").unwrap(), "M0.00 0.00h2.10v18.00h-2.10z");
        assert_eq!(path("▉").unwrap(), "M0.00 0.00h7.35v18.00h-7.35z");
        assert_eq!(path("▚").unwrap().matches('z').count(), 2);
        assert_eq!(path("a"), None);
        assert_eq!(path(""), None);
    }

    #[test]
    fn lines_meet_at_the_edges_and_dots_are_counted() {
        let (paint, path) = shape("╰", 0.0, 0.0).unwrap();
        assert_eq!(
            (paint, path.as_str()),
            (Paint::Stroke(1.0), "M4.20 9.00H8.40M4.20 0.00V9.00")
        );
        for pattern in ['⠀', '⠁', '⣿'] {
            let dots = shape(&pattern.to_string(), 0.0, 0.0).unwrap().1.matches("h0").count();
            assert_eq!(dots as u32, (pattern as u32 - 0x2800).count_ones());
        }
    }
}
