use serde::Serialize;

use super::simulation::{Lane, check};
use super::{Arm, BanditError, PolicyChoice, World, checkpoints, lower_bound_coefficient, marks};
use crate::task::{Cancelled, Report, Task};

/// The most runs that may be asked for.
pub const MOST_RUNS: u64 = 1_000_000;

/// Points of the mean regret curve.
const CURVE: usize = 96;

/// Runs that the band of a curve is made of.
const BAND_RUNS: usize = 1_000;

/// The Lai–Robbins lower bound on regret, C(μ)·ln T.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LowerBound {
    /// C(μ): see [`lower_bound_coefficient`].
    pub coefficient: f64,
    /// C(μ)·ln T at the horizon. Asymptotic: a good policy may well lie below it.
    pub at_horizon: f64,
}

/// Regret over time, for drawing.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RegretCurve {
    /// Numbers of pulls, log-spaced, at most about a hundred.
    pub t: Vec<u64>,
    pub mean: Vec<f64>,
    /// The pseudo-regret that a tenth of the runs stay below (of the first 1000 runs).
    pub p10: Vec<f64>,
    /// The pseudo-regret that nine tenths of the runs stay below (of the first 1000 runs).
    pub p90: Vec<f64>,
}

/// How one policy fared.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyResult {
    pub name: String,
    /// Numbers of pulls: decades, then the horizon.
    pub checkpoints: Vec<u64>,
    /// Mean pseudo-regret over the runs, at each checkpoint.
    pub regret_mean: Vec<f64>,
    /// Its standard error; `None` for a single run.
    pub regret_stderr: Vec<Option<f64>>,
    /// The share of all pulls up to each checkpoint that went to a best arm, 0 to 1; mean over the runs.
    pub best_arm_share: Vec<f64>,
    /// Pulls of each arm at the horizon; mean over the runs.
    pub pulls: Vec<f64>,
    #[serde(skip)]
    pub curve: RegretCurve,
}

/// How several policies fared on the same arms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BanditResult {
    pub arms: Vec<Arm>,
    pub horizon: u64,
    pub runs: u64,
    /// What no policy can do better than in the long run; `None` where rates change, and there is no such bound.
    pub lower_bound: Option<LowerBound>,
    pub policies: Vec<PolicyResult>,
}

/// Plays every policy `runs` times in `world` (arms alone are a world where nothing changes) and reports regret, shares and pulls.
///
/// `horizon` pulls a run, in 1 to 1e9; `runs` in 1 to 1e6. Regret is the pseudo-regret Σ_t (μ* − μ_{A_t}). Each
/// (policy, run) has a random stream of its own made from `seed`, the policy's text and the run's number, and runs are
/// summed in their order: the result is the same for any number of threads. Cost: policies × runs × horizon pulls.
pub fn simulate(
    world: impl Into<World>,
    policies: &[PolicyChoice],
    horizon: u64,
    runs: u64,
    seed: u64,
    task: &Task,
) -> Result<BanditResult, BanditError> {
    simulate_watched(world, policies, (horizon, runs), seed, task, &mut |_| Ok(()))
}

/// As [`simulate`]: `watch` gets the means of the runs made so far, after every batch of them.
///
/// # Errors
/// As [`simulate`], or whatever `watch` says.
pub fn simulate_watched(
    world: impl Into<World>,
    policies: &[PolicyChoice],
    (horizon, runs): (u64, u64),
    seed: u64,
    task: &Task,
    watch: &mut dyn FnMut(BanditResult) -> Result<(), Cancelled>,
) -> Result<BanditResult, BanditError> {
    let world = world.into();
    let arms = &world.arms;
    check(arms, policies, horizon)?;
    if !(1..=MOST_RUNS).contains(&runs) {
        return Err(BanditError::BadRuns {
            given: runs,
            most: MOST_RUNS,
        });
    }
    let stops = Stops::of(horizon);
    let mut sums = vec![Sums::new(&stops, arms.len()); policies.len()];
    // Long enough to keep all threads busy, short enough to show something soon.
    let pulls_a_run = horizon.saturating_mul(policies.len() as u64);
    let batch = (100_000 / pulls_a_run)
        .max(4)
        .saturating_mul(task.pool.threads() as u64);
    let means: Vec<f64> = arms.iter().map(|a| a.mean).collect();
    let coefficient = lower_bound_coefficient(&means);
    let result = |sums: &[Sums], runs: u64| BanditResult {
        arms: arms.to_vec(),
        horizon,
        runs,
        lower_bound: world.course.is_none().then(|| LowerBound {
            coefficient,
            at_horizon: coefficient * (horizon as f64).ln(),
        }),
        policies: policies
            .iter()
            .zip(sums)
            .map(|(p, s)| s.result(p.to_string(), &stops))
            .collect(),
    };
    let mut done = 0;
    while done < runs {
        let now = batch.min(runs - done) as usize;
        let outcomes = task.pool.try_map(now * policies.len(), |job| {
            let (run, policy) = (done + (job / policies.len()) as u64, job % policies.len());
            one_run(Lane::new(&world, &policies[policy], horizon, seed, run), &stops, task)
        })?;
        for (job, outcome) in outcomes.iter().enumerate() {
            sums[job % policies.len()].add(outcome);
        }
        done += now as u64;
        task.progress.say(|| Report::of("simulating", done, runs, "runs"));
        if done < runs {
            watch(result(&sums, done))?;
        }
    }
    Ok(result(&sums, runs))
}

/// The numbers of pulls at which a run is looked at.
struct Stops {
    all: Vec<u64>,
    checkpoints: Vec<usize>,
    /// Which of them are points of the curve.
    curve: Vec<usize>,
}

impl Stops {
    fn of(horizon: u64) -> Self {
        let (checkpoints, curve) = (checkpoints(horizon), marks::logarithmic(horizon, CURVE));
        let all = marks::merged(&checkpoints, &curve, horizon);
        let places = |some: Vec<u64>| some.iter().filter_map(|t| all.binary_search(t).ok()).collect();
        Self {
            checkpoints: places(checkpoints),
            curve: places(curve),
            all,
        }
    }
}

struct Outcome {
    regrets: Vec<f64>,
    shares: Vec<f64>,
    pulls: Vec<u64>,
}

fn one_run(mut lane: Lane, stops: &Stops, task: &Task) -> Result<Outcome, Cancelled> {
    let mut regrets = Vec::with_capacity(stops.all.len());
    let mut shares = Vec::with_capacity(stops.all.len());
    for &t in &stops.all {
        lane.pull_until(t, &task.cancel)?;
        regrets.push(lane.regret());
        shares.push(lane.best_arm_share().unwrap_or(0.0));
    }
    Ok(Outcome {
        regrets,
        shares,
        pulls: lane.pulls().to_vec(),
    })
}

/// What is kept of the runs of one policy.
#[derive(Clone)]
struct Sums {
    runs: f64,
    /// Mean regret at each stop, and the sum of squared deviations from it (Welford's).
    regret: Vec<(f64, f64)>,
    share: Vec<f64>,
    pulls: Vec<f64>,
    /// The regrets of the first runs, for the band.
    first: Vec<Vec<f64>>,
}

impl Sums {
    fn new(stops: &Stops, arms: usize) -> Self {
        Self {
            runs: 0.0,
            regret: vec![(0.0, 0.0); stops.all.len()],
            share: vec![0.0; stops.all.len()],
            pulls: vec![0.0; arms],
            first: Vec::new(),
        }
    }

    fn add(&mut self, outcome: &Outcome) {
        self.runs += 1.0;
        for ((mean, squares), &regret) in self.regret.iter_mut().zip(&outcome.regrets) {
            let off = regret - *mean;
            *mean += off / self.runs;
            *squares += off * (regret - *mean);
        }
        for (sum, share) in self.share.iter_mut().zip(&outcome.shares) {
            *sum += share;
        }
        for (sum, &n) in self.pulls.iter_mut().zip(&outcome.pulls) {
            *sum += n as f64;
        }
        if self.first.len() < BAND_RUNS {
            self.first.push(outcome.regrets.clone());
        }
    }

    fn result(&self, name: String, stops: &Stops) -> PolicyResult {
        let at = |places: &[usize]| places.iter().map(|&s| self.regret[s].0).collect();
        let stderr = |&s: &usize| {
            let several = self.runs > 1.0;
            several.then(|| (self.regret[s].1 / (self.runs - 1.0) / self.runs).sqrt())
        };
        let bands = stops.curve.iter().map(|&s| {
            let mut values: Vec<f64> = self.first.iter().map(|run| run[s]).collect();
            values.sort_unstable_by(f64::total_cmp);
            (quantile(&values, 0.1), quantile(&values, 0.9))
        });
        let (p10, p90) = bands.unzip();
        PolicyResult {
            name,
            checkpoints: stops.checkpoints.iter().map(|&s| stops.all[s]).collect(),
            regret_mean: at(&stops.checkpoints),
            regret_stderr: stops.checkpoints.iter().map(stderr).collect(),
            best_arm_share: stops.checkpoints.iter().map(|&s| self.share[s] / self.runs).collect(),
            pulls: self.pulls.iter().map(|n| n / self.runs).collect(),
            curve: RegretCurve {
                t: stops.curve.iter().map(|&s| stops.all[s]).collect(),
                mean: at(&stops.curve),
                p10,
                p90,
            },
        }
    }
}

/// The value below which the share `level` of `sorted` lies, interpolated; 0 for no values.
fn quantile(sorted: &[f64], level: f64) -> f64 {
    let place = level * sorted.len().saturating_sub(1) as f64;
    let below = sorted.get(place as usize).copied().unwrap_or(0.0);
    let above = sorted.get(place as usize + 1).copied().unwrap_or(below);
    below + (above - below) * place.fract()
}

#[cfg(test)]
#[path = "simulate_tests.rs"]
mod tests;
