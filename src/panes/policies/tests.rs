use super::*;
use crate::bandit::{arms_of, parse_policies, simulate};
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Task;

fn view() -> PoliciesView {
    let arms = arms_of(&[0.1, 0.05, 0.05, 0.02]);
    let policies = parse_policies("thompson; epsilon-greedy; ucb1").unwrap();
    PoliciesView {
        result: Some(simulate(&arms, &policies, 2_000, 20, 42, &Task::unattended()).unwrap()),
        runs: 20,
        is_running: false,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Policies, &view(), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    let running = PoliciesView {
        runs: 200,
        is_running: true,
        ..view()
    };
    for view in [view(), running, PoliciesView::default()] {
        assert_contract(&Policies, &view);
    }
}

#[test]
fn regret_is_that_of_the_simulation_and_time_can_be_linear() {
    let view = view();
    let result = view.result.as_ref().unwrap();
    let regret = *result.policies[2].regret_mean.last().unwrap();
    let shown = text(&Policies, &view, &PaneState::default(), (70, 26));
    assert!(shown.contains(&Figures::with(1).text(regret)), "{shown}");
    assert!(
        shown.contains("pulls (log)") && shown.contains("LB = C ln T"),
        "{shown}"
    );
    let linear = PaneState {
        mode: LINEAR,
        ..PaneState::default()
    };
    assert!(!text(&Policies, &view, &linear, (70, 26)).contains("(log)"));
}
