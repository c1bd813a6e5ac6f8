use std::time::{Duration, Instant};

/// The least time from one frame to the next.
pub const FRAME: Duration = Duration::from_millis(8);

/// How long a frame waits for answers that are about to come, so that one cursor move is one frame. With the drawing itself
/// and a busy machine it still has to be on the screen within 16 ms of the key.
pub const GRACE: Duration = Duration::from_millis(6);

/// After this time an answer that is being replaced is marked.
pub const STALE: Duration = Duration::from_millis(100);

/// When to draw: on demand, not more often than every [`FRAME`], after the answers where they come soon.
#[derive(Debug, Default)]
pub struct Pacing {
    last: Option<Instant>,
    /// Since when there is something to draw.
    dirty: Option<Instant>,
    pending: Option<Instant>,
    marked: bool,
}

impl Pacing {
    /// Something changed that must be seen.
    pub fn changed(&mut self, now: Instant) {
        self.dirty.get_or_insert(now);
    }

    /// Whether answers are awaited.
    pub fn awaiting(&mut self, pending: bool, now: Instant) {
        if !pending {
            if self.pending.take().is_some() && self.marked {
                self.changed(now);
            }
            self.marked = false;
        } else if self.pending.is_none() {
            self.pending = Some(now);
        }
    }

    /// A newer question was asked: the patience of [`GRACE`] and [`STALE`] counts from now.
    pub fn asked(&mut self, now: Instant) {
        self.pending = Some(now);
        self.marked = false;
    }

    /// Whether what is shown has been out of date for so long that the screen says so.
    pub fn is_stale(&self, now: Instant) -> bool {
        self.pending.is_some_and(|since| now >= since + STALE)
    }

    /// When something is to be done next: a frame, or marking what is stale. `None` where nothing is.
    pub fn deadline(&self) -> Option<Instant> {
        let frame = self.dirty.map(|since| {
            let patience = if self.pending.is_some() { GRACE } else { Duration::ZERO };
            let soonest = self.last.map_or(since, |last| last + FRAME);
            soonest.max(since + patience)
        });
        let mark = self.pending.filter(|_| !self.marked).map(|since| since + STALE);
        match (frame, mark) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Whether a frame is due; if so it counts as drawn.
    pub fn due(&mut self, now: Instant) -> bool {
        if self.deadline().is_none_or(|at| now < at) {
            return false;
        }
        self.marked = self.is_stale(now);
        self.last = Some(now);
        self.dirty = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Instant {
        use std::sync::OnceLock;
        static START: OnceLock<Instant> = OnceLock::new();
        *START.get_or_init(Instant::now) + Duration::from_millis(ms)
    }

    #[test]
    fn nothing_to_do_nothing_to_wait_for() {
        let mut pacing = Pacing::default();
        assert_eq!((pacing.deadline(), pacing.due(at(0))), (None, false));
        pacing.changed(at(0));
        assert!(pacing.due(at(0)));
        assert_eq!(pacing.deadline(), None);
    }

    #[test]
    fn frames_keep_their_distance() {
        let mut pacing = Pacing::default();
        pacing.changed(at(0));
        assert!(pacing.due(at(0)));
        pacing.changed(at(3));
        assert_eq!(pacing.deadline(), Some(at(8)));
        assert!(!pacing.due(at(7)));
        assert!(pacing.due(at(8)));
        pacing.changed(at(50));
        assert_eq!(pacing.deadline(), Some(at(50)));
    }

    #[test]
    fn answers_that_come_soon_are_in_the_same_frame() {
        let mut pacing = Pacing::default();
        pacing.changed(at(0));
        pacing.asked(at(0));
        assert_eq!(pacing.deadline(), Some(at(6)));
        assert!(!pacing.due(at(4)));
        pacing.awaiting(false, at(4));
        assert!(pacing.due(at(4)));
        assert_eq!(pacing.deadline(), None);
    }

    #[test]
    fn what_stays_out_is_marked_once_and_unmarked_by_its_answer() {
        let mut pacing = Pacing::default();
        pacing.changed(at(0));
        pacing.asked(at(0));
        assert!(pacing.due(at(8)));
        assert_eq!(pacing.deadline(), Some(at(100)));
        assert!(pacing.due(at(100)) && pacing.is_stale(at(100)));
        assert_eq!(pacing.deadline(), None);
        pacing.awaiting(true, at(300));
        assert_eq!(pacing.deadline(), None);
        pacing.awaiting(false, at(400));
        assert!(pacing.due(at(400)) && !pacing.is_stale(at(400)));
    }
}
