//! The taste of profiles that were not trained on, from the imported factors of the items they rated: by ridge
//! regression, or as in implicit's ALS.

use super::Import;
use crate::data::{Dataset, ItemIx};
use crate::models::Params;
use crate::models::als::{Confidence, ExactFold};
use crate::models::latent::{FoldIn, Folded, Learned, Ridge, Taste};
use crate::task::{Cancel, Cancelled};

/// Which regression, and its settings.
#[derive(Clone, Copy, Debug)]
pub(super) enum FoldRule {
    /// [`Ridge`], with λ for each rating. With Spark's regParam it is the last half-step of its explicit ALS.
    Ridge(f64),
    /// [`ExactFold`], with λ: what implicit's `recalculate_user` solves.
    Weighted(Confidence, f64),
}

impl FoldRule {
    /// From the parameters; where they leave it open, from the files and the data.
    pub fn of(import: &Import, params: &Params, data: &Dataset) -> Self {
        let weighted = match params.word("fold") {
            "als" => true,
            "ridge" => false,
            _ => import.source.hints().als.is_some() || data.is_implicit(),
        };
        let regularization = params.real("reg");
        if weighted {
            Self::Weighted(Confidence::of_params(params), regularization)
        } else {
            Self::Ridge(regularization)
        }
    }
}

/// Folds over the items that the files have.
pub(super) struct Fold {
    all_known: Box<dyn FoldIn>,
    /// Whether an empty profile has no scores: without mean and biases there are none.
    needs_ratings: bool,
}

impl Fold {
    pub fn new(rule: FoldRule, learned: &Learned) -> Self {
        let without = learned.mean.is_none() && learned.user_bias.is_none() && learned.item_bias.is_none();
        Self {
            all_known: match rule {
                FoldRule::Ridge(regularization) => Box::new(Ridge(regularization)),
                FoldRule::Weighted(confidence, regularization) => Box::new(ExactFold::new(confidence, regularization)),
            },
            needs_ratings: without,
        }
    }
}

impl FoldIn for Fold {
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled> {
        let knows = |item: ItemIx| {
            learned
                .known_items
                .as_ref()
                .is_none_or(|known| known.get(item.at()) == Some(&true))
        };
        let known: Vec<(ItemIx, f64)> = ratings.iter().copied().filter(|(item, _)| knows(*item)).collect();
        let is_known: Vec<bool> = ratings.iter().map(|(item, _)| knows(*item)).collect();
        let fold = self.all_known.fold(learned, &known, cancel)?;
        let Taste { factors, bias } = fold.taste.clone();
        Ok(Folded::new(factors, bias, move |q| {
            // Ratings of unknown items contribute 0.
            let mut shares = fold.shares(q).into_iter();
            let share = |known: &bool| if *known { shares.next().unwrap_or(0.0) } else { 0.0 };
            is_known.iter().map(share).collect()
        }))
    }

    fn needs_ratings(&self) -> bool {
        self.needs_ratings
    }
}
