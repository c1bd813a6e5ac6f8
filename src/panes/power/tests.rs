use super::question::planned;
use super::*;
use crate::panes::tests_common::{assert_contract, text, texts};

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Power, &planned(0.04, 0.25), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for (baseline, effect) in [(0.04, 0.25), (0.5, -0.5), (0.9, 5.0), (0.04, 0.0), (0.0001, 0.01)] {
        assert_contract(&Power, &planned(baseline, effect));
    }
}

#[test]
fn the_published_size_is_shown() {
    let shown = text(&Power, &planned(0.04, 0.25), &PaneState::default(), (48, 15));
    assert!(shown.contains("6,745 users an arm, 3 days"), "{shown}");
    // Twice the effect needs about a quarter.
    let rows = planned(0.04, 0.25).rows;
    let ratio = rows[2].n.unwrap() / rows[3].n.unwrap();
    assert!((3.0..4.5).contains(&ratio), "{ratio}");
}
