//! What actions of panes want of the explorer: a pane to be shown, somebody to pick something.

use super::action::Cx;
use super::layers::{models, picker};
use super::verbs::going;
use crate::panes::Wish;

/// Does what was wished for, if anything was.
pub fn grant(cx: &mut Cx<'_>) {
    match cx.state.shared.wish.take() {
        Some(Wish::Show(pane)) => going::show_pane(cx, pane),
        Some(Wish::Pick(picks)) => picker::open_for(cx, picks),
        Some(Wish::Guest) => going::become_guest_of_rows(cx),
        Some(Wish::Model(take)) => models::open_for(cx, take),
        None => {}
    }
}
