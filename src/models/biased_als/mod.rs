//! Matrix factorization of the residuals of the biases, by alternating least squares.
//!
//! [`train`] alternates; [`fold`] solves for one profile exactly; the rest is shared by the factor models.

mod fold;
mod train;

use std::sync::Arc;

use fold::BiasedAlsFold;

use super::latent::{FACTORS, Latent, Learned};
use super::{
    Fit, FitContext, FitCost, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime,
    Training, Unit,
};
use crate::data::Dataset;
use crate::task::Pool;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "biased-als",
    title: "Alternating least squares on ratings",
    summary: "Matrix factorization by alternating least squares: with one side fixed, the other has an exact solution. \
              New and edited profiles get theirs at once.",
    formula: "score(u, i) = μ + b_u + b_i + p_u·q_i,  p_u = (QᵀQ + λn I)⁻¹ Qᵀ(r − μ − b_u − b) over the n rated items",
    parameters: &[
        FACTORS.with_default("64"),
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "10",
            doc: "rounds of solving users, then items",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0001, 1000.0),
            default: "0.1",
            doc: "L2 regularization of the factors, per rating",
        },
        Parameter {
            name: "damping",
            range: Range::Real(0.0, f64::MAX),
            default: "5",
            doc: "damping of the biases, as a number of ratings at the mean; more shrinks biases toward 0",
        },
        Parameter {
            name: "biased",
            range: Range::Choice(&["true", "false"]),
            default: "true",
            doc: "whether to include the global mean and biases; false with factors=10 is Spark's explicit ALS",
        },
    ],
    search: &[
        Search::log("factors", 8.0, 128.0),
        Search::log("reg", 0.02, 0.5),
        Search::log("damping", 1.0, 50.0),
    ],
    unit: |_| Unit::Rating,
    paper: "Y. Zhou, D. Wilkinson, R. Schreiber and R. Pan (2008), Large-Scale Parallel Collaborative Filtering for the \
            Netflix Prize",
    strengths: "Trains on all cores in a few epochs. Explanations by history are exact for every profile: the shares \
                of the ratings sum to the score with no residual.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<BiasedAls>(),
};

struct BiasedAls;

#[derive(Clone, Copy, Debug)]
struct Settings {
    factors: usize,
    epochs: usize,
    /// L2 regularization per rating (λ).
    regularization: f64,
    /// Damping of the biases, as a number of ratings at the mean (β).
    damping: f64,
    /// Whether to include the global mean and biases.
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
                "biased-als overflowed on ratings from {:e} to {:e}; use a larger reg",
                dataset.scale().min,
                dataset.scale().max
            )));
        }
        Ok(learned.zeroed_if_negligible(Some(dataset.scale())))
    }

    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        // Every rating adds a square of factors to its row's system.
        let step = StepTime::shared(0.14 * params.whole(FACTORS.name) as f64);
        Some(FitCost::of_epochs(data, params, step, pool))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = BiasedAlsFold::of(&Settings::of(params));
        Latent::open(&SPEC, (context, params), learned, fold_in, "RMSE on the ratings")
    }
}

#[cfg(test)]
mod tests;
