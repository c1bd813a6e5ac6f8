use std::sync::Arc;

use rand::RngExt;
use serde::Serialize;

use super::arm::{check_arms, gaps};
use super::changing::Changing;
use super::{
    Arm, BanditError, Course, FigureKind, How, Outcome, Policy, PolicyChoice, Posterior, Setting, Stream, Tally, World,
    marks, policy::NO_CONTEXT, stream_of,
};
use crate::task::{Cancel, Cancelled};

/// The longest horizon.
pub const LONGEST_HORIZON: u64 = 1_000_000_000;

/// Points of a regret curve: half of them evenly spaced, half of them evenly spaced on a logarithmic axis.
const CURVE: usize = 512;

/// The last pull of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Pull {
    pub arm: usize,
    pub reward: bool,
    pub how: How,
}

/// What a policy is about to do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NextPull {
    pub kind: FigureKind,
    /// A figure for each arm; `None` where the policy has nothing to go by yet.
    pub figures: Vec<Option<f64>>,
    pub arm: usize,
    pub how: How,
}

/// One run of one policy, pull by pull.
#[derive(Clone)]
pub struct Lane {
    choice: PolicyChoice,
    policy: Box<dyn Policy>,
    tally: Tally,
    stream: Stream,
    means: Arc<[f64]>,
    gaps: Arc<[f64]>,
    /// None where rates stay and outcomes are known at once.
    changing: Option<Box<Changing>>,
    last: Option<Pull>,
    seed: u64,
    run: u64,
}

impl Lane {
    pub(super) fn new(world: &World, choice: &PolicyChoice, horizon: u64, seed: u64, run: u64) -> Self {
        let arms = &world.arms;
        let guesses: Vec<Option<f64>> = arms.iter().map(|arm| arm.guess).collect();
        let setting = Setting {
            arms: arms.len(),
            horizon,
            features: world.features(),
            guesses: &guesses,
        };
        let changing = Changing::of(world, seed, run).map(Box::new);
        let mut policy = choice.build(&setting);
        if let Some(changing) = &changing {
            policy.see(changing.context());
        }
        Self {
            policy,
            stream: stream_of(seed, &choice.to_string(), run),
            choice: choice.clone(),
            tally: Tally::new(arms.len()),
            means: arms.iter().map(|a| a.mean).collect(),
            gaps: gaps(arms).into(),
            changing,
            last: None,
            seed,
            run,
        }
    }

    /// What was so far, as the beginning of a world that changes from now on.
    fn let_change(&mut self) -> &mut Changing {
        let so_far = (self.regret(), self.best_pulls());
        let (means, tally, seed, run) = (&self.means, &self.tally, self.seed, self.run);
        let begun = || Box::new(Changing::from_now(means, tally, so_far, seed, run));
        self.changing.get_or_insert_with(begun)
    }

    /// One more arm, the last of `world`. The policy keeps what it knows, or begins anew from the tally where all is in that.
    fn add_arm(&mut self, world: &World, horizon: u64) {
        let guesses: Vec<Option<f64>> = world.arms.iter().map(|arm| arm.guess).collect();
        let Some(arm) = world.arms.last() else { return };
        self.let_change().add_arm(arm.mean);
        self.tally.grow();
        if !self.policy.grow(arm.guess) {
            let setting = Setting {
                arms: self.tally.arms(),
                horizon,
                features: world.features(),
                guesses: &guesses,
            };
            self.policy = self.choice.build(&setting);
            self.policy.resume(&self.tally);
        }
        if let Some(changing) = &self.changing {
            self.policy.see(changing.context());
        }
    }

    /// Chooses an arm, draws its outcome and learns from it.
    pub(super) fn pull(&mut self) {
        let choice = self.policy.choose(&self.tally, &mut self.stream);
        let luck: f64 = self.stream.random();
        let reward = if let Some(changing) = &mut self.changing {
            changing.pull(choice, luck, self.policy.as_mut(), &mut self.tally)
        } else {
            let reward = luck < self.means[choice.arm];
            self.tally.add(choice.arm, reward);
            let outcome = Outcome {
                arm: choice.arm,
                reward,
                chance: choice.chance,
                context: NO_CONTEXT,
            };
            self.policy.learn(&outcome, &self.tally);
            reward
        };
        self.last = Some(Pull {
            arm: choice.arm,
            reward,
            how: choice.how,
        });
    }

    /// Pulls until `total` pulls are made; asks `cancel` once every 1024 pulls.
    pub(super) fn pull_until(&mut self, total: u64, cancel: &Cancel) -> Result<(), Cancelled> {
        while self.t() < total {
            if self.t().is_multiple_of(1024) {
                cancel.check()?;
            }
            self.pull();
        }
        Ok(())
    }

    pub fn choice(&self) -> &PolicyChoice {
        &self.choice
    }

    /// Pulls made so far (t).
    pub fn t(&self) -> u64 {
        self.changing.as_ref().map_or(self.tally.total(), |c| c.t())
    }

    /// Pulls of each arm so far, those included whose outcome is not known yet.
    pub fn pulls(&self) -> &[u64] {
        self.changing.as_ref().map_or(self.tally.pulls(), |c| c.pulls())
    }

    /// What is known so far: pulls and successes of each arm.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The last pull; `None` before the first.
    pub fn last(&self) -> Option<Pull> {
        self.last
    }

    /// The pseudo-regret so far, Σ_t (μ*_t − μ_{A_t, t}): what was lost, on average over outcomes, against pulling the
    /// arm that was best at each pull.
    pub fn regret(&self) -> f64 {
        if let Some(changing) = &self.changing {
            return changing.regret();
        }
        let cost = |(n, gap): (&u64, &f64)| *n as f64 * gap;
        self.tally.pulls().iter().zip(self.gaps.iter()).map(cost).sum()
    }

    /// The share of pulls so far that went to a best arm, 0 to 1; `None` before the first pull.
    pub fn best_arm_share(&self) -> Option<f64> {
        if let Some(changing) = &self.changing {
            return changing.best_arm_share();
        }
        (self.tally.total() > 0).then(|| self.best_pulls() as f64 / self.tally.total() as f64)
    }

    /// Pulls of best arms, where rates stay.
    fn best_pulls(&self) -> u64 {
        let best = |(n, gap): (&u64, &f64)| if *gap == 0.0 { *n } else { 0 };
        self.tally.pulls().iter().zip(self.gaps.iter()).map(best).sum()
    }

    /// What is believed of each arm: the policy's own prior where it has one, else Beta(1, 1), and what was seen.
    pub fn posteriors(&self) -> Vec<Posterior> {
        let counts = self.tally.successes().iter().zip(self.tally.pulls());
        let posterior = |(arm, (&s, &n)): (usize, (&u64, &u64))| {
            let (alpha, beta) = self.policy.prior(arm).unwrap_or((1.0, 1.0));
            Posterior::new(alpha + s as f64, beta + (n - s) as f64)
        };
        counts.enumerate().map(posterior).collect()
    }

    /// What the next pull will be, and the very figures that decide it. Changes nothing.
    pub fn next_pull(&self) -> NextPull {
        let figures = self.policy.clone().figures(&self.tally, &mut self.stream.clone());
        let choice = self.policy.clone().choose(&self.tally, &mut self.stream.clone());
        NextPull {
            kind: self.policy.figure_kind(),
            figures,
            arm: choice.arm,
            how: choice.how,
        }
    }
}

/// One run of several policies side by side on the same arms, to be stepped, paused and begun again.
///
/// Deterministic for a seed; its pulls are those of run 0 of [`super::simulate`] with the same arms, horizon and seed.
/// Cloning takes a snapshot: a few kilobytes a policy.
#[derive(Clone)]
pub struct Simulation {
    world: World,
    lanes: Vec<Lane>,
    curves: Vec<Vec<f64>>,
    marks: Arc<[u64]>,
    horizon: u64,
    seed: u64,
    /// Arms were changed or added on the way.
    is_edited: bool,
}

/// One policy of a [`Simulation`], as it stands: what a pane shows and the command line prints.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LaneView {
    pub name: String,
    pub title: &'static str,
    pub pulls: Vec<u64>,
    pub successes: Vec<u64>,
    /// Of the pulls those whose outcome is known.
    pub seen: Vec<u64>,
    pub regret: f64,
    /// The share of pulls that went to a best arm; `None` before the first pull.
    pub best_arm_share: Option<f64>,
    /// (pulls, pseudo-regret), at most 513 points, ending at the present; half of them log-spaced, half even.
    pub curve: Vec<(u64, f64)>,
    pub bayesian: bool,
    pub posteriors: Vec<Posterior>,
    pub last: Option<Pull>,
    /// The next pull; `None` at the horizon.
    pub next: Option<NextPull>,
}

/// A [`Simulation`] as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimulationView {
    pub arms: Vec<Arm>,
    pub t: u64,
    pub horizon: u64,
    pub seed: u64,
    pub lanes: Vec<LaneView>,
}

impl Simulation {
    /// Policies that have not yet pulled.
    pub fn new(
        world: impl Into<World>,
        policies: &[PolicyChoice],
        horizon: u64,
        seed: u64,
    ) -> Result<Self, BanditError> {
        let world = world.into();
        check(&world.arms, policies, horizon)?;
        let marks = marks::merged(
            &marks::logarithmic(horizon, CURVE / 2),
            &marks::linear(horizon, CURVE / 2),
            horizon,
        );
        let mut simulation = Self {
            lanes: policies
                .iter()
                .map(|p| Lane::new(&world, p, horizon, seed, 0))
                .collect(),
            world,
            curves: Vec::new(),
            marks: marks.into(),
            horizon,
            seed,
            is_edited: false,
        };
        simulation.curves = vec![Vec::new(); simulation.lanes.len()];
        Ok(simulation)
    }

    pub fn arms(&self) -> &[Arm] {
        &self.world.arms
    }

    pub fn lanes(&self) -> &[Lane] {
        &self.lanes
    }

    /// Gives an arm another true rate from the next pull on. Nothing is done where there is no such arm, or where rates differ
    /// between kinds of people.
    pub fn set_rate(&mut self, arm: usize, rate: f64) {
        if arm >= self.world.arms.len() || self.is_segmented() {
            return;
        }
        let mut arms = self.world.arms.to_vec();
        arms[arm].mean = rate.clamp(0.0, 1.0);
        self.world.arms = arms.into();
        self.is_edited |= self.t() > 0;
        if self.t() == 0 {
            return self.reset();
        }
        for lane in &mut self.lanes {
            lane.let_change().set_rate(arm, rate.clamp(0.0, 1.0));
        }
    }

    /// One more arm from the next pull on: a new item. Nothing is done where rates differ between kinds of people.
    pub fn add_arm(&mut self, arm: Arm) {
        if self.is_segmented() || !(0.0..=1.0).contains(&arm.mean) {
            return;
        }
        self.world.arms = self.world.arms.iter().cloned().chain([arm]).collect();
        self.is_edited |= self.t() > 0;
        if self.t() == 0 {
            return self.reset();
        }
        for lane in &mut self.lanes {
            lane.add_arm(&self.world, self.horizon);
        }
    }

    fn is_segmented(&self) -> bool {
        matches!(self.world.course, Some(Course::Segments(_)))
    }

    /// Whether rates stay as they were at the first pull: only then there is a bound on regret.
    pub fn is_stationary(&self) -> bool {
        self.world.course.is_none() && !self.is_edited
    }

    /// Pulls each policy has made (t).
    pub fn t(&self) -> u64 {
        self.lanes.first().map_or(0, Lane::t)
    }

    pub fn horizon(&self) -> u64 {
        self.horizon
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn is_finished(&self) -> bool {
        self.t() >= self.horizon
    }

    /// One pull by each policy. False, and nothing done, at the horizon.
    pub fn step(&mut self) -> bool {
        if self.is_finished() {
            return false;
        }
        for (lane, curve) in self.lanes.iter_mut().zip(&mut self.curves) {
            lane.pull();
            if self.marks.get(curve.len()) == Some(&lane.t()) {
                curve.push(lane.regret());
            }
        }
        true
    }

    /// Up to `n` pulls by each policy, no further than the horizon. When cancelled the pulls made so far stand, and all
    /// policies have made equally many.
    pub fn step_many(&mut self, n: u64, cancel: &Cancel) -> Result<(), Cancelled> {
        for done in 0..n {
            if done.is_multiple_of(256) {
                cancel.check()?;
            }
            if !self.step() {
                break;
            }
        }
        Ok(())
    }

    /// Begins again: the same seed, so the same pulls.
    pub fn reset(&mut self) {
        self.reset_with(self.seed);
    }

    /// Begins again with another seed: other luck on the same arms.
    pub fn reset_with(&mut self, seed: u64) {
        self.seed = seed;
        self.is_edited = false;
        for (lane, curve) in self.lanes.iter_mut().zip(&mut self.curves) {
            *lane = Lane::new(&self.world, &lane.choice, self.horizon, seed, 0);
            curve.clear();
        }
    }

    /// The regret curve of the policy at `lane`: (pulls, pseudo-regret), ending at the present; empty before the first
    /// pull and where there is no such policy.
    pub fn curve(&self, lane: usize) -> Vec<(u64, f64)> {
        let Some(curve) = self.curves.get(lane) else {
            return Vec::new();
        };
        let mut points: Vec<(u64, f64)> = self.marks.iter().copied().zip(curve.iter().copied()).collect();
        let now = self.t();
        if now > 0 && points.last().is_none_or(|p| p.0 < now) {
            points.push((now, self.lanes[lane].regret()));
        }
        points
    }

    pub fn view(&self) -> SimulationView {
        let lane = |(at, lane): (usize, &Lane)| LaneView {
            name: lane.choice.to_string(),
            title: lane.choice.spec().title,
            pulls: lane.pulls().to_vec(),
            successes: lane.tally.successes().to_vec(),
            seen: lane.tally.pulls().to_vec(),
            regret: lane.regret(),
            best_arm_share: lane.best_arm_share(),
            curve: self.curve(at),
            bayesian: lane.policy.prior(0).is_some(),
            posteriors: lane.posteriors(),
            last: lane.last,
            next: (!self.is_finished()).then(|| lane.next_pull()),
        };
        SimulationView {
            arms: self.world.arms.to_vec(),
            t: self.t(),
            horizon: self.horizon,
            seed: self.seed,
            lanes: self.lanes.iter().enumerate().map(lane).collect(),
        }
    }
}

pub(super) fn check(arms: &[Arm], policies: &[PolicyChoice], horizon: u64) -> Result<(), BanditError> {
    check_arms(arms)?;
    if policies.is_empty() {
        return Err(BanditError::NoPolicies);
    }
    if !(1..=LONGEST_HORIZON).contains(&horizon) {
        return Err(BanditError::BadHorizon {
            given: horizon,
            most: LONGEST_HORIZON,
        });
    }
    Ok(())
}

#[cfg(test)]
#[path = "simulation_tests.rs"]
mod tests;
