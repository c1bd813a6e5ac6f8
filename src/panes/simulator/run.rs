use crate::answers::{AnswerError, PipelineLab, PipelineQuery, PipelineView, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::task::{Pool, Progress, Task};

/// A batch and its requests, in the background.
pub struct PipelineRun {
    lab: PipelineLab,
    pool: Pool,
    settings: Option<PipelineQuery>,
    view: PipelineView,
}

impl PipelineRun {
    /// Nothing computed yet.
    pub fn new(world: World, pool: Pool) -> Self {
        Self {
            lab: PipelineLab::new(world),
            pool,
            settings: None,
            view: PipelineView::default(),
        }
    }
}

impl Process for PipelineRun {
    type Settings = PipelineQuery;
    type View = PipelineView;

    fn set(&mut self, settings: &PipelineQuery) -> Result<(), String> {
        self.settings = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, _: Pace, asked: &Asked<PipelineView>) -> Result<(), JobError> {
        let Some(query) = self.settings.clone() else {
            return Ok(());
        };
        // What was there before, so that nobody waits for a frame.
        asked.partial(self.view.clone())?;
        let task = Task {
            cancel: asked.cancel.clone(),
            progress: Progress::default(),
            pool: self.pool.clone(),
            timings: crate::task::Timings::default(),
        };
        let partial = |view: PipelineView| {
            // An error only means that nobody wants it: the task is cancelled then.
            let _ = asked.partial(view);
        };
        self.view = self.lab.answer(&query, &task, &partial).map_err(|error| match error {
            AnswerError::Cancelled(cancelled) => cancelled.into(),
            other => JobError::Failed(other.to_string()),
        })?;
        Ok(())
    }

    fn view(&self, _: RunState) -> PipelineView {
        self.view.clone()
    }
}
