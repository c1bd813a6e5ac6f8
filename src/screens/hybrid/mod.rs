//! Hybrid: the formula with a slider at every weight, the list that follows while they move, and whose list changes most.
//!
//! ```text
//! ╭ Formula ─────────────────────────────────────────────╮
//! ├ Reranked ─────────────╮╭ Who changes ╮╭ Tuning ──────┤
//! ╰───────────────────────╯╰─────────────╯╰──────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::changes::Changes;
use crate::panes::hybrid::Hybrid;
use crate::panes::reranked::Reranked;
use crate::panes::tuning::Tuning;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '5',
    name: "Hybrid",
    short: "Hyb",
    panes: &[Hybrid::ID, Reranked::ID, Changes::ID, Tuning::ID],
    first: 0,
    wide: &[&[(40, &[(100, 0)]), (60, &[(45, 1), (23, 2), (32, 3)])]],
    medium: &[&[(8, &[(100, 0)]), (9, &[(58, 1), (42, 3)]), (5, &[(100, 2)])]],
    actions: &[],
};
