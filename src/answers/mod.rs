//! Typed questions and typed answers: what a pane shows and what the command line prints, computed in one place.
//!
//! One file an answer: a view (plain data, serialized exactly as the command line's contract says, with no styles and
//! no screen positions) and the function that computes it from a [`World`].

mod views;
mod world;

pub use views::*;
pub use world::{AnswerError, Entity, Subject, Whose, World};
