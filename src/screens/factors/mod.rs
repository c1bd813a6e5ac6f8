//! Factors: the latent space large, with the list of the subject beside it.

use super::Screen;
use crate::panes::Pane;
use crate::panes::factors::Factors;
use crate::panes::recommendations::Recommendations;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '3',
    name: "Factors",
    short: "Fact",
    panes: &[Factors::ID, Recommendations::ID],
    first: 1,
    wide: &[&[(100, &[(70, 0), (30, 1)])]],
    medium: &[&[(60, &[(100, 0)]), (40, &[(100, 1)])]],
    actions: &[],
};
