use rand::RngExt;

use super::behavior::{Behavior, INDIFFERENT, LEVELS};
use super::metrics::{METRICS, Totals};
use super::people::Person;
use super::session::{Treated, Walk};
use crate::bandit::{Stream, stream_of};
use crate::experiment::ratio::RatioSums;
use crate::task::{Cancelled, Task};

/// Classes of users by how many ratings their person has: the lowest third, the middle, the highest.
pub const CLASSES: [&str; 3] = ["light", "middling", "heavy"];

/// How an experiment is laid out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Design {
    pub users: usize,
    /// The share of users in B, 0 to 1.
    pub share: f64,
    /// Days before the first, on which everybody is shown A: what CUPED knows of users.
    pub before: usize,
    pub seed: u64,
}

/// One simulated user.
struct Simulated {
    stream: Stream,
    person: u32,
    level: u8,
    arm: u8,
    mood: u8,
    class: u8,
    came: bool,
    /// Pages of the longest session.
    deepest: u8,
    /// Clicks before the experiment.
    clicks_before: f32,
    totals: Totals,
}

/// What is known of an arm after a day: sums over its users, since the first day.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmDay {
    pub users: u64,
    /// By metric, as in [`METRICS`].
    pub sums: Vec<RatioSums>,
    /// The same by class of users and metric.
    pub classes: Vec<Vec<RatioSums>>,
    /// Distinct items shown to anybody.
    pub items: usize,
}

impl Default for ArmDay {
    /// Nobody.
    fn default() -> Self {
        Self {
            users: 0,
            sums: vec![RatioSums::default(); METRICS.len()],
            classes: vec![vec![RatioSums::default(); METRICS.len()]; CLASSES.len()],
            items: 0,
        }
    }
}

impl ArmDay {
    fn add(&mut self, user: &Simulated) {
        self.users += 1;
        for (at, metric) in METRICS.iter().enumerate() {
            let (above, below) = ((metric.above)(&user.totals), (metric.below)(&user.totals));
            self.sums[at].add(above, below);
            self.classes[usize::from(user.class)][at].add(above, below);
        }
    }

    fn merge(&mut self, other: &Self) {
        self.users += other.users;
        for (to, from) in self.sums.iter_mut().zip(&other.sums) {
            to.merge(from);
        }
        for (to, from) in self.classes.iter_mut().flatten().zip(other.classes.iter().flatten()) {
            to.merge(from);
        }
    }
}

/// Users a job.
const CHUNK: usize = 1024;

/// All users of an experiment, day by day.
pub struct Crowd {
    users: Vec<Simulated>,
    behavior: Behavior,
    day: usize,
}

impl Crowd {
    /// Draws the users, and simulates the days before the first: each is a person of the dataset, drawn with replacement, of
    /// a degree of eagerness and an arm of their own. 200 bytes a user.
    ///
    /// # Errors
    /// Cancellation.
    pub fn new(people: &[Person], behavior: Behavior, design: &Design, task: &Task) -> Result<Self, Cancelled> {
        let classes = classes(people);
        let jobs = if people.is_empty() {
            0
        } else {
            design.users.div_ceil(CHUNK)
        };
        let chunks = task.pool.try_map(jobs, |job| {
            task.cancel.check()?;
            let numbers = job * CHUNK..design.users.min((job + 1) * CHUNK);
            Ok(numbers
                .map(|number| user(number as u64, people, &classes, &behavior, design))
                .collect::<Vec<_>>())
        })?;
        Ok(Self {
            users: chunks.into_iter().flatten().collect(),
            behavior,
            day: 0,
        })
    }

    /// How many days were simulated.
    pub fn day(&self) -> usize {
        self.day
    }

    /// One day more, and what is known of both arms after it. The same whatever the number of threads.
    ///
    /// # Errors
    /// Cancellation: then the day is done by some and not by others, and the crowd must be drawn anew.
    pub fn step(&mut self, people: &[Person], task: &Task) -> Result<[ArmDay; 2], Cancelled> {
        let behavior = self.behavior;
        let parts: Vec<&mut [Simulated]> = self.users.chunks_mut(CHUNK).collect();
        let chunks = task.pool.try_map_each(parts, |users| {
            task.cancel.check()?;
            let mut days = [ArmDay::default(), ArmDay::default()];
            for user in users {
                user.day(people, &behavior);
                days[usize::from(user.arm)].add(user);
            }
            Ok(days)
        })?;
        self.day += 1;
        let mut days = [ArmDay::default(), ArmDay::default()];
        for chunk in &chunks {
            for (day, part) in days.iter_mut().zip(chunk) {
                day.merge(part);
            }
        }
        for (arm, day) in days.iter_mut().enumerate() {
            day.items = self.items_shown(people, arm);
        }
        Ok(days)
    }

    /// Clicks of each user of an arm so far, and before the first day.
    pub fn clicks(&self, arm: usize) -> (Vec<f64>, Vec<f64>) {
        let users = self.users.iter().filter(|u| usize::from(u.arm) == arm);
        users.map(|u| (u.totals.clicks, f64::from(u.clicks_before))).unzip()
    }

    /// Distinct items that anybody of an arm was shown.
    fn items_shown(&self, people: &[Person], arm: usize) -> usize {
        let mut deepest = vec![0u8; people.len()];
        for user in self.users.iter().filter(|u| usize::from(u.arm) == arm) {
            let pages = &mut deepest[user.person as usize];
            *pages = (*pages).max(user.deepest);
        }
        let mut shown = Vec::new();
        for (person, pages) in people.iter().zip(deepest) {
            let items = person.lists[arm].iter().take(usize::from(pages) * self.behavior.page);
            shown.extend(items.map(|listed| listed.item));
        }
        shown.sort_unstable();
        shown.dedup();
        shown.len()
    }
}

/// The class of each person.
fn classes(people: &[Person]) -> Vec<u8> {
    let mut counts: Vec<usize> = people.iter().map(|p| p.ratings).collect();
    counts.sort_unstable();
    let at = |third: usize| counts.get(counts.len() * third / 3).copied().unwrap_or(0);
    let (low, high) = (at(1), at(2));
    let class = |p: &Person| u8::from(p.ratings >= low) + u8::from(p.ratings >= high && high > low);
    people.iter().map(class).collect()
}

fn user(number: u64, people: &[Person], classes: &[u8], behavior: &Behavior, design: &Design) -> Simulated {
    let mut stream = stream_of(design.seed, "simulated user", number);
    let person = stream.random_range(0..people.len());
    let level = stream.random_range(0..LEVELS);
    let is_treated = stream.random::<f64>() < design.share;
    let mut user = Simulated {
        stream,
        person: person as u32,
        level: level as u8,
        arm: 0,
        mood: INDIFFERENT as u8,
        class: classes[person],
        came: false,
        deepest: 0,
        clicks_before: 0.0,
        totals: Totals::default(),
    };
    for _ in 0..design.before {
        user.day(people, behavior);
    }
    user.clicks_before = user.totals.clicks as f32;
    user.totals = Totals::default();
    user.arm = u8::from(is_treated);
    (user.came, user.deepest) = (false, 0);
    user
}

impl Simulated {
    fn day(&mut self, people: &[Person], behavior: &Behavior) {
        let comes = self.stream.random::<f64>() < behavior.coming()[usize::from(self.mood)];
        self.totals.chances += f64::from(self.came);
        self.totals.returns += f64::from(self.came && comes);
        self.came = comes;
        if !comes {
            return;
        }
        let arm = usize::from(self.arm);
        let walk = Walk {
            list: &people[self.person as usize].lists[arm],
            behavior,
            level: usize::from(self.level),
            treated: Treated::All(arm == 1),
        };
        let (session, mood) = walk.draw(&mut self.stream, |_| ());
        self.totals.add(&session, 1.0);
        self.mood = mood as u8;
        self.deepest = self.deepest.max(session.pages as u8);
    }
}
