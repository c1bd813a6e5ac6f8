use super::behavior::{Behavior, INDIFFERENT, LEVELS, MOODS};
use super::metrics::{MetricSpec, Totals};
use super::people::Person;
use super::session::{SessionOdds, Treated, Walk};
use crate::task::{Cancelled, Task};

/// What is expected of one arm.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TrueArm {
    /// After each day, of an average user, since the first.
    pub days: Vec<Totals>,
}

impl TrueArm {
    /// The true value of a metric from the first day to day `day`, counted from 1.
    pub fn value(&self, metric: &MetricSpec, day: usize) -> Option<f64> {
        metric.of(self.days.get(day.checked_sub(1)?)?)
    }
}

/// The truth of an experiment: what its figures are in expectation, computed without a draw.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Truth {
    pub arms: [TrueArm; 2],
}

/// People a job.
const CHUNK: usize = 64;

impl Truth {
    /// Sums over people and degrees of eagerness, each a Markov chain over moods: the session's expectations by
    /// [`SessionOdds`], the next day's by the mood that it leaves. Before the first day come `before` days of the control's
    /// lists for everybody. O(people × (list + days)).
    ///
    /// # Errors
    /// Cancellation.
    pub fn of(
        people: &[Person],
        behavior: &Behavior,
        (before, days): (usize, usize),
        task: &Task,
    ) -> Result<Self, Cancelled> {
        let share = 1.0 / (people.len() * LEVELS) as f64;
        let chunks = task.pool.try_map(people.len().div_ceil(CHUNK), |chunk| {
            task.cancel.check()?;
            let mut sums = [vec![Totals::default(); days], vec![Totals::default(); days]];
            for person in &people[chunk * CHUNK..people.len().min((chunk + 1) * CHUNK)] {
                for level in 0..LEVELS {
                    add(person, level, behavior, before, share, &mut sums);
                }
            }
            Ok(sums)
        })?;
        let mut arms = [TrueArm::default(), TrueArm::default()];
        for (at, arm) in arms.iter_mut().enumerate() {
            let mut so_far = Totals::default();
            for day in 0..days {
                for chunk in &chunks {
                    so_far.add(&chunk[at][day], 1.0);
                }
                arm.days.push(so_far);
            }
        }
        Ok(Self { arms })
    }
}

/// Where somebody's chain stands.
#[derive(Clone, Copy)]
struct Chain {
    /// The probability of each mood.
    moods: [f64; MOODS],
    /// The probability to have come on the day before, and been left in each mood.
    came: [f64; MOODS],
}

impl Chain {
    /// A day: what is expected of it.
    fn step(&mut self, odds: &SessionOdds, coming: &[f64; MOODS]) -> Totals {
        let weigh = |masses: &[f64; MOODS]| masses.iter().zip(coming).map(|(m, c)| m * c).sum::<f64>();
        let sessions = weigh(&self.moods);
        let mut totals = Totals::default();
        totals.add(&odds.totals, sessions);
        totals.chances = self.came.iter().sum();
        totals.returns = weigh(&self.came);
        self.came = odds.moods.map(|share| share * sessions);
        for (mood, mass) in self.moods.iter_mut().enumerate() {
            *mass = *mass * (1.0 - coming[mood]) + self.came[mood];
        }
        totals
    }
}

fn add(person: &Person, level: usize, behavior: &Behavior, before: usize, share: f64, sums: &mut [Vec<Totals>; 2]) {
    let coming = behavior.coming();
    let odds = |arm: usize, is_treated: bool| {
        Walk {
            list: &person.lists[arm],
            behavior,
            level,
            treated: Treated::All(is_treated),
        }
        .odds()
    };
    let (control, treatment) = (odds(0, false), odds(1, true));
    let mut start = Chain {
        moods: [0.0; MOODS],
        came: [0.0; MOODS],
    };
    start.moods[INDIFFERENT] = 1.0;
    for _ in 0..before {
        start.step(&control, &coming);
    }
    // A return is counted within the experiment: who came the day before it began is no chance.
    start.came = [0.0; MOODS];
    for (arm, odds) in [control, treatment].iter().enumerate() {
        let mut chain = start;
        for day in &mut sums[arm] {
            day.add(&chain.step(odds, &coming), share);
        }
    }
}
