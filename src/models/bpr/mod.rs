//! Bayesian personalized ranking: rated items should score above unrated ones.

mod train;

use std::sync::Arc;

use super::latent::{Descent, EPOCHS, FACTORS, LEARNING_RATE, Latent, Learned, PairwiseFold, REGULARIZATION, SAMPLING};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Search, StepTime, Training, Unit,
};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "bpr",
    title: "Bayesian personalized ranking (BPR)",
    summary: "Learns latent factors from pairs: an item that the user rated and one the user did not; each step raises \
              the score of the first above the second.",
    formula: "score(u, i) = b_i + p_u·q_i",
    parameters: &[
        FACTORS.with_default("64"),
        Parameter {
            default: "100",
            doc: "number of epochs; each draws as many pairs as there are ratings",
            ..EPOCHS
        },
        LEARNING_RATE,
        REGULARIZATION,
        SAMPLING,
    ],
    search: &[
        Search::log("factors", 16.0, 128.0),
        Search::log("epochs", 30.0, 300.0),
        Search::log("lr", 0.01, 0.2),
        Search::log("reg", 0.001, 0.1),
        Search::words("sampling", &["uniform", "popular"]),
    ],
    unit: |_| Unit::Score,
    paper: "S. Rendle, C. Freudenthaler, Z. Gantner and L. Schmidt-Thieme (2009), BPR: Bayesian Personalized Ranking from \
            Implicit Feedback",
    strengths: "Optimizes the order of lists from clicks or purchases; takes more training steps than als. Only the \
                order of its scores has a meaning.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Bpr>(),
};

struct Bpr;

impl Fit for Bpr {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;
    const STEP: Option<StepTime> = Some(StepTime::shared(1.2));

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
