use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::{Cancel, Cancelled};

enum Entry<V> {
    Computing,
    Ready(Arc<V>),
}

/// The last few values computed, by key; each is computed once however many ask at the same time (single flight).
///
/// If the one who computes is cancelled, one of those who wait takes over.
pub struct Memo<K, V> {
    entries: Mutex<VecDeque<(K, Entry<V>)>>,
    changed: Condvar,
    capacity: usize,
}

/// How often one who waits looks at its cancellation flag.
const PATIENCE: Duration = Duration::from_millis(2);

impl<K: PartialEq + Clone, V> Memo<K, V> {
    /// Keeps the `capacity` (at least one) values that were used last.
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: Mutex::default(),
            changed: Condvar::new(),
            capacity: capacity.max(1),
        }
    }

    // Values are computed outside the lock, so a poisoned memo is still a whole one.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(K, Entry<V>)>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The value of `key`, if it is there.
    pub fn peek(&self, key: &K) -> Option<Arc<V>> {
        self.lock().iter().find_map(|(k, entry)| match entry {
            Entry::Ready(value) if k == key => Some(Arc::clone(value)),
            _ => None,
        })
    }

    /// The value of `key`: kept, awaited from whoever computes it, or computed here.
    ///
    /// # Errors
    /// What `compute` says; a failure is not kept. [`Cancelled`] also where `cancel` is raised while waiting.
    pub fn get<E: From<Cancelled>>(
        &self,
        key: &K,
        cancel: &Cancel,
        compute: impl FnOnce() -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut entries = self.lock();
        loop {
            cancel.check()?;
            let at = entries.iter().position(|(k, _)| k == key);
            match at.map(|at| (at, &entries[at].1)) {
                Some((at, Entry::Ready(value))) => {
                    let value = Arc::clone(value);
                    if let Some(used) = entries.remove(at) {
                        entries.push_back(used);
                    }
                    return Ok(value);
                }
                Some((_, Entry::Computing)) => {
                    let waited = self.changed.wait_timeout(entries, PATIENCE);
                    entries = waited.unwrap_or_else(PoisonError::into_inner).0;
                }
                None => break,
            }
        }
        entries.push_back((key.clone(), Entry::Computing));
        drop(entries);
        // Removes the mark however `compute` ends, a panic included.
        let mut flight = Flight {
            memo: self,
            key,
            value: None,
        };
        let value = Arc::new(compute()?);
        flight.value = Some(Arc::clone(&value));
        Ok(value)
    }

    /// Every value that is there, the one used longest ago first.
    pub fn values(&self) -> Vec<Arc<V>> {
        let entries = self.lock();
        let ready = entries.iter().filter_map(|(_, entry)| match entry {
            Entry::Ready(value) => Some(Arc::clone(value)),
            Entry::Computing => None,
        });
        ready.collect()
    }
}

struct Flight<'a, K: PartialEq + Clone, V> {
    memo: &'a Memo<K, V>,
    key: &'a K,
    value: Option<Arc<V>>,
}

impl<K: PartialEq + Clone, V> Drop for Flight<'_, K, V> {
    fn drop(&mut self) {
        let mut entries = self.memo.lock();
        let mark = |(k, entry): &(K, Entry<V>)| matches!(entry, Entry::Computing) && k == self.key;
        let removed = entries.iter().position(mark).and_then(|at| entries.remove(at));
        let mut evicted = None;
        if let (Some((key, _)), Some(value)) = (removed, self.value.take()) {
            entries.push_back((key, Entry::Ready(value)));
            let ready = entries.iter().filter(|(_, e)| matches!(e, Entry::Ready(_))).count();
            if ready > self.memo.capacity {
                let oldest = entries.iter().position(|(_, e)| matches!(e, Entry::Ready(_)));
                evicted = oldest.and_then(|at| entries.remove(at));
            }
        }
        drop(entries);
        drop(evicted);
        self.memo.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_value_is_computed_once_for_all_who_ask() {
        let memo: Memo<u32, u32> = Memo::new(4);
        let runs = AtomicUsize::new(0);
        let started = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    started.wait();
                    let value = memo.get::<Cancelled>(&7, &Cancel::new(), || {
                        runs.fetch_add(1, Ordering::SeqCst);
                        Ok(49)
                    });
                    assert_eq!(value.as_deref(), Ok(&49));
                });
            }
        });
        assert_eq!(runs.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn failures_and_panics_are_not_kept() {
        let memo: Memo<u32, u32> = Memo::new(4);
        let cancel = Cancel::new();
        assert_eq!(memo.get(&1, &cancel, || Err(Cancelled)), Err(Cancelled));
        let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            memo.get::<Cancelled>(&1, &cancel, || std::panic::resume_unwind(Box::new(())))
        }));
        assert!(broken.is_err());
        assert_eq!(memo.get::<Cancelled>(&1, &cancel, || Ok(5)).as_deref(), Ok(&5));
        cancel.cancel();
        assert_eq!(memo.get::<Cancelled>(&1, &cancel, || Ok(6)), Err(Cancelled));
    }

    #[test]
    fn the_least_recently_used_goes_first() {
        let memo: Memo<u32, u32> = Memo::new(2);
        let cancel = Cancel::new();
        let get = |key: u32| memo.get::<Cancelled>(&key, &cancel, || Ok(key)).map(|v| *v);
        for key in [1, 2, 1, 3] {
            assert_eq!(get(key), Ok(key));
        }
        assert!(memo.peek(&1).is_some() && memo.peek(&3).is_some() && memo.peek(&2).is_none());
        assert_eq!(memo.values().iter().map(|v| **v).collect::<Vec<_>>(), [1, 3]);
    }
}
