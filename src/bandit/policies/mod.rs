//! One file a policy, or a few closely related ones.

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

use super::PolicySpec;

/// Every policy, in the order of menus and help. A new one is a file here, its `mod` and a line in this list.
pub static POLICIES: &[&PolicySpec] = &[
    &thompson::THOMPSON,
    &epsilon_greedy::EPSILON_GREEDY,
    &ucb::UCB1,
    &ucb::UCB_TUNED,
    &ucb::MOSS,
    &kl_ucb::KL_UCB,
    &kl_ucb::KL_UCB_PLUS,
    &imed::IMED,
    &bayes_ucb::BAYES_UCB,
    &softmax::SOFTMAX,
    &exp3::EXP3,
    &random::RANDOM,
];

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
