//! Hybrid: the formula with a slider at every weight, and the list that follows while they move.
//!
//! ```text
//! ╭ Formula ─────────────────────────────────────────────╮
//! ├ Reranked ───────────────────────────╮╭ Tuning ───────┤
//! ╰─────────────────────────────────────╯╰───────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::hybrid::Hybrid;
use crate::panes::reranked::Reranked;
use crate::panes::tuning::Tuning;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '5',
    name: "Hybrid",
    short: "Hyb",
    panes: &[Hybrid::ID, Reranked::ID, Tuning::ID],
    first: 0,
    wide: &[(40, &[(100, 0)]), (60, &[(62, 1), (38, 2)])],
    medium: &[(9, &[(100, 0)]), (11, &[(58, 1), (42, 2)])],
    actions: &[],
};
