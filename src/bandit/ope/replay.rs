use rand::RngExt;
use serde::Serialize;

use super::log::Log;
use crate::bandit::policy::{NO_CONTEXT, Outcome, Setting, Tally, stream_of};
use crate::bandit::{BanditError, PolicyChoice};
use crate::task::Task;

/// How a policy fared on a log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replayed {
    pub name: String,
    /// Rows whose action the policy chose as well; it learned from no other.
    pub matches: u64,
    /// The mean reward of these rows; `None` where there are none.
    pub mean: Option<f64>,
    pub stderr: Option<f64>,
}

/// Plays learning policies on a log (Li, Chu, Langford and Wang 2011): a row whose action the policy chooses, too, is
/// what it would have seen; any other is passed over. Right on average only where actions were logged uniformly at
/// random, which is asked of the log.
///
/// Rewards lie between 0 and 1; policies that learn from successes are told of one with the reward as its probability.
/// Policies run side by side, the same for any number of threads.
pub fn replay(log: &Log, policies: &[PolicyChoice], seed: u64, task: &Task) -> Result<Vec<Replayed>, BanditError> {
    if log.rows.is_empty() {
        return Err(BanditError::EmptyLog);
    }
    if !log.is_uniform() {
        return Err(BanditError::NotUniform);
    }
    if let Some(row) = log.rows.iter().position(|row| !(0.0..=1.0).contains(&row.reward)) {
        return Err(BanditError::RewardOutOfRange {
            row: row + 1,
            reward: log.rows[row].reward,
        });
    }
    task.pool
        .try_map(policies.len(), |at| play(log, &policies[at], seed, task))
}

fn play(log: &Log, choice: &PolicyChoice, seed: u64, task: &Task) -> Result<Replayed, BanditError> {
    let arms = log.actions.len();
    let mut policy = choice.build(&Setting::plain(arms, log.rows.len() as u64));
    let (mut tally, mut stream) = (Tally::new(arms), stream_of(seed, &choice.to_string(), 0));
    let (mut sum, mut squares) = (0.0, 0.0);
    for (at, row) in log.rows.iter().enumerate() {
        if at.is_multiple_of(1024) {
            task.cancel.check()?;
        }
        let chosen = policy.choose(&tally, &mut stream);
        if chosen.arm != row.action {
            continue;
        }
        let reward = stream.random::<f64>() < row.reward;
        tally.add(row.action, reward);
        let outcome = Outcome {
            arm: row.action,
            reward,
            chance: chosen.chance,
            context: NO_CONTEXT,
        };
        policy.learn(&outcome, &tally);
        sum += row.reward;
        squares += row.reward * row.reward;
    }
    let n = tally.total() as f64;
    let mean = sum / n.max(1.0);
    let variance = (squares - n * mean * mean).max(0.0) / (n - 1.0).max(1.0);
    Ok(Replayed {
        name: choice.to_string(),
        matches: tally.total(),
        mean: (n > 0.0).then_some(mean),
        stderr: (n > 1.0).then(|| (variance / n).sqrt()),
    })
}
