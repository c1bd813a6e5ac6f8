//! Bayesian personalized ranking: what somebody chose should score above what they did not.

mod train;

use std::sync::Arc;

use super::latent::{Descent, EPOCHS, FACTORS, LEARNING_RATE, Latent, Learned, PairwiseFold, REGULARIZATION, SAMPLING};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "bpr",
    title: "Bayesian personalized ranking (BPR)",
    summary: "Learns hidden factors from pairs of items: again and again, one that a user rated and one that the user did \
              not are moved so that the first scores higher.",
    formula: "score(u, i) = b_i + p_u·q_i",
    parameters: &[
        FACTORS.with_default("64"),
        Parameter {
            default: "100",
            doc: "how often as many pairs are drawn as there are ratings",
            ..EPOCHS
        },
        LEARNING_RATE,
        REGULARIZATION,
        SAMPLING,
    ],
    unit: |_| Unit::Score,
    paper: "S. Rendle, C. Freudenthaler, Z. Gantner and L. Schmidt-Thieme (2009), BPR: Bayesian Personalized Ranking from \
            Implicit Feedback",
    strengths: "Made for the order of a list and nothing else, from clicks or purchases; needs more steps than als, and its \
                scores mean nothing by themselves.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Bpr>(),
};

struct Bpr;

impl Fit for Bpr {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let settings = Descent::of(params);
        let time = settings.learning_rate * settings.epochs as f64;
        let fold_in = PairwiseFold::new(&context.dataset, settings.popular, time, settings.regularization);
        Latent::open(&SPEC, (context, params), learned, fold_in, "−ln σ of the difference")
    }
}

#[cfg(test)]
mod tests;
