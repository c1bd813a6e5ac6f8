//! What is recommended to somebody, and whom an item suits.

use serde::Serialize;

use super::Entity;

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
    /// How many ratings it has in all.
    pub ratings: usize,
    /// Where it stood before the last change, where there was a list before (for the screen).
    #[serde(skip)]
    pub moved: Option<Moved>,
}

/// Where a row stood in the list before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// This many places lower (above 0), higher (below 0) or where it is (0).
    By(i64),
    /// Nowhere in it.
    New,
}

impl RecommendView {
    /// Notes in every row where it stood in the list `before`.
    #[must_use]
    pub fn compared(mut self, before: &Self) -> Self {
        let ranks: std::collections::HashMap<Entity, usize> = before.items.iter().map(|r| (r.entity, r.rank)).collect();
        for row in &mut self.items {
            let by = |rank: &usize| Moved::By(*rank as i64 - row.rank as i64);
            row.moved = Some(ranks.get(&row.entity).map_or(Moved::New, by));
        }
        self
    }
}
