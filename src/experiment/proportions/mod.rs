//! Two proportions: one file a test or interval.
//!
//! Throughout p_A = x_A/n_A, p_B = x_B/n_B, d = p_B − p_A, and z is the critical value of the level.

mod agresti_caffo;
mod bayes;
mod chi2;
mod fisher;
mod lift_delta;
mod msprt;
mod newcombe;
mod score;
mod z_pooled;
mod z_unpooled;

use super::counts::Counts;
use super::special::critical_z;
use super::tested::Tested;

pub use msprt::{always_valid_half_width, msprt_ratio};

/// Two arms, and what is asked of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Proportions {
    pub a: Counts,
    pub b: Counts,
    /// 1 − the level of the intervals, .05 for 95 %.
    pub alpha: f64,
    /// τ² of the mixture SPRT: the variance of the true difference before anything is seen.
    pub tau2: f64,
}

impl Proportions {
    pub(super) fn difference(&self) -> f64 {
        self.b.rate() - self.a.rate()
    }

    pub(super) fn z(&self) -> f64 {
        critical_z(self.alpha)
    }

    /// p_A(1 − p_A)/n_A + p_B(1 − p_B)/n_B.
    pub(super) fn unpooled_variance(&self) -> f64 {
        let of = |c: Counts| c.rate() * (1.0 - c.rate()) / c.views as f64;
        of(self.a) + of(self.b)
    }

    /// The rate over both arms.
    pub(super) fn pooled_rate(&self) -> f64 {
        (self.a.clicks + self.b.clicks) as f64 / (self.a.views + self.b.views) as f64
    }
}

/// A test of two proportions.
#[derive(Debug)]
pub struct ProportionSpec {
    pub name: &'static str,
    pub formula: &'static str,
    pub doc: &'static str,
    test: fn(&Proportions) -> Tested,
}

/// Every test of two proportions, in the order of help and output. A new one is a file here, its `mod` and a line in this
/// list.
pub static PROPORTIONS: [&ProportionSpec; 11] = [
    &z_pooled::Z_POOLED,
    &z_unpooled::Z_UNPOOLED,
    &newcombe::NEWCOMBE,
    &agresti_caffo::AGRESTI_CAFFO,
    &score::SCORE,
    &chi2::CHI2,
    &chi2::CHI2_YATES,
    &fisher::FISHER,
    &lift_delta::LIFT_DELTA,
    &bayes::BAYES,
    &msprt::MSPRT,
];

/// All of them.
pub fn test_proportions(arms: &Proportions) -> Vec<Tested> {
    PROPORTIONS.iter().map(|spec| (spec.test)(arms).sealed()).collect()
}

#[cfg(test)]
#[path = "proportions_tests.rs"]
mod tests;
