use std::time::Duration;

use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::experiment::peeking::{Peeked, Rule, peek, peek_watched};
use crate::task::{Pool, Task};

/// Which tests, and how often they are looked at.
#[derive(Clone, Debug, PartialEq)]
pub struct PeekingSettings {
    pub rule: Rule,
    pub looks: usize,
    pub runs: u64,
    pub alpha: f64,
    pub seed: u64,
}

/// What is seen of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PeekingView {
    pub found: Option<Peeked>,
}

/// A/A tests in the background.
pub struct PeekingRun {
    pool: Pool,
    settings: Option<PeekingSettings>,
    found: Option<Peeked>,
}

/// Frames until all tests are run, where they take less than that: a second, so that the share is seen to settle.
const FRAMES: u64 = 20;
const FRAME: Duration = Duration::from_millis(50);
/// Above so many looks in all they take their own time.
const FEW: u64 = 5_000_000;

impl PeekingRun {
    /// Nothing looked at yet.
    pub fn new(pool: Pool) -> Self {
        Self {
            pool,
            settings: None,
            found: None,
        }
    }
}

impl Process for PeekingRun {
    type Settings = PeekingSettings;
    type View = PeekingView;

    fn set(&mut self, settings: &PeekingSettings) -> Result<(), String> {
        if self.settings.as_ref() != Some(settings) {
            self.found = None;
        }
        self.settings = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, pace: Pace, asked: &Asked<PeekingView>) -> Result<(), JobError> {
        let Some(settings) = self.settings.clone() else {
            return Ok(());
        };
        let is_over = self.found.as_ref().is_some_and(|f| f.runs == settings.runs);
        if is_over && pace == Pace::Quick {
            return Ok(());
        }
        self.found = None;
        asked.partial(self.view(RunState::Running))?;
        let task = Task {
            cancel: asked.cancel.clone(),
            pool: self.pool.clone(),
            ..Task::default()
        };
        let PeekingSettings {
            rule,
            looks,
            runs,
            alpha,
            seed,
        } = settings;
        let partial = |found: Peeked| asked.partial(PeekingView { found: Some(found) });
        if runs.saturating_mul(looks as u64) > FEW {
            self.found = Some(peek_watched(rule, looks, runs, alpha, seed, &task, &mut |found| {
                partial(found)
            })?);
            return Ok(());
        }
        for frame in 1..=FRAMES {
            // The first tests are the same, however many follow.
            let so_far = (runs * frame).div_ceil(FRAMES);
            let found = peek(rule, looks, so_far, alpha, seed, &task)?;
            self.found = Some(found.clone());
            partial(found)?;
            if frame < FRAMES {
                asked.wait(FRAME)?;
            }
        }
        Ok(())
    }

    fn reset(&mut self) {
        self.found = None;
    }

    fn view(&self, _state: RunState) -> PeekingView {
        PeekingView {
            found: self.found.clone(),
        }
    }
}
