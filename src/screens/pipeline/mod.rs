//! Pipeline: the nightly batch, a request's way through all stages, the list that comes of it, and a session to try it with; on a
//! second page what a graph of neighbors finds of the exact answer.
//!
//! ```text
//! ╭ Nightly batch ───────────────────────╮
//! ├ Request ────────────┬ Rank flow ─────┤
//! │                     │                │
//! ├ Session ────────────┴────────────────┤
//! ╰──────────────────────────────────────╯
//! ╭ Retrieval ───────────────────────────╮
//! ╰──────────────────────────────────────╯
//! ```

use super::Screen;
use crate::panes::Pane;
use crate::panes::nightly::Nightly;
use crate::panes::rank_flow::RankFlow;
use crate::panes::request::RequestPane;
use crate::panes::retrieval::Retrieval;
use crate::panes::simulator::{self, Simulator};

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '7',
    name: "Pipeline",
    short: "Pipe",
    panes: &[RequestPane::ID, RankFlow::ID, Simulator::ID, Nightly::ID, Retrieval::ID],
    first: 1,
    wide: &[
        &[(17, &[(100, 3)]), (50, &[(60, 0), (40, 1)]), (33, &[(100, 2)])],
        &[(100, &[(100, 4)])],
    ],
    medium: &[
        &[(58, &[(58, 0), (42, 1)]), (42, &[(58, 2), (42, 3)])],
        &[(100, &[(100, 4)])],
    ],
    actions: simulator::ACTIONS,
};
