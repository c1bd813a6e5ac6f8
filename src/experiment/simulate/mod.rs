//! Experiments simulated with a known truth.
//!
//! Stored users lend their lists (of two formulas) and their tastes (of a third model, or planted) to as many simulated
//! users as are wanted. Day by day a user comes or stays away, walks down the pages of their arm's list, clicks, is
//! satisfied or annoyed, and comes back accordingly. What is logged are clicks, seconds and conversions; attraction, quality
//! and satisfaction are the truth, whose expected figures [`Truth`] computes exactly.

mod behavior;
mod crowd;
mod interleaver;
mod metrics;
mod people;
mod session;
mod truth;

pub use behavior::{Behavior, ClickModel};
pub use crowd::{ArmDay, CLASSES, Crowd, Design};
pub use interleaver::Interleaver;
pub use metrics::{METRICS, MetricSpec, Totals};
pub use people::{Listed, Person, people};
pub use session::SessionOdds;
pub use truth::{TrueArm, Truth};

#[cfg(test)]
#[path = "simulate_tests.rs"]
mod tests;
