//! The taste of a user the model was not trained on, by gradient descent, for models that learn the order of items.

use super::{FoldIn, Folded, Learned, dot};
use crate::data::{Dataset, ItemIx};
use crate::models::wide::add;
use crate::task::{Cancel, Cancelled};

/// Unrated items that the rated ones are compared with.
const OTHERS: usize = 64;

const STEPS: usize = 60;

/// Folds in by gradient descent from 0 on the mean of −ln σ(s_i − s_j) + λ/2|p|², where i are the rated items and j
/// some sixty others, the same for every profile. The steps add up to those of training for a user with as many
/// ratings, or less where those would not descend. Nothing is random: the taste depends on the ratings alone.
pub(in crate::models) struct PairwiseFold {
    others: Vec<ItemIx>,
    time: f64,
    regularization: f64,
}

impl PairwiseFold {
    /// With `popular` the others are spread evenly over all ratings sorted by item, else over all rated items. `time`
    /// is γ times how often training visited each rating, `regularization` is λ. O(items).
    pub fn new(dataset: &Dataset, popular: bool, time: f64, regularization: f64) -> Self {
        let weight = |item| match dataset.item_row(item).len() {
            n if popular => n,
            n => n.min(1),
        };
        let n: usize = dataset.items().map(weight).sum();
        let mut others: Vec<ItemIx> = Vec::with_capacity(OTHERS);
        let mut passed = 0;
        for item in dataset.items() {
            passed += weight(item);
            // The k-th is in the middle of the k-th of 64 equal parts.
            while others.len() < OTHERS && (2 * others.len() + 1) * n < 2 * OTHERS * passed {
                others.push(item);
            }
        }
        Self {
            others,
            time,
            regularization,
        }
    }
}

impl FoldIn for PairwiseFold {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let rated = |item: &ItemIx| ratings.iter().any(|(r, _)| r == item);
        let others: Vec<ItemIx> = self.others.iter().copied().filter(|item| !rated(item)).collect();
        let items: Vec<ItemIx> = ratings.iter().map(|(item, _)| *item).collect();
        let mut fold = Descent {
            rated: Side::of(learned, &items),
            others: Side::of(learned, &others),
            pulls: vec![0.0; items.len() * others.len()],
            taste: vec![0.0; learned.n_factors()],
        };
        if !fold.pulls.is_empty() {
            fold.descend(self.time * items.len() as f64, self.regularization, cancel)?;
        }
        Ok(Folded::new(fold.taste.clone(), 0.0, move |q| fold.shares(q)))
    }
}

/// Some items: their factors row by row, and biases.
struct Side {
    rows: Vec<f64>,
    biases: Vec<f64>,
}

impl Side {
    fn of(learned: &Learned, items: &[ItemIx]) -> Self {
        let mut rows = Vec::with_capacity(items.len() * learned.n_factors());
        for item in items {
            learned.items.push_row(item.at(), &mut rows);
        }
        Self {
            rows,
            biases: items.iter().map(|item| learned.item_bias(*item)).collect(),
        }
    }

    fn len(&self) -> usize {
        self.biases.len()
    }

    /// exp of every score, clamped to ±30.
    fn exponents(&self, taste: &[f64]) -> Vec<f64> {
        let rows = self.rows.chunks_exact(taste.len()).zip(&self.biases);
        rows.map(|(row, bias)| (dot(taste, row) + bias).clamp(-30.0, 30.0).exp())
            .collect()
    }

    fn mean_square(&self) -> f64 {
        dot(&self.rows, &self.rows) / self.len().max(1) as f64
    }
}

/// p = Σ_ij a_ij (q_i − q_j).
struct Descent {
    rated: Side,
    others: Side,
    /// a: rated × others.
    pulls: Vec<f64>,
    taste: Vec<f64>,
}

impl Descent {
    /// O(steps · (n · others + (n + others) · factors)).
    fn descend(&mut self, time: f64, regularization: f64, cancel: &Cancel) -> Result<(), Cancelled> {
        // The mean of |q_i − q_j|² is at most twice the sum of both mean squares, the curvature a quarter of that.
        let curvature = 0.5 * (self.rated.mean_square() + self.others.mean_square()) + regularization;
        let step = (time / STEPS as f64).min(1.0 / curvature.max(f64::MIN_POSITIVE));
        let share = step / self.pulls.len() as f64;
        for _ in 0..STEPS {
            cancel.check()?;
            let (up, down) = (self.rated.exponents(&self.taste), self.others.exponents(&self.taste));
            for (pulls, e_i) in self.pulls.chunks_exact_mut(down.len()).zip(&up) {
                for (pull, e_j) in pulls.iter_mut().zip(&down) {
                    *pull = (1.0 - step * regularization) * *pull + share * e_j / (e_i + e_j);
                }
            }
            self.sum_up();
        }
        Ok(())
    }

    /// Recomputes the taste from the pulls.
    fn sum_up(&mut self) {
        let width = self.taste.len();
        let mut down = vec![0.0; self.others.len()];
        self.taste.fill(0.0);
        let rated = self.rated.rows.chunks_exact(width);
        for (pulls, row) in self.pulls.chunks_exact(down.len()).zip(rated) {
            add(&mut self.taste, pulls.iter().sum(), row);
            down.iter_mut().zip(pulls).for_each(|(d, a)| *d += a);
        }
        for (row, down) in self.others.rows.chunks_exact(width).zip(&down) {
            add(&mut self.taste, -down, row);
        }
    }

    /// Σ_j a_ij (q_i − q_j)·q for every rated i.
    fn shares(&self, item_factors: &[f64]) -> Vec<f64> {
        let products = |side: &Side| -> Vec<f64> {
            let rows = side.rows.chunks_exact(item_factors.len());
            rows.map(|row| dot(item_factors, row)).collect()
        };
        let (up, down) = (products(&self.rated), products(&self.others));
        if down.is_empty() {
            return vec![0.0; up.len()];
        }
        let pulls = self.pulls.chunks_exact(down.len());
        pulls
            .zip(&up)
            .map(|(pulls, up)| pulls.iter().zip(&down).map(|(a, down)| a * (up - down)).sum())
            .collect()
    }
}
