//! What runs of panes have in common: when they begin, when they rest, what becomes of an error.

use std::time::Duration;

use crate::answers::{AnswerError, World};
use crate::engine::{JobError, RunState};

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

/// What stands where a run rests before it has anything to show: a person paused it, perhaps with the key that was meant to
/// begin what had begun by itself.
pub const PAUSED: &str = "paused: space runs it";

/// So long nobody may have turned anything before something is begun: a control that moves asks again and again, and each
/// question cancels the one before.
pub const REST: Duration = Duration::from_millis(300);

/// Why a run has no answer.
pub fn job_error(error: AnswerError) -> JobError {
    match error {
        AnswerError::Cancelled(_) => JobError::Cancelled,
        other => JobError::Failed(other.to_string()),
    }
}
