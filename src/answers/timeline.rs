//! Somebody's history by event, and who they were at any moment of it: ratings after it are taken out as edits.

use std::sync::Arc;

use super::World;
use crate::data::{Day, Edits, ItemIx, Moment, UserIx};

/// A stored rating with a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    pub item: ItemIx,
    pub rating: f64,
    pub time: Moment,
}

impl World {
    /// The stored ratings of a user that have a time, the earliest first; those of the same moment in the order of items.
    pub fn events(&self, user: UserIx) -> Vec<Event> {
        let row = self.dataset.user_row(user).iter().enumerate();
        let event = |(k, (item, rating)): (usize, (u32, f64))| {
            self.dataset.time(user, k).map(|time| Event {
                item: ItemIx(item),
                rating,
                time,
            })
        };
        let mut events: Vec<Event> = row.filter_map(event).collect();
        events.sort_by_key(|e| (e.time, e.item));
        events
    }

    /// How many of `events` have happened: those before the ones at the end that are all taken out.
    pub fn known(&self, user: UserIx, events: &[Event]) -> usize {
        let is_out = |e: &&Event| self.edits().get(user, e.item) == Some(None);
        events.len() - events.iter().rev().take_while(is_out).count()
    }

    /// The edits with which exactly the first `known` of `events` have happened. Other edits stay as they are, but for those of
    /// what has not happened yet.
    pub fn edits_at(&self, user: UserIx, events: &[Event], known: usize) -> Arc<Edits> {
        let now = self.known(user, events);
        let mut edits: Edits = (**self.edits()).clone();
        for (n, event) in events.iter().enumerate() {
            if n >= known {
                edits.set(&self.dataset, user, event.item, None);
            } else if n >= now {
                edits.set(&self.dataset, user, event.item, Some(event.rating));
            }
        }
        Arc::new(edits)
    }
}

/// Where in somebody's history one stands.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineView {
    /// How many ratings with a time there are.
    pub events: usize,
    /// How many of them have happened.
    pub known: usize,
    pub first: Day,
    pub last: Day,
    /// The day of the last one that has happened.
    pub now: Option<Day>,
    /// How many fall into each of 24 parts of the time between first and last, and how many of those have happened.
    pub parts: Vec<(usize, usize)>,
}

/// Into how many parts the time between first and last is cut.
const PARTS: usize = 24;

impl TimelineView {
    /// Of a user; `None` where nothing has a time.
    pub(super) fn of(world: &World, user: UserIx) -> Option<Self> {
        let events = world.events(user);
        let (first, last) = (events.first()?.time, events.last()?.time);
        let known = world.known(user, &events);
        let span = last.as_f64() - first.as_f64();
        let mut parts = vec![(0, 0); PARTS];
        for (n, event) in events.iter().enumerate() {
            let share = if span > 0.0 {
                (event.time.as_f64() - first.as_f64()) / span
            } else {
                0.0
            };
            let part = ((share * PARTS as f64) as usize).min(PARTS - 1);
            parts[part].0 += 1;
            parts[part].1 += usize::from(n < known);
        }
        let day = |time: Moment| Day::of_seconds(time.seconds());
        Some(Self {
            events: events.len(),
            known,
            first: day(first),
            last: day(last),
            now: known.checked_sub(1).map(|at| day(events[at].time)),
            parts,
        })
    }
}
