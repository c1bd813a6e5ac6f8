use super::*;
use crate::panes::PaneState;
use crate::panes::experiment::tests::seen;
use crate::panes::tests_common::{assert_contract, text, texts};

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Interleaving, &seen(10, true), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in [seen(3, false), seen(10, true)] {
        assert_contract(&Interleaving, &view);
    }
}

#[test]
fn sessions_and_classes_are_shown() {
    let shown = text(&Interleaving, &seen(10, true), &PaneState::default(), (60, 14));
    for word in ["B wins", "ties", "sign test p", "by A/B", "light", "heavy"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
    let before = text(&Interleaving, &seen(3, false), &PaneState::default(), (60, 14));
    assert!(before.contains("after the last day"), "{before}");
}
