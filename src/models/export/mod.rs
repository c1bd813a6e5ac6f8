//! The inverse of [`imported`](super::imported): writes what a factor model learned so that other programs can read it,
//! and `--import` opens it as a model with the same scores.
//!
//! - [`npy`]: numpy's arrays, and archives of them.
//! - `tables`: a folder of arrays, CSV tables, or Parquet files in Spark's format.

pub mod npy;
mod parquet;
mod tables;
#[cfg(test)]
mod tests;

use std::io::{self, Seek, Write};

use crate::data::Dataset;
use crate::models::{LatentFactors, Profile, Recommender, Unit};
use crate::task::{Cancel, Cancelled};

pub use tables::{Format, write_folder};

/// Everything that a factor model learned: score(u, i) = mean + bias of u + bias of i + factors of u · factors of i.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub is_rating: bool,
    /// The constant term of all scores; 0 for models without.
    pub mean: f64,
    /// Users with ratings, in the dataset's order.
    pub users: Side,
    pub items: Side,
}

/// The factors of users or of items, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// `user` or `item`.
    pub name: &'static str,
    pub ids: Vec<String>,
    pub labels: Vec<String>,
    /// One per id; all 0 in models without.
    pub bias: Vec<f64>,
    pub width: usize,
    /// ids × width numbers, row by row.
    pub factors: Vec<f64>,
}

impl Side {
    fn empty(name: &'static str, width: usize) -> Self {
        Self {
            name,
            ids: Vec::new(),
            labels: Vec::new(),
            bias: Vec::new(),
            width,
            factors: Vec::new(),
        }
    }

    fn add(&mut self, id: &str, label: String, bias: f64, factors: &[f64]) {
        self.ids.push(id.to_owned());
        self.labels.push(label);
        self.bias.push(bias);
        self.factors.extend_from_slice(factors);
    }

    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, f64, &[f64])> {
        let factors = (0..self.ids.len()).map(|at| &self.factors[at * self.width..(at + 1) * self.width]);
        let named = self.ids.iter().zip(&self.labels).zip(&self.bias);
        named
            .zip(factors)
            .map(|(((id, label), bias), factors)| (id.as_str(), label.as_str(), *bias, factors))
    }

    fn has_bias(&self) -> bool {
        self.bias.iter().any(|b| *b != 0.0)
    }
}

/// Rows between two checks for cancellation.
const ROWS_AT_ONCE: usize = 256;

impl Export {
    /// What `model`, with factors `latent`, learned from `data`. O((users + items) · factors).
    pub fn of(
        model: &dyn Recommender,
        latent: &dyn LatentFactors,
        data: &Dataset,
        cancel: &Cancel,
    ) -> Result<Self, Cancelled> {
        let width = latent.n_factors();
        let (mut users, mut items) = (Side::empty("user", width), Side::empty("item", width));
        for user in data.users() {
            if user.at() % ROWS_AT_ONCE == 0 {
                cancel.check()?;
            }
            if data.user_row(user).is_empty() {
                continue;
            }
            if let Some(factors) = latent.user(user) {
                let bias = latent.profile_bias(&Profile::of_user(data, user));
                users.add(data.user_id(user), data.user_label(user), bias, &factors);
            }
        }
        for item in data.items() {
            if item.at() % ROWS_AT_ONCE == 0 {
                cancel.check()?;
            }
            if let Some(factors) = latent.item(item) {
                let label = data.item_label(item).to_owned();
                items.add(data.item_id(item), label, latent.item_bias(item), &factors);
            }
        }
        Ok(Self {
            is_rating: model.unit() == Unit::Rating,
            mean: latent.mean(),
            users,
            items,
        })
    }

    /// Writes numpy's archive: `user_factors`, `user_ids`, `item_factors`, `item_ids`, `predicts_ratings` (1 or 0), and
    /// `user_bias`, `item_bias`, `mean` where there are any. 32-bit factors stay 32-bit; nothing is rounded.
    pub fn write_npz(&self, to: impl Write + Seek) -> io::Result<()> {
        let mut archive = npy::Archive::new(to);
        for side in [&self.users, &self.items] {
            let name = |what: &str| format!("{}_{what}", side.name);
            let shape = [side.ids.len(), side.width];
            archive.add(&name("factors"), |to| npy::write_numbers(to, &shape, &side.factors))?;
            archive.add(&name("ids"), |to| npy::write_texts(to, &side.ids))?;
            if side.has_bias() {
                archive.add(&name("bias"), |to| {
                    npy::write_doubles(to, &[side.bias.len()], &side.bias)
                })?;
            }
        }
        if self.mean != 0.0 {
            archive.add("mean", |to| npy::write_doubles(to, &[], &[self.mean]))?;
        }
        archive.add("predicts_ratings", |to| {
            npy::write_doubles(to, &[], &[self.predicts_ratings()])
        })?;
        archive.finish()
    }

    /// 1 or 0.
    fn predicts_ratings(&self) -> f64 {
        f64::from(u8::from(self.is_rating))
    }
}
