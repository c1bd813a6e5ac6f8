//! Everything known of one user or item.

use serde::Serialize;

use super::{Bar, Entity, Named};

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
