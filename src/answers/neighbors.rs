//! Who or what is near.

use serde::Serialize;

use super::{Entity, Named};

/// Who or what is near.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborsView {
    /// Of whom; `null` for a guest.
    pub subject: Option<Named>,
    /// The similarity's name.
    pub similarity: String,
    /// The nearest, highest first.
    pub neighbors: Vec<NeighborRow>,
    /// How many have a defined similarity in all.
    pub defined: usize,
    /// What-if edits were counted in.
    pub edited: bool,
}

/// One neighbor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborRow {
    /// The user or item itself.
    #[serde(skip)]
    pub entity: Entity,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
    /// Its similarity.
    pub similarity: f64,
    /// How many entries both have.
    pub support: u32,
    /// How many ratings it has in all.
    pub ratings: usize,
    /// Its mean rating.
    pub mean: Option<f64>,
    /// What it says of the focus item (a user's rating of it; for an item neighbor, the person's rating of that item).
    pub focus_rating: Option<f64>,
}
