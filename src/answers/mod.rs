//! Typed questions and typed answers: what a pane shows and what the command line prints, computed in one place.
//!
//! One file an answer: a view (plain data, serialized exactly as the command line's contract says, with no styles and
//! no screen positions) and the function that computes it from a [`World`].

pub mod cold_start;
pub mod explain;
pub mod factors;
pub mod info;
pub mod map;
mod named;
pub mod neighbors;
pub mod pair;
pub mod pick;
pub mod profile;
pub mod recommend;
mod world;

pub use cold_start::{
    ColdStartArm, ColdStartNext, ColdStartPolicy, ColdStartPosterior, ColdStartPull, ColdStartView, RunState,
};
pub use explain::{ExplainView, NeighborRatings, NodeRef, TreeNode};
pub use factors::FactorsView;
pub use info::{InfoView, MemoryView};
pub use map::MapView;
pub use named::{Bar, Named};
pub use neighbors::{NeighborRow, NeighborsView};
pub use pair::PairView;
pub use pick::{PickRow, PickView};
pub use profile::{ProfileRow, ProfileView};
pub use recommend::{Moved, RecommendRow, RecommendView};
pub use world::{AnswerError, Entity, Subject, Whose, World};
