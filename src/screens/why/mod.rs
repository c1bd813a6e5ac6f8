//! Why: the list, the questions that can be asked of what is under its cursor, the reason, and the answer.
//!
//! ```text
//! ╭ Recommendations ─────────╮╭ Questions ──────────────────╮
//! │                          ││                             │
//! ├ Why ─────────────────────┤├ Answer ─────────────────────┤
//! ╰──────────────────────────╯╰─────────────────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::answer::{Answer, SCREEN_ACTIONS};
use crate::panes::because::Because;
use crate::panes::questions::Questions;
use crate::panes::recommendations::Recommendations;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '4',
    name: "Why",
    short: "Why",
    panes: &[Recommendations::ID, Questions::ID, Because::ID, Answer::ID],
    first: 0,
    wide: &[(30, &[(48, 0), (52, 1)]), (70, &[(48, 2), (52, 3)])],
    medium: &[(9, &[(50, 0), (50, 1)]), (12, &[(50, 2), (50, 3)])],
    actions: SCREEN_ACTIONS,
};
