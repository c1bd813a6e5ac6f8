//! Why: the list, where its scores come from, what is edited, and what the edits do.
//!
//! ```text
//! ╭ Recommendations ──╮╭ Why ────────────╮
//! ├ Edits ────────────┤├ Before, after ──┤
//! ╰───────────────────╯╰─────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::before_after::BeforeAfter;
use crate::panes::edits::Edits;
use crate::panes::recommendations::Recommendations;
use crate::panes::why::Why;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '4',
    name: "Why",
    short: "Why",
    panes: &[Recommendations::ID, Why::ID, Edits::ID, BeforeAfter::ID],
    first: 0,
    wide: &[(1, &[(1, 0), (1, 1)]), (1, &[(1, 2), (1, 3)])],
    medium: &[(1, &[(1, 0), (1, 1)]), (1, &[(1, 2), (1, 3)])],
    actions: &[],
};
