//! Panes become screens. One folder a screen: which panes it has, how they stand, and what can be done on it alone.
//!
//! A screen is in the bar once it stands in [`SCREENS`].

mod cold_start;
mod data;
mod evaluate;
mod experiment;
mod explore;
mod factors;
mod hybrid;
mod neighbors;
mod pipeline;
mod why;

use crate::panes::{ActionRow, PaneId};

/// Rows of panes: (weight, columns), a column being (weight, pane by its place in the screen's list).
pub type Grid = &'static [(u16, &'static [(u16, usize)])];

/// One screen.
pub struct Screen {
    /// The key that switches to it; also its name in session files.
    pub digit: char,
    pub name: &'static str,
    /// In a few letters, for a narrow bar.
    pub short: &'static str,
    /// Its panes, in the order in which Tab reaches them.
    pub panes: &'static [PaneId],
    /// The pane where the keyboard starts, by its place.
    pub first: usize,
    /// From 120 columns: one page or several, of which that with the pane is shown that has the keyboard.
    pub wide: &'static [Grid],
    /// The same from 80.
    pub medium: &'static [Grid],
    /// What can be done on it, whichever of its panes has the keyboard.
    pub actions: &'static [ActionRow],
}

/// The registry, in the order of the bar: one line a screen.
pub static SCREENS: &[&Screen] = &[
    &explore::SCREEN,
    &neighbors::SCREEN,
    &factors::SCREEN,
    &why::SCREEN,
    &hybrid::SCREEN,
    &cold_start::SCREEN,
    &pipeline::SCREEN,
    &experiment::SCREEN,
    &evaluate::SCREEN,
    &data::SCREEN,
];

/// The screen with this key.
pub fn find_screen(digit: char) -> Option<usize> {
    SCREENS.iter().position(|s| s.digit == digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_pane_of_a_screen_is_registered_and_stands_once_in_each_form() {
        for screen in SCREENS {
            assert!(
                screen.panes.iter().all(|p| crate::panes::spec(*p).is_some()),
                "{}",
                screen.name
            );
            assert!(screen.first < screen.panes.len(), "{}", screen.name);
            for pages in [screen.wide, screen.medium] {
                let rows = pages.iter().copied().flatten();
                let places: Vec<usize> = rows.flat_map(|(_, c)| c.iter().map(|(_, p)| *p)).collect();
                let distinct: BTreeSet<usize> = places.iter().copied().collect();
                assert_eq!(places.len(), screen.panes.len(), "{}", screen.name);
                assert_eq!(distinct, (0..screen.panes.len()).collect(), "{}", screen.name);
            }
        }
        let digits: BTreeSet<char> = SCREENS.iter().map(|s| s.digit).collect();
        assert_eq!(digits.len(), SCREENS.len());
    }
}
