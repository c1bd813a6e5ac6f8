use std::sync::Arc;
use std::time::Duration;

use crate::answers::{ColdStartNext, ColdStartView, cold_start};
use crate::bandit::{Arm, PolicyChoice, Simulation, arms_from_dataset};
use crate::data::Dataset;
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::task::Cancel;

/// What the run is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct BanditSettings {
    pub policies: Vec<PolicyChoice>,
    pub arms: usize,
    pub horizon: u64,
    pub seed: u64,
    /// Pulls a second while somebody watches; none for as fast as it goes.
    pub speed: Option<f64>,
}

/// A few policies on arms from the dataset, in the background to their horizon.
pub struct BanditRun {
    dataset: Arc<Dataset>,
    settings: Option<BanditSettings>,
    simulation: Option<Simulation>,
    /// What decided the last pull of each policy, where that was made alone.
    decided: Vec<ColdStartNext>,
}

/// How long a run in the background takes, in frames.
const FRAMES: u64 = 12;
/// Between two frames.
const FRAME: Duration = Duration::from_millis(60);

impl BanditRun {
    /// A run that has no policies yet.
    pub fn new(dataset: Arc<Dataset>) -> Self {
        Self {
            dataset,
            settings: None,
            simulation: None,
            decided: Vec::new(),
        }
    }

    /// Pulls on; a pull that is made alone is made with what decided it.
    fn pull(&mut self, pulls: u64, cancel: &Cancel) -> Result<(), JobError> {
        self.decided.clear();
        let Some(simulation) = self.simulation.as_mut().filter(|s| !s.is_finished()) else {
            return Ok(());
        };
        if pulls == 1 {
            let lanes = simulation.lanes().iter();
            self.decided = lanes.map(|lane| ColdStartNext::of(lane.next_pull())).collect();
        }
        Ok(simulation.step_many(pulls, cancel)?)
    }

    /// Pulls a frame, and the time it stands.
    fn stride(&self, pace: Pace, horizon: u64) -> (u64, Duration) {
        let speed = self.settings.as_ref().and_then(|s| s.speed);
        match (pace, speed) {
            (Pace::Watched, Some(speed)) => {
                let frame = FRAME.as_secs_f64().max(1.0 / speed);
                ((speed * frame).round().max(1.0) as u64, Duration::from_secs_f64(frame))
            }
            _ => ((horizon / FRAMES).max(1), FRAME),
        }
    }
}

impl Process for BanditRun {
    type Settings = BanditSettings;
    type View = ColdStartView;

    fn set(&mut self, settings: &BanditSettings) -> Result<(), String> {
        let slower = |s: &BanditSettings| BanditSettings {
            speed: None,
            ..s.clone()
        };
        let same = self.settings.as_ref().is_some_and(|s| slower(s) == slower(settings));
        self.settings = Some(settings.clone());
        if !same || self.simulation.is_none() {
            let arms: Vec<Arm> = arms_from_dataset(&self.dataset, settings.arms, None);
            let simulation = Simulation::new(&arms, &settings.policies, settings.horizon, settings.seed);
            self.simulation = Some(simulation.map_err(|e| e.to_string())?);
            self.decided.clear();
        }
        Ok(())
    }

    fn run(&mut self, pace: Pace, asked: &Asked<ColdStartView>) -> Result<(), JobError> {
        let Some(horizon) = self.simulation.as_ref().map(Simulation::horizon) else {
            return Ok(());
        };
        let (stride, pause) = self.stride(pace, horizon);
        if let Some(simulation) = self.simulation.as_mut().filter(|s| s.is_finished()) {
            simulation.reset();
        }
        while self.simulation.as_ref().is_some_and(|s| !s.is_finished()) {
            self.pull(stride, &asked.cancel)?;
            asked.partial(self.view(RunState::Running))?;
            wait(pause, &asked.cancel)?;
        }
        Ok(())
    }

    fn step(&mut self) {
        // Nobody cancels a step.
        let _ = self.pull(1, &Cancel::new());
    }

    fn reset(&mut self) {
        self.decided.clear();
        if let Some(simulation) = &mut self.simulation {
            simulation.reset();
        }
    }

    fn view(&self, state: RunState) -> ColdStartView {
        let success = cold_start::success(&self.dataset, None);
        let running = state == RunState::Running;
        let Some(simulation) = &self.simulation else {
            return ColdStartView::default();
        };
        let mut view = ColdStartView::of(simulation, running, Some(&self.dataset), success);
        for (policy, decided) in view.policies.iter_mut().zip(&self.decided) {
            policy.decided = Some(decided.clone());
        }
        view
    }
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
