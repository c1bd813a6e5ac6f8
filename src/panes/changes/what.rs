use std::sync::Arc;

use crate::data::Edits;
use crate::models::Formula;

/// Everybody's lists by which two models.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangesQuery {
    pub models: [Arc<Formula>; 2],
    /// How long the lists are.
    pub n: usize,
    pub edits: Arc<Edits>,
}
