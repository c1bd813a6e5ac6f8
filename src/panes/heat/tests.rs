use std::sync::Arc;
use std::time::Duration;

use super::run::HeatQuery;
use super::run::HeatRun;
use super::*;
use crate::answers::World;
use crate::answers::tuning::{HeatAxis, METRICS, heat, heat_plan};
use crate::engine::{Executor, Phase, Run, Runs};
use crate::evaluate::Metric;
use crate::models::Formula;
use crate::models::tests_common::synthetic;
use crate::panes::controls::Value;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::panes::{Ask, Shared};
use crate::task::{Pool, Task};

/// A hill over two settings, measured as far as `done` cells.
fn shown(done: usize, state: RunState) -> HeatShown {
    let axis = |dial: &str, values: &[&str]| HeatAxis {
        dial: dial.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    let (down, across) = (
        axis("1.weight", &["0", "0.25", "0.5", "0.75", "1"]),
        axis("2.lambda", &["50", "158", "500", "1580", "5000"]),
    );
    let cell = |n: usize| {
        let (row, column) = (n / 5, n % 5);
        let away = (row.abs_diff(3) + column.abs_diff(2)) as f64;
        HeatCell {
            down: down.values[row].clone(),
            across: across.values[column].clone(),
            model: format!(
                "{}*item-knn + 0.4*ease:lambda={}",
                down.values[row], across.values[column]
            ),
            figures: if n < done {
                vec![Some(0.42 - away / 50.0), Some(0.3 + away / 100.0), None]
            } else {
                Vec::new()
            },
            reason: None,
        }
    };
    HeatShown {
        state,
        model: "0.6*item-knn + 0.4*ease".to_owned(),
        cells: (0..25).map(cell).collect(),
        down: down.clone(),
        across: across.clone(),
        metrics: Metric::parse_list(METRICS).unwrap(),
        ..HeatShown::default()
    }
}

fn at(cursor: usize, mode: usize) -> PaneState {
    PaneState {
        cursor,
        mode,
        ..PaneState::default()
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Heat, &shown(17, RunState::Running), &at(1, 2)));
}

#[test]
fn it_keeps_the_contract() {
    for view in [
        shown(25, RunState::Paused),
        shown(0, RunState::Asks),
        HeatShown::default(),
        HeatShown {
            problem: Some("nothing can be held out".to_owned()),
            ..HeatShown::default()
        },
    ] {
        assert_contract(&Heat, &view);
    }
}

#[test]
fn the_best_setting_is_named_and_the_one_under_the_cursor_can_be_taken() {
    let view = shown(25, RunState::Paused);
    let best = view.best().unwrap();
    assert_eq!((best.down.as_str(), best.across.as_str()), ("0.75", "500"));
    let said = text(&Heat, &view, &at(3, 2), (100, 14));
    assert!(said.contains("best at 1.weight 0.75, 2.lambda 500"), "{said}");
    assert_eq!(
        Heat.target(&view, &at(3, 2), 3),
        Some(Target::Model(best.model.clone()))
    );
    assert_eq!(Heat.target(&view, &at(0, 7), 0), None);
}

#[test]
fn what_is_measured_in_the_background_is_what_the_command_prints() {
    let world = World::new(synthetic(24, 20), 42);
    let formula = Arc::new(Formula::parse("0.5*item-knn + 0.5*popularity").unwrap());
    let values = ["0.2", "0.8"].map(str::to_owned);
    let axes = (("1.weight", Some(&values[..])), ("norm", None));
    let query = HeatQuery {
        plan: heat_plan(&formula, axes.0, axes.1).unwrap(),
        formula: Arc::clone(&formula),
        metric: 0,
    };
    let executor = Executor::new("test", 1).unwrap();
    let run = Run::new(
        &executor,
        Arc::new(|| {}),
        HeatRun::new(&world, Pool::default()),
        RunState::Asks,
    );
    run.want(&query);
    assert!(executor.wait_idle(Duration::from_secs(60)));
    assert_eq!(
        run.latest().load().phase.view().unwrap().done(),
        0,
        "it waits for a key"
    );
    run.order(Order::Toggle);
    assert!(executor.wait_idle(Duration::from_secs(60)));
    let snapshot = run.latest().load();
    let Phase::Ready(view) = &snapshot.phase else {
        panic!("{:?}", snapshot.phase)
    };
    let metrics = Metric::parse_list(METRICS).unwrap();
    let printed = heat(&world, &formula, axes.0, axes.1, (&metrics, None), &Task::unattended()).unwrap();
    assert_eq!(
        (&view.cells, view.measured.as_ref()),
        (&printed.cells, Some(&printed.measured))
    );
}

#[test]
fn two_settings_are_never_the_same_and_columns_have_an_end() {
    let mut shared = Shared::default();
    shared.set_formula(Arc::new(Formula::parse("random").unwrap()));
    assert!(Heat::query(&shared).unwrap_err().contains("fewer than two"));
    shared.set_formula(Arc::new(Formula::parse("0.6*item-knn + 0.4*ease").unwrap()));
    let dials = |shared: &Shared| {
        let plan = Heat::query(shared).unwrap().plan;
        [plan.down.dial, plan.across.dial]
    };
    assert_eq!(dials(&shared), ["1.weight", "2.weight"]);
    let memory = shared.memory_mut(Heat::ID);
    memory
        .values
        .insert("down".to_owned(), Value::Text("2.weight".to_owned()));
    assert_eq!(dials(&shared), ["2.weight", "1.weight"]);
    for _ in 0..100 {
        step(&mut shared, true);
    }
    assert_eq!(shared.memory(Heat::ID).mode, question::columns(&shared) - 1);
    step(&mut shared, false);
    assert_eq!(shared.memory(Heat::ID).mode, question::columns(&shared) - 2);
}
