/// Where a key counts. An inner scope hides the same key of an outer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    Always,
    /// In the panes, while nothing lies on top.
    Panes,
    Screen(char),
    Pane(&'static str),
    Control,
    /// In a list with a text field above it: picker, palette, model menu.
    List,
    /// In a line of text: a control's value.
    Line,
    /// In anything that is only read: help, arithmetic.
    Reading,
    /// In the arithmetic, beside what reading is.
    Work,
    Rating,
    Export,
}

/// A step of the cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Motion {
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    HalfUp,
    HalfDown,
    First,
    Last,
}

impl Motion {
    /// Where it takes a cursor among `rows`, of which `page` are seen at once.
    pub fn from(self, cursor: usize, rows: usize, page: usize) -> usize {
        let last = rows.saturating_sub(1);
        let (page, half) = (page.max(1), (page / 2).max(1));
        let to = match self {
            Self::Up => cursor.saturating_sub(1),
            Self::Down => cursor.saturating_add(1),
            Self::PageUp => cursor.saturating_sub(page),
            Self::PageDown => cursor.saturating_add(page),
            Self::HalfUp => cursor.saturating_sub(half),
            Self::HalfDown => cursor.saturating_add(half),
            Self::First => 0,
            Self::Last => last,
            Self::Left | Self::Right => cursor,
        };
        to.min(last)
    }
}

/// What a key does to whatever lies on top; each layer makes of it what it means there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Close,
    /// Takes what is under the cursor, or what was typed.
    Accept,
    Move(Motion),
    /// Writes what is under the cursor into the line.
    Complete,
    Step(bool),
    Remove,
    /// Hides results until they are guessed, or shows them again.
    Guess,
    /// Shows what is hidden.
    Reveal,
    Nth(usize),
}
