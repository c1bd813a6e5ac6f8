use super::*;
use crate::panes::PaneState;
use crate::panes::experiment::tests::seen;
use crate::panes::tests_common::{assert_contract, text, texts};

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Decisions, &seen(10, true), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in [seen(0, false), seen(10, true)] {
        assert_contract(&Decisions, &view);
    }
}

#[test]
fn the_plan_stands_before_the_verdict() {
    let shown = text(&Decisions, &seen(10, true), &PaneState::default(), (60, 14));
    let at = |word: &str| shown.find(word).unwrap_or_else(|| panic!("{word}: {shown}"));
    assert!(at("before anything is seen") < at("ship B") && at("ship B") < at("in truth"));
}
