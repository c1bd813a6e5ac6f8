//! A taste from ratings, solved exactly: what training ends with, and what guests and edited profiles get.

use super::Settings;
use crate::data::ItemIx;
use crate::models::latent::{FoldIn, Folded, Learned, Regression};
use crate::task::{Cancel, Cancelled};

/// Folds as the users' half-step of training: the damped bias Σ(r − μ − b_i) / (n + β), then the ridge regression of what
/// is left on the items' factors.
pub(super) struct Exact {
    /// λ, for each rating.
    regularization: f64,
    damping: f64,
    biased: bool,
}

impl Exact {
    pub fn of(settings: &Settings) -> Self {
        Self {
            regularization: settings.regularization,
            damping: settings.damping,
            biased: settings.biased,
        }
    }
}

impl FoldIn for Exact {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let above = ratings
            .iter()
            .map(|&(item, r)| r - learned.base() - learned.item_bias(item));
        let share = |above: f64| {
            if self.biased {
                above / (ratings.len() as f64 + self.damping).max(1.0)
            } else {
                0.0
            }
        };
        let bias_shares: Vec<f64> = above.clone().map(share).collect();
        let bias = if self.biased {
            above.clone().sum::<f64>() / (ratings.len() as f64 + self.damping).max(1.0)
        } else {
            0.0
        };
        let mut rows = Vec::with_capacity(ratings.len() * learned.n_factors());
        for (item, _) in ratings {
            learned.items.push_row(item.at(), &mut rows);
        }
        let left = above.map(|above| above - bias).collect();
        let regression = Regression::solve(learned.n_factors(), rows, left, self.regularization, cancel)?;
        Ok(Folded::new(regression.weights.clone(), bias, move |q| {
            let shares = regression.contributions(q).into_iter().zip(&bias_shares);
            shares.map(|(share, of_bias)| share + of_bias).collect()
        }))
    }

    fn is_training(&self) -> bool {
        true
    }

    fn needs_ratings(&self) -> bool {
        !self.biased
    }
}
