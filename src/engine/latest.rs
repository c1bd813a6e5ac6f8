use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which question an answer belongs to: later questions have higher stamps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(pub u64);

impl Generation {
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// How far an answer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase<V> {
    Empty,
    /// A part of the answer; more is being computed.
    Partial(V),
    Ready(V),
    /// It waits for something that is under way, such as a fit, and is asked again then.
    Waiting,
    /// The computation failed; the message is a sentence for a person.
    Failed(String),
}

impl<V> Phase<V> {
    /// The answer or the part of it, where there is one.
    pub fn view(&self) -> Option<&V> {
        match self {
            Self::Partial(view) | Self::Ready(view) => Some(view),
            Self::Empty | Self::Waiting | Self::Failed(_) => None,
        }
    }

    /// Whether nothing more comes for this question.
    pub fn is_settled(&self) -> bool {
        matches!(self, Self::Ready(_) | Self::Waiting | Self::Failed(_))
    }
}

/// What was last published, and for which question.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot<V> {
    pub generation: Generation,
    pub phase: Phase<V>,
}

/// Called after every publication, from the thread that published.
pub type Waker = Arc<dyn Fn() + Send + Sync>;

struct Cell<V> {
    wanted: Generation,
    snapshot: Arc<Snapshot<V>>,
}

/// A cell that holds the newest answer. Cloning shares it. Reading clones an `Arc` under a lock held for nanoseconds.
pub struct Latest<V> {
    cell: Arc<Mutex<Cell<V>>>,
    wake: Waker,
}

impl<V> Clone for Latest<V> {
    fn clone(&self) -> Self {
        Self {
            cell: Arc::clone(&self.cell),
            wake: Arc::clone(&self.wake),
        }
    }
}

impl<V> Latest<V> {
    pub fn new(wake: Waker) -> Self {
        let snapshot = Arc::new(Snapshot {
            generation: Generation::default(),
            phase: Phase::Empty,
        });
        let wanted = Generation::default();
        Self {
            cell: Arc::new(Mutex::new(Cell { wanted, snapshot })),
            wake,
        }
    }

    // No code that can panic runs under this lock; a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Cell<V>> {
        self.cell.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn load(&self) -> Arc<Snapshot<V>> {
        Arc::clone(&self.lock().snapshot)
    }

    /// The newest question that was asked.
    pub fn wanted(&self) -> Generation {
        self.lock().wanted
    }

    /// From now on only answers to `generation` (or later ones) are taken.
    pub(super) fn want(&self, generation: Generation) {
        let mut cell = self.lock();
        cell.wanted = cell.wanted.max(generation);
    }

    /// Publishes, unless a newer question was asked meanwhile; says whether it was taken.
    pub fn publish(&self, generation: Generation, phase: Phase<V>) -> bool {
        let snapshot = Arc::new(Snapshot { generation, phase });
        let replaced = {
            let mut cell = self.lock();
            if generation < cell.wanted || generation < cell.snapshot.generation {
                return false;
            }
            cell.wanted = generation;
            std::mem::replace(&mut cell.snapshot, snapshot)
        };
        // What was replaced may be large: it is freed here, not under the lock.
        drop(replaced);
        (self.wake)();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn only_the_newest_question_is_answered() {
        let woken = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&woken);
        let cell = Latest::new(Arc::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        assert_eq!(cell.load().phase, Phase::Empty);
        cell.want(Generation(3));
        assert!(!cell.publish(Generation(2), Phase::Ready("old")));
        assert!(cell.publish(Generation(3), Phase::Partial("part")));
        assert!(cell.publish(Generation(3), Phase::Ready("whole")));
        cell.want(Generation(1));
        assert_eq!(cell.wanted(), Generation(3));
        assert_eq!(cell.load().phase.view(), Some(&"whole"));
        assert_eq!(woken.load(Ordering::Relaxed), 2);
    }
}
