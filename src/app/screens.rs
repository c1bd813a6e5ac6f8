//! The screens: which panes each has and how they stand. A screen is in the bar once it is here.

use crate::panes::PaneId;

/// Rows of panes: (weight, columns), a column being (weight, pane by its place in the list).
pub type Grid = &'static [(u16, &'static [(u16, usize)])];

/// One screen.
#[derive(Debug, PartialEq)]
pub struct Screen {
    /// The key that switches to it.
    pub digit: char,
    /// As the bar calls it.
    pub name: &'static str,
    /// In a few letters, for a narrow bar.
    pub short: &'static str,
    /// Its panes, in the order in which Tab reaches them.
    pub panes: &'static [PaneId],
    /// From 120 columns.
    pub wide: Grid,
    /// From 80.
    pub medium: Grid,
}

/// Panes of Explore.
pub const PROFILE: PaneId = PaneId("profile");
/// The list.
pub const RECOMMENDATIONS: PaneId = PaneId("recommendations");
/// The explanation.
pub const WHY: PaneId = PaneId("why");
/// Who or what is near.
pub const NEIGHBORS: PaneId = PaneId("neighbors");
/// Latent factors.
pub const FACTORS: PaneId = PaneId("factors");
/// The bandit.
pub const COLD_START: PaneId = PaneId("cold_start");

/// Models side by side.
pub const LEADERBOARD: PaneId = PaneId("leaderboard");
/// What the leaderboard teaches.
pub const LESSON: PaneId = PaneId("lesson");
/// For whom a model does well, and for whom not.
pub const USERS: PaneId = PaneId("users");

/// What is in the dataset.
pub const DATA: PaneId = PaneId("data");

/// The screens, in the order of the bar.
pub static SCREENS: &[Screen] = &[
    Screen {
        digit: '1',
        name: "Explore",
        short: "Expl",
        panes: &[PROFILE, RECOMMENDATIONS, WHY, NEIGHBORS, FACTORS, COLD_START],
        wide: &[(59, &[(29, 0), (40, 1), (34, 2)]), (41, &[(29, 3), (40, 4), (34, 5)])],
        medium: &[(9, &[(5, 0), (6, 1)]), (8, &[(5, 3), (6, 2)]), (6, &[(5, 4), (6, 5)])],
    },
    Screen {
        digit: '3',
        name: "Factors",
        short: "Fact",
        panes: &[FACTORS, RECOMMENDATIONS],
        wide: &[(100, &[(70, 0), (30, 1)])],
        medium: &[(60, &[(100, 0)]), (40, &[(100, 1)])],
    },
    Screen {
        digit: '9',
        name: "Evaluate",
        short: "Eval",
        panes: &[LEADERBOARD, LESSON, USERS],
        wide: &[(38, &[(100, 0)]), (62, &[(58, 1), (42, 2)])],
        medium: &[(10, &[(100, 0)]), (12, &[(57, 1), (43, 2)])],
    },
    Screen {
        digit: '0',
        name: "Data",
        short: "Data",
        panes: &[DATA],
        wide: &[(100, &[(100, 0)])],
        medium: &[(100, &[(100, 0)])],
    },
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
    fn every_pane_of_a_screen_stands_once_in_each_form() {
        for screen in SCREENS {
            for grid in [screen.wide, screen.medium] {
                let places: Vec<usize> = grid.iter().flat_map(|(_, c)| c.iter().map(|(_, p)| *p)).collect();
                let distinct: BTreeSet<usize> = places.iter().copied().collect();
                assert_eq!(places.len(), screen.panes.len(), "{}", screen.name);
                assert_eq!(distinct, (0..screen.panes.len()).collect(), "{}", screen.name);
            }
        }
        let digits: BTreeSet<char> = SCREENS.iter().map(|s| s.digit).collect();
        assert_eq!(digits.len(), SCREENS.len());
    }
}
