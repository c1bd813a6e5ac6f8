//! Neighborhood models: similarities between users or between items, and what the nearest say.

mod baselines;
#[cfg(test)]
mod testing;

pub use baselines::Baselines;
