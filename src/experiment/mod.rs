//! Experiments: what tests say of two arms, how many users they need, what looking too often does, and a simulator that
//! knows the truth.
//!
//! - [`test_proportions`], [`test_means`]: every test of [`PROPORTIONS`] and [`MEANS`]; [`RATES`], [`SampleRatio`],
//!   [`Adjustment`].
//! - [`power`]: users needed, effects that can be found.
//! - [`sequential`]: boundaries and false alarms of repeated looks; [`peeking`]: the same, simulated.
//! - [`simulate`]: experiments with a known truth; [`interleave`]: two lists in one; [`Plan`]: what was decided beforehand.
//! - [`pitfall`]: clicks today against satisfaction.

mod counts;
mod draft;
pub mod interleave;
mod means;
mod multiplicity;
mod paired;
pub mod peeking;
pub mod pitfall;
mod plan;
pub mod power;
mod proportions;
mod rates;
mod ratio;
pub mod sequential;
pub mod simulate;
mod special;
mod srm;
mod table;
mod tested;

pub use counts::Counts;
pub use draft::team_draft;
pub use means::{Cuped, MEANS, MeanSpec, Measured, cuped, one_mean_test, test_means};
pub use multiplicity::Adjustment;
pub use paired::paired_t;
pub use plan::{Looked, Plan, PlanBounds, PlanRule, Verdict, VerdictKind};
pub use proportions::{
    PROPORTIONS, ProportionSpec, Proportions, always_valid_half_width, msprt_ratio, test_proportions,
};
pub use rates::{RATES, RateSpec};
pub use ratio::{Ratio, RatioSums, ratio};
pub use special::{critical_z, normal_two_sided, t_two_sided};
pub use srm::SampleRatio;
pub use table::{Arm, OutcomeColumns, Outcomes};
pub use tested::{More, Tested};
