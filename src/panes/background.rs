//! What runs of panes have in common: when they begin, when they rest, what becomes of an error.

use std::time::{Duration, Instant};

use crate::answers::{AnswerError, World};
use crate::engine::{Asked, JobError, RunState};

/// Above so many ratings a person is asked first.
const LARGE: usize = 2_000_000;

/// Whether what goes through all ratings begins by itself.
pub fn begins(world: &World) -> RunState {
    begins_up_to(LARGE, world)
}

/// The same of what is too much above so many ratings.
pub fn begins_up_to(ratings: usize, world: &World) -> RunState {
    if world.dataset.n_ratings() > ratings {
        RunState::Asks
    } else {
        RunState::Running
    }
}

/// So long nobody may have turned anything before something is begun.
const REST: Duration = Duration::from_millis(300);

/// Waits until nobody has turned anything for a while: a control that moves asks again and again, and each cancels the one
/// before.
///
/// # Errors
/// Cancelled by the next turn.
pub fn rest<V>(asked: &Asked<V>) -> Result<(), JobError> {
    let since = Instant::now();
    while since.elapsed() < REST {
        asked.cancel.check()?;
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// Why a run has no answer.
pub fn job_error(error: AnswerError) -> JobError {
    match error {
        AnswerError::Cancelled(_) => JobError::Cancelled,
        other => JobError::Failed(other.to_string()),
    }
}
