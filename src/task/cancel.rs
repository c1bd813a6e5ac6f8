use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The work was stopped because its answer is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// A flag shared between whoever wants an answer and whoever computes it. Cloning shares the flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    flag: Arc<Flag>,
    parent: Option<Arc<Cancel>>,
}

#[derive(Debug, Default)]
struct Flag {
    raised: AtomicBool,
    /// Whoever waits for it to be raised holds this, but while it sleeps.
    waiting: Mutex<()>,
    wake: Condvar,
}

/// How often whoever waits looks at the flags that its own descends from, which wake nobody.
const LOOK: Duration = Duration::from_millis(50);

impl Cancel {
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag that is raised when this one is, but can be raised alone.
    #[must_use]
    pub fn child(&self) -> Self {
        Self {
            flag: Arc::default(),
            parent: Some(Arc::new(self.clone())),
        }
    }

    /// Raises the flag; it is never lowered again.
    pub fn cancel(&self) {
        self.flag.raised.store(true, Ordering::Relaxed);
        // Not between somebody's look at the flag and their falling asleep.
        drop(self.flag.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        self.flag.wake.notify_all();
    }

    /// Whether this flag, or one it descends from, was raised.
    pub fn is_cancelled(&self) -> bool {
        self.flag.raised.load(Ordering::Relaxed) || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }

    /// `Err(Cancelled)` once the flag is raised: write `cancel.check()?` inside long loops. Costs one relaxed load.
    #[inline]
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
    }

    /// Sleeps for so long, or until the flag is raised.
    pub fn wait(&self, time: Duration) -> Result<(), Cancelled> {
        let since = Instant::now();
        let mut waiting = self.flag.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            self.check()?;
            let left = time.saturating_sub(since.elapsed());
            if left.is_zero() {
                return Ok(());
            }
            let woken = self.flag.wake.wait_timeout(waiting, left.min(LOOK));
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_falls_with_its_parent_but_not_the_other_way() {
        let parent = Cancel::new();
        let (a, b) = (parent.child(), parent.child());
        a.cancel();
        assert_eq!(a.check(), Err(Cancelled));
        assert_eq!((parent.check(), b.check()), (Ok(()), Ok(())));
        parent.clone().cancel();
        assert_eq!(b.check(), Err(Cancelled));
    }

    #[test]
    fn whoever_waits_is_woken() {
        let long = Duration::from_secs(60);
        let since = Instant::now();
        assert_eq!(Cancel::new().wait(Duration::from_millis(5)), Ok(()));
        assert!(since.elapsed() >= Duration::from_millis(5));
        let parent = Cancel::new();
        for raised in [parent.child(), parent.clone()] {
            let waits = parent.child();
            let own = if raised.parent.is_some() { raised.clone() } else { waits };
            let thread = std::thread::spawn(move || own.wait(long));
            std::thread::sleep(Duration::from_millis(5));
            raised.cancel();
            assert_eq!(thread.join().unwrap(), Err(Cancelled));
        }
        assert!(since.elapsed() < long);
    }
}
