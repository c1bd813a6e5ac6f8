use std::time::Duration;

use crate::answers::experiment::{Lab, LabQuery, SimulatedView, Simulation};
use crate::answers::{AnswerError, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::experiment::Plan;
use crate::experiment::interleave::{Interleaved, interleave};
use crate::experiment::simulate::{Behavior, Design};
use crate::task::{Pool, Report, Task};

/// A whole experiment, as the controls say it.
#[derive(Clone, Debug, PartialEq)]
pub struct ExperimentSettings {
    pub lab: LabQuery,
    pub behavior: Behavior,
    pub design: Design,
    pub plan: Plan,
    /// Sessions that are interleaved beside it.
    pub sessions: u64,
    /// Whether the truth is shown.
    pub truth: bool,
}

/// What is seen of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExperimentView {
    /// As it stands; none before people have their lists.
    pub found: Option<SimulatedView>,
    /// The same formulas in one list.
    pub interleaved: Option<Interleaved>,
    /// What is done now.
    pub report: Option<String>,
    pub state: Option<RunState>,
    /// Whether the truth is shown.
    pub truth: bool,
}

impl ExperimentView {
    /// Whether somebody has to say that it may begin.
    pub fn asks(&self) -> bool {
        self.state == Some(RunState::Asks)
    }
}

/// An experiment in the background.
pub struct ExperimentRun {
    world: World,
    pool: Pool,
    settings: Option<ExperimentSettings>,
    lab: Option<Lab>,
    simulation: Option<Simulation>,
    interleaved: Option<Interleaved>,
}

/// A day, for somebody who watches.
const DAY: Duration = Duration::from_millis(250);

impl ExperimentRun {
    /// Nothing simulated yet.
    pub fn new(world: World, pool: Pool) -> Self {
        Self {
            world,
            pool,
            settings: None,
            lab: None,
            simulation: None,
            interleaved: None,
        }
    }

    /// Lists for people and users for the experiment, where they are not there yet.
    fn prepare(&mut self, task: &Task) -> Result<(), JobError> {
        let Some(settings) = &self.settings else { return Ok(()) };
        let lab = if let Some(lab) = &self.lab {
            lab.clone()
        } else {
            let opened = Lab::open(&self.world, &settings.lab, task).map_err(|error| match error {
                AnswerError::Cancelled(_) => JobError::Cancelled,
                other => JobError::Failed(other.to_string()),
            })?;
            self.lab.insert(opened).clone()
        };
        if self.simulation.is_none() {
            let (behavior, design, plan) = (settings.behavior, settings.design, settings.plan);
            self.simulation = Some(Simulation::new(lab, behavior, design, plan, task)?);
        }
        Ok(())
    }
}

impl Process for ExperimentRun {
    type Settings = ExperimentSettings;
    type View = ExperimentView;

    fn set(&mut self, settings: &ExperimentSettings) -> Result<(), String> {
        if let Some(before) = self.settings.replace(settings.clone()) {
            let lists_stay = before.lab == settings.lab;
            let people_stay = lists_stay && before.behavior == settings.behavior;
            let days = |s: &ExperimentSettings| (s.plan.days, s.plan.share.to_bits());
            if !lists_stay {
                self.lab = None;
            }
            if !people_stay || before.design != settings.design || days(&before) != days(settings) {
                self.simulation = None;
            }
            if !people_stay || before.sessions != settings.sessions || before.design.seed != settings.design.seed {
                self.interleaved = None;
            }
        }
        if let Some(simulation) = &mut self.simulation {
            simulation.replan(settings.plan);
        }
        Ok(())
    }

    fn run(&mut self, pace: Pace, asked: &Asked<ExperimentView>) -> Result<(), JobError> {
        let Some(settings) = self.settings.clone() else {
            return Ok(());
        };
        asked.partial(self.view(RunState::Running))?;
        let view = self.view(RunState::Running);
        let told = move |report: Report| ExperimentView {
            report: Some(report.stage),
            ..view.clone()
        };
        let task = asked.watched(&self.pool, told);
        self.prepare(&task)?;
        let is_over = self.simulation.as_ref().is_some_and(|s| s.day() >= settings.plan.days);
        if is_over && pace == Pace::Watched {
            self.simulation = None;
            self.prepare(&task)?;
        }
        // Days are told one by one, without reports of what they consist of.
        let quiet = Task {
            cancel: asked.cancel.clone(),
            pool: self.pool.clone(),
            ..Task::default()
        };
        while let Some(simulation) = &mut self.simulation {
            if !simulation.step(&quiet)? {
                break;
            }
            asked.partial(self.view(RunState::Running))?;
            if pace == Pace::Watched {
                asked.wait(DAY)?;
            }
        }
        if let (None, Some(lab)) = (&self.interleaved, &self.lab) {
            let (people, seed) = (&lab.people, settings.design.seed);
            self.interleaved = Some(interleave(people, &settings.behavior, settings.sessions, seed, &quiet)?);
        }
        Ok(())
    }

    fn step(&mut self) {
        let task = Task {
            pool: self.pool.clone(),
            ..Task::default()
        };
        // Lists take too long for a step: they are made by a run.
        if self.lab.is_some() && self.prepare(&task).is_ok() {
            // Nobody cancels a step.
            let _ = self.simulation.as_mut().map(|simulation| simulation.step(&task));
        }
    }

    fn reset(&mut self) {
        self.simulation = None;
        if self.lab.is_some() {
            let task = Task {
                pool: self.pool.clone(),
                ..Task::default()
            };
            let _ = self.prepare(&task);
        }
    }

    fn view(&self, state: RunState) -> ExperimentView {
        ExperimentView {
            found: self.simulation.as_ref().map(Simulation::view),
            interleaved: self.interleaved.clone(),
            report: (state == RunState::Running && self.simulation.is_none()).then(|| "making lists".to_owned()),
            state: Some(state),
            truth: self.settings.as_ref().is_some_and(|s| s.truth),
        }
    }
}
