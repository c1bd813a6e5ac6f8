use super::*;
use crate::answers::leaderboard::BoardState;
use crate::panes::leaderboard::tests::view as board;
use crate::panes::tests_common::{assert_contract, text};

/// What the screen gives it at 80×24, 120×40 and 200×60.
const SIZES: [(u16, u16); 3] = [(39, 5), (68, 11), (116, 18)];

#[test]
fn three_sizes() {
    let view = board(5, BoardState::Done);
    let shown = |size| text(&Slices, &view, &PaneState::default(), size);
    let one = |size: (u16, u16)| format!("[{}×{}]\n{}\n", size.0, size.1, shown(size));
    insta::assert_snapshot!(SIZES.map(one).join("\n"));
}

#[test]
fn it_keeps_the_contract() {
    for view in [
        board(5, BoardState::Done),
        board(1, BoardState::Running),
        board(0, BoardState::Asks),
        LeaderboardView::default(),
    ] {
        assert_contract(&Slices, &view);
    }
}

#[test]
fn a_group_has_the_mean_of_its_users_and_one_is_the_worst() {
    let view = board(5, BoardState::Done);
    assert!(view.slices.len() >= 4, "{:?}", view.slices);
    for model in 0..5 {
        let worst: Vec<&SliceRow> = view.slices.iter().filter(|slice| slice.worst[model]).collect();
        let lowest = view
            .slices
            .iter()
            .filter_map(|slice| slice.means[model])
            .fold(1.0, f64::min);
        assert_eq!(worst.len(), 1);
        assert_eq!(worst[0].means[model], Some(lowest));
        // Nobody is twice in the quarters by ratings, and there are groups on either side of the mean of all.
        let quarters: Vec<&SliceRow> = view.slices.iter().filter(|slice| slice.by == "ratings").collect();
        let users: usize = quarters.iter().map(|slice| slice.users).sum();
        assert!(quarters.len() >= 2 && users <= view.people.len(), "{quarters:?}");
        let all = view.rows[model].mean(LEAD).unwrap();
        let means = || view.slices.iter().filter_map(|slice| slice.means[model]);
        assert!(means().any(|mean| mean < all) && means().any(|mean| mean > all));
    }
}
