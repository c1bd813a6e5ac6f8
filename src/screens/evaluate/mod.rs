//! Evaluate: models side by side on ratings that were held out, what that teaches, and for whom each does well.
//!
//! ```text
//! ╭ Leaderboard ────────────────────────────────────────╮
//! ├ Slices ─────────────────────────────╮╭ Trade-off ───┤
//! ├ Lesson ─────────────────────────────╮╭ Users ───────┤
//! ╰─────────────────────────────────────╯╰──────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::leaderboard::Leaderboard;
use crate::panes::lesson::Lesson;
use crate::panes::slices::Slices;
use crate::panes::tradeoff::Tradeoff;
use crate::panes::users::Users;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '9',
    name: "Evaluate",
    short: "Eval",
    panes: &[Leaderboard::ID, Lesson::ID, Users::ID, Slices::ID, Tradeoff::ID],
    first: 0,
    wide: &[(33, &[(100, 0)]), (25, &[(60, 3), (40, 4)]), (42, &[(58, 1), (42, 2)])],
    medium: &[
        &[(10, &[(100, 0)]), (12, &[(57, 1), (43, 2)])],
        &[(11, &[(100, 3)]), (11, &[(100, 4)])],
    ],
    actions: &[],
};
