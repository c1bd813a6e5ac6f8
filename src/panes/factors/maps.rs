//! Maps that take longer than a frame: made once a fit, whoever is looked at, and seen while they settle.

use std::sync::{Arc, Mutex, PoisonError};

use super::FactorsPaneView;
use crate::answers::factors::describe;
use crate::answers::map::compare::compare;
use crate::answers::{AnswerError, DescribeQuery, DescribeView, MapCompareView, MapQuery, MapView, Projection, map};
use crate::engine::Executor;
use crate::models::Formula;
use crate::panes::Job;
use crate::task::{Cancel, Memo, Pool, Task};

/// A fit and a projection.
pub(super) type Key = (String, Projection);

/// A map and the model that it is compared with.
type Pair = (Key, String);

/// The map that is being made.
struct Going {
    key: Key,
    /// Stops it: raised where another map is wanted.
    stop: Cancel,
    /// How it looks by now.
    stage: Option<Arc<MapView>>,
}

/// The last few maps, and the one that is being made.
pub(super) struct Maps {
    pub done: Memo<Key, MapView>,
    pub compared: Memo<Pair, MapCompareView>,
    going: Mutex<Option<Going>>,
    /// Where t-SNE spreads out.
    pool: Pool,
}

impl Maps {
    pub fn new(pool: Pool) -> Self {
        Self {
            done: Memo::new(4),
            compared: Memo::new(2),
            going: Mutex::default(),
            pool,
        }
    }

    /// How the map of `key` looks by now.
    fn stage(&self, key: &Key) -> Option<Arc<MapView>> {
        let going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        let going = going.as_ref().filter(|going| going.key == *key)?;
        going.stage.clone()
    }

    /// Makes `key` the one that is being made; whatever else was is stopped.
    fn begin(&self, key: &Key, own: &Cancel) -> Cancel {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = going.as_ref().filter(|other| other.key != *key) {
            other.stop.cancel();
        }
        let stop = own.child();
        *going = Some(Going {
            key: key.clone(),
            stop: stop.clone(),
            stage: None,
        });
        stop
    }

    /// Another map is wanted than the one that is being made.
    fn leave(&self, key: &Key) {
        let going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(other) = going.as_ref().filter(|other| other.key != *key) {
            other.stop.cancel();
        }
    }

    fn show(&self, key: &Key, stage: &MapView) {
        let mut going = self.going.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(going) = going.as_mut().filter(|going| going.key == *key) {
            going.stage = Some(Arc::new(stage.clone()));
        }
    }

    /// The map, made behind if need be; `so_far` is shown with every stage of it.
    pub fn made(
        self: &Arc<Self>,
        key: Key,
        query: MapQuery,
        behind: &Executor,
        job: &Job<'_, FactorsPaneView>,
        so_far: &FactorsPaneView,
    ) -> Result<Arc<MapView>, AnswerError> {
        self.leave(&key);
        let mut shown = self.stage(&key);
        job.partial(FactorsPaneView {
            map: shown.clone(),
            ..so_far.clone()
        });
        let (maps, world, wanted) = (Arc::clone(self), job.world.clone(), key.clone());
        let work = move |own: &Cancel| -> Result<Arc<MapView>, AnswerError> {
            maps.done.get(&wanted, own, || {
                let task = Task {
                    cancel: maps.begin(&wanted, own),
                    pool: maps.pool.clone(),
                    ..Task::default()
                };
                map::steps(&world, &query, &task, &mut |stage| maps.show(&wanted, stage))
            })
        };
        let look = || {
            let stage = self.stage(&key);
            let is_new = match (&stage, &shown) {
                (Some(stage), Some(shown)) => !Arc::ptr_eq(stage, shown),
                (stage, _) => stage.is_some(),
            };
            if is_new {
                shown = stage;
                job.partial(FactorsPaneView {
                    map: shown.clone(),
                    ..so_far.clone()
                });
            }
        };
        behind.await_watched(&job.task.cancel, work, look)?
    }

    /// The map beside another model's, laid over each other behind if need be.
    pub fn beside(
        self: &Arc<Self>,
        key: Key,
        query: MapQuery,
        other: &Formula,
        behind: &Executor,
        job: &Job<'_, FactorsPaneView>,
    ) -> Result<Arc<MapCompareView>, AnswerError> {
        let (maps, world, other) = (Arc::clone(self), job.world.clone(), other.clone());
        behind.await_done(&job.task.cancel, move |own| {
            let task = Task {
                cancel: own.clone(),
                pool: maps.pool.clone(),
                ..Task::default()
            };
            let pair = (key, other.to_string());
            maps.compared.get(&pair, own, || compare(&world, &query, &other, &task))
        })?
    }

    /// What the factors mean, found out behind if need be; with `retrain` also which of them come back from other seeds.
    pub fn described(
        &self,
        query: DescribeQuery,
        retrain: bool,
        behind: &Executor,
        job: &Job<'_, FactorsPaneView>,
    ) -> Result<Arc<DescribeView>, AnswerError> {
        let (world, pool) = (job.world.clone(), self.pool.clone());
        behind.await_done(&job.task.cancel, move |own| {
            let task = Task {
                cancel: own.clone(),
                pool,
                ..Task::default()
            };
            describe::shared(&world, &query, retrain, &task)
        })?
    }
}
