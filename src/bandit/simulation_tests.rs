use super::*;
use crate::bandit::{POLICIES, arms_of, parse_policies, simulate};
use crate::task::Task;

const MEANS: [f64; 4] = [0.1, 0.3, 0.25, 0.05];

fn all_policies() -> Vec<PolicyChoice> {
    POLICIES.iter().copied().map(PolicyChoice::of).collect()
}

#[test]
fn steps_are_those_of_simulate() {
    let (arms, policies) = (arms_of(&MEANS), all_policies());
    let mut simulation = Simulation::new(&arms, &policies, 300, 5).unwrap();
    for _ in 0..100 {
        assert!(simulation.step());
    }
    simulation.step_many(1_000, &Cancel::new()).unwrap();
    assert!(simulation.is_finished() && !simulation.step());
    let at_once = simulate(&arms, &policies, 300, 1, 5, &Task::unattended()).unwrap();
    for (lane, result) in simulation.view().lanes.iter().zip(&at_once.policies) {
        assert_eq!(lane.name, result.name);
        assert_eq!(lane.pulls.iter().map(|&n| n as f64).collect::<Vec<_>>(), result.pulls);
        assert_eq!(result.checkpoints, [10, 100, 300]);
        let at = |t: u64| lane.curve.iter().find(|p| p.0 == t).map(|p| p.1);
        assert_eq!(result.regret_mean, [10, 100, 300].map(|t| at(t).unwrap()));
        assert_eq!(lane.best_arm_share, result.best_arm_share.last().copied());
    }
}

#[test]
fn what_is_announced_is_what_is_pulled() {
    let mut simulation = Simulation::new(&arms_of(&MEANS), &all_policies(), 250, 9).unwrap();
    while !simulation.is_finished() {
        let announced: Vec<NextPull> = simulation.lanes().iter().map(Lane::next_pull).collect();
        simulation.step();
        for (lane, next) in simulation.lanes().iter().zip(announced) {
            let last = lane.last().unwrap();
            assert_eq!((last.arm, last.how), (next.arm, next.how), "{}", lane.choice());
        }
    }
}

#[test]
fn a_reset_repeats_and_another_seed_does_not() {
    let mut simulation = Simulation::new(&arms_of(&MEANS), &all_policies(), 500, 1).unwrap();
    let begun = simulation.view();
    simulation.step_many(200, &Cancel::new()).unwrap();
    let snapshot = simulation.clone();
    let first = simulation.view();
    assert_eq!((first.t, first.lanes[0].curve.last().unwrap().0), (200, 200));
    simulation.step_many(50, &Cancel::new()).unwrap();
    assert_eq!(snapshot.view(), first);
    simulation.reset();
    assert_eq!(simulation.view(), begun);
    simulation.step_many(200, &Cancel::new()).unwrap();
    assert_eq!(simulation.view(), first);
    simulation.reset_with(2);
    simulation.step_many(200, &Cancel::new()).unwrap();
    assert_ne!(simulation.view().lanes, first.lanes);
}

#[test]
fn counts_regret_and_posteriors_belong_together() {
    let mut simulation = Simulation::new(&arms_of(&MEANS), &all_policies(), 10_000, 3).unwrap();
    simulation.step_many(7_777, &Cancel::new()).unwrap();
    for lane in simulation.view().lanes {
        assert_eq!(lane.pulls.iter().sum::<u64>(), 7_777);
        let regret: f64 = lane.pulls.iter().zip(MEANS).map(|(&n, m)| n as f64 * (0.3 - m)).sum();
        assert!((lane.regret - regret).abs() < 1e-9);
        assert_eq!(lane.best_arm_share, Some(lane.pulls[1] as f64 / 7_777.0));
        assert!(lane.curve.len() <= CURVE + 1 && lane.curve.is_sorted_by(|a, b| a.0 < b.0 && a.1 <= b.1));
        assert_eq!(lane.curve.last(), Some(&(7_777, lane.regret)));
        for ((posterior, s), n) in lane.posteriors.iter().zip(lane.successes).zip(lane.pulls) {
            assert_eq!(
                (posterior.alpha, posterior.beta),
                (1.0 + s as f64, 1.0 + (n - s) as f64)
            );
        }
    }
    let jeffreys = parse_policies("thompson:alpha=0.5,beta=0.5").unwrap();
    let fresh = Simulation::new(&arms_of(&MEANS), &jeffreys, 10, 3).unwrap();
    assert_eq!(fresh.lanes()[0].posteriors()[0].beta, 0.5);
    assert!(fresh.curve(0).is_empty() && fresh.curve(1).is_empty());
}

#[test]
fn odd_arms_make_no_odd_numbers() {
    for means in [vec![0.0], vec![1.0, 1.0], vec![0.0, 1.0, 0.0], vec![0.5; 3]] {
        let mut simulation = Simulation::new(&arms_of(&means), &all_policies(), 200, 8).unwrap();
        simulation.step_many(150, &Cancel::new()).unwrap();
        let text = serde_json::to_string(&simulation.view()).unwrap();
        let numbers = text.replace("\"last\":null", "").replace("\"next\":null", "");
        // serde_json writes a number that is not finite as null.
        assert!(!numbers.contains("null"), "{text}");
    }
}

#[test]
fn what_cannot_be_played_is_refused_in_one_sentence() {
    let policies = all_policies();
    let refused = |arms: &[f64], policies: &[PolicyChoice], horizon| {
        Simulation::new(&arms_of(arms), policies, horizon, 1)
            .err()
            .map(|e| e.to_string())
            .unwrap()
    };
    assert!(refused(&[], &policies, 10).starts_with("there are no arms"));
    assert!(refused(&[0.5, f64::NAN], &policies, 10).starts_with("arm B has the success rate NaN"));
    assert!(refused(&[0.5], &[], 10).starts_with("there is no policy"));
    assert_eq!(
        refused(&[0.5], &policies, 0),
        "the horizon is 0, but must be between 1 and 1000000000 pulls"
    );
}

#[test]
fn a_cancelled_run_stops_between_steps() {
    let mut simulation = Simulation::new(&arms_of(&MEANS), &all_policies(), 1_000, 1).unwrap();
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(simulation.step_many(100, &cancel).is_err());
    assert_eq!(simulation.t(), 0);
}

#[test]
fn an_arm_can_be_changed_and_added_on_the_way() {
    for policy in all_policies() {
        let mut run = Simulation::new(&arms_of(&[0.2, 0.4]), std::slice::from_ref(&policy), 4_000, 5).unwrap();
        run.step_many(500, &Cancel::new()).unwrap();
        let before = run.view().lanes[0].clone();
        assert!(run.is_stationary());
        run.set_rate(0, 0.6);
        run.add_arm(Arm {
            guess: None,
            id: "new".to_owned(),
            label: "new".to_owned(),
            mean: 1.0,
        });
        assert!(!run.is_stationary());
        // What was lost so far stays lost, and what was pulled stays pulled.
        let now = run.view().lanes[0].clone();
        assert_eq!(
            (now.regret, &now.pulls[..2], now.pulls[2]),
            (before.regret, &before.pulls[..], 0)
        );
        assert_eq!(now.posteriors.len(), 3, "{policy}");
        if let Some(next) = now.next {
            assert_eq!(next.figures.len(), 3, "{policy}");
        }
        run.step_many(3_500, &Cancel::new()).unwrap();
        let after = run.view().lanes[0].clone();
        assert_eq!(after.pulls.iter().sum::<u64>(), 4_000, "{policy}");
        assert!(after.pulls[2] > 0, "{policy} never tried the new arm");
        // Every pull but of the new arm loses what its rate is below 1.
        let lost = |arm: usize, rate: f64| (after.pulls[arm] - before.pulls[arm]) as f64 * (1.0 - rate);
        let regret = before.regret + lost(0, 0.6) + lost(1, 0.4);
        assert!(
            (after.regret - regret).abs() < 1e-6,
            "{policy}: {} {regret}",
            after.regret
        );
        // Begun again, it is a world with three arms from the start.
        run.reset();
        assert!(run.is_stationary());
        run.step_many(100, &Cancel::new()).unwrap();
        assert_eq!(run.view().lanes[0].pulls.iter().sum::<u64>(), 100);
    }
}

#[test]
fn a_new_arm_takes_nothing_of_what_was_learned() {
    let policies = parse_policies("exp3; linucb; squarecb; discounted-ucb; sliding-window-ucb:tau=50").unwrap();
    let mut run = Simulation::new(&arms_of(&[0.2, 0.6, 0.4]), &policies, 4_000, 5).unwrap();
    run.step_many(700, &Cancel::new()).unwrap();
    let figures = |run: &Simulation| -> Vec<Vec<f64>> {
        let next = run.lanes().iter().map(Lane::next_pull);
        next.map(|n| n.figures.into_iter().flatten().collect()).collect()
    };
    let before = figures(&run);
    let mut arm = arms_of(&[0.5]).remove(0);
    "new".clone_into(&mut arm.id);
    run.add_arm(arm);
    let after = figures(&run);
    let close = |a: f64, b: f64, what: &str| assert!((a - b).abs() < 1e-9 * a.abs().max(1.0), "{what}: {a} {b}");
    // The weights of exp3 stand to each other as before, and the new one is their average.
    let weights = |p: &[f64]| {
        let share = 0.1 / p.len() as f64;
        p.iter().map(|p| (p - share) / 0.9).collect::<Vec<_>>()
    };
    let (old, new) = (weights(&before[0]), weights(&after[0]));
    for k in 0..3 {
        close(new[k] / new[1], old[k] / old[1], "exp3");
    }
    close(new[3], 0.25, "exp3's new arm");
    // What contexts taught of an arm is its own; so are counts that forget.
    for policy in [1, 3, 4] {
        for k in 0..3 {
            close(
                after[policy][k],
                before[policy][k],
                run.lanes()[policy].choice().spec().name,
            );
        }
    }
    // Of squarecb the gaps stay: 1/p = K + gap, where an arm is not the best.
    let best = (0..3).max_by(|a, b| before[2][*a].total_cmp(&before[2][*b])).unwrap();
    for k in (0..3).filter(|k| *k != best) {
        close(1.0 / after[2][k], 1.0 / before[2][k] + 1.0, "squarecb");
    }
}
