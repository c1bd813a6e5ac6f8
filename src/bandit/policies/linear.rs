//! Ridge regression of the rewards of one arm on contexts, kept up to date pull by pull.

use crate::bandit::spec::Parameter;

pub(super) const LAMBDA: Parameter = Parameter {
    name: "lambda",
    doc: "weight of the prior: how strongly coefficients are held near 0",
    min: 1e-6,
    max: 1e6,
    default: 1.0,
};

/// A = λI + Σ x xᵀ by its inverse, and b = Σ r x.
#[derive(Clone, Debug)]
pub(super) struct Ridge {
    width: usize,
    /// A⁻¹, row by row.
    inverse: Vec<f64>,
    sums: Vec<f64>,
    /// A⁻¹ x, to be written over.
    product: Vec<f64>,
}

impl Ridge {
    pub fn new(lambda: f64, width: usize) -> Self {
        let mut inverse = vec![0.0; width * width];
        inverse.iter_mut().step_by(width + 1).for_each(|x| *x = 1.0 / lambda);
        Self {
            width,
            inverse,
            sums: vec![0.0; width],
            product: vec![0.0; width],
        }
    }

    /// Takes up `weight` outcomes at x whose rewards sum to `reward`, by Sherman and Morrison:
    /// (A + w x xᵀ)⁻¹ = A⁻¹ − w A⁻¹x xᵀA⁻¹ / (1 + w xᵀA⁻¹x). O(width²).
    pub fn learn(&mut self, x: &[f64], weight: f64, reward: f64) {
        let mut spread = 0.0;
        for (row, (out, x_i)) in self.product.iter_mut().zip(x).enumerate() {
            *out = dot(&self.inverse[row * self.width..][..self.width], x);
            spread += *out * x_i;
        }
        let scale = weight / (1.0 + weight * spread);
        for (row, left) in self.inverse.chunks_exact_mut(self.width).zip(&self.product) {
            for (cell, right) in row.iter_mut().zip(&self.product) {
                *cell -= scale * left * right;
            }
        }
        for (sum, x_i) in self.sums.iter_mut().zip(x) {
            *sum += reward * x_i;
        }
    }

    /// What is expected at x, θ̂ᵀx with θ̂ = A⁻¹b, and how unsure that is, √(xᵀA⁻¹x).
    pub fn predict(&self, x: &[f64]) -> (f64, f64) {
        let (mut mean, mut spread) = (0.0, 0.0);
        for (row, x_i) in self.inverse.chunks_exact(self.width).zip(x) {
            mean += x_i * dot(row, &self.sums);
            spread += x_i * dot(row, x);
        }
        (mean, spread.max(0.0).sqrt())
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fixture_is_met() {
        let mut ridge = Ridge::new(1.0, 2);
        for (x, reward) in [([1.0, 0.0], 1.0), ([0.5, 0.5], 0.0), ([0.0, 1.0], 1.0)] {
            ridge.learn(&x, 1.0, reward);
        }
        for (found, expected) in ridge.inverse.iter().zip([0.45, -0.05, -0.05, 0.45]) {
            assert!((found - expected).abs() < 1e-12);
        }
        // θ̂ by the unit vectors.
        assert!((ridge.predict(&[1.0, 0.0]).0 - 0.4).abs() < 1e-12);
        assert!((ridge.predict(&[0.0, 1.0]).0 - 0.4).abs() < 1e-12);
        let (mean, width) = ridge.predict(&[0.6, 0.8]);
        assert!((width - 0.6340346994).abs() < 1e-10);
        assert!((mean + width - 1.1940346994).abs() < 1e-10);
    }

    #[test]
    fn many_outcomes_at_once_are_as_many_one_by_one() {
        let (mut at_once, mut singly) = (Ridge::new(0.5, 2), Ridge::new(0.5, 2));
        at_once.learn(&[0.3, -1.2], 5.0, 2.0);
        for reward in [1.0, 0.0, 0.0, 1.0, 0.0] {
            singly.learn(&[0.3, -1.2], 1.0, reward);
        }
        let (a, b) = (at_once.predict(&[1.0, 1.0]), singly.predict(&[1.0, 1.0]));
        assert!((a.0 - b.0).abs() < 1e-12 && (a.1 - b.1).abs() < 1e-12);
    }
}
