//! Data: what is in the dataset, and what was noticed while it was read.

use super::Screen;
use crate::panes::Pane;
use crate::panes::data::Data;

/// The screen.
pub static SCREEN: Screen = Screen {
    digit: '0',
    name: "Data",
    short: "Data",
    panes: &[Data::ID],
    first: 0,
    wide: &[&[(100, &[(100, 0)])]],
    medium: &[&[(100, &[(100, 0)])]],
    actions: &[],
};
