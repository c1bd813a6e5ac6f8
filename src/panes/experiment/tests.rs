use super::*;
use crate::answers::World;
use crate::answers::experiment::{Lab, LabQuery, Simulation};
use crate::engine::RunState;
use crate::experiment::interleave::interleave;
use crate::experiment::simulate::{Behavior, Design, METRICS};
use crate::experiment::{Plan, PlanRule};
use crate::models::Formula;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Task;

/// An experiment after so many days; with an effect that is soon seen.
pub fn seen(days: usize, truth: bool) -> ExperimentView {
    let world = World::new(crate::models::tests_common::synthetic(60, 40), 42);
    let task = Task::unattended();
    let formula = |text: &str| Formula::parse(text).unwrap();
    let query = LabQuery {
        control: formula("popularity"),
        treatment: formula("item-knn"),
        taste: None,
        people: 50,
        length: 10,
        seed: 42,
    };
    let lab = Lab::open(&world, &query, &task).unwrap();
    let behavior = Behavior {
        effect: 0.8,
        ..Behavior::default()
    };
    let design = Design {
        users: 1_500,
        share: 0.5,
        before: 3,
        seed: 42,
    };
    let plan = Plan {
        metric: &METRICS[0],
        rule: PlanRule::OBrienFleming,
        alpha: 0.05,
        days: 10,
        share: 0.5,
        tau: 0.05,
    };
    let interleaved = (days == 10).then(|| interleave(&lab.people, &behavior, 2_000, 42, &task).unwrap());
    let mut simulation = Simulation::new(lab, behavior, design, plan, &task).unwrap();
    for _ in 0..days {
        simulation.step(&task).unwrap();
    }
    ExperimentView {
        found: Some(simulation.view()),
        interleaved,
        report: None,
        state: Some(RunState::Paused),
        truth,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Experiment, &seen(10, true), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in [seen(1, false), seen(10, true), ExperimentView::default()] {
        assert_contract(&Experiment, &view);
    }
}

#[test]
fn the_truth_is_hidden_until_it_is_asked_for() {
    let state = PaneState::default();
    let hidden = text(&Experiment, &seen(10, false), &state, (90, 26));
    assert!(!hidden.contains("in truth") && !hidden.contains("truth"), "{hidden}");
    let line = |text: &str| {
        text.lines()
            .find(|l| l.contains("satisfied"))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(line(&hidden).contains('?'), "{hidden}");
    let shown = text(&Experiment, &seen(10, true), &state, (90, 26));
    assert!(shown.contains("in truth B is better: the verdict is right"), "{shown}");
    assert!(!line(&shown).contains('?'), "{shown}");
}
