//! What the pane asks for.

use std::sync::Arc;

use super::Tuning;
use crate::answers::Whose;
use crate::answers::tuning::three_parts;
use crate::data::Edits;
use crate::models::Formula;
use crate::panes::{Pane, Shared};

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct TuningQuery {
    /// Whose list the lists of the triangle are compared with.
    pub whose: Option<Whose>,
    pub formula: Arc<Formula>,
    pub what: What,
    pub edits: Arc<Edits>,
}

/// Over which settings.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// All ways to share the weight between three parts.
    Triangle,
    /// One dial, by its path.
    Sweep(String),
}

/// Whether the triangle is shown, and not the sweep.
pub fn shows_triangle(shared: &Shared) -> bool {
    shared.memory(Tuning::ID).mode < 2 && three_parts(&shared.selection.formula).is_some()
}
