use serde::{Deserialize, Serialize};

use crate::data::{Dataset, Moment};
use crate::models::chronology::Chronology;
use crate::models::runs::{run, sort_by_key};
use crate::task::{Cancelled, Report, Task};

/// The sessions of all users, latest end first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sessions {
    owners: Vec<u32>,
    /// End of each session in seconds since 1970; `None` if the data has no times.
    ended: Vec<Option<i64>>,
    /// Where the items of each session end.
    ends: Vec<usize>,
    /// The items of each session, ascending.
    items: Vec<u32>,
    /// Where the sessions of each item end.
    item_ends: Vec<usize>,
    /// The sessions of each item, ascending.
    of_item: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Session<'a> {
    pub owner: u32,
    pub items: &'a [u32],
    pub ended: Option<i64>,
}

impl Sessions {
    /// Cuts every history where `gap` seconds or more pass without a rating; without times a history is one session.
    /// Sessions of one item are dropped, as they link it to no other. O(n log n) in the ratings.
    pub fn of(data: &Dataset, chronology: &Chronology, gap: f64, task: &Task) -> Result<Self, Cancelled> {
        let mut found: Vec<(Option<i64>, u32, Vec<u32>)> = Vec::new();
        for user in data.users() {
            if user.at() % 64 == 0 {
                task.cancel.check()?;
                let (done, total) = (user.at() as u64, data.n_users() as u64);
                task.progress
                    .say(|| Report::of("cutting sessions", done, total, "users"));
            }
            found.extend(cut(&chronology.of_user(data, user), gap).map(|(ended, items)| (ended, user.0, items)));
        }
        // Latest first; ties, and sessions without times, by user.
        found.sort_by_key(|(ended, user, _)| (std::cmp::Reverse(*ended), *user));
        task.cancel.check()?;
        let mut sessions = Self::default();
        for (ended, owner, mut items) in found {
            items.sort_unstable();
            sessions.owners.push(owner);
            sessions.ended.push(ended);
            sessions.items.append(&mut items);
            sessions.ends.push(sessions.items.len());
        }
        sessions.index_by_item(data.n_items());
        Ok(sessions)
    }

    /// Builds the lists of sessions by item.
    fn index_by_item(&mut self, n_items: usize) {
        let entries = (0..self.len()).flat_map(|at| self.get(at).items.iter().map(move |item| (*item, at as u32)));
        let mut of_item = vec![0; self.items.len()];
        self.item_ends = sort_by_key(n_items, entries, |slot, session| of_item[slot] = session);
        self.of_item = of_item;
    }

    pub fn len(&self) -> usize {
        self.owners.len()
    }

    /// The session at index `at`; 0 is the latest.
    pub fn get(&self, at: usize) -> Session<'_> {
        Session {
            owner: self.owners[at],
            items: &self.items[run(&self.ends, at)],
            ended: self.ended[at],
        }
    }

    /// The sessions that contain an item, latest first.
    pub fn containing(&self, item: u32) -> &[u32] {
        &self.of_item[run(&self.item_ends, item as usize)]
    }

    /// ln(1 + sessions / sessions with the item); 0 for an item in no session.
    pub fn idf(&self, item: u32) -> f64 {
        let n = self.containing(item).len();
        if n == 0 {
            0.0
        } else {
            (self.len() as f64 / n as f64).ln_1p()
        }
    }

    pub fn memory_bytes(&self) -> usize {
        4 * (self.owners.capacity() + self.items.capacity() + self.of_item.capacity())
            + 8 * (self.ends.capacity() + self.item_ends.capacity())
            + size_of::<Option<i64>>() * self.ended.capacity()
    }
}

/// The end, in seconds since 1970, and the items of each session in a history, without sessions of one item.
fn cut(history: &[(u32, Option<Moment>)], gap: f64) -> impl Iterator<Item = (Option<i64>, Vec<u32>)> {
    let apart = move |a: &(u32, Option<Moment>), b: &(u32, Option<Moment>)| match (a.1, b.1) {
        (Some(before), Some(after)) => after.distance(before) >= gap,
        _ => false,
    };
    let pieces = history
        .chunk_by(move |a, b| !apart(a, b))
        .filter(|piece| piece.len() > 1);
    pieces.map(|piece| {
        let ended = piece.last().and_then(|last| last.1).map(Moment::seconds);
        (ended, piece.iter().map(|r| r.0).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::{dataset, timed};

    #[test]
    fn histories_are_cut_where_nothing_happens() {
        let data = timed(&[
            (0, 0, 0),
            (0, 1, 5),
            (0, 2, 100),
            (0, 3, 109),
            (0, 4, 400),
            (1, 3, 50),
            (1, 1, 50),
        ]);
        let sessions = Sessions::of(&data, &Chronology::of(&data), 10.0, &Task::unattended()).unwrap();
        let all: Vec<(u32, Vec<u32>)> = (0..sessions.len())
            .map(|at| (sessions.get(at).owner, sessions.get(at).items.to_vec()))
            .collect();
        assert_eq!(all, [(0, vec![2, 3]), (1, vec![1, 3]), (0, vec![0, 1])]);
        assert_eq!(
            (sessions.containing(1), sessions.containing(3), sessions.containing(4)),
            (&[1, 2][..], &[0, 1][..], &[][..])
        );
        assert_eq!((sessions.idf(1), sessions.idf(4)), (2.5f64.ln(), 0.0));
    }

    #[test]
    fn without_times_a_history_is_one_session() {
        let data = dataset(&[(0, 1, 1.0), (0, 0, 1.0), (1, 1, 1.0)], 2);
        let sessions = Sessions::of(&data, &Chronology::of(&data), 10.0, &Task::unattended()).unwrap();
        assert_eq!(sessions.len(), 1);
        assert_eq!(sessions.get(0).items, [0, 1]);
    }
}
