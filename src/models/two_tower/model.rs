//! Serving the trained network: vectors of items and of profiles.

use std::sync::Arc;

use super::batch::Weighing;
use super::network::Half;
use super::tower::Tower;
use super::train::Trained;
use crate::data::{Dataset, ItemIx};
use crate::models::Profile;
use crate::models::content::Features;
use crate::models::latent::Factors;
use crate::task::{Cancelled, Task};

/// A fitted two-tower model. It computes in 64 bits with the 32-bit numbers that were trained.
pub struct TwoTower {
    pub dataset: Arc<Dataset>,
    pub trained: Arc<Trained>,
    pub weighing: Weighing,
    pub item_tower: Tower<f64>,
    pub user_tower: Tower<f64>,
    /// The item tower's output: items × factors.
    pub vectors: Factors,
}

/// Rows between two checks for cancellation.
const AT_ONCE: usize = 256;

impl TwoTower {
    /// Runs every item through its tower once. O(items · (terms + factors²)).
    pub fn new(
        dataset: Arc<Dataset>,
        trained: Arc<Trained>,
        weighing: Weighing,
        task: &Task,
    ) -> Result<Self, Cancelled> {
        let width = trained.network.items.ids.width;
        let mut model = Self {
            item_tower: trained.network.items.tower.cast(),
            user_tower: trained.network.users.tower.cast(),
            vectors: Factors::default(),
            dataset,
            trained,
            weighing,
        };
        let n = model.dataset.n_items();
        let rows = task.pool.try_map(n.div_ceil(AT_ONCE), |k| {
            task.cancel.check()?;
            let items = k * AT_ONCE..n.min((k + 1) * AT_ONCE);
            let vector = |item| model.item_tower.output(model.item_input(ItemIx(item as u32)));
            Ok(items.flat_map(vector).collect::<Vec<f64>>())
        })?;
        model.vectors = Factors::new(width, rows.concat());
        Ok(model)
    }

    /// Whether anything is known of the item: ratings or metadata.
    pub fn knows(&self, item: ItemIx) -> bool {
        item.at() < self.dataset.n_items()
            && (!self.dataset.item_row(item).is_empty() || self.trained.descriptions.items.row(item).next().is_some())
    }

    /// The place of the profile's user among those described.
    pub fn described(&self, profile: &Profile) -> Option<usize> {
        let user = profile.user()?.at();
        (user < self.dataset.n_users()).then_some(user)
    }

    /// What is added to the product of its vector with a profile's.
    pub fn bias(&self, item: ItemIx) -> f64 {
        let biases = &self.trained.network.biases.numbers;
        biases.get(item.at()).map_or(0.0, |bias| f64::from(*bias))
    }

    /// vector · taste + bias.
    pub fn score(&self, item: ItemIx, taste: &[f64]) -> f64 {
        self.vectors.dot(item.at(), taste) + self.bias(item)
    }

    /// Its embedding plus those of its terms, weighted.
    pub fn item_input(&self, item: ItemIx) -> Vec<f64> {
        let trained = &self.trained;
        let terms = &trained.descriptions.items;
        input(&trained.network.items, item.at(), terms, Some(item.at()))
    }
}

/// A row in double precision.
pub fn wide(row: &[f32]) -> Vec<f64> {
    row.iter().map(|x| f64::from(*x)).collect()
}

/// The embedding `id` plus those of the `terms` of row `at`, weighted.
pub fn input(half: &Half<f32>, id: usize, terms: &Features, at: Option<usize>) -> Vec<f64> {
    let mut input = wide(half.ids.row(id));
    for (term, weight) in at.into_iter().flat_map(|at| terms.row_at(at)) {
        let row = half.terms.row(term as usize);
        input
            .iter_mut()
            .zip(row)
            .for_each(|(to, x)| *to += weight * f64::from(*x));
    }
    input
}
