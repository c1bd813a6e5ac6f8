//! Biased matrix factorization.
//!
//! [`train`] is stochastic gradient descent; the rest is shared by the factor models.

mod train;

use std::sync::Arc;

use super::latent::{
    Descent, EPOCHS, FACTORS, INIT_DEVIATION, INIT_MEAN, LEARNING_RATE, Latent, Learned, REGULARIZATION, Ridge,
};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime, Training,
    Unit,
};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "svd",
    title: "Matrix factorization (SVD)",
    summary: "Learns a bias and latent factors for every user and item by stochastic gradient descent, so that biases \
              and products of factors approximate the ratings.",
    formula: "score(u, i) = μ + b_u + b_i + p_u·q_i",
    parameters: &[
        FACTORS.with_default("100"),
        EPOCHS,
        LEARNING_RATE.with_default("0.005"),
        REGULARIZATION,
        Parameter {
            name: "biased",
            range: Range::Choice(&["true", "false"]),
            default: "true",
            doc: "whether to include the global mean and biases",
        },
        INIT_MEAN,
        INIT_DEVIATION,
    ],
    search: &[
        Search::log("factors", 10.0, 200.0),
        Search::log("epochs", 10.0, 60.0),
        Search::log("lr", 0.002, 0.02),
        Search::log("reg", 0.005, 0.2),
    ],
    unit: |_| Unit::Rating,
    paper: "S. Funk (2006), Netflix Update: Try This at Home; Y. Koren, R. Bell and C. Volinsky (2009), Matrix \
            Factorization Techniques for Recommender Systems",
    strengths: "Small rating errors and fast answers; its factors make the map. Single factors have no meaning of \
                their own, only their sum has.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<Svd>(),
};

/// L2 regularization of the fold-in, per rating.
const FOLD_REGULARIZATION: f64 = 0.1;

struct Svd;

impl Fit for Svd {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;
    const STEP: Option<StepTime> = Some(StepTime::alone(0.42));

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        Latent::open(
            &SPEC,
            (context, params),
            learned,
            Ridge(FOLD_REGULARIZATION),
            "RMSE on the ratings",
        )
    }
}

#[cfg(test)]
mod tests;
