use super::*;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{channel, sync_channel};
use std::time::Duration;

use proptest::prelude::*;

const LONG: Duration = Duration::from_secs(30);

fn silent() -> Waker {
    Arc::new(|| {})
}

#[test]
fn a_superseded_job_stops_and_is_never_published() {
    let executor = Executor::new("test", 2).unwrap();
    let lane: Lane<&str> = Lane::new(&executor, silent());
    let (started, running) = channel();
    lane.ask(Generation(1), move |asked| {
        started.send(()).unwrap();
        loop {
            // Ends only because the second question cancels it.
            asked.cancel.check()?;
            std::thread::yield_now();
        }
    });
    running.recv_timeout(LONG).unwrap();
    lane.ask(Generation(2), |_| Ok("second"));
    assert!(executor.wait_idle(LONG));
    let shown = lane.latest().load();
    assert_eq!((shown.generation, shown.phase.view()), (Generation(2), Some(&"second")));
    assert!(!lane.is_busy());
}

#[test]
fn a_job_that_does_not_look_at_its_flag_is_not_published_either() {
    let executor = Executor::new("test", 1).unwrap();
    let lane: Lane<&str> = Lane::new(&executor, silent());
    let (started, running) = channel();
    let (go, gate) = sync_channel::<()>(0);
    lane.ask(Generation(1), move |asked| {
        started.send(()).unwrap();
        gate.recv().unwrap();
        assert!(asked.partial("part of the first").is_err());
        Ok("first")
    });
    running.recv_timeout(LONG).unwrap();
    lane.ask(Generation(2), |_| Err(JobError::Failed("the second fails".to_owned())));
    go.send(()).unwrap();
    assert!(executor.wait_idle(LONG));
    assert_eq!(lane.latest().load().phase, Phase::Failed("the second fails".to_owned()));
}

#[test]
fn the_newest_replaces_the_one_that_waits() {
    let executor = Executor::new("test", 1).unwrap();
    let lane: Lane<u64> = Lane::new(&executor, silent());
    let (go, gate) = sync_channel::<()>(0);
    executor.submit(move || gate.recv().unwrap());
    let runs = Arc::new(AtomicUsize::new(0));
    for n in 1..=100 {
        let runs = Arc::clone(&runs);
        lane.ask(Generation(n), move |_| {
            runs.fetch_add(1, Ordering::SeqCst);
            Ok(n)
        });
    }
    go.send(()).unwrap();
    assert!(executor.wait_idle(LONG));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert_eq!(lane.latest().load().phase, Phase::Ready(100));
}

#[test]
fn partial_answers_are_seen_in_order_and_wake() {
    let executor = Executor::new("test", 1).unwrap();
    let (wake, woken) = channel();
    let wake = Mutex::new(wake);
    let waker: Waker = Arc::new(move || wake.lock().unwrap().send(()).unwrap());
    let lane: Lane<u32> = Lane::new(&executor, waker);
    let latest = lane.latest().clone();
    let (seen, order) = channel();
    lane.ask(Generation(1), move |asked| {
        for part in 1..=3 {
            asked.partial(part)?;
            seen.send(latest.load().phase.clone()).unwrap();
        }
        Ok(4)
    });
    assert!(executor.wait_idle(LONG));
    let parts: Vec<Phase<u32>> = order.try_iter().collect();
    assert_eq!(parts, [Phase::Partial(1), Phase::Partial(2), Phase::Partial(3)]);
    assert_eq!(lane.latest().load().phase, Phase::Ready(4));
    assert_eq!(woken.try_iter().count(), 4);
}

#[test]
fn a_panic_is_a_failed_answer_and_the_lane_lives_on() {
    let executor = Executor::new("test", 1).unwrap();
    let lane: Lane<u32> = Lane::new(&executor, silent());
    lane.ask(Generation(1), |_| std::panic::resume_unwind(Box::new("index 7")));
    assert!(executor.wait_idle(LONG));
    let message = "this computation broke down: index 7".to_owned();
    assert_eq!(lane.latest().load().phase, Phase::Failed(message));
    lane.ask(Generation(2), |_| Ok(5));
    assert!(executor.wait_idle(LONG));
    assert_eq!(lane.latest().load().phase, Phase::Ready(5));
}

#[test]
fn a_newer_answer_beats_what_runs_and_cancelling_keeps_what_is_shown() {
    let executor = Executor::new("test", 1).unwrap();
    let lane: Lane<u32> = Lane::new(&executor, silent());
    let (started, running) = channel();
    lane.ask(Generation(1), move |asked| {
        started.send(()).unwrap();
        while asked.cancel.check().is_ok() {
            std::thread::yield_now();
        }
        Ok(1)
    });
    running.recv_timeout(LONG).unwrap();
    lane.ask(Generation(2), |_| Ok(2));
    assert!(executor.wait_idle(LONG));
    lane.cancel();
    lane.ask(Generation(1), |_| Ok(9));
    assert!(executor.wait_idle(LONG));
    assert_eq!(lane.latest().load().phase, Phase::Ready(2));
}

#[test]
fn many_lanes_on_many_threads_end_with_the_last_question_of_each() {
    let executor = Arc::new(Executor::new("test", 4).unwrap());
    let lanes: Vec<Arc<Lane<u64>>> = (0..6).map(|_| Arc::new(Lane::new(&executor, silent()))).collect();
    std::thread::scope(|scope| {
        for lane in &lanes {
            // The generations of one lane come from one thread, as those of a pane do.
            scope.spawn(move || {
                for n in 1..=300 {
                    lane.ask(Generation(n), move |asked| {
                        let mut sum = 0u64;
                        for k in 0..50 {
                            asked.cancel.check()?;
                            sum = sum.wrapping_add(std::hint::black_box(k));
                        }
                        asked.partial(sum)?;
                        if n % 7 == 0 {
                            std::panic::resume_unwind(Box::new("seven"));
                        }
                        Ok(n)
                    });
                }
            });
        }
    });
    assert!(executor.wait_idle(LONG));
    for lane in &lanes {
        let shown = lane.latest().load();
        assert_eq!((shown.generation, &shown.phase), (Generation(300), &Phase::Ready(300)));
    }
}

/// What happens to a lane, for the property below.
#[derive(Clone, Debug)]
enum Step {
    Ask { partials: u8, fails: bool },
    Settle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let ask = (0u8..4, any::<bool>()).prop_map(|(partials, fails)| Step::Ask { partials, fails });
    proptest::collection::vec(prop_oneof![4 => ask, 1 => Just(Step::Settle)], 1..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// Whatever the order of asking and finishing, stamps seen by a watcher never go back, and the end is the last ask's.
    #[test]
    fn generations_never_go_back(steps in steps(), threads in 1usize..4) {
        let executor = Executor::new("test", threads).unwrap();
        let seen: Arc<Mutex<Vec<Generation>>> = Arc::default();
        let cell: Arc<Mutex<Option<Latest<u64>>>> = Arc::default();
        let (watched, into) = (Arc::clone(&cell), Arc::clone(&seen));
        let lane: Lane<u64> = Lane::new(&executor, Arc::new(move || {
            if let Some(latest) = watched.lock().unwrap().as_ref() {
                into.lock().unwrap().push(latest.load().generation);
            }
        }));
        *cell.lock().unwrap() = Some(lane.latest().clone());
        let mut last = 0;
        let mut last_fails = false;
        for step in steps {
            match step {
                Step::Ask { partials, fails } => {
                    last += 1;
                    last_fails = fails;
                    let n = last;
                    lane.ask(Generation(n), move |asked| {
                        for _ in 0..partials {
                            asked.partial(n)?;
                        }
                        if fails { Err(JobError::Failed("no".to_owned())) } else { Ok(n) }
                    });
                }
                Step::Settle => prop_assert!(executor.wait_idle(LONG)),
            }
        }
        prop_assert!(executor.wait_idle(LONG));
        prop_assert!(seen.lock().unwrap().is_sorted());
        if last > 0 {
            let shown = lane.latest().load();
            prop_assert_eq!(shown.generation, Generation(last));
            let expected = if last_fails { Phase::Failed("no".to_owned()) } else { Phase::Ready(last) };
            prop_assert_eq!(&shown.phase, &expected);
        }
    }
}
