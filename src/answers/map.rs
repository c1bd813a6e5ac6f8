//! All items on a plane: the two principal components of their factors.

use serde::Serialize;

/// The 2-D map of all items (principal components of the item factors), computed once a fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MapView {
    /// The model, in canonical form.
    pub model: String,
    /// (item, x, y) of every item with factors.
    #[serde(skip)]
    pub points: Vec<(crate::data::ItemIx, f32, f32)>,
    /// The share of variance that each axis explains, 0 to 1.
    pub explained: (f64, f64),
    /// Trustworthiness with 10 neighbors, 0 to 1 (on a sample above 2,000 items).
    pub trust: Option<f64>,
    /// The axes: two unit vectors in factor space and the mean that is taken off first (for placing people).
    #[serde(skip)]
    pub axes: (Vec<f64>, Vec<f64>, Vec<f64>),
    /// A name for each region: text and where it stands (for the screen).
    #[serde(skip)]
    pub regions: Vec<(String, f32, f32)>,
}
