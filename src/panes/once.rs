//! Work that is done once for its settings, in the background: a pane shows what is done now, what is known so far, and asks
//! first where it takes long.

use std::sync::{Arc, Mutex, PoisonError};

use super::background::job_error;
use crate::answers::AnswerError;
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::task::{Pool, Report, Task};

/// A piece of work.
pub trait Work: Send + 'static {
    /// What it is done for.
    type Settings: Clone + PartialEq + Send + Sync + 'static;
    /// What comes of it.
    type Result: Clone + Send + Sync + 'static;
    /// What is done before anything is reported.
    const FIRST: &'static str;

    /// Whether it can be done for these settings; quickly.
    ///
    /// # Errors
    /// Why not.
    fn check(&self, settings: &Self::Settings) -> Result<(), AnswerError> {
        let _ = settings;
        Ok(())
    }

    /// Does it. `partial` takes what is known so far, and what is done next.
    ///
    /// # Errors
    /// Why it could not be done; cancellation.
    fn compute(
        &mut self,
        settings: &Self::Settings,
        task: &Task,
        partial: &mut dyn FnMut(&Self::Result, &str),
    ) -> Result<Self::Result, AnswerError>;
}

/// What is known of a piece of work.
#[derive(Clone, Debug, PartialEq)]
pub struct Once<R> {
    pub result: Option<R>,
    /// What is done now.
    pub report: Option<String>,
    /// It would take so long that a person is asked first.
    pub asks: bool,
}

impl<R> Default for Once<R> {
    fn default() -> Self {
        Self {
            result: None,
            report: None,
            asks: false,
        }
    }
}

impl<R> Once<R> {
    /// It is being done.
    fn going_on(result: Option<R>, report: &str) -> Self {
        Self {
            result,
            report: Some(report.to_owned()),
            asks: false,
        }
    }
}

/// A piece of work in the background. Its result stays until the settings change.
pub struct OnceRun<W: Work> {
    work: W,
    pool: Pool,
    settings: Option<W::Settings>,
    result: Option<W::Result>,
}

impl<W: Work> OnceRun<W> {
    /// Nothing done yet.
    pub fn new(work: W, pool: Pool) -> Self {
        Self {
            work,
            pool,
            settings: None,
            result: None,
        }
    }
}

impl<W: Work> Process for OnceRun<W> {
    type Settings = W::Settings;
    type View = Once<W::Result>;

    fn set(&mut self, settings: &W::Settings) -> Result<(), String> {
        if self.settings.as_ref() != Some(settings) {
            self.result = None;
        }
        self.settings = Some(settings.clone());
        self.work.check(settings).map_err(|error| error.to_string())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<Self::View>) -> Result<(), JobError> {
        let Some(settings) = self.settings.clone().filter(|_| self.result.is_none()) else {
            return Ok(());
        };
        asked.partial(Once::going_on(None, W::FIRST))?;
        let so_far = Arc::new(Mutex::new(None::<W::Result>));
        let shown = Arc::clone(&so_far);
        let task = asked.watched(&self.pool, move |report: Report| {
            let result = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Once::going_on(result, &report.in_words())
        });
        let mut partial = |result: &W::Result, next: &str| {
            *so_far.lock().unwrap_or_else(PoisonError::into_inner) = Some(result.clone());
            // Whether anybody still wants it is asked all the time.
            let _ = asked.partial(Once::going_on(Some(result.clone()), next));
        };
        let found = self.work.compute(&settings, &task, &mut partial);
        self.result = Some(found.map_err(job_error)?);
        Ok(())
    }

    fn reset(&mut self) {
        self.result = None;
    }

    fn view(&self, state: RunState) -> Self::View {
        Once {
            result: self.result.clone(),
            report: None,
            asks: state == RunState::Asks,
        }
    }
}
