//! Evaluate: models side by side on ratings that were held out, what that teaches, and for whom each does well; on a second
//! page what a formula is worth over two of its settings, and the search for a better one.
//!
//! ```text
//! ╭ Leaderboard ────────────────────────────────────────╮
//! ├ Slices ─────────────────────────────╮╭ Trade-off ───┤
//! ├ Lesson ─────────────────────────────╮╭ Users ───────┤
//! ╰─────────────────────────────────────╯╰──────────────╯
//! ╭ Sweep ──────────────╮╭ Tune ────────────────────────╮
//! ╰─────────────────────╯╰──────────────────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::heat::Heat;
use crate::panes::leaderboard::Leaderboard;
use crate::panes::lesson::Lesson;
use crate::panes::slices::Slices;
use crate::panes::tradeoff::Tradeoff;
use crate::panes::tune::Tune;
use crate::panes::users::Users;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '9',
    name: "Evaluate",
    short: "Eval",
    panes: &[
        Leaderboard::ID,
        Lesson::ID,
        Users::ID,
        Slices::ID,
        Tradeoff::ID,
        Heat::ID,
        Tune::ID,
    ],
    first: 0,
    wide: &[
        &[(33, &[(100, 0)]), (25, &[(60, 3), (40, 4)]), (42, &[(58, 1), (42, 2)])],
        &[(100, &[(46, 5), (54, 6)])],
    ],
    medium: &[
        &[(10, &[(100, 0)]), (12, &[(57, 1), (43, 2)])],
        &[(11, &[(100, 3)]), (11, &[(100, 4)])],
        &[(11, &[(100, 5)]), (11, &[(100, 6)])],
    ],
    actions: &[],
};
