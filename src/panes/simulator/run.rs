use crate::answers::{AnswerError, PipelineLab, PipelineQuery, PipelineView, World};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::task::{Pool, Task};

/// How long events that are followed are left alone.
const REST: std::time::Duration = std::time::Duration::from_millis(20);

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
            pool: self.pool.clone(),
            ..Task::default()
        };
        let partial = |view: PipelineView| {
            // An error only means that nobody wants it: the task is cancelled then.
            let _ = asked.partial(view);
        };
        let failed = |error| match error {
            AnswerError::Cancelled(cancelled) => JobError::from(cancelled),
            other => JobError::Failed(other.to_string()),
        };
        self.view = self.lab.answer(&query, &task, &partial).map_err(failed)?;
        // What is followed has no end: until somebody asks for something else.
        while query.follow.is_some() {
            asked.partial(self.view.clone())?;
            while !self.lab.look().map_err(failed)? {
                task.cancel.wait(REST)?;
            }
            self.view = self.lab.answer(&query, &task, &|_| ()).map_err(failed)?;
        }
        Ok(())
    }

    fn view(&self, _: RunState) -> PipelineView {
        self.view.clone()
    }
}
