//! Bernoulli bandits: which of several items to show when it is unknown how many people like each.
//!
//! Arms (given, or items of a dataset) and policies go in; regret, pulls and posteriors come out, either of many runs
//! at once ([`simulate`]) or of one run pull by pull ([`Simulation`]). In a [`World`] rates may change, differ between
//! kinds of people, and outcomes be told late; [`ope`] says from a log what another policy would have earned.
//!
//! Throughout, t is the number of pulls already made, N_i and S_i are the pulls and successes of arm i, μ̂ = S/N, and
//! regret is the *pseudo*-regret Σ_t (μ* − μ_{A_t}), which luck does not blur.

mod arm;
mod best;
mod changing;
mod error;
mod from_dataset;
mod guess;
mod items;
mod kl;
mod marks;
pub mod ope;
mod optimistic;
mod policies;
mod policy;
mod posterior;
mod registry;
mod simulate;
mod simulation;
mod spec;
mod state;
mod worlds;

pub use arm::{Arm, MOST_ARMS, arms_of, check_arms, gaps, lower_bound_coefficient, parse_arms};
pub use best::{p_best, value_remaining};
pub use error::{BanditError, PolicyError};
pub use from_dataset::{arm_of, arms_from_dataset};
pub use guess::guess_rates;
pub use items::{Among, Pick, arms_from_items, segments_of};
pub use kl::kl;
pub use marks::checkpoints;
pub use policies::POLICIES;
pub use policy::{Choice, FigureKind, How, NO_CONTEXT, Outcome, Policy, Setting, Stream, Tally, stream_of};
pub use posterior::Posterior;
pub use registry::{PolicyChoice, find_policy, parse_policies};
pub use simulate::{BanditResult, LowerBound, MOST_RUNS, PolicyResult, RegretCurve, simulate, simulate_watched};
pub use simulation::{LONGEST_HORIZON, Lane, LaneView, NextPull, Pull, Simulation, SimulationView};
pub use spec::{Parameter, PolicySpec};
pub use state::{Decision, State, StateArm, decide, parse_state};
pub use worlds::{Course, PRESETS, Piecewise, Preset, Segments, Walk, World};
