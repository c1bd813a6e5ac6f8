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

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '5',
    name: "Hybrid",
    short: "Hyb",
    panes: &[Hybrid::ID, Reranked::ID],
    first: 0,
    wide: &[(40, &[(100, 0)]), (60, &[(100, 1)])],
    medium: &[(10, &[(100, 0)]), (10, &[(100, 1)])],
    actions: &[],
};
