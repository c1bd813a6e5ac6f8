//! Non-negative matrix factorization.
//!
//! [`train`] holds the multiplicative updates, [`fold`] the fold-in of guests and edited profiles; the rest is shared by
//! the factor models.

mod fold;
mod train;

use std::sync::Arc;

use fold::NonNegative;
use train::Settings;

use super::latent::{FACTORS, Latent, Learned};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime, Training,
    Unit,
};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "nmf",
    title: "Non-negative factorization (NMF)",
    summary: "Matrix factorization without negative numbers: every factor can only add to a score, like the parts of a \
              whole.",
    formula: "score(u, i) = p_u·q_i,  all p, q ≥ 0",
    parameters: &[
        FACTORS.with_default("15"),
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "50",
            doc: "passes over the ratings; too many overfit",
        },
        Parameter {
            name: "reg-u",
            range: Range::Real(0.0, 1000.0),
            default: "0.06",
            doc: "L2 regularization of user factors, per rating",
        },
        Parameter {
            name: "reg-i",
            range: Range::Real(0.0, 1000.0),
            default: "0.06",
            doc: "L2 regularization of item factors, per rating",
        },
        Parameter {
            name: "init-low",
            range: Range::Real(0.0, 10.0),
            default: "0",
            doc: "lower bound of the random initial factors",
        },
        Parameter {
            name: "init-high",
            range: Range::Real(0.0, 10.0),
            default: "1",
            doc: "upper bound of the random initial factors",
        },
    ],
    search: &[
        Search::log("factors", 5.0, 60.0),
        Search::log("reg-u", 0.01, 0.5),
        Search::log("reg-i", 0.01, 0.5),
    ],
    unit: |_| Unit::Rating,
    paper: "X. Luo, M. Zhou, Y. Xia and Q. Zhu (2014), An Efficient Non-Negative Matrix-Factorization-Based Approach to \
            Collaborative Filtering for Recommender Systems; D. Lee and H. S. Seung (2001)",
    strengths: "Factors only add up, so each can be read as a kind of item. Larger errors than svd; needs non-negative \
                ratings.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<Nmf>(),
};

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            factors: params.whole("factors"),
            epochs: params.whole("epochs"),
            reg_users: params.real("reg-u"),
            reg_items: params.real("reg-i"),
            init_low: params.real("init-low"),
            init_high: params.real("init-high"),
        }
    }
}

/// With less regularization the fold-in might not have a unique solution.
const MIN_FOLD_REGULARIZATION: f64 = 1e-6;

struct Nmf;

impl Fit for Nmf {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;
    const STEP: Option<StepTime> = Some(StepTime::alone(1.5));

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        let dataset = &context.dataset;
        let scale = dataset.scale();
        if scale.min < 0.0 {
            return Err(FitError::Unfit(format!(
                "nmf needs non-negative ratings and this data has {}; try svd",
                scale.min
            )));
        }
        let learned = train::train(dataset, &Settings::of(params), context.seed, &context.task)?;
        if !learned.is_finite() {
            return Err(FitError::Unfit(format!(
                "nmf overflowed on ratings up to {:e}; try svd",
                scale.max
            )));
        }
        Ok(learned.zeroed_if_negligible(Some(dataset.scale())))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = NonNegative(params.real("reg-u").max(MIN_FOLD_REGULARIZATION));
        Latent::open(&SPEC, (context, params), learned, fold_in, "RMSE on the ratings")
    }
}

#[cfg(test)]
mod tests;
