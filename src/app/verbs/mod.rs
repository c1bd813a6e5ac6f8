//! What the actions of the explorer do: each a function over [`super::action::Cx`], named by its row in the registry.

pub mod control;
pub mod cursor;
pub mod going;
pub mod program;
pub mod rating;
pub mod what_if;
