//! The trained network at work: vectors of items and of profiles.

use std::sync::Arc;

use super::batch::Weighing;
use super::tower::Tower;
use super::train::Trained;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::latent::Factors;
use crate::task::{Cancelled, Task};

/// A fitted two-tower model. It computes in 64 bits with the 32-bit numbers that were trained.
pub struct TwoTower {
    pub dataset: Arc<Dataset>,
    pub trained: Arc<Trained>,
    weighing: Weighing,
    /// Both towers in 64 bits.
    pub item_tower: Tower<f64>,
    pub user_tower: Tower<f64>,
    /// Items × factors, each of length 1.
    pub vectors: Factors,
}

/// Rows made between two questions whether anybody still wants them.
const AT_ONCE: usize = 256;

impl TwoTower {
    /// Puts the network to work: every item goes through its tower once. O(items · (terms + factors²)).
    pub fn new(
        dataset: Arc<Dataset>,
        trained: Arc<Trained>,
        weighing: Weighing,
        task: &Task,
    ) -> Result<Self, Cancelled> {
        let width = trained.network.item_ids.width;
        let mut model = Self {
            item_tower: trained.network.item_tower.cast(),
            user_tower: trained.network.user_tower.cast(),
            vectors: Factors::default(),
            dataset,
            trained,
            weighing,
        };
        let n = model.dataset.n_items();
        let rows = task.pool.try_map(n.div_ceil(AT_ONCE), |k| {
            task.cancel.check()?;
            let items = k * AT_ONCE..n.min((k + 1) * AT_ONCE);
            let vector = |item| model.item_tower.unit(model.item_input(ItemIx(item as u32)));
            Ok(items.flat_map(vector).collect::<Vec<f64>>())
        })?;
        model.vectors = Factors::new(width, rows.concat());
        Ok(model)
    }

    pub fn n_items(&self) -> usize {
        self.dataset.n_items()
    }

    /// Whether anything is known of the item: ratings or metadata.
    pub fn knows(&self, item: ItemIx) -> bool {
        item.at() < self.dataset.n_items()
            && (!self.dataset.item_row(item).is_empty() || self.item_terms(item).next().is_some())
    }

    /// What is said of an item: (term, weight).
    pub fn item_terms(&self, item: ItemIx) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.trained.descriptions.items.row(item)
    }

    /// What is said of a user: (term, weight).
    pub fn user_terms(&self, user: UserIx) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.trained.descriptions.users.row_at(user.at())
    }

    /// Its embedding plus those of its terms, weighted.
    pub fn item_input(&self, item: ItemIx) -> Vec<f64> {
        let network = &self.trained.network;
        let mut input = wide(network.item_ids.row(item.at()));
        for (term, weight) in self.item_terms(item) {
            add_wide(&mut input, weight, network.item_terms.row(term as usize));
        }
        input
    }

    /// How much a rating weighs in the mean of a history.
    pub fn weight(&self, rating: f64) -> f64 {
        self.weighing.of(rating)
    }
}

pub fn wide(row: &[f32]) -> Vec<f64> {
    row.iter().map(|x| f64::from(*x)).collect()
}

pub fn add_wide(to: &mut [f64], by: f64, from: &[f32]) {
    to.iter_mut().zip(from).for_each(|(to, x)| *to += by * f64::from(*x));
}
