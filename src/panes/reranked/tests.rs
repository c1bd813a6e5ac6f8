use super::*;
use crate::answers::{HybridQuery, Moved, Swaps, Whose, World, hybrid};
use crate::data::UserIx;
use crate::models::formula::DialValue;
use crate::models::tests_common::synthetic;
use crate::panes::tests_common::{assert_contract, filtered, text, texts};
use crate::task::Task;

/// The list of the first user after the first weight became 0, or as it was.
fn view(turned: bool) -> HybridView {
    let world = World::new(synthetic(20, 30), 42);
    let before = Formula::parse("0.6*item-knn + 0.3*ease + 0.1*popularity").unwrap();
    let task = Task::unattended();
    world.fit(&before, &task).unwrap();
    let query = HybridQuery {
        whose: Whose::User(UserIx(0)),
        formula: if turned {
            before.turned("1.weight", DialValue::Number(0.0)).unwrap()
        } else {
            before.clone()
        },
        against: before,
        n: 20,
        swaps: Swaps::None,
    };
    hybrid::compute(&world, &query, &task).unwrap()
}

#[test]
fn three_sizes_turned() {
    insta::assert_snapshot!(texts(&Reranked, &view(true), &PaneState::default()));
}

#[test]
fn contract() {
    assert_contract(&Reranked, &view(true));
    assert_contract(&Reranked, &view(false));
    let nothing = HybridView {
        rows: Vec::new(),
        note: Some("no item has a score".into()),
        ..view(true)
    };
    assert_contract(&Reranked, &nothing);
}

#[test]
fn old_ranks_and_moves_are_shown_once_something_is_turned() {
    let (still, moved) = (view(false), view(true));
    let state = PaneState::default();
    let shown = text(&Reranked, &still, &state, (76, 26));
    assert!(!shown.contains("was") && shown.contains("turn a dial"), "{shown}");
    let shown = text(&Reranked, &moved, &state, (76, 26));
    assert!(
        shown.contains("was") && shown.contains("rank-biased overlap"),
        "{shown}"
    );
    for (row, line) in moved.rows.iter().zip(shown.lines().skip(1)).take(10) {
        let old = row.old_rank.map(|n| n.to_string()).unwrap_or_default();
        let cells: Vec<&str> = line.split_whitespace().collect();
        assert_eq!(
            (cells[0], cells[1]),
            (row.rank.to_string().as_str(), old.as_str()),
            "{line}"
        );
        let mark = match row.moved {
            Moved::New => "★".to_owned(),
            Moved::By(0) => "=".to_owned(),
            Moved::By(n) if n > 0 => format!("▲{n}"),
            Moved::By(n) => format!("▼{}", -n),
        };
        assert_eq!(cells[2], mark, "{line}");
    }
}

#[test]
fn rows_are_found_and_taken_home() {
    let view = view(true);
    let state = PaneState {
        filter: view.rows[2].label.clone(),
        ..PaneState::default()
    };
    assert!(filtered(&Reranked, &view, &state, (76, 20)).contains(&view.rows[2].label));
    let table = Reranked.export(&view);
    assert_eq!(table.columns.len(), 5 + 3);
    assert_eq!(table.rows.len(), view.rows.len());
}
