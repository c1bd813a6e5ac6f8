//! The global mean plus a user bias and an item bias.

mod train;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use train::{SgdSettings, by_als, by_sgd};

use super::audience::score_all_users;
use super::neighborhood::Baselines;
use super::{
    About, Audience, Explanation, Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, NoScore, Parameter, Params,
    PartKind, Profile, Range, Recommender, Scores, Search, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::task::{Cancel, Cancelled, Task};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "baseline",
    title: "Baseline",
    summary: "The global mean plus a bias of the user (how generous) and a bias of the item (how well liked); no \
              personal taste.",
    formula: "score(u, i) = μ + b_u + b_i",
    parameters: &[
        Parameter {
            name: "method",
            range: Range::Choice(&["als", "sgd"]),
            default: "als",
            doc: "als: alternating least squares; sgd: stochastic gradient descent",
        },
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "10 for als, 20 for sgd",
            doc: "passes over the ratings",
        },
        Parameter {
            name: "reg-u",
            range: Range::Real(0.0, f64::MAX),
            default: "15",
            doc: "als: regularization of user biases, as a number of ratings; more shrinks them toward 0",
        },
        Parameter {
            name: "reg-i",
            range: Range::Real(0.0, f64::MAX),
            default: "10",
            doc: "als: regularization of item biases, as a number of ratings; more shrinks them toward 0",
        },
        Parameter {
            name: "lr",
            range: Range::Real(0.0, 1.0),
            default: "0.005",
            doc: "sgd: learning rate",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0, 1.0),
            default: "0.02",
            doc: "sgd: L2 regularization",
        },
    ],
    search: &[Search::log("reg-u", 1.0, 100.0), Search::log("reg-i", 1.0, 100.0)],
    unit: |_| Unit::Rating,
    paper: "Y. Koren (2010), Factor in the Neighbors: Scalable and Accurate Collaborative Filtering",
    strengths: "Fast, robust, and close to the best models in rating error; shows how much of a rating is not taste. \
                Ranks items the same for everybody.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<Baseline>(),
};

fn epochs(params: &Params, default: usize) -> usize {
    params.get("epochs").map_or(default, |_| params.whole("epochs"))
}

/// The SGD settings; `None` for method `als`.
fn sgd_settings(params: &Params) -> Option<SgdSettings> {
    (params.word("method") == "sgd").then(|| SgdSettings {
        learning_rate: params.real("lr"),
        regularization: params.real("reg"),
        epochs: epochs(params, 20),
    })
}

#[derive(Serialize, Deserialize)]
struct Trained {
    biases: Baselines,
    /// The RMSE on the ratings after each epoch.
    curve: Vec<f64>,
}

struct Baseline {
    dataset: Arc<Dataset>,
    trained: Arc<Trained>,
    sgd: Option<SgdSettings>,
}

impl Fit for Baseline {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let (dataset, task) = (&context.dataset, &context.task);
        let (biases, curve) = if let Some(settings) = sgd_settings(params) {
            by_sgd(dataset, settings, task)?
        } else {
            let settings = (params.real("reg-u"), params.real("reg-i"), epochs(params, 10));
            by_als(dataset, settings, task)?
        };
        if biases.user.iter().chain(&biases.item).any(|b| !b.is_finite()) {
            let message = "baseline diverged; use a smaller lr (0.005 is usual)";
            return Err(FitError::Unfit(message.to_owned()));
        }
        Ok(Trained { biases, curve })
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        Ok(Arc::new(Baseline {
            dataset: Arc::clone(&context.dataset),
            trained,
            sgd: sgd_settings(params),
        }))
    }
}

/// The bias that SGD would reach for a user whose `n` residuals sum to `sum` if each equaled their mean m:
/// m / (1 + λ) · (1 − (1 − γ(1 + λ))^(n·epochs)).
fn sgd_bias(settings: SgdSettings, sum: f64, n: usize) -> f64 {
    if n == 0 {
        return 0.0;
    }
    let shrinkage = 1.0 + settings.regularization;
    let kept = (1.0 - settings.learning_rate * shrinkage).max(0.0);
    sum / n as f64 / shrinkage * (1.0 - kept.powf(n as f64 * settings.epochs as f64))
}

impl Baseline {
    /// The user bias that training would learn from these ratings, given the item biases.
    fn fold(&self, ratings: impl Iterator<Item = (u32, f64)>) -> f64 {
        let Some(settings) = self.sgd else {
            return self.trained.biases.user_bias(ratings);
        };
        let (mut sum, mut n) = (0.0, 0);
        for (item, rating) in ratings {
            sum += rating - self.trained.biases.mean - self.trained.biases.item[item as usize];
            n += 1;
        }
        sgd_bias(settings, sum, n)
    }

    /// The trained bias of a stored user, shifted by the change in the folded-in bias if edited; folded in for a guest.
    fn user_bias(&self, profile: &Profile) -> f64 {
        let folded = || self.fold(profile.rows().iter().map(|row| (row.item.0, row.rating)));
        let Some(user) = profile.user() else {
            return folded();
        };
        let trained = self.trained.biases.user[user.at()];
        if profile.is_edited() {
            trained + (folded() - self.fold(self.dataset.user_row(user).iter()))
        } else {
            trained
        }
    }

    fn item_bias(&self, item: ItemIx) -> Option<f64> {
        let known = item.at() < self.dataset.n_items() && !self.dataset.item_row(item).is_empty();
        known.then(|| self.trained.biases.item[item.at()])
    }
}

impl Recommender for Baseline {
    fn unit(&self) -> Unit {
        Unit::Rating
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(BaselineServed {
            user_bias: self.user_bias(&profile),
            profile,
            model: self,
        }))
    }

    fn prepare_audience(&self, _: &Dataset, _: &Task) -> Result<bool, Cancelled> {
        Ok(true)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        let (biases, item_bias) = (&self.trained.biases, self.item_bias(item));
        let score = |user: UserIx| item_bias.map(|item_bias| biases.mean + biases.user[user.at()] + item_bias);
        score_all_users(data, task, score).map(Some)
    }

    fn memory_bytes(&self) -> usize {
        self.trained.biases.memory_bytes()
    }

    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        Some(("RMSE on the ratings", &self.trained.curve))
    }
}

struct BaselineServed {
    model: Arc<Baseline>,
    profile: Arc<Profile>,
    user_bias: f64,
}

impl Served for BaselineServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let item_bias = self.model.item_bias(item).ok_or(NoScore::UnknownItem)?;
        Ok(self.model.trained.biases.mean + self.user_bias + item_bias)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.dataset.n_items(), cancel, |item| self.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let dataset = &self.model.dataset;
        let who = self.profile.user().map_or(About::Nothing, About::User);
        let base =
            Explanation::base("global mean", self.model.trained.biases.mean).count("ratings", dataset.n_ratings());
        let user =
            Explanation::leaf(PartKind::Bias, "user bias", who, self.user_bias).count("ratings", self.profile.len());
        let item_bias = self.model.trained.biases.item[item.at()];
        let item = Explanation::leaf(PartKind::Bias, "item bias", About::Item(item), item_bias)
            .count("ratings", dataset.item_row(item).len());
        let root = Explanation::of_model(SPEC.name, score);
        Ok(root.of_parts(vec![base, user, item]))
    }

    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let item_bias = item.and_then(|i| self.model.item_bias(i)).unwrap_or(0.0);
        Some(self.model.trained.biases.mean + self.user_bias + item_bias)
    }
}

#[cfg(test)]
mod tests;
