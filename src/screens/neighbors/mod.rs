//! Neighbors: who is near and what that is worth, and of the neighbor in focus: what both rated, what it brings to the list,
//! what every similarity says of the two.
//!
//! ```text
//! ╭ Neighborhood ───────────────────╮╭ Brings ───────────╮
//! │                                 ││                   │
//! ├ Co-rated ───────────────────────┤├ Measures ─────────┤
//! ╰─────────────────────────────────╯╰───────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::brings::Brings;
use crate::panes::co_rated::CoRated;
use crate::panes::measures::Measures;
use crate::panes::neighborhood::Neighborhood;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '2',
    name: "Neighbors",
    short: "Near",
    panes: &[Neighborhood::ID, CoRated::ID, Brings::ID, Measures::ID],
    first: 0,
    wide: &[&[(50, &[(58, 0), (42, 2)]), (50, &[(58, 1), (42, 3)])]],
    medium: &[&[(50, &[(54, 0), (46, 2)]), (50, &[(54, 1), (46, 3)])]],
    actions: &[],
};
