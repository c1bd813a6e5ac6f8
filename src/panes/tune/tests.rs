use std::sync::Arc;
use std::time::Duration;

use super::run::TuneQuery;
use super::run::TuneRun;
use super::*;
use crate::answers::World;
use crate::engine::{Executor, Run, RunState, Runs};
use crate::evaluate::Metric;
use crate::evaluate::tuning::{Baseline, Budget};
use crate::models::Formula;
use crate::models::tests_common::synthetic;
use crate::panes::Ask;
use crate::panes::Shared;
use crate::panes::controls::Value;
use crate::panes::tests_common::{assert_contract, text, texts};
use crate::task::Pool;

fn trial(n: usize, formula: &str, rung: usize, validation: Option<f64>) -> Trial {
    Trial {
        trial: n,
        formula: formula.to_owned(),
        rung,
        validation,
        seconds: 0.31,
        reason: validation.is_none().then(|| "no item has any text".to_owned()),
    }
}

fn view(state: TuneState) -> TuneView {
    let trials = vec![
        trial(31, "0.55*ease:lambda=318 + 0.45*als:factors=21", 2, Some(0.4012)),
        trial(4, "ease", 2, Some(0.3951)),
        trial(1, "popularity", 2, Some(0.2211)),
        trial(22, "ease:lambda=50", 1, Some(0.361)),
        trial(23, "ease:lambda=1580", 0, Some(0.352)),
        trial(5, "content", 2, None),
    ];
    let tuned = Tuned {
        winner: trials[0].formula.clone(),
        validation: 0.4012,
        test: Some(0.4966),
        baselines: vec![
            Baseline {
                model: "ease".to_owned(),
                validation: Some(0.3951),
                test: Some(0.4829),
                winner_against: None,
            },
            Baseline {
                model: "popularity".to_owned(),
                validation: Some(0.2211),
                test: None,
                winner_against: None,
            },
        ],
        metric: "ndcg@10".to_owned(),
        better: Better::Higher,
        split: "stratified".to_owned(),
        tried: 31,
        seconds: 60.2,
    };
    TuneView {
        state,
        metric: Some(Metric::parse("ndcg@10").unwrap()),
        budget: Some(Budget::Time(Duration::from_secs(60))),
        trials: Arc::new(trials),
        last: Some(2),
        tuned: (state == TuneState::Rests).then_some(tuned),
        report: None,
        problem: None,
    }
}

#[test]
fn three_sizes() {
    insta::assert_snapshot!(texts(&Tune, &view(TuneState::Rests), &PaneState::default()));
}

#[test]
fn it_keeps_the_contract() {
    for view in [
        view(TuneState::Rests),
        view(TuneState::Running),
        TuneView::default(),
        TuneView {
            problem: Some("there are too few ratings".to_owned()),
            ..TuneView::default()
        },
    ] {
        assert_contract(&Tune, &view);
    }
}

#[test]
fn a_trial_can_be_taken_unless_it_failed() {
    let view = view(TuneState::Rests);
    let state = PaneState::default();
    let best = view.best().unwrap().formula.clone();
    assert_eq!(Tune.target(&view, &state, 0), Some(Target::Model(best)));
    assert_eq!(Tune.target(&view, &state, 5), None);
    let said = text(&Tune, &view, &state, (100, 20));
    for wanted in [".4966", "winner +.0137", "touched once", "no item has any text", "1/4"] {
        assert!(said.contains(wanted), "{wanted} in {said}");
    }
}

#[test]
fn a_search_goes_on_from_its_trials_and_ends_with_a_figure_on_the_test_part() {
    let world = World::new(synthetic(60, 40), 42);
    let executor = Executor::new("test", 1).unwrap();
    let run = Run::new(
        &executor,
        Arc::new(|| {}),
        TuneRun::new(&world, Pool::default()),
        RunState::Asks,
    );
    let query = |trials: usize| TuneQuery {
        budget: Budget::Trials(trials),
        metric: Metric::parse("ndcg@10").unwrap(),
        models: ["popularity", "item-knn", "ease"]
            .map(|model| Arc::new(Formula::parse(model).unwrap()))
            .to_vec(),
    };
    let shown = || {
        assert!(executor.wait_idle(Duration::from_secs(60)));
        run.latest().load().phase.view().unwrap().clone()
    };
    run.want(&query(3));
    assert!(shown().trials.is_empty(), "it waits for a person");
    run.order(Order::Toggle);
    let three = shown();
    assert_eq!(three.trials.len(), 3);
    let tuned = three.tuned.clone().unwrap();
    assert_eq!(three.best().map(|best| &best.formula), Some(&tuned.winner));
    assert!(tuned.test.is_some());
    // More of a budget: the trials stay, and it waits for a key again.
    run.want(&query(6));
    assert_eq!((shown().trials.len(), shown().tuned), (3, None));
    run.order(Order::Toggle);
    let six = shown();
    assert_eq!(six.trials.len(), 6);
    assert!(
        three.trials.iter().all(|trial| six.trials.contains(trial)),
        "tried twice"
    );
    assert!(six.tuned.unwrap().validation >= tuned.validation);
    run.order(Order::Reset);
    assert!(shown().trials.is_empty());
}

#[test]
fn what_is_set_is_read() {
    let mut shared = Shared::default();
    let query = Tune::query(&shared).unwrap();
    assert_eq!((query.budget.to_string().as_str(), query.models.len()), ("60s", 0));
    let values = &mut shared.memory_mut(Tune::ID).values;
    for (name, text) in [
        ("budget", "40 trials"),
        ("metric", "recall@5"),
        ("models", "ease; svd:factors=3"),
    ] {
        values.insert(name.to_owned(), Value::Text(text.to_owned()));
    }
    let query = Tune::query(&shared).unwrap();
    assert_eq!(
        (query.budget, query.metric.to_string(), query.models.len()),
        (Budget::Trials(40), "recall@5".to_owned(), 2)
    );
}
