//! Weighted matrix factorization of what people did: everything that nobody touched counts as a weak no.
//!
//! - [`train`]: users and items in turn, each side solved with the other held.
//! - [`gradient`]: a row by a few steps of conjugate gradients, in 32 bits.
//! - [`exact`]: a row by Cholesky's factorization, in 32 bits.
//! - [`system`]: a row solved exactly, in 64 bits, and what each rating adds to a score.

mod exact;
mod gradient;
mod system;
mod train;

use std::sync::Arc;

pub(super) use system::ExactFold;

use super::latent::{FACTORS, Latent, Learned};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "als",
    title: "Implicit matrix factorization (ALS)",
    summary: "Takes a rating as a sign of interest, surer the more it weighs, and everything else as a weak sign of none; \
              finds hidden factors whose products come near 1 and 0, users and items in turn.",
    formula: "score(u, i) = p_u·q_i;  p_u = (QᵀQ + λI + Σ_j (c_uj − 1) q_j q_jᵀ)⁻¹ Σ_j c_uj q_j",
    parameters: &[
        FACTORS.with_default("64"),
        Parameter {
            name: "epochs",
            range: Range::Whole(1, 10_000),
            default: "15",
            doc: "how often both sides are solved",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0001, 1e9),
            default: "30",
            doc: "how strongly factors are drawn to 0; more is smoother",
        },
        Parameter {
            name: "alpha",
            range: Range::Real(0.0, 1e6),
            default: "4",
            doc: "what a rating weighs (c) where an unrated item weighs 1; 1 makes no difference between them",
        },
        Parameter {
            name: "weights",
            range: Range::Choice(&["binary", "ratings"]),
            default: "binary",
            doc: "binary: every rating weighs alpha; ratings: alpha times its value, below 0 a sure sign of no interest",
        },
        Parameter {
            name: "solver",
            range: Range::Choice(&["cg", "cholesky"]),
            default: "cg",
            doc: "cg: three steps of conjugate gradients from where the row stood; cholesky: exactly, slower",
        },
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

/// What a rating says.
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

    /// c: how much it weighs; below 0 it weighs −c for a preference of 0.
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
    /// Every row exactly, in place of conjugate gradients.
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
                "the weights of als are too large for its arithmetic; give it a smaller alpha or a larger reg".into(),
            ));
        }
        Ok(learned.unless_nothing(None))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = ExactFold::new(Confidence::of_params(params), params.real("reg"));
        Latent::open(&SPEC, (context, params), learned, fold_in, "weighted squared error")
    }
}

#[cfg(test)]
mod tests;
