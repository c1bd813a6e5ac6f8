use ratatui::style::Modifier;

use super::{Role, ThemeName};

/// A color in all the ways a terminal may understand it: 0xRRGGBB, and the nearest of the sixteen by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tone {
    /// Red, green and blue, a byte each: 0xRRGGBB.
    pub rgb: u32,
    /// Number of the color among the sixteen (0 to 15), as the terminal's own scheme shows it.
    pub ansi: u8,
}

/// How one role is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ink {
    pub fg: Option<Tone>,
    pub bg: Option<Tone>,
    pub modifier: Modifier,
    pub mono: Modifier,
}

/// The colors of a theme.
#[derive(Debug, PartialEq)]
pub struct Palette {
    muted: Tone,
    strong: Tone,
    title: Tone,
    border: Tone,
    focus: Tone,
    selection: Tone,
    selection_unfocused: Tone,
    found: Tone,
    positive: Tone,
    negative: Tone,
    neutral: Tone,
    edited: Tone,
    warning: Tone,
    error: Tone,
    key: Tone,
    series: [Tone; 8],
}

const fn tone(rgb: u32, ansi: u8) -> Tone {
    Tone { rgb, ansi }
}

static DARK: Palette = Palette {
    muted: tone(0x808896, 8),
    strong: tone(0xffffff, 15),
    title: tone(0xb8c0cc, 7),
    border: tone(0x4a5263, 8),
    focus: tone(0x7cb7ff, 12),
    selection: tone(0x2b4a73, 4),
    selection_unfocused: tone(0x2a303c, 8),
    found: tone(0xffc857, 11),
    positive: tone(0x7bd88f, 10),
    negative: tone(0xff7a85, 9),
    neutral: tone(0xd8c27a, 3),
    edited: tone(0xe0a3ff, 13),
    warning: tone(0xffb454, 11),
    error: tone(0xff6a6a, 9),
    key: tone(0x8fd3ff, 14),
    series: [
        tone(0x6cb6ff, 12),
        tone(0xffb454, 11),
        tone(0x7bd88f, 10),
        tone(0xe0a3ff, 13),
        tone(0xff7a85, 9),
        tone(0x5fd7d0, 14),
        tone(0xd8c27a, 3),
        tone(0xb8c0cc, 7),
    ],
};

static LIGHT: Palette = Palette {
    muted: tone(0x6a7280, 8),
    strong: tone(0x000000, 0),
    title: tone(0x3b4350, 0),
    border: tone(0xa8b0bc, 7),
    focus: tone(0x0a5bc4, 4),
    selection: tone(0xcfe2ff, 6),
    selection_unfocused: tone(0xe8ebf0, 7),
    found: tone(0x9a5b00, 3),
    positive: tone(0x1a7f37, 2),
    negative: tone(0xc0182b, 1),
    neutral: tone(0x7a6200, 3),
    edited: tone(0x8230b5, 5),
    warning: tone(0x9a5b00, 3),
    error: tone(0xb3001b, 1),
    key: tone(0x05588f, 4),
    series: [
        tone(0x0a5bc4, 4),
        tone(0xb35900, 3),
        tone(0x1a7f37, 2),
        tone(0x8230b5, 5),
        tone(0xc0182b, 1),
        tone(0x0b7a75, 6),
        tone(0x7a6200, 3),
        tone(0x3b4350, 0),
    ],
};

// Okabe and Ito, "Color Universal Design", 2008; black, which a dark background swallows, is white here.
static COLOR_BLIND: Palette = Palette {
    muted: tone(0x8a919c, 8),
    strong: tone(0xffffff, 15),
    title: tone(0xc4cad4, 7),
    border: tone(0x4f5665, 8),
    focus: tone(0x56b4e9, 14),
    selection: tone(0x0d4a78, 4),
    selection_unfocused: tone(0x2a303c, 8),
    found: tone(0xf0e442, 11),
    positive: tone(0x56b4e9, 14),
    negative: tone(0xe69f00, 11),
    neutral: tone(0xf0e442, 3),
    edited: tone(0xcc79a7, 13),
    warning: tone(0xf0e442, 11),
    error: tone(0xd55e00, 9),
    key: tone(0x56b4e9, 14),
    series: [
        tone(0x56b4e9, 14),
        tone(0xe69f00, 11),
        tone(0x009e73, 10),
        tone(0xcc79a7, 13),
        tone(0xf0e442, 3),
        tone(0x0072b2, 12),
        tone(0xd55e00, 9),
        tone(0xffffff, 15),
    ],
};

impl Palette {
    /// The palette of a theme; `Mono` has one too, whose colors are never shown.
    pub fn of(name: ThemeName) -> &'static Self {
        match name {
            ThemeName::Dark | ThemeName::Mono => &DARK,
            ThemeName::Light => &LIGHT,
            ThemeName::ColorBlind => &COLOR_BLIND,
        }
    }

    /// How a role is shown.
    pub fn ink(&self, role: Role) -> Ink {
        const NONE: Modifier = Modifier::empty();
        const BOLD: Modifier = Modifier::BOLD;
        const DIM: Modifier = Modifier::DIM;
        const REVERSED: Modifier = Modifier::REVERSED;
        const UNDERLINED: Modifier = Modifier::UNDERLINED;
        let fg = |tone, modifier, mono| Ink {
            fg: Some(tone),
            bg: None,
            modifier,
            mono,
        };
        let bg = |tone, modifier, mono| Ink {
            fg: None,
            bg: Some(tone),
            modifier,
            mono,
        };
        match role {
            Role::Text => Ink::default(),
            Role::Muted => fg(self.muted, NONE, DIM),
            Role::Strong => fg(self.strong, BOLD, BOLD),
            Role::Title => fg(self.title, NONE, NONE),
            Role::TitleFocused => fg(self.focus, BOLD, BOLD.union(REVERSED)),
            Role::Border => fg(self.border, NONE, DIM),
            Role::BorderFocused => fg(self.focus, NONE, BOLD),
            Role::Selection => bg(self.selection, BOLD, REVERSED),
            Role::SelectionUnfocused => bg(self.selection_unfocused, NONE, UNDERLINED),
            Role::Match => fg(self.found, BOLD, BOLD.union(UNDERLINED)),
            Role::Stale => fg(self.muted, DIM, DIM),
            Role::Positive => fg(self.positive, NONE, NONE),
            Role::Negative => fg(self.negative, NONE, DIM),
            Role::Neutral => fg(self.neutral, NONE, NONE),
            Role::Edited => fg(self.edited, BOLD, BOLD),
            Role::Warning => fg(self.warning, NONE, BOLD),
            Role::Error => fg(self.error, BOLD, BOLD),
            Role::Key => fg(self.key, BOLD, BOLD),
            Role::Header => fg(self.muted, UNDERLINED, UNDERLINED),
            Role::Series(n) => fg(self.series[n % 8], NONE, NONE),
        }
    }
}
