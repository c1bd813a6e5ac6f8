//! One file a policy, or a few closely related ones; `../registry.rs` lists them.

mod bayes_ucb;
mod by_index;
mod epsilon_greedy;
mod exp3;
mod imed;
mod kl_ucb;
mod random;
mod softmax;
mod thompson;
mod ucb;

pub(super) use bayes_ucb::BAYES_UCB;
pub(super) use epsilon_greedy::EPSILON_GREEDY;
pub(super) use exp3::EXP3;
pub(super) use imed::IMED;
pub(super) use kl_ucb::{KL_UCB, KL_UCB_PLUS};
pub(super) use random::RANDOM;
pub(super) use softmax::SOFTMAX;
pub(super) use thompson::THOMPSON;
pub(super) use ucb::{MOSS, UCB_TUNED, UCB1};

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
