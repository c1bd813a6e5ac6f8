use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::answers::leaderboard::{columns, measures};
use crate::data::FeedbackKind;
use crate::engine::{Executor, Order, Phase, Run, Runs, Waker};
use crate::models::Formula;
use crate::models::tests_common as testing;

const LONG: Duration = Duration::from_secs(60);

fn names(models: &[&str]) -> BoardQuery {
    BoardQuery {
        models: models.iter().map(|m| Arc::new(Formula::parse(m).unwrap())).collect(),
        columns: measures(FeedbackKind::Ratings),
    }
}

/// A run whose publications are counted.
fn run(executor: &Executor, state: RunState) -> (Run<BoardRun>, std::sync::mpsc::Receiver<()>) {
    let (woken, wakes) = channel();
    let waker: Waker = Arc::new(move || woken.send(()).unwrap_or(()));
    let world = World::new(testing::synthetic(40, 60), 42);
    let process = BoardRun::new(&world, Pool::default());
    (Run::new(executor, waker, process, state), wakes)
}

fn shown(run: &Run<BoardRun>) -> Arc<crate::engine::Snapshot<LeaderboardView>> {
    run.latest().load()
}

#[test]
fn rows_come_one_after_the_other_and_what_is_there_stays() {
    let executor = Executor::new("test", 1).unwrap();
    let (run, wakes) = run(&executor, RunState::Running);
    assert_eq!(shown(&run).phase, Phase::Empty);
    run.want(&names(&["popularity", "item-knn"]));
    assert!(executor.wait_idle(LONG));
    let two = shown(&run);
    let Phase::Ready(view) = &two.phase else {
        panic!("{two:?}")
    };
    assert_eq!((view.done(), view.state), (2, BoardState::Done));
    // At least: the empty board, each model begun, the whole.
    assert!(wakes.try_iter().count() >= 4);
    run.want(&names(&["popularity", "item-knn"]));
    assert!(wakes.try_recv().is_err(), "asked again for the same");
    run.want(&names(&["popularity", "ease"]));
    assert!(executor.wait_idle(LONG));
    let three = shown(&run);
    let rows = &three.phase.view().unwrap().rows;
    let same = rows[0].measured.as_ref().zip(view.rows[0].measured.as_ref());
    assert!(same.is_some_and(|(a, b)| Arc::ptr_eq(a, b)), "measured twice");
    assert_eq!(rows[1].model, "ease");
}

#[test]
fn a_column_more_is_measured_and_a_column_less_is_not() {
    let executor = Executor::new("test", 1).unwrap();
    let (run, _wakes) = run(&executor, RunState::Running);
    let mut query = names(&["popularity", "item-knn"]);
    let mut with = |text: &str| {
        query.columns = columns(text, FeedbackKind::Ratings).unwrap();
        run.want(&query);
        assert!(executor.wait_idle(LONG));
        shown(&run).phase.view().unwrap().clone()
    };
    let usual = with("usual");
    let less = with("coverage@10");
    let names: Vec<String> = less.metrics.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["ndcg@10", "coverage@10"], "what leads stays");
    let measured = |view: &LeaderboardView| view.rows[1].measured.clone().unwrap();
    assert!(Arc::ptr_eq(&measured(&usual), &measured(&less)), "measured twice");
    let more = with("usual,gini@10,ndcg@5");
    assert_eq!(more.metrics.len(), usual.metrics.len() + 2);
    let row = &measured(&more).row;
    let mean = |row: &crate::evaluate::ModelRow, name: &str| row.mean(name);
    assert!(mean(row, "gini@10").is_some() && mean(row, "ndcg@5") != mean(row, "ndcg@10"));
    for metric in &usual.metrics {
        let name = metric.to_string();
        assert_eq!(mean(row, &name), mean(&measured(&usual).row, &name), "{name}");
    }
}

#[test]
fn it_is_stopped_on_the_way_and_goes_on() {
    let executor = Executor::new("test", 1).unwrap();
    let (run, _wakes) = run(&executor, RunState::Running);
    // One that would take very long: it ends because it is stopped.
    let models = names(&["popularity", "svd:factors=1000,epochs=100000"]);
    run.want(&models);
    let deadline = std::time::Instant::now() + LONG;
    while shown(&run).phase.view().is_none_or(|v| {
        v.running
            .as_ref()
            .is_none_or(|(at, report)| *at != 1 || report.is_none())
    }) {
        assert!(std::time::Instant::now() < deadline, "no progress was shown");
        std::thread::yield_now();
    }
    let on_the_way = shown(&run);
    assert!(matches!(on_the_way.phase, Phase::Partial(_)));
    let view = on_the_way.phase.view().unwrap();
    assert_eq!((view.done(), view.state), (1, BoardState::Running));
    assert!(
        view.rows[0].measured.is_some(),
        "the first row is there before the second"
    );
    run.order(Order::Toggle);
    assert!(executor.wait_idle(LONG), "it did not stop");
    let stopped = shown(&run);
    let view = stopped.phase.view().unwrap();
    assert_eq!((view.done(), view.state), (1, BoardState::Stopped));
    // Other models do not start by themselves then; a key does.
    run.want(&names(&["popularity", "ease"]));
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((1, BoardState::Stopped))
    );
    run.order(Order::Toggle);
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((2, BoardState::Done))
    );
}

#[test]
fn much_data_waits_for_a_key() {
    let executor = Executor::new("test", 1).unwrap();
    let (run, _wakes) = run(&executor, RunState::Asks);
    run.want(&names(&["popularity"]));
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((0, BoardState::Asks))
    );
    run.order(Order::Toggle);
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((1, BoardState::Done))
    );
}

#[test]
fn dropping_the_program_stops_it() {
    let executor = Executor::new("test", 1).unwrap();
    let (run, wakes) = run(&executor, RunState::Running);
    run.want(&names(&["svd:factors=1000,epochs=100000"]));
    wakes.recv_timeout(LONG).unwrap();
    drop(run);
    assert!(executor.wait_idle(LONG));
}

#[test]
fn a_fit_that_takes_long_is_announced_and_holds_up_no_other_row() {
    let cost = |seconds, bytes| FitCost { seconds, bytes };
    let mut run = BoardRun::new(
        &crate::answers::World::new(crate::models::tests_common::synthetic(8, 8), 1),
        Pool::new("test", 1),
    );
    run.models = ["popularity", "item-knn", "ease", "svd"].map(str::to_owned).to_vec();
    run.costs = vec![
        FitCost::default(),
        cost(0.5, 0.0),
        cost(60.0, 2.5e9),
        FitCost::default(),
    ];
    assert_eq!(run.by_cost(), [0, 1, 3, 2]);
    let said = with_cost(None, run.costs[2]).unwrap().stage;
    assert_eq!(said, "fitting takes about 2.5 GB of memory and 60 seconds here");
    let inverting = with_cost(Some(Report::of("inverting", 3, 9, "items")), run.costs[2]).unwrap();
    assert_eq!(
        inverting.stage,
        "inverting (about 2.5 GB of memory and 60 seconds here)"
    );
    assert_eq!(with_cost(None, run.costs[1]), None);
}
