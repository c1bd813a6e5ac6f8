use super::*;
use crate::experiment::peeking::{Rule, peek};
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Task;

fn view(rule: Rule, looks: usize) -> PeekingView {
    PeekingView {
        found: Some(peek(rule, looks, 1_000, 0.05, 42, &Task::unattended()).unwrap()),
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Peeking, &view(Rule::Fixed, 5), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let always = Rule::Msprt { tau2: 0.01, burn_in: 3 };
    for view in [
        view(Rule::Fixed, 1),
        view(Rule::Pocock, 20),
        view(always, 300),
        PeekingView::default(),
    ] {
        assert_contract(&Peeking, &view);
    }
}

#[test]
fn five_looks_are_seen_and_exact() {
    let shown = text(&Peeking, &view(Rule::Fixed, 5), &PaneState::default(), (48, 15));
    assert!(
        shown.contains("exactly .142") && shown.contains("5 looks  false alarms .1"),
        "{shown}"
    );
}
