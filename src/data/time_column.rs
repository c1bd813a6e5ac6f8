use super::storage::Times;
use super::{Moment, Resolution};

/// The times of many ratings, as stored.
#[derive(Clone, Copy, Debug)]
pub enum TimeColumn<'a> {
    None,
    /// Seconds after a moment, which is in seconds since 1970; or [`super::NO_OFFSET`].
    Offsets(i64, &'a [u32]),
    /// Seconds since 1970, or [`super::NO_TIME`].
    Seconds(&'a [i64]),
    /// What is known more finely.
    Fine(FineTimes<'a>),
}

/// Times that are finer than seconds.
#[derive(Clone, Copy, Debug)]
pub struct FineTimes<'a> {
    pub(super) times: &'a Times,
    pub(super) resolution: Resolution,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl FineTimes<'_> {
    /// The time at position `k`, where it is known.
    #[inline]
    pub fn get(&self, k: usize) -> Option<Moment> {
        let ticks = self.times.get(self.start + k)?;
        Some(Moment::of_ticks(ticks, self.resolution))
    }

    /// All of them in order.
    pub fn iter(&self) -> impl Iterator<Item = Option<Moment>> {
        (0..self.end - self.start).map(|k| self.get(k))
    }
}
