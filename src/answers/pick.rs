//! Names found as they are typed.

use super::Entity;

/// A name that the picker found.
#[derive(Clone, Debug, PartialEq)]
pub struct PickRow {
    /// What it is.
    pub entity: Entity,
    /// What is shown and matched: `id  label`.
    pub text: String,
    /// The matched characters, as positions in `text`'s chars.
    pub matched: Vec<usize>,
    /// How many ratings it has.
    pub ratings: usize,
}

/// What the picker shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PickView {
    /// Best first.
    pub rows: Vec<PickRow>,
    /// How many match in all.
    pub matches: usize,
    /// How many names there are.
    pub total: usize,
}
