//! Bayesian personalized ranking: what somebody chose should score above what they did not.

mod train;

use std::sync::Arc;

use super::latent::{Latent, Learned, PairwiseFold};
use super::{Fit, FitContext, FitError, Fitted, ModelSpec, Parameter, Params, Range, Training, Unit};

/// The registry's line.
pub static SPEC: ModelSpec = ModelSpec {
    name: "bpr",
    title: "Bayesian personalized ranking (BPR)",
    summary: "Learns hidden factors from pairs of items: again and again, one that a user rated and one that the user did \
              not are moved so that the first scores higher.",
    formula: "score(u, i) = b_i + p_u·q_i",
    parameters: &[
        Parameter {
            name: "factors",
            range: Range::Whole(1, 1000),
            default: "64",
            doc: "how many hidden factors users and items have",
        },
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "100",
            doc: "how often as many pairs are drawn as there are ratings",
        },
        Parameter {
            name: "lr",
            range: Range::Real(0.0, 1.0),
            default: "0.05",
            doc: "the length of a step",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0, 1.0),
            default: "0.02",
            doc: "how strongly every step draws to 0; more is smoother",
        },
        Parameter {
            name: "sampling",
            range: Range::Choice(&["uniform", "popular"]),
            default: "uniform",
            doc: "which other items are drawn: all alike; or as often as they are rated, which plays popularity down",
        },
    ],
    unit: |_| Unit::Score,
    paper: "S. Rendle, C. Freudenthaler, Z. Gantner and L. Schmidt-Thieme (2009), BPR: Bayesian Personalized Ranking from \
            Implicit Feedback",
    strengths: "Made for the order of a list and nothing else, from clicks or purchases; needs more steps than als, and its \
                scores mean nothing by themselves.",
    fit: Training::of::<Bpr>(),
};

/// How to train.
#[derive(Clone, Copy, Debug)]
struct Settings {
    factors: usize,
    epochs: usize,
    /// γ.
    learning_rate: f64,
    /// λ.
    regularization: f64,
    /// Whether other items are drawn as often as they are rated, and not all alike.
    popular: bool,
}

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            factors: params.whole("factors"),
            epochs: params.whole("epochs"),
            learning_rate: params.real("lr"),
            regularization: params.real("reg"),
            popular: params.word("sampling") == "popular",
        }
    }
}

struct Bpr;

impl Fit for Bpr {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        let settings = Settings::of(params);
        let learned = train::train(&context.dataset, &settings, context.seed, &context.task)?;
        learned.unless_grown(&SPEC, None, settings.learning_rate)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let settings = Settings::of(params);
        let time = settings.learning_rate * settings.epochs as f64;
        Ok(Arc::new(Latent {
            name: SPEC.name.into(),
            unit: Unit::Score,
            dataset: Arc::clone(&context.dataset),
            fold_in: Box::new(PairwiseFold::new(
                &context.dataset,
                settings.popular,
                time,
                settings.regularization,
            )),
            learned,
            loss: "−ln σ of the difference",
        }))
    }
}

#[cfg(test)]
mod tests;
