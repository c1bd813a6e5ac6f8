use std::sync::mpsc::channel;
use std::time::Duration;

use super::*;
use crate::answers::leaderboard::first_models;
use crate::app::testing::{Stage, middle_world, toy_world};
use crate::engine::Phase;
use crate::panes::PaneId;

const LONG: Duration = Duration::from_secs(60);

fn names(models: &[&str]) -> Vec<String> {
    models.iter().map(|m| (*m).to_owned()).collect()
}

/// A run whose publications are counted.
fn run(executor: &Executor) -> (EvaluationRun, std::sync::mpsc::Receiver<()>) {
    let (woken, wakes) = channel();
    let waker: Waker = Arc::new(move || woken.send(()).unwrap_or(()));
    (
        EvaluationRun::new(executor, waker, &middle_world(), Pool::default()),
        wakes,
    )
}

fn shown(run: &EvaluationRun) -> Arc<crate::engine::Snapshot<LeaderboardView>> {
    run.lane().latest().load()
}

#[test]
fn rows_come_one_after_the_other_and_what_is_there_stays() {
    let executor = Executor::new("test", 1).unwrap();
    let (mut run, wakes) = run(&executor);
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
fn it_is_stopped_on_the_way_and_goes_on() {
    let executor = Executor::new("test", 1).unwrap();
    let (mut run, _wakes) = run(&executor);
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
    run.run_or_stop();
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
    run.run_or_stop();
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((2, BoardState::Done))
    );
}

#[test]
fn much_data_waits_for_a_key() {
    let executor = Executor::new("test", 1).unwrap();
    let (mut run, _wakes) = run(&executor);
    run.state = BoardState::Asks;
    run.want(&names(&["popularity"]));
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((0, BoardState::Asks))
    );
    run.run_or_stop();
    assert!(executor.wait_idle(LONG));
    assert_eq!(
        shown(&run).phase.view().map(|v| (v.done(), v.state)),
        Some((1, BoardState::Done))
    );
}

#[test]
fn dropping_the_program_stops_it() {
    let executor = Executor::new("test", 1).unwrap();
    let (mut run, wakes) = run(&executor);
    run.want(&names(&["svd:factors=1000,epochs=100000"]));
    wakes.recv_timeout(LONG).unwrap();
    drop(run);
    assert!(executor.wait_idle(LONG));
}

#[test]
fn nothing_is_measured_before_the_screen_is_shown() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    let slot = |stage: &Stage| stage.explorer.panes.slot(PaneId("leaderboard")).unwrap().rows().1;
    stage.press("3 0 1");
    assert_eq!(slot(&stage), 0);
    stage.press("9");
    assert_eq!(slot(&stage), first_models().len());
    let screen = stage.text();
    for wanted in [
        "Leaderboard",
        "Lesson",
        "Users",
        "popularity",
        "ease",
        "nDCG@10",
        "median",
    ] {
        assert!(screen.contains(wanted), "{wanted} in {screen}");
    }
    assert!(!stage.explorer.is_pending());
}

#[test]
fn keys_lead_from_a_row_to_its_users_and_to_the_model_of_all_panes() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("9 down");
    let pane = |stage: &Stage, id| stage.explorer.state.pane_state(PaneId(id));
    let cursor = pane(&stage, "leaderboard").cursor;
    let mode = pane(&stage, "users").mode;
    assert!(cursor == 1 && mode > 0);
    let model = stage.explorer.state.board[mode - 1].clone();
    assert!(
        stage
            .text()
            .contains(&format!("{}  median", &model[..8.min(model.len())]))
            || model.len() > 20
    );
    stage.press("enter");
    assert_eq!(stage.explorer.state.selection.formula, model);
    // The menu puts a model on the board, and it is measured.
    stage.press("m ctrl-u");
    stage.type_text("puresvd:factors=2");
    stage.press("enter");
    assert_eq!(
        stage.explorer.state.board.last().map(String::as_str),
        Some("puresvd:factors=2")
    );
    assert!(stage.text().contains("puresvd:factors=2"));
    // Users open as the subject; the board stays as it is.
    stage.press("tab tab down enter");
    let subject = stage.explorer.state.selection.subject.clone();
    assert!(matches!(subject, crate::answers::Subject::Person(_)));
    assert_eq!(pane(&stage, "users").cursor, 1);
    stage.press("shift-tab shift-tab /");
    stage.type_text("svd");
    stage.press("enter");
    let remembered = pane(&stage, "leaderboard");
    assert_eq!(
        (remembered.filter.as_str(), stage.explorer.state.facts.rows),
        ("svd", 2)
    );
}

#[test]
fn a_model_is_taken_off_and_the_lesson_stays() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("9 /");
    stage.type_text("svd");
    stage.press("enter d");
    assert!(!stage.explorer.state.board.contains(&"svd".to_owned()));
    stage.press("esc /");
    stage.type_text("ease");
    stage.press("enter d");
    assert!(stage.explorer.state.board.contains(&"ease".to_owned()));
    assert!(
        stage
            .explorer
            .state
            .notice
            .as_deref()
            .is_some_and(|n| n.contains("not possible here"))
    );
}

#[test]
fn a_toy_says_that_it_is_too_small() {
    let mut stage = Stage::new(toy_world(), (120, 40));
    stage.press("9");
    let screen = stage.text();
    let text = screen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("too few") || text.contains("leaves nothing to test"),
        "{screen}"
    );
}

#[test]
fn by_whatever_rows_are_ranked_the_users_are_those_of_the_row_under_the_cursor() {
    let mut stage = Stage::new(middle_world(), (120, 40));
    stage.press("9");
    for _ in 0..10 {
        stage.press("v");
        let state = &stage.explorer.state;
        let mode = state.pane_state(PaneId("users")).mode;
        assert_eq!(
            state.facts.target,
            Some(crate::panes::Target::Model(crate::panes::leaderboard::model_key(
                &state.board[mode - 1]
            )))
        );
    }
}
