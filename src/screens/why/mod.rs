//! Why: the list, the questions that can be asked of what is under its cursor, the reason and the answer; what is edited, and
//! what the edits do.
//!
//! ```text
//! ╭ Recommendations ──╮╭ Questions ──────╮╭ Edits ──────────╮
//! │                   ││                 ││                 │
//! ├ Because ──────────┤├ Answer ─────────┤├ Before, after ──┤
//! ╰───────────────────╯╰─────────────────╯╰─────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::answer::{Answer, SCREEN_ACTIONS};
use crate::panes::because::Because;
use crate::panes::before_after::BeforeAfter;
use crate::panes::edits::Edits;
use crate::panes::questions::Questions;
use crate::panes::recommendations::Recommendations;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '4',
    name: "Why",
    short: "Why",
    panes: &[
        Recommendations::ID,
        Questions::ID,
        Because::ID,
        Answer::ID,
        Edits::ID,
        BeforeAfter::ID,
    ],
    first: 0,
    wide: &[&[(44, &[(34, 0), (35, 1), (31, 4)]), (56, &[(34, 2), (35, 3), (31, 5)])]],
    medium: &[&[
        (8, &[(50, 0), (50, 1)]),
        (8, &[(50, 2), (50, 3)]),
        (6, &[(50, 4), (50, 5)]),
    ]],
    actions: SCREEN_ACTIONS,
};
