use super::*;
use crate::experiment::pitfall::Pitfall;
use crate::panes::PaneState;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Task;

fn view(pitfall: Pitfall, users: usize) -> PitfallView {
    pitfall.simulate(users, 60, 42, &Task::unattended()).unwrap()
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(
        &PitfallPane,
        &view(Pitfall::default(), 500),
        &PaneState::default()
    ));
}

#[test]
fn it_keeps_the_contract() {
    let never = Pitfall {
        sensitivity: 0.005,
        ..Pitfall::default()
    };
    for view in [view(Pitfall::default(), 50), view(never, 50), PitfallView::default()] {
        assert_contract(&PitfallPane, &view);
    }
}

#[test]
fn a_short_test_ships_bait() {
    let shown = text(
        &PitfallPane,
        &view(Pitfall::default(), 2_000),
        &PaneState::default(),
        (60, 20),
    );
    assert!(
        shown.contains("14 days say ship A") && shown.contains("60 days say ship B"),
        "{shown}"
    );
    assert!(shown.contains("closed form day 13.4"), "{shown}");
}
