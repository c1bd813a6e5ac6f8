use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// A word to what learns step by step: it is enough, keep what is there. Unlike [`super::Cancel`], the answer is still
/// wanted. Cloning shares the word.
///
/// The two flags can be handed to a signal's handler: see [`Enough::flags`].
#[derive(Clone, Debug, Default)]
pub struct Enough {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    said: Arc<AtomicBool>,
    /// Nobody would heed the word, or it was said.
    is_idle: Arc<AtomicBool>,
    stopped: Mutex<Option<Steps>>,
}

impl Default for Inner {
    fn default() -> Self {
        Self {
            said: Arc::default(),
            is_idle: Arc::new(AtomicBool::new(true)),
            stopped: Mutex::default(),
        }
    }
}

/// After how many steps of how many something stopped: `12 of 80 epochs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// How many were done.
    pub done: usize,
    /// How many there were to be.
    pub of: usize,
}

impl Enough {
    /// Says it; true where somebody heeds it.
    pub fn say(&self) -> bool {
        let heeded = self.is_heeded();
        self.inner.said.store(heeded, Ordering::Relaxed);
        self.inner.is_idle.store(true, Ordering::Relaxed);
        heeded
    }

    /// Whether somebody would heed the word now, and it was not said yet.
    pub fn is_heeded(&self) -> bool {
        !self.inner.is_idle.load(Ordering::Relaxed)
    }

    /// Raised by whoever says it: whether it was said, and whether there is nobody (any more) to say it to.
    pub fn flags(&self) -> (Arc<AtomicBool>, Arc<AtomicBool>) {
        (Arc::clone(&self.inner.said), Arc::clone(&self.inner.is_idle))
    }

    /// From now on the word is heeded, until what is returned is dropped.
    #[must_use]
    pub fn heed(&self) -> Heeding {
        self.inner.said.store(false, Ordering::Relaxed);
        self.inner.is_idle.store(false, Ordering::Relaxed);
        Heeding { enough: self.clone() }
    }

    /// Where the last who heeded it stopped; told once.
    pub fn take_stopped(&self) -> Option<Steps> {
        self.stopped().take()
    }

    fn stopped(&self) -> std::sync::MutexGuard<'_, Option<Steps>> {
        self.inner.stopped.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Somebody who stops when told that it is enough.
#[derive(Debug)]
pub struct Heeding {
    enough: Enough,
}

impl Heeding {
    /// Whether it was said; then the steps so far are noted, and nothing more is to be learned. Without a step there is
    /// nothing to keep.
    pub fn is_enough(&self, done: usize, of: usize) -> bool {
        let stops = done > 0 && done < of && self.enough.inner.said.load(Ordering::Relaxed);
        if stops {
            *self.enough.stopped() = Some(Steps { done, of });
        }
        stops
    }
}

impl Drop for Heeding {
    fn drop(&mut self) {
        self.enough.inner.is_idle.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_heeds_it_is_told_and_says_once_where_it_stopped() {
        let enough = Enough::default();
        assert!(!enough.say());
        let heeding = enough.heed();
        assert!(enough.is_heeded() && !heeding.is_enough(3, 9));
        assert!(enough.say() && !enough.is_heeded());
        // Before the first step there is nothing to keep, after the last nothing to stop.
        assert!(!heeding.is_enough(0, 9) && !heeding.is_enough(9, 9));
        assert_eq!(enough.take_stopped(), None);
        assert!(heeding.is_enough(3, 9));
        let steps = Steps { done: 3, of: 9 };
        assert_eq!(enough.take_stopped(), Some(steps));
        assert_eq!(enough.take_stopped(), None);
        drop(heeding);
        // What was said to one is not said to the next.
        assert!(!enough.heed().is_enough(3, 9));
        assert!(!enough.is_heeded());
    }
}
