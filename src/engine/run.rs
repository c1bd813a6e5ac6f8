use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Asked, Executor, Generation, JobError, Lane, Latest, Waker};

/// What goes on by itself, step by step: a bandit, a leaderboard, an experiment, a nightly batch.
pub trait Process: Send + 'static {
    /// What it runs on; what was done under other settings stays where it still holds.
    type Settings: PartialEq + Clone + Send + Sync + 'static;
    /// What is seen of it.
    type View: Send + Sync + 'static;

    /// Takes settings, before anything else is asked of it.
    ///
    /// # Errors
    /// One sentence on why it can't run on them.
    fn set(&mut self, settings: &Self::Settings) -> Result<(), String>;

    /// Goes on to its end, and shows itself on the way; from the beginning again where it is at its end.
    ///
    /// # Errors
    /// Cancelled (a pause is a cancellation), or a sentence on what went wrong; every step done before stays.
    fn run(&mut self, pace: Pace, asked: &Asked<Self::View>) -> Result<(), JobError>;

    /// One step; nothing where there is none left.
    fn step(&mut self) {}

    /// Back to the beginning.
    fn reset(&mut self) {}

    /// How it stands.
    fn view(&self, state: RunState) -> Self::View;
}

/// How fast a process goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// In the background, for its result.
    Quick,
    /// As its settings say: somebody watches.
    Watched,
}

/// Whether a process goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunState {
    /// It would take so long that a person is asked first.
    Asks,
    Running,
    /// A person stopped it, or steps it.
    Paused,
}

/// What a person does to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Pauses what runs, lets go on what rests.
    Toggle,
    Step,
    /// Back to the beginning, then rests.
    Reset,
}

/// A process as its watchers see it, whatever it is.
pub trait Runs<S, V>: Send + Sync {
    /// Lets it run on these settings; nothing happens where they are those it has.
    fn want(&self, settings: &S);
    /// Does what a person says.
    fn order(&self, order: Order);
    /// Where its views appear.
    fn latest(&self) -> &Latest<V>;
    /// The view that answers what was last said to it; older ones are of before.
    fn generation(&self) -> Generation;
}

/// A process in the background: run, pause, step, reset, with partial results, beside browsing and never in its way.
pub struct Run<P: Process> {
    process: Arc<Mutex<P>>,
    lane: Lane<P::View>,
    said: Mutex<Said<P::Settings>>,
}

/// What was last said to a run.
struct Said<S> {
    settings: Option<S>,
    state: RunState,
    generation: Generation,
}

// A job that panicked leaves whole steps only.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<P: Process> Run<P> {
    /// A process that has not begun; `state` says whether it begins as soon as it has settings.
    pub fn new(executor: &Executor, wake: Waker, process: P, state: RunState) -> Self {
        Self {
            process: Arc::new(Mutex::new(process)),
            lane: Lane::new(executor, wake),
            said: Mutex::new(Said {
                settings: None,
                state,
                generation: Generation::default(),
            }),
        }
    }

    /// Hands `work` to the lane: the process has its settings by then, and is shown as it stands after it.
    fn ask(
        &self,
        said: &mut Said<P::Settings>,
        work: impl FnOnce(&mut P, &Asked<P::View>) -> Result<(), JobError> + Send + 'static,
    ) {
        let Some(settings) = said.settings.clone() else { return };
        said.generation = said.generation.next();
        let (process, state) = (Arc::clone(&self.process), said.state);
        self.lane.ask(said.generation, move |asked| {
            // The job before this one has ended: a lane runs one at a time.
            let mut process = lock(&process);
            process.set(&settings).map_err(JobError::Failed)?;
            work(&mut process, asked)?;
            // What ran is at its end by now.
            let rests = if state == RunState::Running {
                RunState::Paused
            } else {
                state
            };
            Ok(process.view(rests))
        });
    }

    fn go_on(&self, said: &mut Said<P::Settings>, pace: Pace) {
        let runs = said.state == RunState::Running;
        self.ask(said, move |process, asked| {
            if runs {
                process.run(pace, asked)?;
            }
            Ok(())
        });
    }
}

impl<P: Process> Runs<P::Settings, P::View> for Run<P> {
    fn want(&self, settings: &P::Settings) {
        let mut said = lock(&self.said);
        if said.settings.as_ref() == Some(settings) {
            return;
        }
        said.settings = Some(settings.clone());
        self.go_on(&mut said, Pace::Quick);
    }

    fn order(&self, order: Order) {
        let mut said = lock(&self.said);
        let going = said.state == RunState::Running && self.lane.is_busy();
        said.state = if order == Order::Toggle && !going {
            RunState::Running
        } else {
            RunState::Paused
        };
        match order {
            Order::Toggle => self.go_on(&mut said, Pace::Watched),
            Order::Step => self.ask(&mut said, |process, _| {
                process.step();
                Ok(())
            }),
            Order::Reset => self.ask(&mut said, |process, _| {
                process.reset();
                Ok(())
            }),
        }
    }

    fn latest(&self) -> &Latest<P::View> {
        self.lane.latest()
    }

    fn generation(&self) -> Generation {
        lock(&self.said).generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Phase;
    use std::time::Duration;

    /// Counts to its settings.
    struct Counter {
        to: u64,
        at: u64,
    }

    impl Process for Counter {
        type Settings = u64;
        type View = (u64, RunState);

        fn set(&mut self, settings: &u64) -> Result<(), String> {
            self.to = *settings;
            if *settings == 13 {
                Err("not so many".to_owned())
            } else {
                Ok(())
            }
        }

        fn run(&mut self, _pace: Pace, asked: &Asked<(u64, RunState)>) -> Result<(), JobError> {
            while self.at < self.to {
                self.at += 1;
                asked.partial(self.view(RunState::Running))?;
                if self.to > 1000 {
                    std::thread::sleep(Duration::from_millis(1));
                }
            }
            Ok(())
        }

        fn step(&mut self) {
            self.at += 1;
        }

        fn reset(&mut self) {
            self.at = 0;
        }

        fn view(&self, state: RunState) -> (u64, RunState) {
            (self.at, state)
        }
    }

    fn ready(run: &Run<Counter>, executor: &Executor) -> Phase<(u64, RunState)> {
        assert!(executor.wait_idle(Duration::from_secs(60)));
        run.latest().load().phase.clone()
    }

    #[test]
    fn it_runs_pauses_steps_and_begins_again() {
        let executor = Executor::new("test", 1).unwrap();
        let run = Run::new(&executor, Arc::new(|| {}), Counter { to: 0, at: 0 }, RunState::Running);
        run.order(Order::Step);
        assert_eq!(
            ready(&run, &executor),
            Phase::Empty,
            "without settings there is nothing to step"
        );
        run.want(&5);
        // A step before any settings left it paused: a person's word counts.
        assert_eq!(ready(&run, &executor), Phase::Ready((0, RunState::Paused)));
        run.order(Order::Toggle);
        assert_eq!(ready(&run, &executor), Phase::Ready((5, RunState::Paused)));
        run.order(Order::Step);
        assert_eq!(ready(&run, &executor), Phase::Ready((6, RunState::Paused)));
        run.order(Order::Reset);
        assert_eq!(ready(&run, &executor), Phase::Ready((0, RunState::Paused)));
        run.want(&13);
        assert_eq!(ready(&run, &executor), Phase::Failed("not so many".to_owned()));
        let before = run.generation();
        run.want(&13);
        assert_eq!(run.generation(), before, "asked twice for the same");
    }

    #[test]
    fn what_runs_is_paused_where_it_is() {
        let executor = Executor::new("test", 1).unwrap();
        let run = Run::new(&executor, Arc::new(|| {}), Counter { to: 0, at: 0 }, RunState::Asks);
        run.want(&1_000_000);
        assert_eq!(ready(&run, &executor), Phase::Ready((0, RunState::Asks)));
        run.order(Order::Toggle);
        while run.latest().load().phase.view().is_none_or(|v| v.0 < 3) {
            std::thread::yield_now();
        }
        run.order(Order::Toggle);
        let Phase::Ready((at, RunState::Paused)) = ready(&run, &executor) else {
            panic!("it did not pause");
        };
        assert!((3..1_000_000).contains(&at));
    }
}
