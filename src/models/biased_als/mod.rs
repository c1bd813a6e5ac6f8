//! Matrix factorization by alternating least squares, on what the biases leave.
//!
//! [`train`] alternates; [`fold`] solves for one profile exactly; the rest is what factor models share.

mod fold;
mod train;

use std::sync::Arc;

use fold::Exact;

use super::latent::{FACTORS, Latent, Learned};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "biased-als",
    title: "Alternating least squares on ratings",
    summary: "Matrix factorization in which users and items take turns: with one side held, the best factors of the other \
              are found exactly. Every profile, new or edited, gets the exact solution at once.",
    formula: "score(u, i) = μ + b_u + b_i + p_u·q_i,  p_u = (QᵀQ + λn I)⁻¹ Qᵀ(r − μ − b_u − b) over the n rated items",
    parameters: &[
        FACTORS.with_default("64"),
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "10",
            doc: "how often users and items take turns",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0001, 1000.0),
            default: "0.1",
            doc: "how strongly factors are drawn to 0, for each rating",
        },
        Parameter {
            name: "damping",
            range: Range::Real(0.0, f64::MAX),
            default: "5",
            doc: "ratings at the mean that every bias is credited with; more draws biases to 0",
        },
        Parameter {
            name: "biased",
            range: Range::Choice(&["true", "false"]),
            default: "true",
            doc: "whether the global mean and the biases take part; false with factors=10 is Spark's explicit ALS",
        },
    ],
    unit: |_| Unit::Rating,
    paper: "Y. Zhou, D. Wilkinson, R. Schreiber and R. Pan (2008), Large-Scale Parallel Collaborative Filtering for the \
            Netflix Prize",
    strengths: "Trains on all cores in a few rounds, and its view by history is exact for everybody: each rating's share in \
                a score, with nothing left over.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<BiasedAls>(),
};

struct BiasedAls;

#[derive(Clone, Copy, Debug)]
struct Settings {
    factors: usize,
    epochs: usize,
    /// How strongly factors are drawn to 0, for each rating (λ).
    regularization: f64,
    /// Ratings at the mean that biases are credited with (β).
    damping: f64,
    /// Whether the global mean and the biases take part.
    biased: bool,
}

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            factors: params.whole("factors"),
            epochs: params.whole("epochs"),
            regularization: params.real("reg"),
            damping: params.real("damping"),
            biased: params.word("biased") == "true",
        }
    }
}

impl Fit for BiasedAls {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        let dataset = &context.dataset;
        let learned = train::train(dataset, &Settings::of(params), context.seed, &context.task)?;
        if !learned.is_finite() {
            return Err(FitError::Unfit(format!(
                "the factors of biased-als grew beyond all numbers on ratings from {:e} to {:e}; give it more reg",
                dataset.scale().min,
                dataset.scale().max
            )));
        }
        Ok(learned.unless_nothing(Some(dataset.scale())))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = Exact::of(&Settings::of(params));
        Latent::open(&SPEC, (context, params), learned, fold_in, "RMSE on the ratings")
    }
}

#[cfg(test)]
mod tests;
