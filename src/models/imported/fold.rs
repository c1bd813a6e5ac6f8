//! The taste of profiles that were not there in training: a ridge regression on the imported factors of what they rated.

use crate::data::ItemIx;
use crate::models::latent::{FoldIn, Folded, Learned, Ridge, Taste};
use crate::task::{Cancel, Cancelled};

/// Folds by [`Ridge`], over the items that the files know. With Spark's regParam it is the last half-step of its explicit
/// ALS.
pub(super) struct Fold {
    ridge: Ridge,
    /// Whether an empty profile has no score: without mean and biases there is nothing left to say.
    needs_ratings: bool,
}

impl Fold {
    /// With λ for each rating.
    pub fn new(regularization: f64, learned: &Learned) -> Self {
        let without = learned.mean.is_none() && learned.user_bias.is_none() && learned.item_bias.is_none();
        Self {
            ridge: Ridge(regularization),
            needs_ratings: without,
        }
    }
}

impl FoldIn for Fold {
    fn fold(
        &self,
        learned: &Learned,
        ratings: &[(ItemIx, f64)],
        cancel: &Cancel,
    ) -> Result<Box<dyn Folded>, Cancelled> {
        let knows = |item: ItemIx| {
            learned
                .known_items
                .as_ref()
                .is_none_or(|known| known.get(item.at()) == Some(&true))
        };
        let known: Vec<(ItemIx, f64)> = ratings.iter().copied().filter(|(item, _)| knows(*item)).collect();
        Ok(Box::new(OfKnown {
            is_known: ratings.iter().map(|(item, _)| knows(*item)).collect(),
            fold: self.ridge.fold(learned, &known, cancel)?,
        }))
    }

    fn needs_ratings(&self) -> bool {
        self.needs_ratings
    }
}

/// The fold of some of the ratings; the others have no share.
struct OfKnown {
    is_known: Vec<bool>,
    fold: Box<dyn Folded>,
}

impl Folded for OfKnown {
    fn taste(&self) -> Taste {
        self.fold.taste()
    }

    fn shares(&self, item_factors: &[f64]) -> Vec<f64> {
        let mut shares = self.fold.shares(item_factors).into_iter();
        self.is_known
            .iter()
            .map(|known| if *known { shares.next().unwrap_or(0.0) } else { 0.0 })
            .collect()
    }
}
