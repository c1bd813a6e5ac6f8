use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::executor::Handle;
use super::{Executor, Generation, Latest, Phase, Waker};
use crate::task::{Cancel, Cancelled, Pool, Progress, Report, Task};

/// Why a job has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Nobody wants it any longer: nothing is published.
    #[error("cancelled")]
    Cancelled,
    /// What it needs is not there yet: it is asked again when it is.
    #[error("waiting")]
    Waiting,
    #[error("{0}")]
    Failed(String),
}

impl From<Cancelled> for JobError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// What a job is handed; a clone shows parts of the answer from other threads.
pub struct Asked<V> {
    /// Raised once a newer question was asked.
    pub cancel: Cancel,
    generation: Generation,
    latest: Latest<V>,
}

impl<V> Clone for Asked<V> {
    fn clone(&self) -> Self {
        Self {
            cancel: self.cancel.clone(),
            generation: self.generation,
            latest: self.latest.clone(),
        }
    }
}

impl<V> Asked<V> {
    /// Shows a part of the answer; an error once nobody wants the rest.
    pub fn partial(&self, view: V) -> Result<(), Cancelled> {
        self.cancel.check()?;
        let taken = self.latest.publish(self.generation, Phase::Partial(view));
        taken.then_some(()).ok_or(Cancelled)
    }
}

impl<V> Asked<V> {
    /// Waits, so that somebody can watch, but not for what nobody wants any more.
    pub fn wait(&self, pause: Duration) -> Result<(), Cancelled> {
        self.cancel.wait(pause)
    }
}

/// How often work is seen to move.
const LOOK: Duration = Duration::from_millis(100);

impl<V: Send + Sync + 'static> Asked<V> {
    /// A task whose reports are published, not too often, as what `view` makes of them.
    pub fn watched(&self, pool: &Pool, view: impl Fn(Report) -> V + Send + Sync + 'static) -> Task {
        let asked = self.clone();
        let last = Mutex::new(None::<Instant>);
        let progress = Progress::to(move |report| {
            let now = Instant::now();
            let Ok(mut last) = last.try_lock() else { return };
            if last.is_none_or(|at| now.duration_since(at) >= LOOK) {
                *last = Some(now);
                let _ = asked.partial(view(report));
            }
        });
        Task {
            cancel: self.cancel.clone(),
            progress,
            pool: pool.clone(),
            ..Task::default()
        }
    }
}

type Job<V> = Box<dyn FnOnce(&Asked<V>) -> Result<V, JobError> + Send>;

struct Slots<V> {
    waiting: Option<(Generation, Cancel, Job<V>)>,
    running: Option<Cancel>,
    /// A drain of this lane is in the executor's queue, or running.
    scheduled: bool,
}

struct Inner<V> {
    slots: Mutex<Slots<V>>,
    latest: Latest<V>,
    executor: Handle,
    root: Cancel,
}

/// One line of questions of which only the newest counts. At most one job of a lane runs at a time.
///
/// Dropping the lane cancels what runs.
pub struct Lane<V: Send + Sync + 'static> {
    inner: Arc<Inner<V>>,
}

impl<V: Send + Sync + 'static> Lane<V> {
    /// A lane on `executor`; `wake` is called after every publication.
    pub fn new(executor: &Executor, wake: Waker) -> Self {
        let slots = Mutex::new(Slots {
            waiting: None,
            running: None,
            scheduled: false,
        });
        Self {
            inner: Arc::new(Inner {
                slots,
                latest: Latest::new(wake),
                executor: executor.handle(),
                root: executor.cancel().child(),
            }),
        }
    }

    pub fn latest(&self) -> &Latest<V> {
        &self.inner.latest
    }

    /// Asks: replaces the question that waits, cancels the one that runs. A generation below one that was asked before
    /// is ignored.
    pub fn ask(&self, generation: Generation, job: impl FnOnce(&Asked<V>) -> Result<V, JobError> + Send + 'static) {
        let inner = &self.inner;
        let replaced = {
            let mut slots = inner.lock();
            if generation < inner.latest.wanted() {
                return;
            }
            inner.latest.want(generation);
            if let Some(running) = &slots.running {
                running.cancel();
            }
            let job: Job<V> = Box::new(job);
            let replaced = slots.waiting.replace((generation, inner.root.child(), job));
            if !slots.scheduled {
                slots.scheduled = true;
                inner.schedule();
            }
            replaced
        };
        drop(replaced);
    }

    /// Stops what runs and forgets what waits; what was published stays.
    pub fn cancel(&self) {
        let mut slots = self.inner.lock();
        if let Some(running) = &slots.running {
            running.cancel();
        }
        let forgotten = slots.waiting.take();
        drop(slots);
        drop(forgotten);
    }

    pub fn is_busy(&self) -> bool {
        let slots = self.inner.lock();
        slots.waiting.is_some() || slots.running.is_some()
    }
}

impl<V: Send + Sync + 'static> Drop for Lane<V> {
    fn drop(&mut self) {
        self.inner.root.cancel();
        self.cancel();
    }
}

impl<V: Send + Sync + 'static> Inner<V> {
    // Jobs run outside the lock, so a poisoned lane is still a whole one.
    fn lock(&self) -> MutexGuard<'_, Slots<V>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn schedule(self: &Arc<Self>) {
        let inner = Arc::clone(self);
        self.executor.submit(move || inner.run_one());
    }

    /// Runs the waiting job, then gets back into the queue if another came meanwhile: other lanes get their turn.
    fn run_one(self: &Arc<Self>) {
        let taken = {
            let mut slots = self.lock();
            let taken = slots.waiting.take();
            slots.running = taken.as_ref().map(|(_, cancel, _)| cancel.clone());
            taken
        };
        if let Some((generation, cancel, job)) = taken {
            let asked = Asked {
                cancel,
                generation,
                latest: self.latest.clone(),
            };
            let result = catch_unwind(AssertUnwindSafe(|| job(&asked)));
            let result = result.unwrap_or_else(|payload| Err(JobError::Failed(panic_message(&*payload))));
            match result {
                Ok(view) => self.latest.publish(generation, Phase::Ready(view)),
                Err(JobError::Failed(message)) => self.latest.publish(generation, Phase::Failed(message)),
                Err(JobError::Waiting) => self.latest.publish(generation, Phase::Waiting),
                Err(JobError::Cancelled) => false,
            };
        }
        let mut slots = self.lock();
        slots.running = None;
        slots.scheduled = slots.waiting.is_some();
        if slots.scheduled {
            self.schedule();
        }
    }
}

/// What a panic said, as a sentence.
fn panic_message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    match text {
        Some(text) => format!("this computation broke down: {text}"),
        None => "this computation broke down".to_owned(),
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
