//! Weighted approximate-rank pairwise loss: the worse an item that somebody chose seems to rank, the harder it is pulled up.

mod train;

use std::sync::Arc;

use super::latent::{Descent, EPOCHS, FACTORS, LEARNING_RATE, Latent, Learned, PairwiseFold, REGULARIZATION};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "warp",
    title: "Weighted approximate-rank pairs (WARP)",
    summary: "As bpr, but it looks for an item that really is ranked too high before it takes a step, and steps further the \
              sooner it finds one: so the top of the list counts most.",
    formula: "score(u, i) = b_i + p_u·q_i",
    parameters: &[
        FACTORS.with_default("32"),
        Parameter {
            default: "30",
            doc: "how often the ratings are gone through",
            ..EPOCHS
        },
        Parameter {
            doc: "the length of the first step; later ones are shorter",
            ..LEARNING_RATE
        },
        REGULARIZATION.with_default("0.01"),
        Parameter {
            name: "max-sampled",
            range: Range::Whole(1, 1000),
            default: "10",
            doc: "how many items are tried before a rating is let be",
        },
    ],
    unit: |_| Unit::Score,
    paper: "J. Weston, S. Bengio and N. Usunier (2011), WSABIE: Scaling Up to Large Vocabulary Image Annotation; M. Kula \
            (2015), Metadata Embeddings for User and Item Cold-start Recommendations (LightFM)",
    strengths: "Sharp at the top of the list, with few factors and epochs; slower by the step than bpr. Scores mean nothing by \
                themselves.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Warp>(),
};

struct Warp;

impl Fit for Warp {
    type Trained = Learned;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Learned, FitError> {
        Descent::train(&SPEC, context, params, train::train)
    }

    fn open(learned: Arc<Learned>, context: &FitContext, params: &Params) -> Fitted {
        // Adagrad's steps are long at first: as far as the fold goes in its number of steps.
        let fold_in = PairwiseFold::new(&context.dataset, false, f64::INFINITY, params.real("reg"));
        Latent::open(&SPEC, (context, params), learned, fold_in, "weighted hinge")
    }
}

#[cfg(test)]
mod tests;
