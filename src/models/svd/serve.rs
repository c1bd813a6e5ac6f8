//! Scores of a factor model for one profile, and their reasons in two views: by factors and by what was rated.

use std::sync::{Arc, OnceLock};

use super::fold::{Fold, dot};
use super::{SPEC, Svd, Taste};
use crate::data::ItemIx;
use crate::models::{About, Explanation, NoScore, PartKind, Profile, Scores, Served};
use crate::task::{Cancel, Cancelled};

pub(super) struct SvdServed {
    model: Arc<Svd>,
    profile: Arc<Profile>,
    taste: Taste,
    /// The fold of the profile's ratings, made when the view by history is first asked for.
    history: OnceLock<Option<Fold>>,
}

impl SvdServed {
    pub fn new(model: Arc<Svd>, profile: Arc<Profile>, taste: Taste) -> Self {
        Self {
            model,
            profile,
            taste,
            history: OnceLock::new(),
        }
    }

    /// The item's factors, its bias and the score μ + b_u + b_i + p·q.
    #[inline]
    fn parts(&self, item: ItemIx) -> Result<(&[f64], f64, f64), NoScore> {
        let factors = self.model.item_factors(item).ok_or(NoScore::UnknownItem)?;
        let bias = self.model.trained.item_bias[item.at()];
        let score = self.model.base() + self.taste.bias + bias + dot(&self.taste.factors, factors);
        Ok((factors, bias, score))
    }

    fn root(score: f64) -> Explanation {
        Explanation::leaf(PartKind::Component, SPEC.name, About::Model(SPEC.name.into()), score)
    }

    fn base(&self) -> Explanation {
        Explanation::leaf(PartKind::Base, "global mean", About::Nothing, self.model.base())
            .count("ratings", self.model.dataset.n_ratings())
    }

    fn item_bias(&self, item: ItemIx, bias: f64) -> Explanation {
        Explanation::leaf(PartKind::Bias, "item bias", About::Item(item), bias)
            .count("ratings", self.model.dataset.item_row(item).len())
    }
}

impl Served for SvdServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.parts(item).map(|(_, _, score)| score)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| self.score(item))
    }

    /// By factors: mean, biases, and p_f·q_f for every factor.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let (factors, bias, score) = self.parts(item)?;
        let mut children = Vec::with_capacity(factors.len() + 3);
        if self.model.biased {
            let who = self.profile.user().map_or(About::Nothing, About::User);
            let user_bias = Explanation::leaf(PartKind::Bias, "user bias", who, self.taste.bias);
            children.push(self.base());
            children.push(user_bias.count("ratings", self.profile.len()));
            children.push(self.item_bias(item, bias));
        }
        children.extend(self.taste.factors.iter().zip(factors).enumerate().map(|(f, (p, q))| {
            let label = format!("factor f{}", f + 1);
            Explanation::leaf(PartKind::Factor, label, About::Factor(f), p * q)
                .number("user", *p)
                .number("item", *q)
        }));
        Ok(Self::root(score).of_parts(children))
    }

    /// By history: what each of the profile's ratings adds through the fold, which is linear in them. What training made
    /// of a stored user beyond the fold is the residual.
    fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        let (_, bias, score) = self.parts(item)?;
        let fold = || self.model.fold_profile(&self.profile, &Cancel::new()).ok();
        let Some(fold) = self.history.get_or_init(fold) else {
            return Ok(None);
        };
        let mut point = Vec::new();
        self.model.push_row(item, &mut point);
        let shares = fold.contributions(&point).into_iter().zip(self.profile.rows());
        let mut children: Vec<Explanation> = shares
            .map(|(share, row)| {
                Explanation::leaf(PartKind::Rated, "", About::Item(row.item), share).number("rating", row.rating)
            })
            .collect();
        if self.model.biased {
            children.push(self.base());
            children.push(self.item_bias(item, bias));
        }
        Ok(Some(Self::root(score).of_parts(children)))
    }

    /// Surprise's: what is unknown drops out; without biases nothing is left but the global mean.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        if !self.model.biased {
            return Some(self.model.dataset.mean());
        }
        let known = item.and_then(|item| self.parts(item).ok());
        Some(known.map_or(self.model.base() + self.taste.bias, |(_, _, score)| score))
    }
}
