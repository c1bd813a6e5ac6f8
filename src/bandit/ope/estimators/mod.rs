//! One file an estimator.

mod clipped_ips;
mod dm;
mod dr;
mod ips;
mod replay;
mod sndr;
mod snips;
mod spec;
mod switch_dr;

pub use spec::{Estimate, EstimatorSpec};

/// Every estimator, in the order of help and output. A new one is a file here, its `mod` and a line in this list.
pub static ESTIMATORS: [&EstimatorSpec; 8] = [
    &replay::REPLAY,
    &ips::IPS,
    &clipped_ips::CLIPPED_IPS,
    &snips::SNIPS,
    &dm::DM,
    &dr::DR,
    &sndr::SNDR,
    &switch_dr::SWITCH_DR,
];
