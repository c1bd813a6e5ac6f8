//! The input of the user tower for a profile.

use super::model::{TwoTower, input};
use crate::models::Profile;
use crate::models::wide::add;
use crate::task::{Cancel, Cancelled};

/// The sums over a profile that make up its input, from which one rating is cheaply removed.
pub struct Reading {
    /// The weight of each of the profile's ratings.
    pub weights: Vec<f64>,
    /// Σ weight · item input.
    sum: Vec<f64>,
    /// Σ weight.
    mass: f64,
    /// What all users share plus the embeddings of the user's terms.
    rest: Vec<f64>,
    /// Whether the user has terms.
    has_terms: bool,
    /// The item input of each of the profile's ratings.
    inputs: Vec<Vec<f64>>,
}

/// A total weight below this counts as none.
const LEAST_MASS: f64 = 1e-9;

impl Reading {
    /// O(ratings · (terms + factors)).
    pub fn of(model: &TwoTower, profile: &Profile, cancel: &Cancel) -> Result<Self, Cancelled> {
        let network = &model.trained.network;
        let width = network.items.ids.width;
        let mut reading = Self {
            weights: profile.rows().iter().map(|row| model.weighing.of(row.rating)).collect(),
            sum: vec![0.0; width],
            mass: 0.0,
            rest: Vec::new(),
            has_terms: false,
            inputs: Vec::with_capacity(profile.len()),
        };
        for (at, row) in profile.rows().iter().enumerate() {
            if at % 64 == 0 {
                cancel.check()?;
            }
            let (input, weight) = (model.item_input(row.item), reading.weights[at]);
            add(&mut reading.sum, weight, &input);
            reading.mass += weight;
            reading.inputs.push(input);
        }
        let terms = &model.trained.descriptions.users;
        let user = model.described(profile);
        reading.has_terms = user.is_some_and(|user| terms.row_at(user).next().is_some());
        reading.rest = input(&network.users, 0, terms, user);
        Ok(reading)
    }

    /// The total weight of the history without the rating at `without`; `None` where there is no history.
    pub fn mass(&self, without: Option<usize>) -> Option<f64> {
        let mass = self.mass - without.map_or(0.0, |own| self.weights[own]);
        let ratings = self.weights.len() - usize::from(without.is_some());
        (ratings > 0 && mass > LEAST_MASS).then_some(mass)
    }

    /// The input of the user tower: the weighted mean of the history's item inputs, plus the rest. `without` is the
    /// position of a rating to leave out. `None` for an empty input.
    pub fn input(&self, without: Option<usize>) -> Option<Vec<f64>> {
        let Some(mass) = self.mass(without) else {
            return self.has_terms.then(|| self.rest.clone());
        };
        let mut input = self.sum.clone();
        if let Some(own) = without {
            add(&mut input, -self.weights[own], &self.inputs[own]);
        }
        for (x, rest) in input.iter_mut().zip(&self.rest) {
            *x = *x / mass + rest;
        }
        Some(input)
    }

    /// What the rating at `at` adds to a mean over this mass.
    pub fn share(&self, at: usize, mass: f64) -> Vec<f64> {
        let by = self.weights[at] / mass;
        self.inputs[at].iter().map(|x| by * x).collect()
    }
}
