//! What the user tower reads of a profile.

use super::model::{TwoTower, add_wide, wide};
use crate::models::Profile;
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
        let width = network.item_ids.width;
        let mut reading = Self {
            weights: profile.rows().iter().map(|row| model.weight(row.rating)).collect(),
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
            reading
                .sum
                .iter_mut()
                .zip(&input)
                .for_each(|(sum, x)| *sum += weight * x);
            reading.mass += weight;
            reading.inputs.push(input);
        }
        if let Some(user) = profile.user().filter(|user| user.at() < network.user_ids.rows()) {
            let own = network.user_ids.row(user.at());
            reading.rest = wide(own);
            reading.has_rest = own.iter().any(|x| *x != 0.0);
            for (term, weight) in model.user_terms(user) {
                add_wide(&mut reading.rest, weight, network.user_terms.row(term as usize));
                reading.has_rest = true;
            }
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
            let weight = self.weights[own];
            input
                .iter_mut()
                .zip(&self.inputs[own])
                .for_each(|(sum, x)| *sum -= weight * x);
        }
        input
            .iter_mut()
            .zip(&self.rest)
            .for_each(|(x, rest)| *x = *x / mass + rest);
        Some(input)
    }

    /// What the rating at `at` brings into a mean over this mass.
    pub fn share(&self, at: usize, mass: f64) -> Vec<f64> {
        let by = self.weights[at] / mass;
        self.inputs[at].iter().map(|x| by * x).collect()
    }
}
