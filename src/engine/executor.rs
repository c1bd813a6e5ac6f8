use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::task::{Cancel, Cancelled, Priority};

/// How often one who waits looks at its cancellation flag.
const PATIENCE: Duration = Duration::from_millis(2);

type Work = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Work>,
    running: usize,
    closed: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    /// Told when there is work, or no more will come.
    work: Condvar,
    /// Told when nothing waits and nothing runs.
    idle: Condvar,
}

impl Shared {
    // Work runs outside the lock, so a poisoned queue is still a whole one.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Work> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(work) = queue.waiting.pop_front() {
                queue.running += 1;
                return Some(work);
            }
            queue = self.work.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self) {
        let mut queue = self.lock();
        queue.running -= 1;
        if queue.running == 0 && queue.waiting.is_empty() {
            self.idle.notify_all();
        }
    }
}

/// A few threads that work off closures in the order in which they came. Browsing has one, fitting another, so that
/// training never takes a thread that a cursor move waits for.
///
/// Dropping it raises its [`Cancel`], forgets what waits, and does not wait for what runs.
pub struct Executor {
    shared: Arc<Shared>,
    cancel: Cancel,
}

impl Executor {
    /// `threads` (at least one) threads named after `name`.
    pub fn new(name: &str, threads: usize) -> std::io::Result<Self> {
        Self::at(Priority::Usual, name, threads)
    }

    /// As [`Executor::new`], its threads at this priority.
    pub fn at(priority: Priority, name: &str, threads: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let mut started = 0;
        for n in 0..threads.max(1) {
            let shared = Arc::clone(&shared);
            let builder = thread::Builder::new().name(format!("{name}-{n}"));
            let work = move || {
                priority.take();
                work_off(&shared);
            };
            match builder.spawn(work) {
                Ok(_) => started += 1,
                Err(error) if started == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(Self {
            shared,
            cancel: Cancel::new(),
        })
    }

    /// Raised when the executor is dropped: jobs get children of it.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// Puts `work` at the end of the queue.
    pub fn submit(&self, work: impl FnOnce() + Send + 'static) {
        self.handle().submit(work);
    }

    /// Has `work` done and waits for it, until `cancel` is raised: then the work goes on, and what comes of it is kept by
    /// whoever does it. It is handed the executor's own flag.
    ///
    /// # Errors
    /// Nobody waits any longer, or the work broke down.
    pub fn await_done<T: Send + 'static>(
        &self,
        cancel: &Cancel,
        work: impl FnOnce(&Cancel) -> T + Send + 'static,
    ) -> Result<T, Cancelled> {
        self.await_watched(cancel, work, || ())
    }

    /// As [`Executor::await_done`], looking every few milliseconds at what the work has shown by now.
    ///
    /// # Errors
    /// As [`Executor::await_done`].
    pub fn await_watched<T: Send + 'static>(
        &self,
        cancel: &Cancel,
        work: impl FnOnce(&Cancel) -> T + Send + 'static,
        mut look: impl FnMut(),
    ) -> Result<T, Cancelled> {
        let (done, result) = channel();
        let own = self.cancel.child();
        self.submit(move || {
            // Whoever waited may have gone.
            let _ = done.send(work(&own));
        });
        loop {
            match result.recv_timeout(PATIENCE) {
                Ok(result) => return Ok(result),
                Err(RecvTimeoutError::Timeout) => {
                    cancel.check()?;
                    look();
                }
                Err(RecvTimeoutError::Disconnected) => return Err(Cancelled),
            }
        }
    }

    /// A way to submit that does not keep the threads alive.
    pub(super) fn handle(&self) -> Handle {
        Handle(Arc::clone(&self.shared))
    }

    /// Waits until nothing runs and nothing waits, at most `limit`; says whether that came to pass. For tests and for
    /// pictures of a screen; never called by the drawing thread.
    pub fn wait_idle(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut queue = self.shared.lock();
        while queue.running > 0 || !queue.waiting.is_empty() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let waited = self.shared.idle.wait_timeout(queue, left);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

impl Drop for Executor {
    fn drop(&mut self) {
        self.cancel.cancel();
        let forgotten = {
            let mut queue = self.shared.lock();
            queue.closed = true;
            std::mem::take(&mut queue.waiting)
        };
        drop(forgotten);
        self.shared.work.notify_all();
    }
}

#[derive(Clone)]
pub(super) struct Handle(Arc<Shared>);

impl Handle {
    pub(super) fn submit(&self, work: impl FnOnce() + Send + 'static) {
        let mut queue = self.0.lock();
        if !queue.closed {
            queue.waiting.push_back(Box::new(work));
            self.0.work.notify_one();
        }
    }
}

fn work_off(shared: &Shared) {
    while let Some(work) = shared.next() {
        // Lanes turn a panic into a failed answer themselves; this keeps the thread alive for any other work.
        let _ = catch_unwind(AssertUnwindSafe(work));
        shared.done();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn everything_submitted_is_done_by_the_time_it_is_idle() {
        for threads in [1, 2, 8] {
            let executor = Executor::new("test", threads).unwrap();
            let done = Arc::new(AtomicUsize::new(0));
            for _ in 0..500 {
                let done = Arc::clone(&done);
                executor.submit(move || {
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
            assert!(executor.wait_idle(LONG));
            assert_eq!(done.load(Ordering::SeqCst), 500);
        }
    }

    #[test]
    fn a_panic_does_not_cost_the_thread() {
        let executor = Executor::new("test", 1).unwrap();
        executor.submit(|| std::panic::resume_unwind(Box::new("quietly")));
        let (send, receive) = std::sync::mpsc::channel();
        executor.submit(move || send.send(7).unwrap());
        assert_eq!(receive.recv_timeout(LONG), Ok(7));
    }

    #[test]
    fn who_no_longer_waits_does_not_stop_the_work() {
        let executor = Executor::new("test", 1).unwrap();
        assert_eq!(executor.await_done(&Cancel::new(), |_| 7), Ok(7));
        let (begin, may_begin) = std::sync::mpsc::channel();
        let (send, receive) = std::sync::mpsc::channel();
        let impatient = Cancel::new();
        impatient.cancel();
        let waited = executor.await_done(&impatient, move |own| {
            may_begin.recv_timeout(LONG).unwrap();
            send.send(own.is_cancelled()).unwrap();
        });
        assert_eq!(waited, Err(Cancelled));
        begin.send(()).unwrap();
        assert_eq!(receive.recv_timeout(LONG), Ok(false));
    }

    #[test]
    fn dropping_it_cancels_and_forgets() {
        let executor = Executor::new("test", 1).unwrap();
        let cancel = executor.cancel().child();
        let (started, running) = std::sync::mpsc::channel();
        let (finished, end) = std::sync::mpsc::channel();
        executor.submit(move || {
            started.send(()).unwrap();
            while cancel.check().is_ok() {
                std::thread::yield_now();
            }
            finished.send(()).unwrap();
        });
        running.recv_timeout(LONG).unwrap();
        let (never, forgotten) = std::sync::mpsc::channel();
        executor.submit(move || never.send(()).unwrap());
        drop(executor);
        assert_eq!(end.recv_timeout(LONG), Ok(()));
        assert!(forgotten.recv_timeout(LONG).is_err());
    }
}
