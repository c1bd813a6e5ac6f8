//! What all factor models share once they are trained: users and items as points, tastes as directions.
//!
//! A model of this kind brings three things: what it [`Learned`], a [`FoldIn`] that turns ratings into a taste, and its
//! line in the registry. Everything else is here:
//!
//! - [`Descent`], [`losses`]: parameters and epochs of gradient descents.
//! - [`factors`]: the numbers, in the precision they were trained in.
//! - [`serve`]: scores, explained by factors or by rating history.
//! - [`ridge`]: a taste by ridge regression, for models that are trained on ratings.
//! - [`pairwise`]: a taste by descent, for models that are trained on the order of items.
//! - [`Visits`]: the order in which a descent visits the ratings.
//! - [`strata`]: rows trained by stochastic gradient steps on several threads.
//! - [`solve`]: small dense systems.

mod descent;
mod factors;
mod pairwise;
mod ridge;
mod serve;
mod solve;
mod strata;
mod visits;

use std::borrow::Cow;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(super) use descent::{
    Descent, EPOCHS, FACTORS, INIT_DEVIATION, INIT_MEAN, LEARNING_RATE, REGULARIZATION, SAMPLING, losses,
};
pub(super) use factors::{Factors, Numbers};
pub(super) use pairwise::PairwiseFold;
pub(super) use ridge::{Regression, Ridge};
pub(super) use solve::Panels;
pub(super) use solve::dot;
pub(crate) use solve::{Cholesky, Squares};
pub(super) use strata::{Run, Strata, below};
pub(super) use visits::Visits;

use super::audience::score_all_users;
use super::{
    Audience, FitContext, Fitted, LatentFactors, ModelSpec, NoScore, Params, Profile, Recommender, Served, Unit,
};
use crate::data::{Dataset, ItemIx, Scale, UserIx};
use crate::task::{Cancel, Cancelled, Task};

/// The trained parameters of score(u, i) = μ + b_u + b_i + p_u·q_i, where terms may be missing. Rows of users and items
/// without ratings are 0.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Learned {
    /// μ, in models that have one.
    pub mean: Option<f64>,
    /// b_u by user, likewise.
    pub user_bias: Option<Vec<f64>>,
    /// b_i by item, likewise.
    pub item_bias: Option<Vec<f64>>,
    /// p_u: users × factors.
    pub users: Factors,
    /// q_i: items × factors.
    pub items: Factors,
    /// y_j: items × factors, what having rated an item adds to p_u, for implicit feedback. Included in `users`.
    pub implicit: Option<Factors>,
    pub curve: Vec<f64>,
    /// Which items have factors, in models trained elsewhere; `None` where those with ratings have.
    pub known_items: Option<Vec<bool>>,
}

impl Learned {
    /// Whether all parameters and losses are finite.
    pub fn is_finite(&self) -> bool {
        let mut biases = self.user_bias.iter().chain(&self.item_bias).flatten();
        let mut factors = [&self.users, &self.items].into_iter().chain(&self.implicit);
        biases.all(|b| b.is_finite())
            && factors.all(Factors::is_finite)
            && self.curve.iter().all(|loss| loss.is_finite())
    }

    /// Itself, with all factors 0 where no product of theirs can be told from 0 in 32 bits, relative to the range of
    /// the ratings or to 1. Such factors are random initial values that decay to 0, and would rank by chance.
    pub fn zeroed_if_negligible(mut self, scale: Option<Scale>) -> Self {
        let range = scale.map_or(1.0, |s| s.max - s.min);
        if self.users.max_row_norm() * self.items.max_row_norm() < f64::from(f32::EPSILON) * range {
            self.users.clear();
            self.items.clear();
        }
        self
    }

    pub fn n_factors(&self) -> usize {
        self.items.width()
    }

    pub fn n_items(&self) -> usize {
        self.items.n_rows()
    }

    /// μ, or 0 in models without.
    pub fn base(&self) -> f64 {
        self.mean.unwrap_or(0.0)
    }

    /// b_u, or 0 in models without.
    pub fn user_bias(&self, user: UserIx) -> f64 {
        let bias = self.user_bias.as_ref().and_then(|b| b.get(user.at()));
        bias.copied().unwrap_or(0.0)
    }

    /// b_i, or 0 in models without.
    pub fn item_bias(&self, item: ItemIx) -> f64 {
        let bias = self.item_bias.as_ref().and_then(|b| b.get(item.at()));
        bias.copied().unwrap_or(0.0)
    }

    fn memory_bytes(&self) -> usize {
        let biases = self.user_bias.iter().chain(&self.item_bias);
        let numbers: usize = biases.map(Vec::capacity).sum::<usize>() + self.curve.capacity();
        let factors = [&self.users, &self.items].into_iter().chain(&self.implicit);
        8 * numbers + factors.map(Factors::memory_bytes).sum::<usize>()
    }
}

/// The rows of all threads concatenated, and the sum of their losses on top of `start`.
pub(super) fn joined<T: Clone>(parts: Vec<(Vec<T>, f64)>, start: f64) -> (Vec<T>, f64) {
    let (rows, losses): (Vec<Vec<T>>, Vec<f64>) = parts.into_iter().unzip();
    (rows.concat(), losses.into_iter().fold(start, |sum, loss| sum + loss))
}

/// The factors of a profile, and its bias: 0 in models without.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Taste {
    pub factors: Vec<f64>,
    pub bias: f64,
}

/// How ratings become a taste, the items' factors given: for guests, edited profiles, and the view by history.
pub(super) trait FoldIn: Send + Sync {
    /// The taste that these ratings lead to: 0 for none.
    fn fold(&self, learned: &Learned, ratings: &[(ItemIx, f64)], cancel: &Cancel) -> Result<Folded, Cancelled>;

    /// Whether training ends with this fold for every user, so that an edited profile's taste is its fold. Otherwise it
    /// is trained + fold(edited) − fold(stored): what training knows beyond the fold is kept.
    fn is_training(&self) -> bool {
        false
    }

    /// λ a rating, where it is a ridge regression of the ratings on their items' factors.
    fn ridge(&self) -> Option<f64> {
        None
    }

    /// Whether an empty profile has no scores; with biases it has.
    fn needs_ratings(&self) -> bool {
        false
    }

    /// If what was learned can't score unrated items: why, and what to try.
    fn note(&self, _learned: &Learned, _dataset: &Dataset) -> Option<String> {
        None
    }
}

/// A taste folded in from ratings, and what each of them contributes.
pub(super) struct Folded {
    pub taste: Taste,
    shares: Box<Shares>,
}

type Shares = dyn Fn(&[f64]) -> Vec<f64> + Send + Sync;

impl Folded {
    /// `shares` gives what each rating, in the order given, adds to p·q + b_u for item factors q; they sum to that.
    pub fn new(factors: Vec<f64>, bias: f64, shares: impl Fn(&[f64]) -> Vec<f64> + Send + Sync + 'static) -> Self {
        Self {
            taste: Taste { factors, bias },
            shares: Box::new(shares),
        }
    }

    pub fn shares(&self, item_factors: &[f64]) -> Vec<f64> {
        (self.shares)(item_factors)
    }
}

pub(super) struct Latent {
    pub name: Cow<'static, str>,
    pub unit: Unit,
    pub dataset: Arc<Dataset>,
    pub learned: Arc<Learned>,
    pub fold_in: Box<dyn FoldIn>,
    /// The name of the training curve, such as `RMSE on the ratings`.
    pub loss: &'static str,
}

impl Latent {
    /// A registered model with what it learned. `loss` names the training curve.
    #[expect(clippy::unnecessary_wraps, reason = "it is what Fit::open returns")]
    pub fn open(
        spec: &'static ModelSpec,
        (context, params): (&FitContext, &Params),
        learned: Arc<Learned>,
        fold_in: impl FoldIn + 'static,
        loss: &'static str,
    ) -> Fitted {
        Ok(Arc::new(Self {
            name: spec.name.into(),
            unit: (spec.unit)(params),
            dataset: Arc::clone(&context.dataset),
            learned,
            fold_in: Box::new(fold_in),
            loss,
        }))
    }

    /// Whether the item was trained on.
    fn knows(&self, item: ItemIx) -> bool {
        match &self.learned.known_items {
            Some(known) => known.get(item.at()) == Some(&true),
            None => item.at() < self.dataset.n_items() && !self.dataset.item_row(item).is_empty(),
        }
    }

    /// Why an item that is not known has no score.
    fn unknown(&self) -> NoScore {
        let trained_elsewhere = self.learned.known_items.is_some();
        if trained_elsewhere {
            NoScore::NotImported
        } else {
            NoScore::UnknownItem
        }
    }

    fn fold(&self, profile: &Profile, cancel: &Cancel) -> Result<Folded, Cancelled> {
        let ratings: Vec<(ItemIx, f64)> = profile.rows().iter().map(|row| (row.item, row.rating)).collect();
        self.fold_in.fold(&self.learned, &ratings, cancel)
    }

    /// The trained taste of a stored user who rated something.
    fn trained_taste(&self, user: UserIx) -> Option<Taste> {
        Some(Taste {
            factors: self.user(user)?,
            bias: self.learned.user_bias(user),
        })
    }

    /// μ + b_u + b_i + p·q; exactly 0 where the terms cancel each other out but for rounding. `factors` are p and q, asked
    /// for only where the sum is small.
    #[inline]
    fn total(&self, item: ItemIx, bias: f64, product: f64, factors: impl FnOnce() -> (Vec<f64>, Vec<f64>)) -> f64 {
        let (base, item_bias) = (self.learned.base(), self.learned.item_bias(item));
        let total = base + bias + item_bias + product;
        if total.abs() >= 1e-6 {
            return total;
        }
        let (p, q) = factors();
        let products: f64 = p.iter().zip(&q).map(|(p, q)| (p * q).abs()).sum();
        let terms = base.abs() + bias.abs() + item_bias.abs() + products;
        if total.abs() <= 1e-12 * terms { 0.0 } else { total }
    }

    /// Trained for a stored user; edited: trained + fold(edited) − fold(stored), or fold(edited) where the fold is the
    /// training; fold(profile) for any other. An undone edit is no edit: it gives the trained taste to the bit.
    fn taste(&self, profile: &Profile, cancel: &Cancel) -> Result<Taste, Cancelled> {
        let stored = profile.user().and_then(|user| Some((user, self.trained_taste(user)?)));
        let Some((user, mut taste)) = stored else {
            return Ok(self.fold(profile, cancel)?.taste);
        };
        if !profile.is_edited() {
            return Ok(taste);
        }
        let after = self.fold(profile, cancel)?.taste;
        if self.fold_in.is_training() {
            return Ok(after);
        }
        let row = self.dataset.user_row(user).iter();
        let ratings: Vec<(ItemIx, f64)> = row.map(|(i, r)| (ItemIx(i), r)).collect();
        let before = self.fold_in.fold(&self.learned, &ratings, cancel)?.taste;
        taste.bias += after.bias - before.bias;
        for (trained, (after, before)) in taste.factors.iter_mut().zip(after.factors.iter().zip(&before.factors)) {
            *trained += after - before;
        }
        Ok(taste)
    }
}

impl Recommender for Latent {
    fn unit(&self) -> Unit {
        self.unit
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let taste = self.taste(&profile, cancel)?;
        Ok(Box::new(serve::LatentServed::new(self, profile, taste)))
    }

    fn memory_bytes(&self) -> usize {
        self.learned.memory_bytes()
    }

    fn factors(&self) -> Option<&dyn LatentFactors> {
        Some(self)
    }

    fn prepare_audience(&self, _: &Dataset, _: &Task) -> Result<bool, Cancelled> {
        Ok(true)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        if !self.knows(item) {
            return Ok(Some(Audience::of(vec![None; data.n_users()])));
        }
        let learned = &self.learned;
        let factors = learned.items.row(item.at());
        let score = |user: UserIx| {
            // Rows of users without ratings are 0, as the fold of no ratings is.
            let has_rated = !data.user_row(user).is_empty();
            let product = learned.users.dot(user.at(), &factors);
            let p = || learned.users.row(user.at());
            let own = self.total(item, learned.user_bias(user), product, || (p(), factors.clone()));
            (has_rated || !self.fold_in.needs_ratings()).then_some(own)
        };
        score_all_users(data, task, score).map(Some)
    }

    fn note(&self) -> Option<String> {
        self.fold_in.note(&self.learned, &self.dataset)
    }

    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        let curve = &self.learned.curve;
        (!curve.is_empty()).then_some((self.loss, curve.as_slice()))
    }
}

impl LatentFactors for Latent {
    fn n_factors(&self) -> usize {
        self.learned.n_factors()
    }

    fn item(&self, item: ItemIx) -> Option<Vec<f64>> {
        self.knows(item).then(|| self.learned.items.row(item.at()))
    }

    fn user(&self, user: UserIx) -> Option<Vec<f64>> {
        let known = user.at() < self.dataset.n_users() && !self.dataset.user_row(user).is_empty();
        known.then(|| self.learned.users.row(user.at()))
    }

    fn profile(&self, profile: &Profile) -> Vec<f64> {
        let taste = self.taste(profile, &Cancel::new());
        taste.map_or_else(|Cancelled| vec![0.0; self.n_factors()], |taste| taste.factors)
    }

    fn item_bias(&self, item: ItemIx) -> f64 {
        self.learned.item_bias(item)
    }

    fn profile_bias(&self, profile: &Profile) -> f64 {
        self.taste(profile, &Cancel::new()).map_or(0.0, |taste| taste.bias)
    }

    fn mean(&self) -> f64 {
        self.learned.base()
    }

    fn ridge(&self) -> Option<f64> {
        self.fold_in.ridge()
    }
}
