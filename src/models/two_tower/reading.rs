//! What the user tower reads of a profile.

use super::model::{TwoTower, input};
use crate::models::Profile;
use crate::models::wide::add;
use crate::task::{Cancel, Cancelled};

/// The sums over a profile that its input is made of, so that one rating is quickly taken out again.
pub struct Reading {
    /// What each of the profile's ratings weighs.
    pub weights: Vec<f64>,
    /// Σ weight · item input.
    sum: Vec<f64>,
    /// Σ weight.
    mass: f64,
    /// The user's own embedding plus those of what is said of the user.
    rest: Vec<f64>,
    /// Whether there is any of the two.
    has_rest: bool,
    /// What each item of the profile brings into the mean.
    inputs: Vec<Vec<f64>>,
}

/// A mean over less weight is one over nothing.
const LEAST_MASS: f64 = 1e-9;

impl Reading {
    /// Reads it all. O(ratings · (terms + factors)).
    pub fn of(model: &TwoTower, profile: &Profile, cancel: &Cancel) -> Result<Self, Cancelled> {
        let network = &model.trained.network;
        let width = network.items.ids.width;
        let mut reading = Self {
            weights: profile.rows().iter().map(|row| model.weighing.of(row.rating)).collect(),
            sum: vec![0.0; width],
            mass: 0.0,
            rest: vec![0.0; width],
            has_rest: false,
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
        if let Some(user) = profile.user().filter(|user| user.at() < network.users.ids.rows()) {
            let said = &model.trained.descriptions.users;
            let has_own = network.users.ids.row(user.at()).iter().any(|x| *x != 0.0);
            reading.rest = input(&network.users, said, user.at());
            reading.has_rest = has_own || said.row_at(user.at()).next().is_some();
        }
        Ok(reading)
    }

    /// The total weight of the history without the rating at `without`; `None` where there is no history.
    pub fn mass(&self, without: Option<usize>) -> Option<f64> {
        let mass = self.mass - without.map_or(0.0, |own| self.weights[own]);
        let ratings = self.weights.len() - usize::from(without.is_some());
        (ratings > 0 && mass > LEAST_MASS).then_some(mass)
    }

    /// What the user tower reads: the weighted mean of the history's item inputs, plus the rest. `without` is the position
    /// of a rating to be left out. `None` where there is nothing to be read.
    pub fn input(&self, without: Option<usize>) -> Option<Vec<f64>> {
        let Some(mass) = self.mass(without) else {
            return self.has_rest.then(|| self.rest.clone());
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

    /// What the rating at `at` brings into a mean over this mass.
    pub fn share(&self, at: usize, mass: f64) -> Vec<f64> {
        let by = self.weights[at] / mass;
        self.inputs[at].iter().map(|x| by * x).collect()
    }
}
