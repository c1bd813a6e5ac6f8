//! Weighted approximate-rank pairwise loss: the lower a rated item seems to rank, the larger its update.

mod train;

use std::sync::Arc;

use super::latent::{Descent, EPOCHS, FACTORS, LEARNING_RATE, Latent, Learned, PairwiseFold, REGULARIZATION};
use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime, Training,
    Unit,
};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "warp",
    title: "Weighted approximate-rank pairs (WARP)",
    summary: "As bpr, but draws unrated items until one is ranked too high; the sooner it finds one, the larger the \
              step, so the top of the list counts most.",
    formula: "score(u, i) = b_i + p_u·q_i",
    parameters: &[
        FACTORS.with_default("32"),
        Parameter {
            default: "30",
            doc: "passes over the ratings",
            ..EPOCHS
        },
        Parameter {
            doc: "initial learning rate (Adagrad)",
            ..LEARNING_RATE
        },
        REGULARIZATION.with_default("0.01"),
        Parameter {
            name: "max-sampled",
            range: Range::Whole(1, 1000),
            default: "10",
            doc: "negative samples tried before a rating is skipped",
        },
    ],
    search: &[
        Search::log("factors", 16.0, 128.0),
        Search::log("epochs", 10.0, 100.0),
        Search::log("lr", 0.01, 0.2),
        Search::log("reg", 0.001, 0.1),
        Search::log("max-sampled", 5.0, 50.0),
    ],
    unit: |_| Unit::Score,
    paper: "J. Weston, S. Bengio and N. Usunier (2011), WSABIE: Scaling Up to Large Vocabulary Image Annotation; M. Kula \
            (2015), Metadata Embeddings for User and Item Cold-start Recommendations (LightFM)",
    strengths: "Accurate at the top of the list with few factors and epochs; its steps are slower than those of bpr. \
                Only the order of its scores has a meaning.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Warp>(),
};

struct Warp;

impl Fit for Warp {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;
    const STEP: Option<StepTime> = Some(StepTime::shared(8.8));

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        // Adagrad's first steps are long, so the fold-in runs until its step limit.
        let fold_in = PairwiseFold::new(&context.dataset, false, f64::INFINITY, params.real("reg"));
        Latent::open(&SPEC, (context, params), learned, fold_in, "weighted hinge")
    }
}

#[cfg(test)]
mod tests;
