use super::*;
use crate::answers::World;
use crate::experiment::simulate::{Behavior, Design, METRICS};
use crate::experiment::{Arm, Outcomes, Plan, PlanRule, VerdictKind};
use crate::models::Formula;
use crate::task::Task;

fn world() -> World {
    World::new(crate::models::tests_common::synthetic(60, 40), 42)
}

fn query(control: &str, treatment: &str) -> LabQuery {
    let formula = |text: &str| Formula::parse(text).unwrap();
    LabQuery {
        control: formula(control),
        treatment: formula(treatment),
        taste: Some(formula("als:factors=4,epochs=3")),
        people: 50,
        length: 10,
        seed: 42,
    }
}

fn plan(rule: PlanRule) -> Plan {
    Plan {
        metric: &METRICS[0],
        rule,
        alpha: 0.05,
        days: 4,
        share: 0.5,
        tau: 0.05,
    }
}

fn simulation(effect: f64, rule: PlanRule) -> Simulation {
    let (world, task) = (world(), Task::unattended());
    let lab = Lab::open(&world, &query("popularity", "popularity"), &task).unwrap();
    let behavior = Behavior {
        effect,
        ..Behavior::default()
    };
    let design = Design {
        users: 3_000,
        share: 0.5,
        before: 2,
        seed: 42,
    };
    Simulation::new(lab, behavior, design, plan(rule), &task).unwrap()
}

#[test]
fn an_effect_is_found_and_the_log_was_written_before() {
    let (mut simulation, task) = (simulation(0.3, PlanRule::Pocock), Task::unattended());
    let before = simulation.view();
    assert_eq!((before.day, before.log.len(), before.log[0].day), (0, 1, 0));
    assert!(before.log[0].text.contains("CTR by pocock") && before.metrics.iter().all(|m| m.a.is_none()));
    assert!(before.truth.better == "b" && before.truth.is_right.is_none());
    while simulation.step(&task).unwrap() {}
    assert!(!simulation.step(&task).unwrap());
    let view = simulation.view();
    assert_eq!(
        (view.verdict.kind, view.truth.is_right),
        (VerdictKind::ShipB, Some(true))
    );
    assert_eq!((view.days.len(), view.looks.len(), view.log.len()), (4, 4, 2));
    assert_eq!(view.users[0] + view.users[1], 3_000);
    let ctr = &view.metrics[0];
    let truth = view.truth.metrics[0].lift.unwrap();
    assert!(
        ctr.lift_low.unwrap() < truth && truth < ctr.lift_high.unwrap(),
        "{ctr:?} {truth}"
    );
    // What users were like before tells something of them.
    assert!(view.cuped.unwrap().more.variance_ratio.unwrap() < 1.0);
    assert_eq!(view.segments.iter().map(|s| s.users).sum::<u64>(), 3_000);
    let coverage = view.metrics.iter().find(|m| m.name == "coverage").unwrap();
    assert!(coverage.a.unwrap() > 0.0 && coverage.a.unwrap() <= 1.0);
}

#[test]
fn a_plan_that_comes_after_the_data_is_none() {
    let (mut simulation, task) = (simulation(0.3, PlanRule::Fixed), Task::unattended());
    simulation.step(&task).unwrap();
    simulation.replan(plan(PlanRule::Fixed));
    assert_eq!(simulation.view().log.len(), 1, "the same plan again is no change");
    simulation.replan(plan(PlanRule::Pocock));
    while simulation.step(&task).unwrap() {}
    let view = simulation.view();
    assert!(
        view.log[1].text.contains("changed after 1 days were seen"),
        "{:?}",
        view.log
    );
    assert!(view.verdict.sentence.contains("exploratory"));
}

#[test]
fn nobody_with_a_list_is_an_error() {
    let mut query = query("popularity", "item-knn");
    query.length = 0;
    let error = Lab::open(&world(), &query, &Task::unattended()).err().unwrap();
    assert!(error.to_string().contains("nobody has a list"));
    query.length = 5;
    query.taste = None;
    let lab = Lab::open(&world(), &query, &Task::unattended()).unwrap();
    let liked = lab.people.iter().flat_map(|p| &p.lists[0]).map(|l| l.liked);
    assert!(liked.clone().all(f64::is_finite) && liked.clone().any(|l| l != 0.0));
}

/// The same item has the same truth in both lists.
#[test]
fn arms_show_the_same_world() {
    let lab = Lab::open(&world(), &query("popularity", "item-knn"), &Task::unattended()).unwrap();
    let mut common = 0;
    for person in lab.people.iter() {
        for a in &person.lists[0] {
            for b in person.lists[1].iter().filter(|b| b.item == a.item) {
                assert_eq!(a, b);
                common += 1;
            }
        }
    }
    assert!(common > 50 && lab.items == 40);
}

#[test]
fn arms_of_a_table_are_held_against_the_control() {
    let arm = |name: &str, shift: f64| Arm {
        name: name.to_owned(),
        metric: (0..40).map(|k| f64::from(k % 7) + shift).collect(),
        ..Arm::default()
    };
    let outcomes = Outcomes {
        arms: vec![arm("old", 0.0), arm("new", 1.0), arm("odd", 3.0)],
        rows: 120,
        has_users: true,
    };
    let mut query = TabledQuery {
        control: None,
        shares: None,
        alpha: 0.05,
        draws: 200,
        seed: 1,
    };
    let task = Task::unattended();
    let view = tabled(&outcomes, &query, &task).unwrap();
    let welch: Vec<&TabledTest> = view.tests.iter().filter(|t| t.test.name == "welch").collect();
    assert_eq!(welch.len(), 2);
    // Holm: the smaller p is doubled, the larger stays.
    assert!((welch[1].p_adjusted.unwrap() - 2.0 * welch[1].test.p.unwrap()).abs() < 1e-15);
    assert_eq!(welch[0].p_adjusted, welch[0].test.p);
    assert_eq!(view.tests.last().unwrap().test.more.alarm, Some(false));
    query.control = Some("new".to_owned());
    let turned = tabled(&outcomes, &query, &task).unwrap();
    assert_eq!(turned.tests[0].test.estimate, Some(-1.0));
    query.control = Some("neu".to_owned());
    assert!(
        tabled(&outcomes, &query, &task)
            .unwrap_err()
            .to_string()
            .contains("new")
    );
    query.control = None;
    query.shares = Some(vec![1.0, 1.0]);
    assert!(tabled(&outcomes, &query, &task).is_err());
}
