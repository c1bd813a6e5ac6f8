//! Biased matrix factorization: users and items as points, tastes as directions.
//!
//! [`train`] goes down the gradient step by step; all the rest is what factor models share.

mod train;

use std::sync::Arc;

use train::Settings;

use super::latent::{Latent, Learned, Ridge};
use super::{Fit, FitContext, FitError, Fitted, ModelSpec, Parameter, Params, Range, Training, Unit};

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

/// How strongly the fold draws to 0, for each rating.
const FOLD_REGULARIZATION: f64 = 0.1;

struct Svd;

impl Fit for Svd {
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
            fold_in: Box::new(Ridge(FOLD_REGULARIZATION)),
            loss: "RMSE on the ratings",
        }))
    }
}

#[cfg(test)]
mod tests;
