use std::sync::Arc;

use proptest::prelude::*;

use super::actions::moved;
use super::run::Sweep;
use super::*;
use crate::answers::tuning::{Measured, MetricRow, SweepRow, TrianglePoint, grid};
use crate::evaluate::Metric;
use crate::models::Formula;
use crate::models::formula::DialKind;
use crate::panes::Shared;
use crate::panes::tests_common::{assert_contract, text, texts};

fn metrics() -> Vec<Metric> {
    Metric::parse_list("ndcg@10,coverage@10,novelty@10").unwrap()
}

fn measured() -> Measured {
    Measured {
        held_out: "stratified".into(),
        users: 500,
        of_users: 943,
        metrics: vec![MetricRow {
            metric: "ndcg@10".into(),
            definition: "binary",
        }],
    }
}

/// A hill whose top is at .5 .3 .2, measured as far as `done` points.
fn triangle(done: usize) -> TuningView {
    let point = |(n, weights): (usize, [f64; 3])| {
        let away: f64 = weights
            .iter()
            .zip([0.5, 0.3, 0.2])
            .map(|(a, b)| (a - b) * (a - b))
            .sum();
        TrianglePoint {
            weights,
            rbo: Some(1.0 - away / 2.0),
            figures: if n < done {
                vec![Some(0.2 - away / 10.0), Some(0.4), None]
            } else {
                Vec::new()
            },
        }
    };
    TuningView {
        state: if done < 66 {
            TuningState::Running
        } else {
            TuningState::Rests
        },
        model: Formula::default().to_string(),
        metrics: metrics(),
        measured: Some(measured()),
        triangle: Some((
            ["item-knn:min-support=2".into(), "content".into(), "popularity".into()],
            grid(STEPS).into_iter().enumerate().map(point).collect(),
        )),
        sweep: None,
        report: None,
        problem: None,
    }
}

fn sweep(kind: DialKind) -> TuningView {
    let values: Vec<String> = match kind {
        DialKind::Norm => ["minmax", "zscore", "rank", "softmax", "none"]
            .map(str::to_owned)
            .to_vec(),
        _ => (0..11).map(|n| format!("{}", f64::from(n) / 10.0)).collect(),
    };
    let row = |(n, value): (usize, String)| SweepRow {
        figures: if n == 9 {
            Vec::new()
        } else {
            vec![Some(0.1 + 0.01 * n as f64), Some(0.5), None]
        },
        model: value.clone(),
        value,
    };
    TuningView {
        triangle: None,
        sweep: Some(Sweep {
            dial: if kind == DialKind::Norm {
                "norm".into()
            } else {
                "1.weight".into()
            },
            kind,
            part: "item-knn:k=20".into(),
            rows: values.into_iter().enumerate().map(row).collect(),
        }),
        ..triangle(66)
    }
}

#[test]
fn three_sizes_of_the_triangle() {
    insta::assert_snapshot!(texts(&Tuning, &triangle(40), &PaneState::default()));
}

#[test]
fn three_sizes_of_the_sweep() {
    let state = PaneState {
        mode: 2,
        ..PaneState::default()
    };
    insta::assert_snapshot!(texts(&Tuning, &sweep(DialKind::Weight), &state));
}

#[test]
fn contract() {
    let views = [
        triangle(0),
        triangle(66),
        sweep(DialKind::Weight),
        sweep(DialKind::Norm),
        TuningView::default(),
    ];
    for view in views {
        assert_contract(&Tuning, &view);
    }
}

#[test]
fn the_best_point_and_the_present_one_are_said() {
    let shown = text(&Tuning, &triangle(66), &PaneState::default(), (60, 20));
    for wanted in [
        "best .2000 at .50 .30 .20",
        "now .60 .30 .10",
        "item-knn",
        "content",
        "popularity",
        "500 of 943 users",
    ] {
        assert!(shown.contains(wanted), "{wanted} in {shown}");
    }
    let state = PaneState {
        mode: 1,
        ..PaneState::default()
    };
    let shown = text(&Tuning, &triangle(0), &state, (60, 20));
    assert!(
        shown.contains("overlap with the list now") && !shown.contains("best"),
        "{shown}"
    );
}

#[test]
fn steps_on_the_triangle_turn_the_weights() {
    let mut shared = Shared::default();
    let weights = |shared: &Shared| crate::answers::tuning::shares(&shared.selection.formula).unwrap();
    actions::step(&mut shared, (0.0, 0.05));
    assert!((weights(&shared)[0] - 0.65).abs() < 1e-12);
    // The others keep their ratio of 3 to 1.
    assert!((weights(&shared)[1] / weights(&shared)[2] - 3.0).abs() < 0.01);
    actions::step(&mut shared, (0.5, 0.0));
    assert_eq!(weights(&shared)[1], 0.0);
    // A drag is a step, and leaves no pan behind.
    shared.memory_mut(Tuning::ID).pan = (0.25, 0.0);
    <Tuning as crate::panes::Ask>::settle(&mut shared);
    assert_eq!(shared.memory(Tuning::ID).pan, (0.0, 0.0));
    assert!(weights(&shared)[1] > 0.2);
    // Two parts have no triangle.
    shared.set_formula(Arc::new(Formula::parse("ease + popularity").unwrap()));
    let before = shared.selection.formula.to_string();
    actions::step(&mut shared, (0.5, 0.0));
    assert_eq!(shared.selection.formula.to_string(), before);
}

proptest! {
    #[test]
    fn every_step_stays_in_the_triangle(a in 0.0f64..1.0, b in 0.0f64..1.0, right in -1.0f64..1.0, up in -1.0f64..1.0) {
        let weights = [a, (1.0 - a) * b, (1.0 - a) * (1.0 - b)];
        let there = moved(weights, right, up);
        prop_assert!((there.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{there:?}");
        prop_assert!(there.iter().all(|w| (0.0..=1.0).contains(w)), "{there:?}");
    }
}
