use super::*;
use crate::answers::leaderboard::BoardState;
use crate::panes::leaderboard::tests::view as board;
use crate::panes::tests_common::{assert_contract, text};

/// What the screen gives it at 80×24, 120×40 and 200×60.
const SIZES: [(u16, u16); 3] = [(33, 10), (49, 21), (82, 34)];

fn state(mode: usize) -> PaneState {
    PaneState {
        mode,
        ..PaneState::default()
    }
}

#[test]
fn three_sizes() {
    let view = board(5, BoardState::Done);
    let one = |size: (u16, u16)| format!("[{}×{}]\n{}\n", size.0, size.1, text(&Users, &view, &state(0), size));
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
        assert_contract(&Users, &view);
    }
}

#[test]
fn the_mode_says_whose_users_they_are() {
    let view = board(3, BoardState::Stopped);
    let best = view.best().unwrap();
    for mode in 0..=view.rows.len() {
        let row = &view.rows[mode.checked_sub(1).unwrap_or(best)];
        let shown = text(&Users, &view, &state(mode), SIZES[1]);
        match &row.measured {
            None => assert!(shown.contains("not measured yet") && Users.rows(&view, &state(mode)) == 0),
            Some(measured) => {
                assert!(shown.contains(&format!("{}  median", row.model)), "{shown}");
                assert_eq!(Users.rows(&view, &state(mode)), measured.by_user().len());
            }
        }
    }
    // Round and round.
    assert_eq!(
        chosen(&view, &state(6)).map(|c| &c.0.model),
        chosen(&view, &state(0)).map(|c| &c.0.model)
    );
}

#[test]
fn users_stand_lowest_first_and_lead_to_themselves() {
    let view = board(5, BoardState::Done);
    let values = view.rows[2].measured.as_ref().unwrap().by_user();
    let rows = Users.rows(&view, &state(3));
    let shown: Vec<f64> = (0..rows)
        .map(|row| values[place_of(&view, &state(3), row).unwrap()])
        .collect();
    assert!(shown.is_sorted() && shown.len() == view.people.len());
    for row in 0..rows {
        let person = person(&view, &state(3), row).unwrap();
        assert_eq!(
            Users.target(&view, &state(3), row),
            Some(Target::Entity(Entity::User(person.user)))
        );
        assert_eq!(Users.row_text(&view, &state(3), row), person.label);
    }
}

#[test]
fn the_bars_hold_everybody() {
    for row in board(5, BoardState::Done).rows {
        let spread = &row.measured.as_ref().unwrap().spread;
        assert_eq!(spread.zero + spread.bins.iter().sum::<usize>(), spread.order.len());
    }
}

#[test]
fn what_is_taken_home_has_everybody_by_every_model() {
    let view = board(2, BoardState::Stopped);
    let table = Users.export(&view);
    assert_eq!(
        table.columns[2..],
        ["test_items", "ndcg@10 popularity", "ndcg@10 item-knn"]
    );
    assert_eq!(table.rows.len(), view.people.len());
    let mean = table.rows.iter().map(|r| match r[3] {
        Cell::Number(value) => value,
        _ => panic!("a user without a value"),
    });
    assert_eq!(
        Some(mean.sum::<f64>() / table.rows.len() as f64),
        view.rows[0].mean("ndcg@10")
    );
}
