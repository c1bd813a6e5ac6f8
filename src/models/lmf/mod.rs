//! Logistic matrix factorization: the probability that somebody chooses something.

mod train;

use std::sync::Arc;

use super::latent::{Descent, EPOCHS, FACTORS, LEARNING_RATE, Latent, Learned, PairwiseFold, REGULARIZATION, SAMPLING};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "lmf",
    title: "Logistic matrix factorization (LMF)",
    summary: "Learns biases and hidden factors so that what a user rated comes out probable and other items, drawn at \
              random, do not.",
    formula: "score(u, i) = b_u + b_i + p_u·q_i;  P(u chooses i) = σ(score)",
    parameters: &[
        FACTORS.with_default("30"),
        Parameter {
            default: "30",
            doc: "how often users and items take a step",
            ..EPOCHS
        },
        Parameter {
            range: Range::Real(0.0, 100.0),
            default: "1",
            doc: "the length of the first step; later ones are shorter",
            ..LEARNING_RATE
        },
        Parameter {
            range: Range::Real(0.0, 1e6),
            default: "10",
            doc: "how strongly a row is drawn to 0; more is smoother",
            ..REGULARIZATION
        },
        Parameter {
            name: "negatives",
            range: Range::Whole(1, 1000),
            default: "10",
            doc: "how many other items are drawn for each that was rated",
        },
        SAMPLING.with_default("popular"),
    ],
    unit: |_| Unit::Score,
    paper: "C. C. Johnson (2014), Logistic Matrix Factorization for Implicit Feedback Data",
    strengths: "Its scores are log-odds, which the other models of choices don't give; slower than als and seldom a better list.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Lmf>(),
};

/// How strongly the fold draws to 0. Training weighs λ against a user's sum over ratings, the fold against a mean.
const FOLD_REGULARIZATION: f64 = 0.01;

struct Lmf;

impl Fit for Lmf {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
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
