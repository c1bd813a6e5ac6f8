//! Why an item has its score for somebody.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Entity, Named};

/// Why an item has its score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainView {
    /// `null` for a guest.
    pub user: Option<String>,
    /// The item's id.
    pub item: String,
    /// The item's name.
    pub label: String,
    /// The formula in canonical form.
    pub model: String,
    /// What the score is measured in.
    pub unit: String,
    /// The served score.
    pub score: f64,
    /// The score clipped to the scale, for models of unit `rating`.
    pub prediction: Option<f64>,
    /// Among unseen candidates; `null` for a rated item.
    pub rank: Option<usize>,
    /// How many unseen candidates there are.
    pub candidates: usize,
    /// The share of candidates with a lower score, 0 to 100.
    pub percentile: Option<f64>,
    /// What the unit means and what 0 means.
    pub meaning: String,
    /// How the nearest neighbors (of user-knn's defaults) who rated the item rated it.
    pub neighbor_ratings: NeighborRatings,
    /// The parts.
    pub tree: TreeNode,
}

/// What the nearest raters of an item gave it, grouped as people read it best (Herlocker 2000).
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NeighborRatings {
    /// Upper third of the scale.
    pub good: usize,
    /// Middle third.
    pub so_so: usize,
    /// Lower third.
    pub bad: usize,
    /// Each neighbor's rating, nearest first (for the screen).
    #[serde(skip)]
    pub ratings: Vec<(Named, f64, f64)>,
}

/// A node of an explanation as the contract has it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TreeNode {
    /// What to call it.
    pub label: String,
    /// `hybrid`, `component`, `offset`, `base`, `bias`, `neighbor`, `rated`, `term`, `factor`, `feature`, `residual`,
    /// `rest` or `missing`.
    pub kind: &'static str,
    /// What it is about; `null` for nothing in particular.
    #[serde(rename = "ref")]
    pub about: Option<NodeRef>,
    /// Its share of its parent.
    pub value: f64,
    /// The raw figures.
    pub detail: Map<String, Value>,
    /// The parts.
    pub children: Vec<TreeNode>,
}

/// What a node is about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NodeRef {
    /// The user or item itself, where it is one.
    #[serde(skip)]
    pub entity: Option<Entity>,
    /// `user`, `item`, `model`, `term` or `factor`.
    pub kind: &'static str,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
}
