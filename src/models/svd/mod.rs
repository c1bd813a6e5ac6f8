//! Biased matrix factorization: users and items as points, tastes as directions.
//!
//! - [`train`]: stochastic gradient descent.
//! - [`fold`]: a bias and factors for guests and edited profiles.
//! - [`serve`]: scores and their reasons.

mod fold;
mod serve;
mod train;

use std::sync::Arc;

use fold::Fold;
use serve::SvdServed;
use train::{Settings, Trained};

use super::{
    Fit, FitContext, FitError, Fitted, LatentFactors, ModelSpec, Parameter, Params, Profile, Range, Recommender,
    Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::task::{Cancel, Cancelled};

/// The registry's line.
pub static SPEC: ModelSpec = ModelSpec {
    name: "svd",
    title: "Matrix factorization (SVD)",
    summary: "Learns a bias and a few dozen hidden factors for every user and item, so that their products come near the \
              ratings; trained by stochastic gradient descent.",
    formula: "score(u, i) = μ + b_u + b_i + p_u·q_i",
    parameters: &[
        Parameter {
            name: "factors",
            range: Range::Whole(1, 1000),
            default: "100",
            doc: "how many hidden factors users and items have",
        },
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "20",
            doc: "how often the ratings are gone through; too many learn the training ratings by heart",
        },
        Parameter {
            name: "lr",
            range: Range::Real(0.0, 1.0),
            default: "0.005",
            doc: "the length of a step",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0, 1.0),
            default: "0.02",
            doc: "how strongly every step draws to 0; more is smoother",
        },
        Parameter {
            name: "biased",
            range: Range::Choice(&["true", "false"]),
            default: "true",
            doc: "whether the global mean and the biases take part",
        },
        Parameter {
            name: "init-mean",
            range: Range::Real(-10.0, 10.0),
            default: "0",
            doc: "the mean of the factors' random first values",
        },
        Parameter {
            name: "init-std",
            range: Range::Real(0.0, 10.0),
            default: "0.1",
            doc: "their standard deviation",
        },
    ],
    unit: |_| Unit::Rating,
    paper: "S. Funk (2006), Netflix Update: Try This at Home; Y. Koren, R. Bell and C. Volinsky (2009), Matrix \
            Factorization Techniques for Recommender Systems",
    strengths: "Small errors on ratings and fast answers; its factors make the map. One factor alone is not a reason: only \
                their sum means something.",
    fit: Training::of::<Svd>(),
};

/// The fitted model.
struct Svd {
    dataset: Arc<Dataset>,
    trained: Arc<Trained>,
    n_factors: usize,
    biased: bool,
}

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            factors: params.whole("factors"),
            epochs: params.whole("epochs"),
            learning_rate: params.real("lr"),
            regularization: params.real("reg"),
            init_mean: params.real("init-mean"),
            init_deviation: params.real("init-std"),
            biased: params.word("biased") == "true",
        }
    }
}

impl Fit for Svd {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let (settings, dataset) = (Settings::of(params), &context.dataset);
        let trained = train::train(dataset, &settings, context.seed, &context.task)?;
        if !trained.is_finite() {
            return Err(FitError::Unfit(format!(
                "the steps of svd grew without end on ratings from {:e} to {:e}; give it a smaller lr than {}",
                dataset.scale().min,
                dataset.scale().max,
                settings.learning_rate
            )));
        }
        Ok(trained)
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        let settings = Settings::of(params);
        Ok(Arc::new(Svd {
            dataset: Arc::clone(&context.dataset),
            trained,
            n_factors: settings.factors,
            biased: settings.biased,
        }))
    }
}

/// The factors of a profile and its bias (0 without biases).
struct Taste {
    factors: Vec<f64>,
    bias: f64,
}

impl Svd {
    /// μ, or 0 without biases.
    fn base(&self) -> f64 {
        if self.biased { self.dataset.mean() } else { 0.0 }
    }

    fn item_factors(&self, item: ItemIx) -> Option<&[f64]> {
        let known = item.at() < self.dataset.n_items() && !self.dataset.item_row(item).is_empty();
        known.then(|| &self.trained.item_factors[item.at() * self.n_factors..][..self.n_factors])
    }

    /// An item as a row of the fold: its factors (0 for an item that was not trained on), then a 1 for the bias.
    fn push_row(&self, item: ItemIx, rows: &mut Vec<f64>) {
        match self.item_factors(item) {
            Some(factors) => rows.extend_from_slice(factors),
            None => rows.resize(rows.len() + self.n_factors, 0.0),
        }
        if self.biased {
            rows.push(1.0);
        }
    }

    /// The joint ridge of bias and factors on r − μ − b_i.
    fn fold(&self, ratings: impl Iterator<Item = (ItemIx, f64)>, cancel: &Cancel) -> Result<Fold, Cancelled> {
        let (mut rows, mut residuals) = (Vec::new(), Vec::new());
        for (item, rating) in ratings {
            self.push_row(item, &mut rows);
            residuals.push(rating - self.base() - self.trained.item_bias[item.at()]);
        }
        Fold::solve(self.n_factors + usize::from(self.biased), rows, residuals, cancel)
    }

    fn fold_profile(&self, profile: &Profile, cancel: &Cancel) -> Result<Fold, Cancelled> {
        self.fold(profile.rows().iter().map(|row| (row.item, row.rating)), cancel)
    }

    fn taste_of(&self, fold: &Fold) -> Taste {
        let (factors, bias) = fold.weights.split_at(self.n_factors);
        Taste {
            factors: factors.to_vec(),
            bias: bias.first().copied().unwrap_or(0.0),
        }
    }

    /// The trained taste of a stored user who rated something.
    fn trained_taste(&self, user: UserIx) -> Option<Taste> {
        Some(Taste {
            factors: self.user(user)?.to_vec(),
            bias: self.trained.user_bias[user.at()],
        })
    }

    /// Trained for a stored user; edited: trained + fold(edited) − fold(stored); fold(profile) for anybody else. An edit
    /// undone is no edit, so it takes the first road and gives the same bits.
    fn taste(&self, profile: &Profile, cancel: &Cancel) -> Result<Taste, Cancelled> {
        let stored = profile.user().and_then(|user| Some((user, self.trained_taste(user)?)));
        let Some((user, mut taste)) = stored else {
            return Ok(self.taste_of(&self.fold_profile(profile, cancel)?));
        };
        if !profile.is_edited() {
            return Ok(taste);
        }
        let row = self.dataset.user_row(user).iter();
        let before = self.taste_of(&self.fold(row.map(|(i, r)| (ItemIx(i), r)), cancel)?);
        let after = self.taste_of(&self.fold_profile(profile, cancel)?);
        taste.bias += after.bias - before.bias;
        for (trained, (after, before)) in taste.factors.iter_mut().zip(after.factors.iter().zip(&before.factors)) {
            *trained += after - before;
        }
        Ok(taste)
    }
}

impl Recommender for Svd {
    fn unit(&self) -> Unit {
        Unit::Rating
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let taste = self.taste(&profile, cancel)?;
        Ok(Box::new(SvdServed::new(self, profile, taste)))
    }

    fn memory_bytes(&self) -> usize {
        let t = &self.trained;
        let numbers = [&t.user_bias, &t.item_bias, &t.user_factors, &t.item_factors, &t.curve];
        numbers.iter().map(|v| 8 * v.capacity()).sum()
    }

    fn factors(&self) -> Option<&dyn LatentFactors> {
        Some(self)
    }

    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        Some(("RMSE on the ratings", &self.trained.curve))
    }
}

impl LatentFactors for Svd {
    fn n_factors(&self) -> usize {
        self.n_factors
    }

    fn item(&self, item: ItemIx) -> Option<&[f64]> {
        self.item_factors(item)
    }

    fn user(&self, user: UserIx) -> Option<&[f64]> {
        let known = user.at() < self.dataset.n_users() && !self.dataset.user_row(user).is_empty();
        known.then(|| &self.trained.user_factors[user.at() * self.n_factors..][..self.n_factors])
    }

    fn profile(&self, profile: &Profile) -> Vec<f64> {
        let taste = self.taste(profile, &Cancel::new());
        taste.map_or_else(|Cancelled| vec![0.0; self.n_factors], |taste| taste.factors)
    }

    fn item_bias(&self, item: ItemIx) -> f64 {
        self.trained.item_bias.get(item.at()).copied().unwrap_or(0.0)
    }

    fn profile_bias(&self, profile: &Profile) -> f64 {
        self.taste(profile, &Cancel::new()).map_or(0.0, |taste| taste.bias)
    }

    fn mean(&self) -> f64 {
        self.base()
    }
}

#[cfg(test)]
mod tests;
