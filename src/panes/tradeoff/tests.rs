use super::*;
use crate::answers::leaderboard::BoardState;
use crate::panes::leaderboard::tests::view as board;
use crate::panes::tests_common::{assert_contract, text};

/// What the screen gives it at 80×24, 120×40 and 200×60.
const SIZES: [(u16, u16); 3] = [(37, 5), (46, 11), (78, 18)];

fn state(mode: usize) -> PaneState {
    PaneState {
        mode,
        ..PaneState::default()
    }
}

#[test]
fn three_sizes() {
    let view = board(5, BoardState::Done);
    let one = |size: (u16, u16)| format!("[{}×{}]\n{}\n", size.0, size.1, text(&Tradeoff, &view, &state(0), size));
    insta::assert_snapshot!(SIZES.map(one).join("\n"));
}

#[test]
fn it_keeps_the_contract() {
    for view in [
        board(5, BoardState::Done),
        board(1, BoardState::Running),
        LeaderboardView::default(),
    ] {
        assert_contract(&Tradeoff, &view);
    }
}

#[test]
fn the_front_is_what_none_beats() {
    let view = board(5, BoardState::Done);
    for (mode, against) in AGAINST.iter().enumerate() {
        let points = points(&view, mode);
        assert_eq!(points.len(), 5);
        let lower = against.2 == Better::Lower;
        for own in &points {
            let beats = |other: &&Point<'_>| {
                let better = if lower { other.x < own.x } else { other.x > own.x };
                let same = other.x == own.x;
                (better && other.accuracy >= own.accuracy) || (same && other.accuracy > own.accuracy)
            };
            assert_eq!(own.is_front, !points.iter().any(|other| beats(&other)), "{own:?}");
        }
        assert!(points.iter().any(|p| p.is_front), "{points:?}");
    }
    // In these figures coverage rises with accuracy: one model beats all.
    assert_eq!(points(&view, 0).iter().filter(|p| p.is_front).count(), 1);
}
