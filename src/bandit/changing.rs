//! A run in a world that changes, or that tells outcomes late: what [`super::Lane`] needs beyond its tally.

use super::policy::{Choice, NO_CONTEXT, Outcome, Policy, Stream, Tally, stream_of};
use super::worlds::{Course, Late, Moment, Waiting, World};

/// The world as it stands, the outcomes on their way, and the bookkeeping that a tally is not enough for.
#[derive(Clone)]
pub(super) struct Changing {
    course: Option<Course>,
    now: Moment,
    waiting: Waiting,
    /// Of its own, and the same for every policy of a run: all see the same changes and the same people.
    stream: Stream,
    pulls: Vec<u64>,
    t: u64,
    regret: f64,
    best: u64,
}

impl Changing {
    /// None where rates stay and outcomes are known at once.
    pub fn of(world: &World, seed: u64, run: u64) -> Option<Self> {
        if world.course.is_none() && world.delay == 0 {
            return None;
        }
        let mut stream = stream_of(seed, "the world", run);
        Some(Self {
            now: world.begin(&mut stream),
            course: world.course.clone(),
            waiting: Waiting::new(world.delay),
            stream,
            pulls: vec![0; world.arms.len()],
            t: 0,
            regret: 0.0,
            best: 0,
        })
    }

    /// A world where nothing changed so far, and something will from now on.
    pub fn from_now(means: &[f64], tally: &Tally, (regret, best): (f64, u64), seed: u64, run: u64) -> Self {
        Self {
            course: None,
            now: Moment {
                means: means.to_vec(),
                context: NO_CONTEXT.to_vec(),
            },
            waiting: Waiting::new(0),
            stream: stream_of(seed, "the world", run),
            pulls: tally.pulls().to_vec(),
            t: tally.total(),
            regret,
            best,
        }
    }

    /// Gives an arm another rate.
    pub fn set_rate(&mut self, arm: usize, rate: f64) {
        if let Some(mean) = self.now.means.get_mut(arm) {
            *mean = rate;
        }
    }

    /// One more arm.
    pub fn add_arm(&mut self, rate: f64) {
        self.now.means.push(rate);
        self.pulls.push(0);
    }

    pub fn context(&self) -> &[f64] {
        &self.now.context
    }

    /// Makes the pull that `policy` has chosen, whose outcome is a success where `luck` (0 to 1) is below the rate; tells
    /// the outcome that is known by now; and goes on to the next pull.
    pub fn pull(&mut self, choice: Choice, luck: f64, policy: &mut dyn Policy, tally: &mut Tally) -> bool {
        let mean = self.now.means[choice.arm];
        let gap = self.now.means.iter().copied().fold(0.0, f64::max) - mean;
        self.regret += gap;
        self.best += u64::from(gap == 0.0);
        self.pulls[choice.arm] += 1;
        self.t += 1;
        let reward = luck < mean;
        tally.wait_for(choice.arm);
        let known = self.waiting.exchange(Late {
            arm: choice.arm,
            reward,
            chance: choice.chance,
            context: self.now.context.clone(),
        });
        if let Some(late) = known {
            tally.arrive(late.arm, late.reward);
            let outcome = Outcome {
                arm: late.arm,
                reward: late.reward,
                chance: late.chance,
                context: &late.context,
            };
            policy.learn(&outcome, tally);
        }
        if let Some(course) = &self.course {
            course.turn(self.t, &mut self.now, &mut self.stream);
            policy.see(&self.now.context);
        }
        reward
    }

    pub fn t(&self) -> u64 {
        self.t
    }

    pub fn pulls(&self) -> &[u64] {
        &self.pulls
    }

    pub fn regret(&self) -> f64 {
        self.regret
    }

    pub fn best_arm_share(&self) -> Option<f64> {
        (self.t > 0).then(|| self.best as f64 / self.t as f64)
    }
}
