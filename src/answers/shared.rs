use std::sync::{Arc, Mutex, PoisonError};

/// One answer. Whoever comes while it is being prepared waits for it.
struct Slot<K, V> {
    key: K,
    value: Mutex<Option<Arc<V>>>,
}

/// The last few answers that several questions share, each prepared once however many ask at the same time.
pub(super) struct Shared<K, V> {
    /// Most recent last.
    slots: Mutex<Vec<Arc<Slot<K, V>>>>,
    most: usize,
}

impl<K: PartialEq, V> Shared<K, V> {
    /// Keeps the `most` answers that were used last.
    pub fn new(most: usize) -> Self {
        Self {
            slots: Mutex::default(),
            most: most.max(1),
        }
    }

    /// The answer to `key`: kept, awaited from whoever prepares it, or prepared here.
    ///
    /// # Errors
    /// What `prepare` says; a failure is not kept.
    pub fn get<E>(&self, key: K, prepare: impl FnOnce() -> Result<V, E>) -> Result<Arc<V>, E> {
        let slot = self.slot(key);
        let mut held = slot.value.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = held.as_ref() {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(prepare()?);
        *held = Some(Arc::clone(&value));
        Ok(value)
    }

    /// The slot of this question, made if need be; the one longest unused is given up where there are too many.
    fn slot(&self, key: K) -> Arc<Slot<K, V>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = match slots.iter().position(|s| s.key == key) {
            Some(at) => slots.remove(at),
            None => Arc::new(Slot {
                key,
                value: Mutex::default(),
            }),
        };
        if slots.len() >= self.most {
            slots.remove(0);
        }
        slots.push(Arc::clone(&slot));
        slot
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_prepared_once_while_it_is_kept() {
        let shared: Shared<u32, u32> = Shared::new(2);
        let mut prepared = Vec::new();
        for key in [1, 2, 1, 3, 1, 2] {
            let value = shared.get(key, || -> Result<u32, ()> {
                prepared.push(key);
                Ok(10 * key)
            });
            assert_eq!(value.as_deref(), Ok(&(10 * key)));
        }
        // 3 took the place of 2, which was used longest ago.
        assert_eq!(prepared, [1, 2, 3, 2]);
        assert_eq!(shared.get(9, || Err("no")).err(), Some("no"));
        assert_eq!(shared.get(9, || Ok::<u32, &str>(90)).as_deref(), Ok(&90));
    }
}
