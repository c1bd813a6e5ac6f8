use rand::RngExt;

use super::log::{Log, Logged};
use crate::bandit::policy::{NO_CONTEXT, Outcome, Setting, Tally, stream_of};
use crate::bandit::{Arm, BanditError, PolicyChoice};
use crate::task::Cancel;

/// The log that a policy writes in `rows` pulls of these arms, each with the probability that its arm had.
///
/// # Errors
/// [`BanditError::NoPropensities`] where the policy's probabilities are not known; cancellation.
pub fn written(
    arms: &[Arm],
    choice: &PolicyChoice,
    rows: usize,
    seed: u64,
    cancel: &Cancel,
) -> Result<Log, BanditError> {
    let mut policy = choice.build(&Setting::plain(arms.len(), rows as u64));
    let (mut tally, mut stream) = (Tally::new(arms.len()), stream_of(seed, &format!("log of {choice}"), 0));
    let mut log = Log {
        actions: arms.iter().map(|arm| arm.id.clone()).collect(),
        rows: Vec::with_capacity(rows),
    };
    for at in 0..rows {
        if at % 1024 == 0 {
            cancel.check()?;
        }
        let known = policy.propensities(&tally);
        let known = known.ok_or_else(|| BanditError::NoPropensities(choice.to_string()))?;
        let chosen = policy.choose(&tally, &mut stream);
        let reward = stream.random::<f64>() < arms[chosen.arm].mean;
        tally.add(chosen.arm, reward);
        let outcome = Outcome {
            arm: chosen.arm,
            reward,
            chance: chosen.chance,
            context: NO_CONTEXT,
        };
        policy.learn(&outcome, &tally);
        log.rows.push(Logged {
            action: chosen.arm,
            reward: f64::from(reward),
            propensity: known[chosen.arm],
        });
    }
    Ok(log)
}
