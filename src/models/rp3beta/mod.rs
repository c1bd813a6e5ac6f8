//! Random walks of three steps: from items to those who rated them to what else these rated.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::item_weights::{ItemWeights, LinearModel, NEIGHBORS, weights_between};
use super::{Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Training, Unit};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "rp3beta",
    title: "Three-step random walk (RP3beta)",
    summary: "How likely a walk from an item of the profile, over those who rated it, ends at another item; popular ends \
              are held back.",
    formula: "score(u, i) = Σ_j W_ji over the rated items j,  W_ji = Σ_v (1/n_j)^α (1/n_v)^α / n_i^β over those v who \
              rated both",
    parameters: &[
        Parameter {
            name: "alpha",
            range: Range::Real(0.0, 10.0),
            default: "0.8",
            doc: "power of every step's probability: above 1 long lists and popular items count even less as a way",
        },
        Parameter {
            name: "beta",
            range: Range::Real(0.0, 10.0),
            default: "0.4",
            doc: "how strongly popular items are held back; 0 is P3alpha",
        },
        NEIGHBORS.with_default("200"),
    ],
    unit: |_| Unit::Score,
    paper: "B. Paudel, F. Christoffel, C. Newell and A. Bernstein (2017), Updatable, Accurate, Diverse, and Scalable \
            Recommendations for Interactive Applications; α after C. Cooper et al. (2014), Random Walks in Recommender \
            Systems",
    strengths: "As quick as item-knn, often better, and reaches further down the long tail; two powers to tune.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Rp3Beta>(),
};

struct Rp3Beta;

impl Fit for Rp3Beta {
    type Trained = ItemWeights;

    /// The walk's weights. The first step, from the user to one of the profile's items, is the same for all of them and left
    /// out; the heaviest are kept by the item where the walk ends.
    fn train(context: &FitContext, params: &Params) -> Result<ItemWeights, FitError> {
        let data = &*context.dataset;
        let (alpha, beta) = (params.real("alpha"), params.real("beta"));
        let power = |n: usize, by: f64| (n as f64).powf(-by);
        let counts = || data.items().map(|i| data.item_row(i).len());
        let leaving: Vec<f64> = counts().map(|n| power(n, alpha)).collect();
        let arriving: Vec<f64> = counts().map(|n| power(n, beta)).collect();
        let through: Vec<f64> = data.users().map(|u| power(data.user_row(u).len(), alpha)).collect();
        let pair = |from: u32, to: u32, ways: f64| Some(ways * leaving[from as usize] * arriving[to as usize]);
        let keep = params.whole(NEIGHBORS.name);
        weights_between((data, SPEC.name), keep, &context.task, |u| through[u.at()], pair)
    }

    fn open(weights: Arc<ItemWeights>, context: &FitContext, _: &Params) -> Fitted {
        Ok(LinearModel::of_presence(SPEC.name, weights, context, None))
    }
}
