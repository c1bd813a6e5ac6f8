//! Matrix factorization into parts: factors that only add.
//!
//! [`train`] multiplies; [`fold`] finds the factors of guests and edited profiles; the rest is what factor models share.

mod fold;
mod train;

use std::sync::Arc;

use fold::NonNegative;
use train::Settings;

use super::latent::{FACTORS, Latent, Learned};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "nmf",
    title: "Non-negative factorization (NMF)",
    summary: "Matrix factorization in which nothing is negative: every factor of an item can only add to a score, like the \
              parts of a whole.",
    formula: "score(u, i) = p_u·q_i,  all p, q ≥ 0",
    parameters: &[
        FACTORS.with_default("15"),
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 100_000),
            default: "50",
            doc: "how often all factors are updated; too many learn the training ratings by heart",
        },
        Parameter {
            name: "reg-u",
            range: Range::Real(0.0, 1000.0),
            default: "0.06",
            doc: "how strongly users' factors are drawn to 0, for each rating",
        },
        Parameter {
            name: "reg-i",
            range: Range::Real(0.0, 1000.0),
            default: "0.06",
            doc: "how strongly items' factors are drawn to 0, for each rating",
        },
        Parameter {
            name: "init-low",
            range: Range::Real(0.0, 10.0),
            default: "0",
            doc: "the factors' random first values are drawn from here",
        },
        Parameter {
            name: "init-high",
            range: Range::Real(0.0, 10.0),
            default: "1",
            doc: "to here",
        },
    ],
    unit: |_| Unit::Rating,
    paper: "X. Luo, M. Zhou, Y. Xia and Q. Zhu (2014), An Efficient Non-Negative Matrix-Factorization-Based Approach to \
            Collaborative Filtering for Recommender Systems; D. Lee and H. S. Seung (2001)",
    strengths: "Its parts only add, so a factor can be read as a kind of item. Larger errors than svd; needs ratings that \
                are not negative.",
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

/// A fold with less regularization might have no one answer.
const LEAST_FOLD_REGULARIZATION: f64 = 1e-6;

struct Nmf;

impl Fit for Nmf {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        let dataset = &context.dataset;
        let scale = dataset.scale();
        if scale.min < 0.0 {
            return Err(FitError::Unfit(format!(
                "nmf adds up parts that are not negative, and a rating here is {}; try svd",
                scale.min
            )));
        }
        let learned = train::train(dataset, &Settings::of(params), context.seed, &context.task)?;
        if !learned.is_finite() {
            return Err(FitError::Unfit(format!(
                "the factors of nmf grew without end on ratings up to {:e}; try svd",
                scale.max
            )));
        }
        Ok(learned.unless_nothing(Some(dataset.scale())))
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        let fold_in = NonNegative(params.real("reg-u").max(LEAST_FOLD_REGULARIZATION));
        Latent::open(&SPEC, (context, params), learned, fold_in, "RMSE on the ratings")
    }
}

#[cfg(test)]
mod tests;
