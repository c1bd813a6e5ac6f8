//! One file a policy, or a few closely related ones.

mod bayes_ucb;
mod bootstrap_thompson;
mod by_context;
mod by_index;
mod chapelle_li;
mod epsilon_decay;
mod epsilon_greedy;
mod exp3;
mod gaussian_thompson;
mod imed;
mod kl_ucb;
mod linear;
mod lints;
mod linucb;
mod logistic_thompson;
mod moss_anytime;
mod random;
mod recent;
mod recent_kl_ucb;
mod recent_thompson;
mod recent_ucb;
mod softmax;
mod squarecb;
mod tails;
mod thompson;
mod top_two_thompson;
mod ucb;
mod ucb_alpha;

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
    &ucb_alpha::UCB_ALPHA,
    &chapelle_li::CHAPELLE_LI,
    &moss_anytime::MOSS_ANYTIME,
    &epsilon_decay::EPSILON_DECAY,
    &gaussian_thompson::GAUSSIAN_THOMPSON,
    &top_two_thompson::TOP_TWO_THOMPSON,
    &bootstrap_thompson::BOOTSTRAP_THOMPSON,
    &linucb::LINUCB,
    &lints::LINTS,
    &logistic_thompson::LOGISTIC_THOMPSON,
    &squarecb::SQUARECB,
    &recent_ucb::DISCOUNTED_UCB,
    &recent_ucb::SLIDING_WINDOW_UCB,
    &recent_kl_ucb::DISCOUNTED_KL_UCB,
    &recent_kl_ucb::SLIDING_WINDOW_KL_UCB,
    &recent_thompson::DISCOUNTED_THOMPSON,
    &recent_thompson::SLIDING_WINDOW_THOMPSON,
];

#[cfg(test)]
#[path = "policies_tests.rs"]
mod tests;
