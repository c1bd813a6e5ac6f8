//! What any long work is handed: a way to be stopped, a way to say how far it is, a thread pool of its own, and a cache
//! that computes each value once.
//!
//! Every function that may take longer than a frame gets a [`Task`] (or its [`Cancel`] alone) and calls
//! `task.cancel.check()?` once per 1 to 5 ms of work.

pub mod atomic;
mod cancel;
mod contained;
mod enough;
mod fetch;
mod lines;
mod memo;
mod pool;
mod priority;
mod progress;
mod timings;

pub use cancel::{Cancel, Cancelled};
pub use contained::{contained, is_contained};
pub use enough::{Enough, Heeding, Steps};
pub use fetch::fetch;
pub use lines::{Held, Lines};
pub use memo::Memo;
pub use pool::Pool;
pub use priority::Priority;
pub use progress::{Curves, Progress, Report, thousands};
pub use timings::{Stage, Stages, Timings, process_memory, within};

/// What a long computation needs from outside.
#[derive(Clone, Debug, Default)]
pub struct Task {
    /// Checked regularly; an error means: stop now, the answer is no longer wanted.
    pub cancel: Cancel,
    /// Looked at by what learns step by step: it keeps what it has once that is said to be enough.
    pub enough: Enough,
    /// Updated regularly with how far the work is.
    pub progress: Progress,
    /// Where the work may spread out. The result never depends on how many threads there are.
    pub pool: Pool,
    /// Where it is noted how long what took.
    pub timings: Timings,
}

impl Task {
    /// A task that nobody watches, cancels or limits: tests, and the command line's short answers.
    pub fn unattended() -> Self {
        Self::default()
    }
}

/// Debug builds panic at a place that `RECSCOPE_PANIC` names: how the tests see that a panic leaves the terminal as it was.
pub fn panic_if_asked(place: &str) {
    let asked = cfg!(debug_assertions) && std::env::var("RECSCOPE_PANIC").is_ok_and(|wanted| wanted == place);
    assert!(!asked, "as asked by RECSCOPE_PANIC");
}
