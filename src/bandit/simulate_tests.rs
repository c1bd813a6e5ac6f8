use std::sync::{Arc, Mutex};

use super::*;
use crate::bandit::{POLICIES, arms_of, parse_policies};
use crate::task::{Pool, Progress};

fn all_policies() -> Vec<PolicyChoice> {
    POLICIES.iter().copied().map(PolicyChoice::of).collect()
}

/// Mean and standard error of the pseudo-regret on two arms of .9 and .8 after 5000 pulls, from 5000 runs of an
/// independent simulator: the scenario of Garivier and Cappé's figures.
const TWO_ARMS: [(&str, f64, f64); 12] = [
    ("random", 250.05, 0.05),
    ("epsilon-greedy", 30.8, 0.2),
    ("ucb1", 64.59, 0.18),
    ("ucb-tuned", 16.0, 0.26),
    ("moss", 24.47, 0.13),
    ("kl-ucb", 12.88, 0.10),
    ("kl-ucb-plus", 9.07, 0.09),
    ("imed", 9.28, 0.09),
    ("bayes-ucb", 9.56, 0.34),
    ("thompson", 9.04, 0.21),
    ("thompson:alpha=0.5,beta=0.5", 9.92, 0.23),
    ("exp3", 62.1, 0.5),
];

/// Plays the scenario and says how far off each policy is, in standard errors of the difference.
fn two_arms(runs: u64, seed: u64) -> Vec<(String, f64, f64)> {
    let names: Vec<&str> = TWO_ARMS.iter().map(|row| row.0).collect();
    let policies = parse_policies(&names.join("; ")).unwrap();
    let task = Task {
        pool: Pool::new("bandit-test", 2),
        ..Task::default()
    };
    let result = simulate(&arms_of(&[0.9, 0.8]), &policies, 5000, runs, seed, &task).unwrap();
    let row = |(found, expected): (&PolicyResult, &(&str, f64, f64))| {
        assert_eq!(found.name, expected.0);
        let (mean, error) = (found.regret_mean[3], found.regret_stderr[3].unwrap());
        let off = (mean - expected.1) / (error * error + expected.2 * expected.2).sqrt();
        (found.name.clone(), mean, off)
    };
    result.policies.iter().zip(&TWO_ARMS).map(row).collect()
}

#[test]
fn regrets_meet_an_independent_simulator() {
    for (name, mean, off) in two_arms(150, 42) {
        assert!(off.abs() <= 4.0, "{name}: {mean} is {off} standard errors off");
    }
}

#[test]
#[ignore = "some minutes in release: cargo test --release --lib bandit -- --ignored --nocapture"]
fn regrets_meet_an_independent_simulator_closely() {
    for (name, mean, off) in two_arms(5000, 1) {
        println!("{name:30} {mean:8.2} {off:6.2}");
        assert!(off.abs() <= 4.0, "{name}: {mean} is {off} standard errors off");
    }
}

/// Chapelle and Li's scenarios: K arms, one of .5, the others worse by a gap; horizon, runs, and the mean and standard
/// error of the pseudo-regret of an independent simulator.
type Scenario = (usize, f64, u64, u64, &'static [(&'static str, f64, f64)]);

const ONE_BETTER: [Scenario; 7] = [
    (
        10,
        0.1,
        10_000,
        400,
        &[
            ("thompson", 170.5, 3.3),
            ("chapelle-li-ucb", 322.3, 2.3),
            ("ucb1", 592.9, 2.3),
            ("kl-ucb", 260.6, 2.5),
        ],
    ),
    (
        10,
        0.1,
        100_000,
        400,
        &[
            ("thompson", 254.9, 3.6),
            ("chapelle-li-ucb", 521.4, 3.2),
            ("ucb1", 1519.3, 5.3),
            ("kl-ucb", 430.3, 3.2),
        ],
    ),
    (
        10,
        0.1,
        1_000_000,
        100,
        &[("thompson", 349.0, 6.0), ("chapelle-li-ucb", 689.0, 8.0)],
    ),
    (
        10,
        0.02,
        100_000,
        400,
        &[
            ("thompson", 672.0, 12.0),
            ("chapelle-li-ucb", 1104.0, 8.0),
            ("ucb1", 1545.6, 3.8),
            ("kl-ucb", 1070.0, 9.0),
        ],
    ),
    (
        10,
        0.02,
        1_000_000,
        100,
        &[("thompson", 1115.0, 25.0), ("chapelle-li-ucb", 2448.0, 32.0)],
    ),
    (
        100,
        0.1,
        100_000,
        100,
        &[
            ("thompson", 2647.0, 26.0),
            ("chapelle-li-ucb", 5438.0, 22.0),
            ("ucb1", 9279.0, 13.0),
        ],
    ),
    (
        100,
        0.02,
        100_000,
        100,
        &[
            ("thompson", 1945.0, 3.0),
            ("chapelle-li-ucb", 1966.0, 1.0),
            ("ucb1", 1974.0, 1.0),
        ],
    ),
];

fn assert_one_better((arms, gap, horizon, runs, rows): &Scenario, most_runs: u64) {
    let mut rates = vec![0.5 - gap; *arms];
    rates[0] = 0.5;
    let names: Vec<&str> = rows.iter().map(|row| row.0).collect();
    let policies = parse_policies(&names.join("; ")).unwrap();
    let task = Task {
        pool: Pool::new("bandit-test", 2),
        ..Task::default()
    };
    let result = simulate(&arms_of(&rates), &policies, *horizon, most_runs.min(*runs), 42, &task).unwrap();
    for (found, (name, expected, error)) in result.policies.iter().zip(*rows) {
        let mean = found.regret_mean.last().unwrap();
        let own = found.regret_stderr.last().unwrap().unwrap();
        let off = (mean - expected) / own.hypot(*error);
        println!(
            "{arms:4} {gap:5} {horizon:8} {name:16} {mean:8.1} ± {own:5.1} for {expected:8.1} ± {error}: {off:5.2}"
        );
        assert!(off.abs() <= 4.0, "{name}: {mean} is {off} standard errors off");
    }
}

#[test]
fn one_better_arm_costs_what_an_independent_simulator_says() {
    assert_one_better(&ONE_BETTER[0], 20);
}

#[test]
#[ignore = "about ten minutes in release: cargo test --release --lib bandit -- --ignored --nocapture"]
fn one_better_arm_costs_what_an_independent_simulator_says_closely() {
    for scenario in &ONE_BETTER {
        assert_one_better(scenario, u64::MAX);
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads| {
        let task = Task {
            pool: Pool::new("bandit-test", threads),
            ..Task::default()
        };
        simulate(&arms_of(&[0.2, 0.5, 0.4]), &all_policies(), 200, 30, 7, &task).unwrap()
    };
    let one = with(1);
    assert_eq!(one, with(3));
    assert_eq!(one, with(1));
    let other_seed = simulate(
        &arms_of(&[0.2, 0.5, 0.4]),
        &all_policies(),
        200,
        30,
        8,
        &Task::default(),
    )
    .unwrap();
    assert_ne!(one.policies, other_seed.policies);
}

#[test]
fn company_changes_no_policy() {
    let arms = arms_of(&[0.2, 0.5]);
    let play = |text: &str| simulate(&arms, &parse_policies(text).unwrap(), 500, 5, 3, &Task::default()).unwrap();
    assert_eq!(play("thompson").policies[0], play("ucb1; imed; thompson").policies[2]);
}

#[test]
fn means_errors_and_shares_agree_with_runs_made_one_by_one() {
    let arms = arms_of(&[0.3, 0.5, 0.5]);
    let policies = parse_policies("thompson").unwrap();
    let (horizon, runs) = (137, 9);
    let result = simulate(&arms, &policies, horizon, runs, 4, &Task::default()).unwrap();
    let lanes: Vec<Lane> = (0..runs)
        .map(|run| {
            let mut lane = Lane::new(&World::from(&arms), &policies[0], horizon, 4, run);
            (0..horizon).for_each(|_| lane.pull());
            lane
        })
        .collect();
    let n = runs as f64;
    let regrets: Vec<f64> = lanes.iter().map(|l| 0.2 * l.tally().pulls()[0] as f64).collect();
    let mean = regrets.iter().sum::<f64>() / n;
    let variance = regrets.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let found = &result.policies[0];
    assert_eq!(found.checkpoints, [10, 100, 137]);
    assert!((found.regret_mean[2] - mean).abs() < 1e-9);
    assert!((found.regret_stderr[2].unwrap() - (variance / n).sqrt()).abs() < 1e-9);
    // Arms B and C are equally good: both count as the best arm.
    assert!((found.best_arm_share[2] - (1.0 - mean / 0.2 / 137.0)).abs() < 1e-12);
    let pulls = |arm: usize| lanes.iter().map(|l| l.tally().pulls()[arm] as f64).sum::<f64>() / n;
    assert!((0..3).all(|arm| (found.pulls[arm] - pulls(arm)).abs() < 1e-9));
    assert!((0..found.curve.t.len()).all(|k| found.curve.p10[k] <= found.curve.p90[k]));
}

#[test]
fn one_run_has_no_error_and_the_json_is_as_agreed() {
    let result = simulate(
        &arms_of(&[0.9, 0.8]),
        &parse_policies("ucb1").unwrap(),
        20,
        1,
        1,
        &Task::default(),
    )
    .unwrap();
    let json = serde_json::to_value(&result).unwrap();
    assert_eq!(json["policies"][0]["checkpoints"], serde_json::json!([10, 20]));
    assert_eq!(json["policies"][0]["regret_stderr"], serde_json::json!([null, null]));
    assert_eq!(
        json["arms"][0],
        serde_json::json!({"id": "A", "label": "A", "mean": 0.9})
    );
    assert!((json["lower_bound"]["coefficient"].as_f64().unwrap() - 2.2520996985).abs() < 1e-9);
    for key in ["name", "regret_mean", "best_arm_share", "pulls"] {
        assert!(!json["policies"][0][key].is_null(), "{key}");
    }
}

#[test]
fn progress_is_said_before_the_end_and_cancellation_ends_it() {
    let (arms, policies) = (arms_of(&[0.9, 0.8]), parse_policies("random").unwrap());
    let mut task = Task::default();
    let (cancel, seen) = (task.cancel.clone(), Arc::new(Mutex::new(Vec::new())));
    let said = Arc::clone(&seen);
    task.progress = Progress::to(move |report| {
        let mut said = said.lock().unwrap();
        said.push(report.done);
        if said.len() == 2 {
            cancel.cancel();
        }
    });
    let stopped = simulate(&arms, &policies, 10_000, MOST_RUNS, 1, &task);
    assert_eq!(stopped, Err(BanditError::Cancelled(Cancelled)));
    let seen = seen.lock().unwrap();
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.len() == 2);
    task = Task::default();
    let refused = simulate(&arms, &policies, 10, 0, 1, &task).unwrap_err().to_string();
    assert_eq!(refused, "the number of runs is 0, but must be between 1 and 1000000");
}

#[test]
fn quantiles_interpolate() {
    assert_eq!(quantile(&[1.0, 2.0, 3.0], 0.25), 1.5);
    assert_eq!(quantile(&[4.0], 0.9), 4.0);
}
