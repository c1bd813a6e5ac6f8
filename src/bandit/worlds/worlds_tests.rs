use super::*;
use crate::bandit::{Simulation, arms_of, parse_policies, simulate, stream_of};
use crate::task::{Cancel, Pool, Task};

fn world(rates: &[f64], course: Option<Course>, delay: u64) -> World {
    World {
        arms: arms_of(rates).into(),
        course,
        delay,
    }
}

fn two_segments() -> Segments {
    Segments::new(vec![
        ("young".to_owned(), 3.0, vec![0.8, 0.2]),
        ("old".to_owned(), 1.0, vec![0.1, 0.6]),
    ])
}

/// The mean regret at the horizon of each policy, over 20 runs.
fn regrets(world: &World, policies: &str, horizon: u64) -> Vec<f64> {
    let policies = parse_policies(policies).unwrap();
    let result = simulate(world, &policies, horizon, 20, 3, &Task::unattended()).unwrap();
    let last = |p: &crate::bandit::PolicyResult| *p.regret_mean.last().unwrap();
    result.policies.iter().map(last).collect()
}

#[test]
fn pieces_change_at_once() {
    let world = world(&[0.1, 0.5, 0.9], Some(Course::Piecewise(Piecewise { every: 10 })), 0);
    let mut stream = stream_of(1, "test", 0);
    let mut now = world.begin(&mut stream);
    let course = world.course.clone().unwrap();
    for t in 1..40 {
        course.turn(t, &mut now, &mut stream);
        let expected = match t / 10 {
            1 => [0.9, 0.1, 0.5],
            2 => [0.5, 0.9, 0.1],
            _ => [0.1, 0.5, 0.9],
        };
        assert_eq!(now.means, expected, "at {t}");
    }
}

#[test]
fn a_walk_stays_a_rate_and_has_the_spread_of_its_steps() {
    let (mut stream, step) = (stream_of(1, "walk", 0), 0.01);
    let walk = Walk { step };
    let mut now = Moment {
        means: vec![0.5; 400],
        context: Vec::new(),
    };
    (0..=100).for_each(|t| walk.turn(t, &mut now, &mut stream));
    // 100 steps: a standard deviation of .1, far from both ends.
    let variance = now.means.iter().map(|m| (m - 0.5).powi(2)).sum::<f64>() / 400.0;
    assert!(
        (variance / 0.01 - 1.0).abs() < 6.0 * (2.0f64 / 400.0).sqrt(),
        "{variance}"
    );
    let wild = Walk { step: 3.0 };
    for t in 1..1000 {
        wild.turn(t, &mut now, &mut stream);
        assert!(now.means.iter().all(|m| (0.0..=1.0).contains(m)));
    }
}

#[test]
fn segments_come_by_their_shares_and_are_seen() {
    let segments = two_segments();
    let overall = segments.overall();
    assert!((overall[0] - 0.625).abs() < 1e-12 && (overall[1] - 0.3).abs() < 1e-12);
    let (mut stream, mut young) = (stream_of(1, "who", 0), 0.0);
    let mut now = Moment {
        means: Vec::new(),
        context: Vec::new(),
    };
    for _ in 0..10_000 {
        segments.turn(&mut now, &mut stream);
        assert!(
            now.context == [1.0, 0.0] && now.means == [0.8, 0.2]
                || now.context == [0.0, 1.0] && now.means == [0.1, 0.6]
        );
        young += now.context[0];
    }
    // 4.5 standard deviations of a count of 10,000 at .75.
    assert!((young - 7_500.0).abs() < 4.5 * 43.4, "{young}");
}

#[test]
fn who_looks_at_the_context_loses_less() {
    let segments = two_segments();
    let world = world(&segments.overall(), Some(Course::Segments(segments)), 0);
    let found = regrets(
        &world,
        "linucb; lints:v=0.5; logistic-thompson; thompson; random",
        3_000,
    );
    // Without the context the best that can be done is arm A for all: a quarter of the pulls lose .5.
    for (regret, name) in found.iter().zip(["linucb", "lints", "logistic-thompson"]) {
        assert!(*regret < 130.0, "{name}: {regret}");
    }
    assert!(found[3] > 340.0 && found[4] > found[3], "{found:?}");
}

#[test]
fn who_forgets_recovers() {
    let course = Some(Course::Piecewise(Piecewise { every: 1_500 }));
    let found = regrets(
        &world(&[0.9, 0.5, 0.1], course, 0),
        "random; thompson; discounted-thompson:gamma=0.99; sliding-window-thompson:tau=200; kl-ucb; \
         sliding-window-kl-ucb:tau=200; discounted-kl-ucb:gamma=0.99; discounted-ucb:gamma=0.99; \
         sliding-window-ucb:tau=200",
        6_000,
    );
    // Who is sure of an arm that was good once finds out late.
    assert!(found[2] < 0.4 * found[1] && found[3] < 0.4 * found[1], "{found:?}");
    assert!(found[5] < 0.9 * found[4], "{found:?}");
    assert!(found[6..].iter().all(|regret| *regret < 0.4 * found[0]), "{found:?}");
}

#[test]
fn late_outcomes_are_known_as_late_as_asked() {
    let delayed = world(&[0.2, 0.7], None, 25);
    let policies = parse_policies("thompson; ucb1; exp3; kl-ucb; sliding-window-ucb; imed; ucb-tuned; moss").unwrap();
    let mut run = Simulation::new(&delayed, &policies, 400, 6).unwrap();
    for t in 1..=400u64 {
        assert!(run.step());
        for lane in run.lanes() {
            assert_eq!(lane.t(), t);
            assert_eq!(lane.pulls().iter().sum::<u64>(), t);
            assert_eq!(lane.tally().total(), t.saturating_sub(25));
            if let Some(next) = (t < 400).then(|| lane.next_pull()) {
                assert!(
                    next.figures.iter().flatten().all(|f| f.is_finite()),
                    "{}",
                    lane.choice()
                );
            }
        }
    }
    // Each arm is begun with once, not pulled until its first outcome comes.
    let ucb1 = &run.lanes()[1];
    assert!(ucb1.pulls()[0] < 200);
    // What is told late is told in full, and waiting costs.
    let at_once = regrets(&world(&[0.2, 0.7], None, 0), "thompson", 2_000)[0];
    let late = regrets(&world(&[0.2, 0.7], None, 300), "thompson", 2_000)[0];
    assert!(late > at_once + 40.0, "{late} {at_once}");
}

#[test]
fn a_delay_of_none_changes_no_pull() {
    // The road through the bookkeeping of a changing world, with nothing that changes.
    let still = world(
        &[0.2, 0.7, 0.5],
        Some(Course::Piecewise(Piecewise { every: u64::MAX })),
        0,
    );
    let policies = parse_policies("thompson; exp3; kl-ucb; epsilon-greedy").unwrap();
    let mut a = Simulation::new(&still, &policies, 500, 6).unwrap();
    let mut b = Simulation::new(&arms_of(&[0.2, 0.7, 0.5]), &policies, 500, 6).unwrap();
    a.step_many(500, &Cancel::new()).unwrap();
    b.step_many(500, &Cancel::new()).unwrap();
    for (a, b) in a.view().lanes.iter().zip(b.view().lanes) {
        assert_eq!((&a.pulls, &a.successes, a.last), (&b.pulls, &b.successes, b.last));
        assert!((a.regret - b.regret).abs() < 1e-9);
        assert!((a.best_arm_share.unwrap() - b.best_arm_share.unwrap()).abs() < 1e-12);
    }
}

#[test]
fn changing_worlds_are_the_same_on_any_number_of_threads() {
    let segments = two_segments();
    let worlds = [
        world(&segments.overall(), Some(Course::Segments(segments)), 7),
        world(&[0.3, 0.6], Some(Course::Walk(Walk { step: 0.01 })), 0),
    ];
    let policies = parse_policies("lints; exp3; discounted-thompson").unwrap();
    for world in worlds {
        let with = |threads| {
            let task = Task {
                pool: Pool::new("bandit-test", threads),
                ..Task::default()
            };
            simulate(&world, &policies, 300, 12, 7, &task).unwrap()
        };
        let one = with(1);
        assert_eq!(one, with(3));
        assert!(one.lower_bound.is_none());
    }
}

#[test]
fn presets_are_rates() {
    for preset in &PRESETS {
        assert!(preset.rates().iter().all(|r| (0.0..=1.0).contains(r)) && !preset.doc.is_empty());
        assert_eq!(Preset::find(preset.name).map(|p| p.name), Some(preset.name));
    }
    assert_eq!(crate::bandit::parse_arms(" low-ctr ").unwrap().len(), 10);
}
