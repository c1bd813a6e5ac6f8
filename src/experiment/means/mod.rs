//! Two arms of users with a number each: one file a test. A user is one value: never an impression, whose values hang together.

mod bootstrap;
mod cuped;
mod mann_whitney;
mod permutation;
mod ratio_delta;
mod student;
mod welch;

use super::tested::Tested;
use crate::task::{Cancelled, Task};

pub use cuped::{Cuped, cuped};

/// What was measured of the users of two arms, and what is asked of it.
#[derive(Clone, Copy, Debug)]
pub struct Measured<'a> {
    /// The metric of each user.
    pub a: &'a [f64],
    pub b: &'a [f64],
    /// The same from before the experiment, in the same order.
    pub before: Option<[&'a [f64]; 2]>,
    /// What the metric is per, of each user: views where the metric is clicks.
    pub per: Option<[&'a [f64]; 2]>,
    /// 1 − the level of the intervals.
    pub alpha: f64,
    /// Draws of what is drawn.
    pub draws: usize,
    pub seed: u64,
}

impl Measured<'_> {
    /// Mean of B less mean of A; `None` where an arm is empty.
    pub(super) fn difference(&self) -> Option<f64> {
        let mean = |x: &[f64]| (!x.is_empty()).then(|| x.iter().sum::<f64>() / x.len() as f64);
        Some(mean(self.b)? - mean(self.a)?)
    }

    /// Mean and variance (n − 1) of both arms.
    pub(super) fn moments(&self) -> Option<[(f64, f64); 2]> {
        let of = |x: &[f64]| {
            let (mean, variance) = super::special::mean_and_variance(x)?;
            Some((mean, variance?))
        };
        Some([of(self.a)?, of(self.b)?])
    }
}

pub(super) const TOO_FEW: &str = "each arm needs two users or more";
pub(super) const ALL_ALIKE: &str = "all users of each arm are alike: nothing varies";

/// A test of what was measured of users.
#[derive(Debug)]
pub struct MeanSpec {
    pub name: &'static str,
    pub formula: &'static str,
    pub doc: &'static str,
    /// Whether there is something to test: some need more than the metric.
    applies: fn(&Measured<'_>) -> bool,
    test: fn(&Measured<'_>, &Task) -> Result<Tested, Cancelled>,
}

/// Every test of means, in the order of help and output. A new one is a file here, its `mod` and a line in this list.
pub static MEANS: [&MeanSpec; 7] = [
    &welch::WELCH,
    &student::STUDENT,
    &mann_whitney::MANN_WHITNEY,
    &permutation::PERMUTATION,
    &bootstrap::BOOTSTRAP,
    &cuped::CUPED,
    &ratio_delta::RATIO_DELTA,
];

/// All that apply.
///
/// # Errors
/// Cancellation: draws take as long as they are many.
pub fn test_means(measured: &Measured<'_>, task: &Task) -> Result<Vec<Tested>, Cancelled> {
    let apply = MEANS.iter().filter(|spec| (spec.applies)(measured));
    apply.map(|spec| Ok((spec.test)(measured, task)?.sealed())).collect()
}

/// One of them by its name, of those that draw nothing; `None` where it does not apply.
pub fn one_mean_test(name: &str, measured: &Measured<'_>) -> Option<Tested> {
    let spec = MEANS
        .iter()
        .find(|spec| spec.name == name && (spec.applies)(measured))?;
    // Nothing cancels a task that nobody has.
    let told = (spec.test)(measured, &Task::unattended()).ok()?;
    Some(told.sealed())
}

/// Draws of one stream: enough of them to be worth a job, few enough to stop in time.
const DRAWS_A_JOB: usize = 50;

/// `draw` so often, each job of [`DRAWS_A_JOB`] from a stream of its own: the same on any number of threads.
fn drawn<S>(
    measured: &Measured<'_>,
    name: &str,
    task: &Task,
    scratch: impl Fn() -> S + Send + Sync,
    draw: impl Fn(&mut S, &mut crate::bandit::Stream) -> f64 + Send + Sync,
) -> Result<Vec<f64>, Cancelled> {
    let jobs = measured.draws.div_ceil(DRAWS_A_JOB);
    let all = task.pool.try_map(jobs, |job| {
        let mut stream = crate::bandit::stream_of(measured.seed, name, job as u64);
        let mut scratch = scratch();
        let draws = DRAWS_A_JOB.min(measured.draws - job * DRAWS_A_JOB);
        (0..draws)
            .map(|_| {
                task.cancel.check()?;
                Ok(draw(&mut scratch, &mut stream))
            })
            .collect::<Result<Vec<f64>, Cancelled>>()
    })?;
    Ok(all.into_iter().flatten().collect())
}

#[cfg(test)]
#[path = "means_tests.rs"]
mod tests;
