//! A pipeline to be touched and broken: a batch of one's own in a store, a session, a frozen clock, and how the list follows.

mod batch;
mod building;
pub mod retrieval;
mod view;

use super::{AnswerError, World};
use crate::pipeline::SessionEvent;
use crate::pipeline::follow::{Followed, Origin};
use crate::task::{Cancelled, Task};
use batch::Batch;
use building::{Building, Recipe};

pub use view::{BatchView, FlowRow, FreshRow, Latency, PipelineQuery, PipelineView, StageDetail};

/// A store with a batch, kept from one question to the next.
pub struct PipelineLab {
    world: World,
    /// Before the folder, which is gone after it.
    building: Option<Building>,
    built: Option<(Recipe, Batch)>,
    followed: Option<Following>,
    folder: Option<tempfile::TempDir>,
}

/// Events on their way.
struct Following {
    from: String,
    origin: Origin,
    followed: Followed,
}

impl PipelineLab {
    /// Nothing computed yet.
    pub fn new(world: World) -> Self {
        Self {
            world,
            building: None,
            built: None,
            followed: None,
            folder: None,
        }
    }

    /// Answers; a batch is computed first where the one that is there is another's. `partial` gets how far it is. A batch that is
    /// being computed goes on where the answer is cancelled, and is stopped only where the next question wants another one.
    ///
    /// # Errors
    /// A model that can't be fitted, a store that can't be written, cancellation.
    pub fn answer(
        &mut self,
        query: &PipelineQuery,
        task: &Task,
        partial: &(dyn Fn(PipelineView) + Send + Sync),
    ) -> Result<PipelineView, AnswerError> {
        self.build(query, task, partial)?;
        if self.followed.as_ref().map(|f| &f.from) != query.follow.as_ref() {
            self.followed = None;
            if let Some(from) = &query.follow {
                self.followed = Some(Following {
                    origin: Origin::at(from)?,
                    from: from.clone(),
                    followed: Followed::default(),
                });
            }
            while self.look()? {
                task.cancel.check()?;
            }
        }
        let told = self.told(query);
        let Some((_, batch)) = &mut self.built else {
            return Ok(PipelineView::default());
        };
        let mut query = query.clone();
        let n = told.len();
        query.session = told.into_iter().chain(query.session).collect();
        if query.batched > 0 {
            query.batched += n;
        }
        batch.follow(&self.world, &query, &task.cancel)?;
        let view = batch.view(&self.world, &query, &task.cancel)?;
        Ok(PipelineView {
            told: n,
            followed: self.followed.as_ref().map(|f| f.followed.in_words()),
            ..view
        })
    }

    /// Takes in what has come of what is followed; whether something has.
    ///
    /// # Errors
    /// It can't be read any more.
    pub fn look(&mut self) -> Result<bool, AnswerError> {
        let Some(Following { from, origin, followed }) = &mut self.followed else {
            return Ok(false);
        };
        let data = &self.world.dataset;
        // The batch here is of tonight, whatever the times of events say.
        let looked = origin.look(&mut |line| {
            followed.take(line, i64::MIN, |item| data.find_item(item).is_some());
        });
        let looked = looked.map_err(|e| AnswerError::Unfit(format!("{}: {e}", crate::data::printable(from))))?;
        Ok(looked.read > 0)
    }

    /// What was followed of the user.
    fn told(&self, query: &PipelineQuery) -> Vec<SessionEvent> {
        let (Some(following), Some(user)) = (&self.followed, query.user) else {
            return Vec::new();
        };
        following.followed.session(self.world.dataset.user_id(user))
    }

    /// Sees to it that the batch is there that the question is about.
    fn build(
        &mut self,
        query: &PipelineQuery,
        task: &Task,
        partial: &(dyn Fn(PipelineView) + Send + Sync),
    ) -> Result<(), AnswerError> {
        let recipe = Recipe::of(query);
        if self.built.as_ref().is_some_and(|(made, _)| *made == recipe) {
            return Ok(());
        }
        let say = |report| {
            partial(PipelineView {
                building: Some(report),
                hours: query.hours,
                ..PipelineView::default()
            });
        };
        let running = self.building.take();
        let building = match running {
            Some(building) if building.recipe == recipe => building,
            other => {
                let before = other.as_ref().map(|building| building.recipe.clone());
                // The store is written by one at a time.
                drop(other);
                self.built = None;
                let path = self.path()?;
                Building::begin(&self.world, path, recipe, before.as_ref(), (task, &say))?
            }
        };
        let building = self.building.insert(building);
        let Some(ended) = building.wait(&task.cancel, &say) else {
            return Err(Cancelled.into());
        };
        let recipe = building.recipe.clone();
        self.building = None;
        self.built = Some((recipe, ended?));
        Ok(())
    }

    /// Where the store is.
    fn path(&mut self) -> Result<String, AnswerError> {
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => tempfile::tempdir().map_err(|e| AnswerError::Unfit(format!("no place for the store: {e}")))?,
        };
        let folder = self.folder.insert(folder);
        Ok(folder.path().join("pipeline.redb").to_string_lossy().into_owned())
    }
}
