//! Weighted matrix factorization of implicit feedback: unrated items count as weak negatives.
//!
//! - [`train`]: alternating least squares.
//! - [`gradient`]: solves a row by a few conjugate-gradient steps, in f32.
//! - [`exact`]: solves a row by Cholesky factorization, in f32.
//! - [`system`]: solves a row exactly in f64, and splits a score into the share of each rating.

mod exact;
mod gradient;
mod system;
mod train;

use std::sync::Arc;

pub(super) use system::ExactFold;

use super::latent::{FACTORS, Latent, Learned};
use super::{
    Fit, FitContext, FitCost, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime,
    Training, Unit,
};
use crate::data::Dataset;
use crate::task::Pool;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "als",
    title: "Implicit matrix factorization (ALS)",
    summary: "Treats every rating as evidence of interest, with a confidence that grows with its weight, and \
              everything unrated as weak evidence against it; alternating least squares fits latent factors to that.",
    formula: "score(u, i) = p_u·q_i;  p_u = (QᵀQ + λI + Σ_j (c_uj − 1) q_j q_jᵀ)⁻¹ Σ_j c_uj q_j",
    parameters: &[
        FACTORS.with_default("64"),
        Parameter {
            name: "epochs",
            range: Range::Whole(1, 10_000),
            default: "15",
            doc: "how often users and items are each solved",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0001, 1e9),
            default: "30",
            doc: "L2 regularization of the factors; more shrinks them toward 0",
        },
        Parameter {
            name: "alpha",
            range: Range::Real(0.0, 1e6),
            default: "4",
            doc: "confidence (c) of a rated item; unrated items have 1",
        },
        Parameter {
            name: "weights",
            range: Range::Choice(&["binary", "ratings"]),
            default: "binary",
            doc: "binary: every rating has confidence alpha; ratings: alpha times its value, negative for dislikes",
        },
        Parameter {
            name: "solver",
            range: Range::Choice(&["cg", "cholesky"]),
            default: "cg",
            doc: "cg: three conjugate-gradient steps from the previous solution; cholesky: exact, slower",
        },
    ],
    search: &[
        Search::log("factors", 16.0, 200.0),
        Search::log("epochs", 5.0, 30.0),
        Search::log("reg", 3.0, 300.0),
        Search::log("alpha", 0.5, 40.0),
        Search::words("weights", &["binary", "ratings"]),
    ],
    unit: |_| Unit::Score,
    paper: "Y. Hu, Y. Koren and C. Volinsky (2008), Collaborative Filtering for Implicit Feedback Datasets; G. Takács, I. \
            Pilászy and D. Tikk (2011), Applications of the Conjugate Gradient Method for Implicit Feedback Collaborative \
            Filtering",
    strengths: "Strong lists from clicks, plays or purchases, at any size; newcomers and edits are solved exactly, so that \
                every score is the sum of what each rating adds. It does not predict ratings.",
    low_ratings: |params| {
        if params.word("values") == "ratings" {
            LowRatings::Added
        } else {
            LowRatings::Counted
        }
    },
    fit: Training::of::<Als>(),
};

/// How a rating becomes a confidence.
#[derive(Clone, Copy, Debug)]
pub(super) struct Confidence {
    alpha: f64,
    by_rating: bool,
}

impl Confidence {
    pub fn of_params(params: &Params) -> Self {
        Self {
            alpha: params.real("alpha"),
            by_rating: params.word("weights") == "ratings",
        }
    }

    /// The confidence c; a negative c means weight −c for preference 0.
    #[inline]
    fn of(self, rating: f64) -> f64 {
        self.alpha * if self.by_rating { rating } else { 1.0 }
    }
}

#[derive(Clone, Copy, Debug)]
struct Settings {
    factors: usize,
    epochs: usize,
    regularization: f64,
    confidence: Confidence,
    /// Solve every row by Cholesky instead of conjugate gradients.
    exact: bool,
}

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            factors: params.whole("factors"),
            epochs: params.whole("epochs"),
            regularization: params.real("reg"),
            confidence: Confidence::of_params(params),
            exact: params.word("solver") == "cholesky",
        }
    }
}

struct Als;

impl Fit for Als {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        let learned = train::train(&context.dataset, &Settings::of(params), context.seed, &context.task)?;
        if !learned.is_finite() {
            return Err(FitError::Unfit(
                "als overflowed; use a smaller alpha or a larger reg".into(),
            ));
        }
        Ok(learned.zeroed_if_negligible(None))
    }

    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        // The exact solver adds a square of factors to a row's system for every rating.
        let step = match params.word("solver") {
            "cholesky" => 0.14 * params.whole(FACTORS.name) as f64,
            _ => 2.4,
        };
        Some(FitCost::of_epochs(data, params, StepTime::shared(step), pool))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = ExactFold::new(Confidence::of_params(params), params.real("reg"));
        Latent::open(&SPEC, (context, params), learned, fold_in, "weighted squared error")
    }
}

#[cfg(test)]
mod tests;
