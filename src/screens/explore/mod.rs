//! Explore: who is near, what is recommended, why, where it lies, how a cold start learns.
//!
//! ```text
//! ╭ Profile ─────╮╭ Recommendations ──╮╭ Why ────────────╮
//! │              ││                   ││                 │
//! ├ Neighbors ───┤├ Factors ──────────┤├ Cold start ─────┤
//! ╰──────────────╯╰───────────────────╯╰─────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::cold_start::ColdStart;
use crate::panes::factors::Factors;
use crate::panes::neighbors::Neighbors;
use crate::panes::profile::Profile;
use crate::panes::recommendations::Recommendations;
use crate::panes::why::Why;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '1',
    name: "Explore",
    short: "Expl",
    panes: &[
        Profile::ID,
        Recommendations::ID,
        Why::ID,
        Neighbors::ID,
        Factors::ID,
        ColdStart::ID,
    ],
    first: 1,
    wide: &[&[(59, &[(29, 0), (40, 1), (34, 2)]), (41, &[(29, 3), (40, 4), (34, 5)])]],
    medium: &[&[(9, &[(5, 0), (6, 1)]), (8, &[(5, 3), (6, 2)]), (6, &[(5, 4), (6, 5)])]],
    actions: &[],
};
