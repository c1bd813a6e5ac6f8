use super::*;
use crate::panes::PaneState;
use crate::panes::experiment::tests::seen;
use crate::panes::tests_common::{assert_contract, text, texts};

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Sequential, &seen(10, true), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in [seen(0, false), seen(10, true)] {
        assert_contract(&Sequential, &view);
    }
}

#[test]
fn todays_look_is_told_by_every_rule() {
    let view = seen(10, false);
    let shown = text(&Sequential, &view, &PaneState::default(), (100, 24));
    for word in [
        "z ",
        "always valid p",
        "Pocock 2.56",
        "O'Brien-Fleming 2.09",
        "level of peeking so far .193",
    ] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}
