use ratatui::style::Color;

use super::palette::Tone;

/// How many colors the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Depth {
    /// None: `NO_COLOR`, or a terminal called `dumb`.
    Mono,
    /// The sixteen that the terminal's own scheme defines.
    Ansi16,
    Ansi256,
    #[default]
    True,
}

impl Depth {
    /// What the environment says: `NO_COLOR` (set and not empty) first, then `COLORTERM`, then `TERM`.
    /// `variable` looks one up, so that this can be tested.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("NO_COLOR").is_some_and(|v| !v.is_empty()) {
            return Self::Mono;
        }
        let term = variable("TERM").unwrap_or_default();
        let colors = variable("COLORTERM").unwrap_or_default();
        if term == "dumb" {
            Self::Mono
        } else if colors.contains("truecolor") || colors.contains("24bit") || term.ends_with("-direct") {
            Self::True
        } else if term.contains("256color") || term.contains("kitty") || term.contains("alacritty") {
            Self::Ansi256
        } else {
            Self::Ansi16
        }
    }

    /// `tone` as this depth shows it; `Reset` for none.
    pub fn color(self, tone: Tone) -> Color {
        match self {
            Self::Mono => Color::Reset,
            Self::Ansi16 => ansi16(tone.ansi),
            Self::Ansi256 => Color::Indexed(nearest256(tone.rgb)),
            Self::True => {
                let (r, g, b) = channels(tone.rgb);
                Color::Rgb(r, g, b)
            }
        }
    }
}

fn channels(rgb: u32) -> (u8, u8, u8) {
    ((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// The sixteen by name: as indexed colors some terminals would not apply their own scheme.
fn ansi16(n: u8) -> Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    NAMED[usize::from(n) % 16]
}

/// The nearest of the 6×6×6 cube and the 24 grays (16 to 255), by squared distance.
fn nearest256(rgb: u32) -> u8 {
    const STEPS: [i32; 6] = [0, 95, 135, 175, 215, 255];
    let (r, g, b) = channels(rgb);
    let wanted = [i32::from(r), i32::from(g), i32::from(b)];
    let distance = |c: [i32; 3]| -> i32 { c.iter().zip(wanted).map(|(a, b)| (a - b) * (a - b)).sum() };
    let step = |v: i32| (0..6).min_by_key(|&i| (STEPS[i] - v).abs()).unwrap_or(0);
    let [i, j, k] = wanted.map(step);
    let cube = (distance([STEPS[i], STEPS[j], STEPS[k]]), 16 + 36 * i + 6 * j + k);
    let gray = (0..24)
        .map(|n| (distance([8 + 10 * n; 3]), 232 + n as usize))
        .min()
        .unwrap_or(cube);
    cube.min(gray).1 as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        let table = [
            (vec![("NO_COLOR", "1"), ("COLORTERM", "truecolor")], Depth::Mono),
            (vec![("NO_COLOR", ""), ("COLORTERM", "truecolor")], Depth::True),
            (vec![("TERM", "dumb")], Depth::Mono),
            (vec![("TERM", "xterm-256color"), ("COLORTERM", "24bit")], Depth::True),
            (vec![("TERM", "screen-256color")], Depth::Ansi256),
            (vec![("TERM", "xterm")], Depth::Ansi16),
            (vec![], Depth::Ansi16),
        ];
        for (variables, depth) in table {
            let look = |name: &str| {
                let found = variables.iter().find(|(n, _)| *n == name);
                found.map(|(_, v)| (*v).to_owned())
            };
            assert_eq!(Depth::detect(look), depth, "{variables:?}");
        }
    }

    #[test]
    fn the_nearest_of_256() {
        // Exact members of the cube and of the gray ramp, and one between: xterm's 256-color table.
        for (rgb, index) in [
            (0x000000, 16),
            (0xffffff, 231),
            (0xff0000, 196),
            (0x5fafff, 75),
            (0x080808, 232),
            (0xeeeeee, 255),
            (0x808080, 244),
            (0xfe0101, 196),
        ] {
            assert_eq!(nearest256(rgb), index, "{rgb:06x}");
        }
    }
}
