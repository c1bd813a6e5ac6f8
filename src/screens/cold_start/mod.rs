//! Cold start: policies that learn which new item people like, once and over many runs; what a log would have told; a
//! newcomer who is asked, what strategies would show them, and how fast those learn real ones; and who would get a new item.
//!
//! ```text
//! ╭ Cold start ─────────────────────╮╭ Policies ──────╮
//! │                                 ││                │
//! ├ Newcomer ─┬ Recommendations ┬ Strategies ─────────┤
//! ├ Learning ─┴─┬ New item ─────┴┬ Off-policy ────────┤
//! ╰─────────────┴────────────────┴────────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::averages::Averages;
use crate::panes::cold_start::ColdStart;
use crate::panes::learning::Learning;
use crate::panes::new_item::NewItem;
use crate::panes::newcomer::Newcomer;
use crate::panes::off_policy::OffPolicy;
use crate::panes::recommendations::Recommendations;
use crate::panes::strategies::Strategies;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '6',
    name: "Cold start",
    short: "Cold",
    panes: &[
        ColdStart::ID,
        Averages::ID,
        OffPolicy::ID,
        Newcomer::ID,
        Recommendations::ID,
        Learning::ID,
        NewItem::ID,
        Strategies::ID,
    ],
    first: 0,
    wide: &[
        (46, &[(62, 0), (38, 1)]),
        (26, &[(33, 3), (28, 4), (39, 7)]),
        (28, &[(32, 5), (36, 6), (32, 2)]),
    ],
    medium: &[
        (2, &[(1, 0), (1, 1)]),
        (1, &[(1, 3), (1, 4)]),
        (1, &[(1, 7), (1, 5)]),
        (1, &[(1, 6), (1, 2)]),
    ],
    actions: &[],
};
