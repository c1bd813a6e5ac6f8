//! Matrix factorization with implicit feedback: which items a user rated, whatever the rating.
//!
//! [`train`] is stochastic gradient descent; [`history`] folds in guests and edited profiles; the rest is shared by the
//! factor models.

mod history;
mod train;

use std::sync::Arc;

use super::latent::{
    Descent, EPOCHS, FACTORS, INIT_DEVIATION, INIT_MEAN, LEARNING_RATE, Latent, Learned, REGULARIZATION, Ridge,
};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Params, Search, StepTime, Training, Unit};
use history::History;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "svdpp",
    title: "Matrix factorization with history (SVD++)",
    summary: "As svd, but a user's factors also include implicit factors of all items in the history: which items were \
              rated counts, not only how.",
    formula: "score(u, i) = μ + b_u + b_i + q_i·(p_u + Σ y_j / √n over the n rated j)",
    parameters: &[
        FACTORS,
        EPOCHS,
        LEARNING_RATE.with_default("0.007"),
        REGULARIZATION,
        INIT_MEAN,
        INIT_DEVIATION,
    ],
    search: &[
        Search::log("factors", 8.0, 64.0),
        Search::log("epochs", 8.0, 40.0),
        Search::log("lr", 0.002, 0.02),
        Search::log("reg", 0.005, 0.2),
    ],
    unit: |_| Unit::Rating,
    paper: "Y. Koren (2008), Factorization Meets the Neighborhood: A Multifaceted Collaborative Filtering Model",
    strengths: "Smaller errors than svd with fewer factors, and user factors that split into the items of the history. \
                Takes about twice as long to train as svd with as many factors.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<Svdpp>(),
};

/// L2 regularization of the fold-in, per rating.
const FOLD_REGULARIZATION: f64 = 0.1;

struct Svdpp;

impl Fit for Svdpp {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;
    const STEP: Option<StepTime> = Some(StepTime::alone(1.7));

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = History(Ridge(FOLD_REGULARIZATION));
        Latent::open(&SPEC, (context, params), learned, fold_in, "RMSE on the ratings")
    }
}

#[cfg(test)]
mod tests;
