//! Experiment: two formulas against each other on simulated users, with a truth to reveal at the end; what peeking and clickbait do,
//! what interleaving saves, and how many users are needed.
//!
//! ```text
//! ╭ Experiment ──────────────────╮╭ Sequential ────╮╭ Decisions ─╮
//! ├ Interleaving ┬ Peeking ──────┴┬ Clickbait ─────┴┬ Power ─────┤
//! ╰──────────────┴────────────────┴─────────────────┴────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::decisions::Decisions;
use crate::panes::experiment::{Experiment, RUN_ACTIONS};
use crate::panes::interleaving::Interleaving;
use crate::panes::peeking::Peeking;
use crate::panes::pitfall::PitfallPane;
use crate::panes::power::Power;
use crate::panes::sequential::Sequential;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '8',
    name: "Experiment",
    short: "Exp",
    panes: &[
        Experiment::ID,
        Sequential::ID,
        Decisions::ID,
        Interleaving::ID,
        Peeking::ID,
        PitfallPane::ID,
        Power::ID,
    ],
    first: 0,
    wide: &[&[
        (54, &[(50, 0), (30, 1), (20, 2)]),
        (46, &[(28, 3), (25, 4), (25, 5), (22, 6)]),
    ]],
    medium: &[&[
        (9, &[(58, 0), (42, 1)]),
        (6, &[(42, 2), (58, 3)]),
        (6, &[(34, 4), (34, 5), (32, 6)]),
    ]],
    actions: RUN_ACTIONS,
};
