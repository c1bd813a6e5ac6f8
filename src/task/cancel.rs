use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The work was stopped because its answer is no longer wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// A flag shared between whoever wants an answer and whoever computes it. Cloning shares the flag.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    flag: Arc<AtomicBool>,
    parent: Option<Arc<Cancel>>,
}

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
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Whether this flag, or one it descends from, was raised.
    pub fn is_cancelled(&self) -> bool {
        self.flag.load(Ordering::Relaxed) || self.parent.as_ref().is_some_and(|p| p.is_cancelled())
    }

    /// `Err(Cancelled)` once the flag is raised: write `cancel.check()?` inside long loops. Costs one relaxed load.
    #[inline]
    pub fn check(&self) -> Result<(), Cancelled> {
        if self.is_cancelled() { Err(Cancelled) } else { Ok(()) }
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
}
