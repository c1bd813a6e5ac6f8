use std::sync::Arc;
use std::time::Duration;

use crate::answers::{ColdStartNext, ColdStartView, cold_start};
use crate::bandit::{
    Among, Arm, BanditError, Course, Pick, Piecewise, PolicyChoice, Preset, Simulation, Walk, World, arms_from_items,
    arms_of, guess_rates, segments_of,
};
use crate::data::{Dataset, clean_label};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::task::Cancel;

/// The true rate of an arm, set by hand; an arm that is not there yet becomes one.
#[derive(Clone, Debug, PartialEq)]
pub struct ByHand {
    pub id: String,
    pub rate: f64,
    /// What similar items let expect of it, where no item of the data says that.
    pub guess: Option<f64>,
}

/// What the run is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct BanditSettings {
    pub policies: Vec<PolicyChoice>,
    pub arms: usize,
    /// A way to choose items, or the name of a set of rates.
    pub from: String,
    /// Only items that have this name in this column.
    pub among: Option<Among>,
    /// The column of the users by which rates differ.
    pub segments: Option<String>,
    pub delay: u64,
    /// The standard deviation of a step of every rate; 0 for none.
    pub drift: f64,
    /// Pulls between two changes; 0 for none.
    pub change_every: u64,
    pub rates: Vec<ByHand>,
    pub horizon: u64,
    pub seed: u64,
    /// Pulls a second while somebody watches; none for as fast as it goes.
    pub speed: Option<f64>,
}

impl BanditSettings {
    /// The set of rates by its name, where the arms are one.
    pub fn preset(&self) -> Option<&str> {
        Preset::find(&self.from).map(|preset| preset.name)
    }

    /// The world without what was set by hand.
    pub fn world(&self, dataset: &Dataset) -> Result<World, BanditError> {
        let preset = Preset::find(&self.from);
        if let (Some(preset), Some(column)) = (preset, &self.segments) {
            let problem = format!("{} has no users who could differ by {column}", preset.name);
            return Err(BanditError::Items(problem));
        }
        let arms = if let Some(preset) = preset {
            arms_of(&preset.rates())
        } else {
            arms_from_items(
                dataset,
                self.arms,
                None,
                self.from.parse::<Pick>()?,
                self.among.as_ref(),
            )?
        };
        let course = match (&self.segments, self.change_every, self.drift) {
            (Some(column), ..) => Some(Course::Segments(segments_of(dataset, &arms, None, column)?)),
            (None, 0, 0.0) => None,
            (None, 0, step) => Some(Course::Walk(Walk { step })),
            (None, every, _) => Some(Course::Piecewise(Piecewise { every })),
        };
        Ok(World {
            arms: arms.into(),
            course,
            delay: self.delay,
        })
    }

    /// The world with the rates that were set by hand, as if from the first pull.
    pub fn world_by_hand(&self, dataset: &Dataset) -> Result<World, BanditError> {
        let mut world = self.world(dataset)?;
        let mut arms = world.arms.to_vec();
        // Where rates differ between kinds of people there is no rate to be set.
        for set in self.rates.iter().filter(|_| self.segments.is_none()) {
            match arms.iter_mut().find(|arm| arm.id == set.id) {
                Some(arm) => arm.mean = set.rate,
                None => arms.push(new_arm(dataset, set)),
            }
        }
        self.guess(dataset, &mut arms)?;
        world.arms = arms.into();
        Ok(world)
    }

    /// What is expected of arms, where a policy goes by that.
    fn guess(&self, dataset: &Dataset, arms: &mut [Arm]) -> Result<(), BanditError> {
        if !self.policies.iter().any(PolicyChoice::uses_guesses) {
            return Ok(());
        }
        guess_rates(dataset, arms, None, &Cancel::new())?;
        for arm in arms.iter_mut().filter(|arm| arm.guess.is_none()) {
            let known = self.rates.iter().find(|set| set.id == arm.id);
            arm.guess = known.and_then(|set| set.guess);
        }
        Ok(())
    }

    /// How the choice of arms is written on the command line, where it is not the usual one.
    pub fn arm_arguments(&self) -> Vec<(&'static str, String)> {
        let mut arguments = Vec::new();
        if self.preset().is_none() && self.from != Pick::default().to_string() {
            arguments.push(("--pick", self.from.clone()));
        }
        if let (Some(among), None) = (&self.among, self.preset()) {
            arguments.push(("--among", among.to_string()));
        }
        arguments
    }

    /// The same of the whole world.
    pub fn world_arguments(&self) -> Vec<(&'static str, String)> {
        let mut arguments = self.arm_arguments();
        if let Some(column) = &self.segments {
            arguments.push(("--segments", column.clone()));
        } else if self.change_every > 0 {
            arguments.push(("--change-every", self.change_every.to_string()));
        } else if self.drift > 0.0 {
            arguments.push(("--drift", self.drift.to_string()));
        }
        if self.delay > 0 {
            arguments.push(("--delay", self.delay.to_string()));
        }
        arguments
    }

    /// The same settings but for what a run can go on with.
    fn fixed(&self) -> Self {
        Self {
            speed: None,
            rates: Vec::new(),
            ..self.clone()
        }
    }
}

/// An arm that somebody added: an item of the data where there is one of that id.
fn new_arm(dataset: &Dataset, set: &ByHand) -> Arm {
    let item = dataset.find_item(&set.id);
    let label = item.map_or(set.id.as_str(), |item| dataset.item_label(item));
    Arm {
        id: set.id.clone(),
        label: clean_label(label).into_owned(),
        mean: set.rate,
        guess: None,
    }
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

    /// Sets the rates of the run that goes on to those set by hand.
    fn apply_rates(&mut self) -> Result<(), BanditError> {
        let (Some(simulation), Some(settings)) = (&mut self.simulation, &self.settings) else {
            return Ok(());
        };
        for set in &settings.rates {
            match simulation.arms().iter().position(|arm| arm.id == set.id) {
                Some(at) if simulation.arms()[at].mean == set.rate => {}
                Some(at) => simulation.set_rate(at, set.rate),
                None => {
                    let mut arm = new_arm(&self.dataset, set);
                    settings.guess(&self.dataset, std::slice::from_mut(&mut arm))?;
                    simulation.add_arm(arm);
                }
            }
        }
        Ok(())
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
        let before = self.settings.replace(settings.clone());
        let same = before.as_ref().is_some_and(|s| s.fixed() == settings.fixed());
        // An arm that was added can only be taken away by beginning again.
        let grows = |before: &BanditSettings| {
            let known = |id: &String| settings.rates.iter().any(|other| other.id == *id);
            before.rates.iter().all(|set| known(&set.id))
        };
        let error = |e: BanditError| e.to_string();
        if same && before.as_ref().is_some_and(grows) && self.simulation.is_some() {
            return self.apply_rates().map_err(error);
        }
        let world = settings.world_by_hand(&self.dataset).map_err(error)?;
        let simulation = Simulation::new(&world, &settings.policies, settings.horizon, settings.seed);
        self.simulation = Some(simulation.map_err(error)?);
        self.decided.clear();
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
            asked.wait(pause)?;
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
