//! Colors by meaning. Panes ask for a [`Role`], never for a color, and nothing is said by color alone: series have
//! patterns, signs have glyphs, the selection is marked.

mod depth;
mod palette;

use std::borrow::Cow;

use ratatui::style::{Color, Style};

pub use depth::Depth;
use palette::Palette;

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    Text,
    /// Text of lesser weight: units, hints, ids.
    Muted,
    /// Something to be noticed: the number that a pane is about.
    Strong,
    Title,
    /// The title of the pane that has the keyboard.
    TitleFocused,
    Border,
    /// The border of the pane that has the keyboard.
    BorderFocused,
    /// The row under the cursor, in the pane that has the keyboard.
    Selection,
    /// The row under the cursor of any other pane.
    SelectionUnfocused,
    Match,
    Stale,
    /// Adds to a score; good.
    Positive,
    /// Takes from a score; bad.
    Negative,
    Neutral,
    /// What-if: not in the data.
    Edited,
    Warning,
    Error,
    Key,
    Header,
    /// One of several things shown side by side: components of a hybrid, policies of a bandit. Taken modulo 8.
    Series(usize),
}

/// The themes by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    /// Okabe and Ito's colors, told apart with any kind of color vision; for dark backgrounds.
    ColorBlind,
    /// No colors, only bold, dim, underlined and reversed.
    Mono,
}

impl ThemeName {
    /// Every theme, in the order in which a person steps through them.
    pub const ALL: [Self; 4] = [Self::Dark, Self::Light, Self::ColorBlind, Self::Mono];

    /// As written in the settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dark => "dark",
            Self::Light => "light",
            Self::ColorBlind => "color-blind",
            Self::Mono => "mono",
        }
    }

    /// The theme of this name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.name() == text)
    }

    /// The one after this, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|t| *t == self).unwrap_or(0);
        Self::ALL[(at + 1) % Self::ALL.len()]
    }
}

/// Pieces of drawing that have a plain ASCII twin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbols {
    /// Fills for series 0, 1, 2, …: told apart without color.
    pub patterns: [&'static str; 8],
    pub markers: [&'static str; 8],
    /// A cell filled by 1/8 to 8/8 from the left.
    pub eighths_left: [&'static str; 8],
    /// A cell filled by 1/8 to 8/8 from below.
    pub eighths_up: [&'static str; 8],
    pub ellipsis: &'static str,
    /// A branch of a tree with siblings below, the last branch, the line past a branch.
    pub tree: [&'static str; 3],
    pub moves: [&'static str; 4],
    pub checks: [&'static str; 3],
    /// In front of the row under the cursor.
    pub cursor: &'static str,
    pub dot: &'static str,
    pub axis: &'static str,
    pub times: &'static str,
    /// Box drawing: horizontal, vertical, four corners (clockwise from the upper left), joint left, joint right.
    pub frame: [&'static str; 8],
}

const UNICODE: Symbols = Symbols {
    patterns: ["█", "▓", "▒", "░", "▚", "▞", "▤", "▥"],
    markers: ["●", "◆", "▲", "■", "○", "◇", "△", "□"],
    eighths_left: ["▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"],
    eighths_up: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    ellipsis: "…",
    tree: ["├ ", "└ ", "│ "],
    moves: ["▲", "▼", "=", "★"],
    checks: ["✔", "✘", "●"],
    cursor: "▸",
    dot: "·",
    axis: "│",
    times: "×",
    frame: ["─", "│", "╭", "╮", "╯", "╰", "├", "┤"],
};

const ASCII: Symbols = Symbols {
    patterns: ["#", "=", "-", ".", "%", "+", "~", ":"],
    markers: ["o", "x", "^", "#", "*", "+", "v", "@"],
    eighths_left: [".", ".", "-", "-", "=", "=", "#", "#"],
    eighths_up: ["_", "_", ".", ".", "-", "=", "#", "#"],
    ellipsis: "~",
    tree: ["|-", "`-", "| "],
    moves: ["^", "v", "=", "*"],
    checks: ["+", "x", "o"],
    cursor: ">",
    dot: "-",
    axis: "|",
    times: "x",
    frame: ["-", "|", "+", "+", "+", "+", "+", "+"],
};

/// A theme as this terminal can show it.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    name: ThemeName,
    depth: Depth,
    ascii: bool,
    palette: &'static Palette,
}

impl Default for Theme {
    fn default() -> Self {
        Self::new(ThemeName::Dark, Depth::True)
    }
}

impl Theme {
    /// `name` in the colors that `depth` allows.
    pub fn new(name: ThemeName, depth: Depth) -> Self {
        let depth = if name == ThemeName::Mono { Depth::Mono } else { depth };
        Self {
            name,
            depth,
            ascii: false,
            palette: Palette::of(name),
        }
    }

    /// The same with ASCII in place of blocks, boxes and Braille.
    #[must_use]
    pub fn ascii(mut self, ascii: bool) -> Self {
        self.ascii = ascii;
        self
    }

    /// Which theme this is.
    pub fn name(&self) -> ThemeName {
        self.name
    }

    /// How many colors it uses.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether only ASCII may be drawn.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// The pieces to draw with.
    pub fn symbols(&self) -> &'static Symbols {
        if self.ascii { &ASCII } else { &UNICODE }
    }

    /// The style of a meaning. Patch it onto what lies below: it sets no background but for selections.
    pub fn style(&self, role: Role) -> Style {
        let ink = self.palette.ink(role);
        if self.depth == Depth::Mono {
            return Style::new().fg(Color::Reset).add_modifier(ink.mono);
        }
        let mut style = Style::new().add_modifier(ink.modifier);
        if let Some(tone) = ink.fg {
            style = style.fg(self.depth.color(tone));
        }
        match ink.bg {
            Some(_) if self.depth == Depth::Ansi16 => style.fg(Color::Reset).add_modifier(ink.mono),
            Some(tone) => style.bg(self.depth.color(tone)),
            None => style,
        }
    }

    /// The style for a signed amount: [`Role::Positive`], [`Role::Negative`] or, for zero, [`Role::Muted`].
    pub fn signed(&self, value: f64) -> Style {
        self.style(match value.partial_cmp(&0.0) {
            Some(std::cmp::Ordering::Greater) => Role::Positive,
            Some(std::cmp::Ordering::Less) => Role::Negative,
            _ => Role::Muted,
        })
    }

    /// The fill of series `index` (of stacked bars), told apart without color.
    pub fn pattern(&self, index: usize) -> &'static str {
        self.symbols().patterns[index % 8]
    }

    /// The mark of series `index` (on charts and legends).
    pub fn marker(&self, index: usize) -> &'static str {
        self.symbols().markers[index % 8]
    }

    /// What the terminal's own foreground and background look like, for pictures of a screen: (red, green, blue) each.
    pub fn ground(&self) -> ((u8, u8, u8), (u8, u8, u8)) {
        if self.name == ThemeName::Light {
            ((0x1f, 0x23, 0x28), (0xff, 0xff, 0xff))
        } else {
            ((0xd8, 0xde, 0xe9), (0x16, 0x19, 0x20))
        }
    }

    /// Foreground and background that the theme paints everywhere, so that it can be read on any terminal; `None` where the
    /// terminal's own colors are used (no colors, or only its sixteen).
    pub fn painted_ground(&self) -> Option<(Color, Color)> {
        if self.name == ThemeName::Mono || matches!(self.depth, Depth::Mono | Depth::Ansi16) {
            return None;
        }
        let color = |(r, g, b): (u8, u8, u8)| {
            let rgb = u32::from(r) << 16 | u32::from(g) << 8 | u32::from(b);
            self.depth.color(palette::Tone { rgb, ansi: 0 })
        };
        let (foreground, background) = self.ground();
        Some((color(foreground), color(background)))
    }

    /// `text` in this theme's alphabet: unchanged, or in ASCII mode with marks as the ASCII that resembles them, anything else as
    /// `?`; as many characters as before.
    pub fn plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !self.ascii || text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let plain = |c: char| match c {
            '·' | '–' | '—' | '−' => '-',
            '×' => 'x',
            '→' => '>',
            '←' => '<',
            '…' | '⋯' => '.',
            '’' | '‘' => '\'',
            '“' | '”' => '"',
            c if c.is_ascii() => c,
            _ => '?',
        };
        Cow::Owned(text.chars().map(plain).collect())
    }
}

#[cfg(test)]
mod tests;
