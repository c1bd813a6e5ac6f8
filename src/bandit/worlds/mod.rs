//! What arms are pulled in: rates that stay, or change with time or with who is asked, and outcomes that are known at
//! once or later. One file a kind of change.

mod delay;
mod moment;
mod piecewise;
mod presets;
mod segments;
mod walk;
mod world;

pub(super) use delay::{Late, Waiting};
pub(super) use moment::Moment;
pub use piecewise::Piecewise;
pub use presets::{PRESETS, Preset};
pub use segments::Segments;
pub use walk::Walk;
pub use world::{Course, World};

#[cfg(test)]
#[path = "worlds_tests.rs"]
mod tests;
