//! What may be among the best of a profile, by scores that are a little off.

use crate::data::ItemIx;
use crate::models::Profile;

/// More than so many items, beside the wanted ones, that cannot be told apart are too many: the profile is served alone.
const MOST: usize = 4096;

/// Everything that may be among the `n` best, out of scores that are right to ± `margin`.
///
/// With the n-th best of what was offered at x, the n-th best true score is at least x − margin, so that what was offered at
/// less than x − 2·margin is below it.
pub(super) struct Shortlist<'a> {
    profile: &'a Profile,
    n: usize,
    margin: f64,
    /// What is offered below it is of no use.
    floor: f32,
    kept: Vec<(f32, ItemIx)>,
    /// It is tightened when it is as long as this.
    room: usize,
    crowded: bool,
}

impl<'a> Shortlist<'a> {
    pub fn new(profile: &'a Profile, n: usize, margin: f64) -> Self {
        Self {
            profile,
            n,
            margin,
            floor: f32::NEG_INFINITY,
            kept: Vec::new(),
            room: (2 * n).max(64),
            crowded: false,
        }
    }

    /// One that takes nothing: its profile is served alone.
    pub fn closed(profile: &'a Profile) -> Self {
        Self {
            floor: f32::INFINITY,
            crowded: true,
            ..Self::new(profile, 0, 0.0)
        }
    }

    pub fn floor(&self) -> f32 {
        self.floor
    }

    /// Below this nothing true is of any use, rounding of the comparison included.
    pub fn low(&self) -> f32 {
        (f64::from(self.floor) - self.margin) as f32
    }

    /// Takes an item in if the profile has not rated it. `score` is no less than the floor.
    pub fn offer(&mut self, score: f32, item: ItemIx) {
        if self.crowded || self.profile.contains(item) {
            return;
        }
        self.kept.push((score, item));
        if self.kept.len() >= self.room {
            self.tighten();
        }
    }

    /// Raises the floor to what the n-th best allows.
    fn tighten(&mut self) {
        if self.n == 0 || self.kept.len() < self.n {
            return;
        }
        let (_, nth, _) = self.kept.select_nth_unstable_by(self.n - 1, |a, b| b.0.total_cmp(&a.0));
        let nth = f64::from(nth.0);
        self.floor = ((nth - 2.0 * self.margin) as f32).next_down();
        let floor = self.floor;
        self.kept.retain(|(score, _)| *score >= floor);
        if self.kept.len() * 2 > self.room {
            self.room *= 2;
        }
        if self.kept.len() > self.n.saturating_mul(2) + MOST {
            self.crowded = true;
            self.floor = f32::INFINITY;
            self.kept = Vec::new();
        }
    }

    /// What may be among the best, in no particular order; `None` where too much is alike.
    pub fn finish(mut self) -> Option<Vec<ItemIx>> {
        self.tighten();
        (!self.crowded).then(|| self.kept.into_iter().map(|(_, item)| item).collect())
    }
}
