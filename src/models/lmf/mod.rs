//! Logistic matrix factorization: models the probability that a user chooses an item.

mod train;

use std::sync::Arc;

use super::latent::{Descent, EPOCHS, FACTORS, LEARNING_RATE, Latent, Learned, PairwiseFold, REGULARIZATION, SAMPLING};
use super::{
    Fit, FitContext, FitCost, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime,
    Training, Unit,
};
use crate::data::Dataset;
use crate::task::Pool;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "lmf",
    title: "Logistic matrix factorization (LMF)",
    summary: "Logistic matrix factorization: learns biases and latent factors so that rated items come out probable \
              and randomly drawn unrated ones do not.",
    formula: "score(u, i) = b_u + b_i + p_u·q_i;  P(u chooses i) = σ(score)",
    parameters: &[
        FACTORS.with_default("30"),
        Parameter {
            default: "30",
            doc: "number of epochs; users and items take one step in each",
            ..EPOCHS
        },
        Parameter {
            range: Range::Real(0.0, 100.0),
            default: "1",
            doc: "initial learning rate (Adagrad)",
            ..LEARNING_RATE
        },
        Parameter {
            range: Range::Real(0.0, 1e6),
            default: "10",
            doc: "L2 regularization of biases and factors; more shrinks them toward 0",
            ..REGULARIZATION
        },
        Parameter {
            name: "negatives",
            range: Range::Whole(1, 1000),
            default: "10",
            doc: "negative samples per rating",
        },
        SAMPLING.with_default("popular"),
    ],
    search: &[
        Search::log("factors", 8.0, 64.0),
        Search::log("epochs", 10.0, 60.0),
        Search::log("lr", 0.2, 3.0),
        Search::log("reg", 1.0, 50.0),
    ],
    unit: |_| Unit::Score,
    paper: "C. C. Johnson (2014), Logistic Matrix Factorization for Implicit Feedback Data",
    strengths: "Its scores are log-odds of being chosen; slower than als, and its lists are seldom better.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Lmf>(),
};

/// L2 regularization of the fold-in, which weighs it against a mean over ratings; training weighs λ against a sum.
const FOLD_REGULARIZATION: f64 = 0.01;

struct Lmf;

impl Fit for Lmf {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
    }

    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        // Every rating is set against so many others.
        let step = StepTime::alone(2.2 * params.whole("negatives") as f64);
        Some(FitCost::of_epochs(data, params, step, pool))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let popular = Descent::of(params).popular;
        let fold_in = PairwiseFold::new(&context.dataset, popular, f64::INFINITY, FOLD_REGULARIZATION);
        Latent::open(
            &SPEC,
            (context, params),
            learned,
            fold_in,
            "−ln P of choices and non-choices",
        )
    }
}

#[cfg(test)]
mod tests;
