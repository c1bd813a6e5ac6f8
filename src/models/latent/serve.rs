//! Scores of a factor model for one profile, explained by factors or by rating history.

use std::sync::{Arc, OnceLock};

use super::{Folded, Latent, Taste};
use crate::data::ItemIx;
use crate::models::{About, Explanation, NoScore, PartKind, Profile, Scores, Served, Unit};
use crate::task::{Cancel, Cancelled};

pub(super) struct LatentServed {
    model: Arc<Latent>,
    profile: Arc<Profile>,
    taste: Taste,
    /// The fold of the profile's ratings, computed when it is first explained by history.
    history: OnceLock<Option<Folded>>,
}

impl LatentServed {
    pub fn new(model: Arc<Latent>, profile: Arc<Profile>, taste: Taste) -> Self {
        Self {
            model,
            profile,
            taste,
            history: OnceLock::new(),
        }
    }

    #[inline]
    fn total(&self, item: ItemIx) -> f64 {
        let (items, taste) = (&self.model.learned.items, &self.taste);
        let product = items.dot(item.at(), &taste.factors);
        let factors = || (taste.factors.clone(), items.row(item.at()));
        self.model.total(item, taste.bias, product, factors)
    }

    /// μ, where the model has one.
    fn base(&self) -> Option<Explanation> {
        let base = Explanation::base("global mean", self.model.learned.mean?);
        Some(base.count("ratings", self.model.dataset.n_ratings()))
    }

    fn user_bias(&self) -> Option<Explanation> {
        self.model.learned.user_bias.as_ref()?;
        let who = self.profile.user().map_or(About::Nothing, About::User);
        let bias = Explanation::leaf(PartKind::Bias, "user bias", who, self.taste.bias);
        Some(bias.count("ratings", self.profile.len()))
    }

    fn item_bias(&self, item: ItemIx) -> Option<Explanation> {
        self.model.learned.item_bias.as_ref()?;
        let bias = self.model.learned.item_bias(item);
        let bias = Explanation::leaf(PartKind::Bias, "item bias", About::Item(item), bias);
        Some(bias.count("ratings", self.model.dataset.item_row(item).len()))
    }
}

impl Served for LatentServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        if !self.model.knows(item) {
            return Err(self.model.unknown());
        }
        if self.profile.is_empty() && self.model.fold_in.needs_ratings() {
            return Err(NoScore::EmptyProfile);
        }
        Ok(self.total(item))
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| self.score(item))
    }

    /// By factors: mean, biases, and p_f·q_f for every factor.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let known = [self.base(), self.user_bias(), self.item_bias(item)];
        let mut children: Vec<Explanation> = known.into_iter().flatten().collect();
        let factors = self.model.learned.items.row(item.at());
        children.extend(self.taste.factors.iter().zip(&factors).enumerate().map(|(f, (p, q))| {
            let label = format!("factor f{}", f + 1);
            Explanation::leaf(PartKind::Factor, label, About::Factor(f), p * q)
                .number("user", *p)
                .number("item", *q)
        }));
        Ok(Explanation::of_model(self.model.name.clone(), score).of_parts(children))
    }

    /// By history: what each of the profile's ratings adds through the fold. The residual is what training gave a
    /// stored user beyond the fold.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let score = self.score(item)?;
        let fold = || self.model.fold(&self.profile, &Cancel::new()).ok();
        let Some(fold) = self.history.get_or_init(fold) else {
            return Ok(None);
        };
        let shares = fold.shares(&self.model.learned.items.row(item.at()));
        let shares = shares.into_iter().zip(self.profile.rows());
        let mut children: Vec<Explanation> = shares
            .map(|(share, row)| Explanation::rated(row.item, share).number("rating", row.rating))
            .collect();
        children.extend([self.base(), self.item_bias(item)].into_iter().flatten());
        Ok(Some(
            Explanation::of_model(self.model.name.clone(), score).of_parts(children),
        ))
    }

    /// As Surprise, for models of unit `rating`: unknown terms drop out; without biases only the global mean is left.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        if self.model.unit != Unit::Rating {
            return None;
        }
        let Some(mean) = self.model.learned.mean else {
            return Some(self.model.dataset.mean());
        };
        let known = item.and_then(|item| self.score(item).ok());
        Some(known.unwrap_or(mean + self.taste.bias))
    }
}
