//! Two rows side by side, with the arithmetic of their similarity.

use serde::Serialize;

use super::Named;

/// Two rows side by side, with the similarity's arithmetic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairView {
    /// The subject; `null` for a guest.
    pub a: Option<Named>,
    /// Its neighbor.
    pub b: Named,
    /// The similarity's name.
    pub similarity: String,
    /// `null` where undefined.
    pub value: Option<f64>,
    /// How many entries both have.
    pub support: u32,
    /// What both rated: name, a's rating, b's rating.
    pub common: Vec<(Named, f64, f64)>,
    /// The sums that go into it, by name, in order.
    pub sums: Vec<(String, f64)>,
    /// The formula with the numbers filled in, one line each.
    pub arithmetic: Vec<String>,
    /// All similarities of the pair: name, value, `null` where undefined.
    pub all: Vec<(String, Option<f64>)>,
}
