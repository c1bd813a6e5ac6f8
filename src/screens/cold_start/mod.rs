//! Cold start: policies that learn which new item people like, once and over many runs; what a log would have told; a
//! newcomer who is asked, what strategies would show them, and how fast those learn real ones; and who would get a new item.
//!
//! ```text
//! ╭ Cold start ─────────────────────╮╭ Policies ──────╮
//! │                                 ││                │
//! ├ Newcomer ─────╮╭ Recommendations ┤├ Strategies ────┤
//! ├ Learning ─────┤├ New item ───────┤├ Off-policy ────┤
//! ╰───────────────╯╰─────────────────╯╰────────────────╯
//! ```
//!
//! In 80 columns these are three pages: the bandit, the newcomer, and what is new or logged.

use super::Screen;
use crate::panes::Pane;
use crate::panes::cold_start::ColdStart;
use crate::panes::learning::Learning;
use crate::panes::new_item::NewItem;
use crate::panes::newcomer::Newcomer;
use crate::panes::off_policy::OffPolicy;
use crate::panes::policies::Policies;
use crate::panes::recommendations::Recommendations;
use crate::panes::strategies::Strategies;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '6',
    name: "Cold start",
    short: "Cold",
    panes: &[
        ColdStart::ID,
        Policies::ID,
        OffPolicy::ID,
        Newcomer::ID,
        Recommendations::ID,
        Learning::ID,
        NewItem::ID,
        Strategies::ID,
    ],
    first: 0,
    wide: &[&[
        (46, &[(62, 0), (38, 1)]),
        (24, &[(31, 3), (31, 4), (38, 7)]),
        (30, &[(31, 5), (31, 6), (38, 2)]),
    ]],
    medium: &[
        &[(14, &[(100, 0)]), (8, &[(100, 1)])],
        &[(10, &[(50, 3), (50, 4)]), (12, &[(50, 7), (50, 5)])],
        &[(100, &[(50, 6), (50, 2)])],
    ],
    actions: &[],
};
