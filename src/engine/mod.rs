//! Work in the background where only the newest question counts.
//!
//! An [`Executor`] owns a few threads. A [`Lane`] (one a pane) is asked with closures: the newest question replaces the one
//! that waits and cancels the one that runs. Answers, and parts of them, are published into the lane's [`Latest`] cell as
//! immutable snapshots behind an `Arc`; the drawing thread clones the `Arc`. Nobody ever waits for anybody.
//!
//! What goes on by itself, such as a bandit or a leaderboard, is a [`Process`]; a [`Run`] starts, pauses, steps and resets it.

mod executor;
mod lane;
mod latest;
mod run;

pub use executor::Executor;
pub use lane::{Asked, JobError, Lane};
pub use latest::{Generation, Latest, Phase, Snapshot, Waker};
pub use run::{Order, Pace, Process, Run, RunState, Runs};
