//! How fast models learn somebody new: users are taken out of the training data with all their ratings, asked about items
//! one by one, and served after every answer.

mod interview;
mod kinds;
mod learning;
mod newcomers;
mod questions;
mod strategy;
#[cfg(test)]
mod tests;

pub use interview::{Interviewer, entropy, uncertainty};
pub use kinds::kind_column;
pub use learning::{LearningCurve, Onboarded, onboard};
pub use newcomers::{Newcomer, Newcomers};
pub use questions::{ASKS, Ask};
pub use strategy::{Server, Strategy, stated_by};
