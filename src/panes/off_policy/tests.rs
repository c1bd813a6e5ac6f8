use super::*;
use crate::answers::{OffPolicyQuery, off_policy};
use crate::bandit::ope::Knobs;
use crate::bandit::{arms_of, parse_policies};
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Cancel;

fn view(logger: &str) -> OffPolicyView {
    let query = OffPolicyQuery {
        arms: arms_of(&[0.1, 0.3, 0.2]),
        logger: parse_policies(logger).unwrap().remove(0),
        target: 1,
        rows: 4_000,
        seed: 42,
        knobs: Knobs { clip: 10.0, tau: 10.0 },
    };
    off_policy::compute(&query, &Cancel::new()).unwrap()
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(
        &OffPolicy,
        &view("epsilon-greedy:epsilon=0.2"),
        &PaneState::default()
    ));
}

#[test]
fn it_keeps_the_contract() {
    for logger in ["random", "epsilon-greedy", "softmax", "exp3"] {
        assert_contract(&OffPolicy, &view(logger));
    }
}

#[test]
fn what_is_right_on_average_is_near_the_truth() {
    // Four standard errors: one in sixteen thousand is outside.
    for logger in ["random", "epsilon-greedy:epsilon=0.2", "exp3"] {
        let view = view(logger);
        for name in ["ips", "snips", "dr", "sndr"] {
            let found = view.found.estimators.iter().find(|e| e.name == name).unwrap();
            let off = (found.value.unwrap() - view.truth) / found.stderr.unwrap();
            assert!(off.abs() < 4.0, "{logger} {name}: {off}");
        }
    }
}

#[test]
fn the_truth_stands_in_the_head() {
    let shown = text(&OffPolicy, &view("random"), &PaneState::default(), (60, 14));
    assert!(
        shown.contains("truth .300") && shown.contains("4,000 rows by random"),
        "{shown}"
    );
}
