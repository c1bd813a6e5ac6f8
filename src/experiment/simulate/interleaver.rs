use rand::RngExt;

use super::behavior::{Behavior, LEVELS};
use super::people::{Listed, Person};
use super::session::{Treated, Walk};
use crate::bandit::Stream;
use crate::experiment::draft::team_draft;

/// Somebody who is shown one list, or both in one.
pub struct Interleaver<'a> {
    person: &'a Person,
    behavior: &'a Behavior,
    level: usize,
}

impl<'a> Interleaver<'a> {
    /// A person, drawn with replacement, of a degree of eagerness. `people` is not empty.
    pub fn draw(people: &'a [Person], behavior: &'a Behavior, stream: &mut Stream) -> Self {
        Self {
            person: &people[stream.random_range(0..people.len())],
            behavior,
            level: stream.random_range(0..LEVELS),
        }
    }

    /// Clicks on items of either team in a session with the interleaved list.
    pub fn interleaved(&self, stream: &mut Stream) -> [u64; 2] {
        let [a, b] = &self.person.lists;
        let ids = |list: &[Listed]| list.iter().map(|l| l.item).collect::<Vec<_>>();
        let drafted = team_draft([&ids(a), &ids(b)], a.len().max(b.len()), stream);
        let entry = |(item, team): &(crate::data::ItemIx, usize)| {
            let list = &self.person.lists[*team];
            list.iter().find(|l| l.item == *item).copied()
        };
        let list: Vec<Listed> = drafted.iter().filter_map(entry).collect();
        // The planted effect belongs to B's items.
        let treated: Vec<bool> = drafted.iter().map(|(_, team)| *team == 1).collect();
        let mut clicks = [0, 0];
        self.walk(&list, Treated::Each(&treated))
            .draw(stream, |place| clicks[drafted[place].1] += 1);
        clicks
    }

    /// Clicks of a session with one arm's list.
    pub fn one_list(&self, arm: usize, stream: &mut Stream) -> f64 {
        let walk = self.walk(&self.person.lists[arm], Treated::All(arm == 1));
        walk.draw(stream, |_| ()).0.clicks
    }

    fn walk<'b>(&'b self, list: &'b [Listed], treated: Treated<'b>) -> Walk<'b> {
        Walk {
            list,
            behavior: self.behavior,
            level: self.level,
            treated,
        }
    }
}
