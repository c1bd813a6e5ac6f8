//! The run of the Cold start pane: in the background to its horizon, then at rest.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::update::Bandit;
use crate::answers::{ColdStartView, CommandLine, World, command_line};
use crate::bandit::{Arm, Simulation, arms_from_dataset, like_threshold, parse_policies};
use crate::data::Dataset;
use crate::engine::{Asked, Executor, Generation, JobError, Lane, Waker};
use crate::task::Cancel;

/// The policies side by side.
const POLICIES: &str = "thompson; epsilon-greedy:epsilon=0.1; ucb1";
/// How many items become arms.
const ARMS: usize = 10;
/// Pulls by each policy.
const HORIZON: u64 = 10_000;

/// The run, its lane, and whether it goes on.
pub struct BanditRun {
    simulation: Arc<Mutex<Option<Simulation>>>,
    dataset: Arc<Dataset>,
    lane: Arc<Lane<ColdStartView>>,
    generation: Generation,
    seed: u64,
}

impl BanditRun {
    /// A run on arms from the dataset, not yet begun.
    pub fn new(executor: &Executor, wake: Waker, dataset: Arc<Dataset>, seed: u64) -> Self {
        Self {
            simulation: Arc::default(),
            dataset,
            lane: Arc::new(Lane::new(executor, wake)),
            generation: Generation::default(),
            seed,
        }
    }

    /// Where its answers appear.
    pub fn lane(&self) -> &Arc<Lane<ColdStartView>> {
        &self.lane
    }

    /// Runs to the horizon in about a second: what the pane shows when the program starts.
    pub fn start(&mut self) {
        self.run(12, Duration::from_millis(60));
    }

    /// Does what a key says.
    pub fn act(&mut self, what: Bandit) {
        match what {
            // One that runs is held; one that rests goes on, slowly enough to be watched; one at its end starts over.
            Bandit::RunPause if self.lane.is_busy() => self.ask(|_, _| Ok(())),
            Bandit::RunPause => self.run(100, Duration::from_millis(80)),
            Bandit::Step => self.ask(|simulation, _| {
                simulation.step();
                Ok(())
            }),
            Bandit::Reset => self.ask(|simulation, _| {
                simulation.reset();
                Ok(())
            }),
        }
    }

    fn run(&mut self, frames: u64, pause: Duration) {
        let dataset = Arc::clone(&self.dataset);
        self.ask(move |simulation, asked| {
            if simulation.is_finished() {
                simulation.reset();
            }
            let stride = (simulation.horizon() / frames).max(1);
            while !simulation.is_finished() {
                simulation.step_many(stride, &asked.cancel)?;
                asked.partial(view(simulation, true, &dataset))?;
                wait(pause, &asked.cancel)?;
            }
            Ok(())
        });
    }

    /// Does something to the simulation on its lane, then publishes how it stands.
    fn ask(
        &mut self,
        work: impl FnOnce(&mut Simulation, &Asked<ColdStartView>) -> Result<(), JobError> + Send + 'static,
    ) {
        self.generation = self.generation.next();
        let (shared, dataset, seed) = (Arc::clone(&self.simulation), Arc::clone(&self.dataset), self.seed);
        self.lane.ask(self.generation, move |asked| {
            let mut held = lock(&shared);
            if held.is_none() {
                *held = Some(simulation(&dataset, seed).map_err(JobError::Failed)?);
            }
            let Some(simulation) = held.as_mut() else {
                return Err(JobError::Cancelled);
            };
            work(simulation, asked)?;
            Ok(view(simulation, false, &dataset))
        });
    }
}

/// The command that runs the same to its horizon.
pub fn command(_view: &ColdStartView, world: &World, data: &[String]) -> String {
    let question = CommandLine::Bandit {
        policies: POLICIES,
        n_arms: ARMS,
        horizon: HORIZON,
        runs: 1,
    };
    command_line(world, data, question)
}

// A job that panicked leaves the run as far as it came: every step is whole.
fn lock(shared: &Mutex<Option<Simulation>>) -> MutexGuard<'_, Option<Simulation>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn simulation(dataset: &Dataset, seed: u64) -> Result<Simulation, String> {
    let arms: Vec<Arm> = arms_from_dataset(dataset, ARMS, None);
    let policies = parse_policies(POLICIES).map_err(|e| e.to_string())?;
    Simulation::new(&arms, &policies, HORIZON, seed).map_err(|e| e.to_string())
}

fn view(simulation: &Simulation, running: bool, dataset: &Dataset) -> ColdStartView {
    let success = if dataset.is_implicit() {
        "the user has the item".to_owned()
    } else {
        format!(
            "a rating of {} or more",
            crate::panes::widgets::short(like_threshold(dataset))
        )
    };
    ColdStartView::of(simulation, running, Some(dataset), success)
}

/// Waits, but not for what nobody wants any more.
fn wait(pause: Duration, cancel: &Cancel) -> Result<(), JobError> {
    let slice = Duration::from_millis(5);
    let mut left = pause;
    while !left.is_zero() {
        cancel.check()?;
        let now = left.min(slice);
        std::thread::sleep(now);
        left -= now;
    }
    Ok(())
}
