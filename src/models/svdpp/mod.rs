//! Matrix factorization that also learns from what was rated, whatever the rating.
//!
//! [`train`] goes down the gradient; [`history`] folds guests and edited profiles in; the rest is what factor models
//! share.

mod history;
mod train;

use std::sync::Arc;

use history::History;
use train::Settings;

use super::latent::{Latent, Learned, Ridge};
use super::{Fit, FitContext, FitError, Fitted, ModelSpec, Parameter, Params, Range, Training, Unit};

/// The registry's line.
pub static SPEC: ModelSpec = ModelSpec {
    name: "svdpp",
    title: "Matrix factorization with history (SVD++)",
    summary: "Matrix factorization in which every rated item also speaks by having been rated at all: a taste is the \
              user's own factors plus the implicit factors of the history.",
    formula: "score(u, i) = μ + b_u + b_i + q_i·(p_u + Σ y_j / √n over the n rated j)",
    parameters: &[
        Parameter {
            name: "factors",
            range: Range::Whole(1, 1000),
            default: "20",
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
            default: "0.007",
            doc: "the length of a step",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0, 1.0),
            default: "0.02",
            doc: "how strongly every step draws to 0; more is smoother",
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
    paper: "Y. Koren (2008), Factorization Meets the Neighborhood: A Multifaceted Collaborative Filtering Model",
    strengths: "Smaller errors than svd with fewer factors, and a taste that goes back to the history item by item. Trains \
                in about twice the time of svd with as many factors.",
    fit: Training::of::<Svdpp>(),
};

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            factors: params.whole("factors"),
            epochs: params.whole("epochs"),
            learning_rate: params.real("lr"),
            regularization: params.real("reg"),
            init_mean: params.real("init-mean"),
            init_deviation: params.real("init-std"),
        }
    }
}

/// How strongly the fold draws to 0, for each rating.
const FOLD_REGULARIZATION: f64 = 0.1;

struct Svdpp;

impl Fit for Svdpp {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        let (settings, dataset) = (Settings::of(params), &context.dataset);
        let learned = train::train(dataset, &settings, context.seed, &context.task)?;
        learned.unless_grown(&SPEC, Some(dataset.scale()), settings.learning_rate)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, _: &Params) -> Fitted {
        Ok(Arc::new(Latent {
            name: SPEC.name.into(),
            unit: Unit::Rating,
            dataset: Arc::clone(&context.dataset),
            learned,
            fold_in: Box::new(History(Ridge(FOLD_REGULARIZATION))),
            loss: "RMSE on the ratings",
        }))
    }
}

#[cfg(test)]
mod tests;
