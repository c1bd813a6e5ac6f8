//! Experiments: counts, a table, a simulation, and what is planned before one begins.

mod counted;
mod lab;
mod simulated;
mod tabled;

pub use counted::{CountedArm, CountedView, RateInterval, counted};
pub use lab::{Lab, LabQuery, TASTES};
pub use simulated::{DaysView, MetricCell, MetricRow, SegmentRow, SimulatedView, Simulation, TruthView};
pub use tabled::{TabledArm, TabledQuery, TabledTest, TabledView, tabled};

#[cfg(test)]
mod tests;
