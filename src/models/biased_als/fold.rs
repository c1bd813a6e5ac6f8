//! A user's bias and factors from ratings, solved exactly: the last step of training, and the fold-in of other profiles.

use super::Settings;
use crate::data::ItemIx;
use crate::models::latent::{FoldIn, Folded, Learned, Regression};
use crate::task::{Cancel, Cancelled};

/// Folds in like the user half-step of training: the damped bias Σ(r − μ − b_i) / (n + β), then the ridge regression of
/// the residuals on the item factors.
pub(super) struct BiasedAlsFold {
    /// λ, per rating.
    regularization: f64,
    damping: f64,
    biased: bool,
}

impl BiasedAlsFold {
    pub fn of(settings: &Settings) -> Self {
        Self {
            regularization: settings.regularization,
            damping: settings.damping,
            biased: settings.biased,
        }
    }
}

impl FoldIn for BiasedAlsFold {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let deviations = ratings
            .iter()
            .map(|&(item, r)| r - learned.base() - learned.item_bias(item));
        let share = |deviation: f64| {
            if self.biased {
                deviation / (ratings.len() as f64 + self.damping).max(1.0)
            } else {
                0.0
            }
        };
        let bias_shares: Vec<f64> = deviations.clone().map(share).collect();
        let bias = if self.biased {
            deviations.clone().sum::<f64>() / (ratings.len() as f64 + self.damping).max(1.0)
        } else {
            0.0
        };
        let mut rows = Vec::with_capacity(ratings.len() * learned.n_factors());
        for (item, _) in ratings {
            learned.items.push_row(item.at(), &mut rows);
        }
        let residuals = deviations.map(|deviation| deviation - bias).collect();
        let regression = Regression::solve(learned.n_factors(), rows, residuals, self.regularization, cancel)?;
        Ok(Folded::new(regression.weights.clone(), bias, move |q| {
            let shares = regression.contributions(q).into_iter().zip(&bias_shares);
            shares.map(|(share, bias_share)| share + bias_share).collect()
        }))
    }

    fn is_training(&self) -> bool {
        true
    }

    fn needs_ratings(&self) -> bool {
        !self.biased
    }
}
