//! Everybody's two lists, in the background: those compared so far are shown on the way.

use std::time::{Duration, Instant};

use super::what::ChangesQuery;
use crate::answers::compare::Everybody;
use crate::answers::{CompareAllView, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::panes::background::{REST, job_error};
use crate::task::{Pool, Report, Task};

/// What the pane shows.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangesView {
    pub state: RunState,
    /// Those compared so far; none before the models are fitted.
    pub compared: Option<CompareAllView>,
    /// How many there are to compare.
    pub of: usize,
    /// What is done before anybody is compared.
    pub report: Option<Report>,
}

/// Two lists of everybody, one after the other.
pub struct ChangesRun {
    world: World,
    pool: Pool,
    wanted: Option<ChangesQuery>,
    everybody: Option<Everybody>,
}

/// How often those compared so far are shown.
const LOOK: Duration = Duration::from_millis(250);

impl ChangesRun {
    /// Nobody compared yet.
    pub fn new(world: World, pool: Pool) -> Self {
        Self {
            world,
            pool,
            wanted: None,
            everybody: None,
        }
    }

    fn opened(&self, wanted: &ChangesQuery, asked: &Asked<ChangesView>) -> Result<Everybody, JobError> {
        let view = self.view(RunState::Running);
        let task = asked.watched(&self.pool, move |report| ChangesView {
            report: Some(report),
            ..view.clone()
        });
        let world = self.world.with_edits(wanted.edits.clone());
        let [a, b] = &wanted.models;
        Everybody::open(&world, (a, b), wanted.n, &task).map_err(job_error)
    }
}

impl Process for ChangesRun {
    type Settings = ChangesQuery;
    type View = ChangesView;

    fn set(&mut self, settings: &ChangesQuery) -> Result<(), String> {
        if self.wanted.as_ref() != Some(settings) {
            self.everybody = None;
        }
        self.wanted = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<ChangesView>) -> Result<(), JobError> {
        let Some(wanted) = self.wanted.clone() else {
            return Ok(());
        };
        // At once: no frame waits for what rests.
        asked.partial(self.view(RunState::Running))?;
        let mut everybody = if let Some(begun) = self.everybody.take() {
            begun
        } else {
            asked.wait(REST)?;
            self.opened(&wanted, asked)?
        };
        let task = Task {
            cancel: asked.cancel.clone(),
            pool: self.pool.clone(),
            ..Task::default()
        };
        let mut shown = Instant::now();
        let mut ended = Ok(());
        while !everybody.is_done() && ended.is_ok() {
            ended = everybody.go_on(&task).map_err(job_error);
            if ended.is_ok() && shown.elapsed() >= LOOK {
                let view = ChangesView {
                    state: RunState::Running,
                    compared: Some(everybody.view()),
                    of: everybody.users(),
                    report: None,
                };
                ended = asked.partial(view).map_err(JobError::from);
                shown = Instant::now();
            }
        }
        // Those compared stay, whoever stopped it.
        self.everybody = Some(everybody);
        ended
    }

    fn reset(&mut self) {
        self.everybody = None;
    }

    fn view(&self, state: RunState) -> ChangesView {
        ChangesView {
            state,
            compared: self.everybody.as_ref().map(Everybody::view),
            of: self.everybody.as_ref().map_or(0, Everybody::users),
            report: None,
        }
    }
}
