//! The answers as plain data. Field names and their order are the command line's JSON; what only a screen needs is
//! skipped there. Further keys may be added, none may change.

use serde::Serialize;
use serde_json::{Map, Value};

use super::Entity;
use crate::data::{Reject, Scale};

/// An id with what to call it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    /// The entity itself.
    #[serde(skip)]
    pub entity: Entity,
    /// `user` or `item`.
    pub kind: &'static str,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
}

/// One bar of a histogram: a value, or a range of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Bar {
    /// One distinct value.
    Value {
        /// The rating.
        value: f64,
        /// How often it was given.
        count: u64,
    },
    /// A bin.
    Bin {
        /// Where it begins, included.
        from: f64,
        /// Where it ends.
        to: f64,
        /// How many ratings fall into it.
        count: u64,
    },
}

impl Bar {
    /// How many ratings the bar stands for.
    pub fn count(&self) -> u64 {
        match self {
            Self::Value { count, .. } | Self::Bin { count, .. } => *count,
        }
    }
}

/// What is in a dataset, and what was noticed on loading it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InfoView {
    /// Its short name.
    pub name: String,
    /// Users with a rating.
    pub users: usize,
    /// Items with a rating.
    pub items: usize,
    /// Items that only the metadata knows.
    pub items_without_ratings: usize,
    /// Users that only the metadata knows.
    pub users_without_ratings: usize,
    /// How many ratings.
    pub ratings: usize,
    /// Ratings over users × items, of those with a rating.
    pub density: f64,
    /// `null` where implicit.
    pub scale: Option<Scale>,
    /// Rows say only that something happened.
    pub implicit: bool,
    /// Ratings carry times.
    pub timestamps: bool,
    /// The mean rating; `null` for no ratings.
    pub mean: Option<f64>,
    /// How the ratings are spread.
    pub histogram: Vec<Bar>,
    /// Pairs that came again.
    pub duplicates: u64,
    /// What was done with them.
    pub duplicate_policy: String,
    /// Rows that could not be used (the first thousand).
    pub rejected: Vec<Reject>,
    /// How many in all.
    pub rejected_count: u64,
    /// The format that was detected.
    pub format: String,
    /// The separator of the ratings.
    pub separator: String,
    /// The encoding that was detected.
    pub encoding: String,
    /// The files that were read.
    pub files: Vec<String>,
    /// Rating rows read.
    pub rows_read: u64,
    /// Rated items that the metadata does not know.
    pub items_without_metadata: u64,
    /// Rating users that the metadata does not know.
    pub users_without_metadata: u64,
    /// The columns of item metadata.
    pub item_columns: Vec<String>,
    /// The columns of user metadata.
    pub user_columns: Vec<String>,
    /// Earliest and latest time, seconds since 1970.
    pub time_range: Option<(i64, i64)>,
    /// The data is invented.
    pub synthetic: bool,
    /// Sentences worth reading.
    pub notes: Vec<String>,
    /// Bytes held for ratings and for everything else.
    pub memory: MemoryView,
    /// Ratings per user, and per item, largest first: the long tails (for the screen).
    #[serde(skip)]
    pub activity: (Vec<u32>, Vec<u32>),
    /// Ratings per month, oldest first (for the screen): year, month, count.
    #[serde(skip)]
    pub months: Vec<(i32, u32, u64)>,
}

/// Bytes held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryView {
    /// For all that is per rating.
    pub ratings_bytes: usize,
    /// For ids, labels and metadata.
    pub catalog_bytes: usize,
    /// For fitted models.
    pub models_bytes: usize,
}

/// Who or what is near.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NeighborsView {
    /// Of whom.
    pub subject: Named,
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

/// Two rows side by side, with the similarity's arithmetic.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairView {
    /// The subject.
    pub a: Named,
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

/// What is recommended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecommendView {
    /// To whom; `null` for a guest or where the subject is an item.
    pub user: Option<String>,
    /// For which item the best users are listed; `null` otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// The formula in canonical form.
    pub model: String,
    /// What scores are measured in.
    pub unit: String,
    /// The list: items for a person, users for an item.
    pub items: Vec<RecommendRow>,
    /// How many candidates there were.
    pub candidates: usize,
    /// Only a sample of the users was scored (for an item, above 20,000 users).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
    /// What-if edits were counted in.
    pub edited: bool,
    /// The components of a hybrid, in order: the legend of the stacked bars (for the screen).
    #[serde(skip)]
    pub components: Vec<String>,
}

/// One recommendation.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecommendRow {
    /// From 1, among the listed.
    pub rank: usize,
    /// The item (or user) itself.
    #[serde(skip)]
    pub entity: Entity,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
    /// What ranks it.
    pub score: f64,
    /// The share of each component of a hybrid (their sum is the score); empty for a lone model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<f64>,
    /// Whether it is rated already (with `--include-seen`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub seen: bool,
}

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

/// Who somebody is, or what an item is: everything the Profile pane shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileView {
    /// Who or what; `null` for a guest.
    pub subject: Option<Named>,
    /// How many ratings.
    pub ratings: usize,
    /// Their mean; `null` for none.
    pub mean: Option<f64>,
    /// Their standard deviation (population); `null` for none.
    pub deviation: Option<f64>,
    /// How they are spread, over the bars of the dataset's histogram.
    pub histogram: Vec<Bar>,
    /// What is known beyond ratings: column, text.
    pub attributes: Vec<(String, String)>,
    /// The ratings: a person's items, or an item's raters. Highest first, then newest, then the order of the file.
    pub rows: Vec<ProfileRow>,
    /// How many of them are edited.
    pub edits: usize,
}

/// One rating in a profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileRow {
    /// The item (of a person) or the user (of an item).
    #[serde(skip)]
    pub entity: Entity,
    /// Verbatim.
    pub id: String,
    /// Fit to be shown.
    pub label: String,
    /// The rating as it counts; `null` where an edit took it away.
    pub rating: Option<f64>,
    /// The rating as stored, where an edit changed it (`null` inside where there was none).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<Option<f64>>,
    /// Seconds since 1970.
    pub time: Option<i64>,
}

/// Latent factors of the subject and of the focus item.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FactorsView {
    /// `user` or `item`.
    pub kind: &'static str,
    /// Verbatim; `null` for a guest.
    pub id: Option<String>,
    /// Fit to be shown.
    pub label: String,
    /// The model, in canonical form.
    pub model: String,
    /// μ.
    pub mean: f64,
    /// Its bias.
    pub bias: f64,
    /// Its factors.
    pub factors: Vec<f64>,
    /// The focus item, for a person: name, bias, factors.
    #[serde(skip)]
    pub focus: Option<(Named, f64, Vec<f64>)>,
    /// Loss by epoch, with its name (for the screen).
    #[serde(skip)]
    pub training: Option<(String, Vec<f64>)>,
}

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
