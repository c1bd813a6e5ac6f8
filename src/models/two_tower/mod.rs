//! Two-tower retrieval: one network encodes a profile, another an item; the score is the cosine of the two vectors.
//!
//! - [`network`]: embeddings and towers; [`tower`]: dense layers; [`matrix`]: their arithmetic in either precision.
//! - [`batch`], [`gradient`], [`adam`], [`train`]: training.
//! - [`model`], [`reading`], [`serve`], [`slopes`]: serving and explaining.

mod adam;
mod batch;
mod gradient;
mod matrix;
mod model;
mod network;
mod reading;
mod serve;
mod slopes;
#[cfg(test)]
mod tests;
mod tower;
mod train;

use std::sync::Arc;

use batch::{Drawing, Weighing};
use model::TwoTower;
use network::Shape;
use tower::Activation;
use train::{Settings, Trained};

use super::{
    Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, Training, Unit,
};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "two-tower",
    title: "Two-tower retrieval",
    summary: "Two small networks: one maps a user's history and attributes to a vector, the other maps each item and \
              its metadata; trained so that users' vectors point to what they rate.",
    formula: "score(u, i) = cos(A·(Σ_j w_j·x_j / Σ_j w_j + e_u + features_u) + a, B·x_i + b),  x_i = e_i + features_i",
    parameters: &[
        Parameter {
            name: "factors",
            range: Range::Whole(1, 1000),
            default: "32",
            doc: "the width of embeddings and of both towers' output",
        },
        Parameter {
            name: "hidden",
            range: Range::Whole(0, 4096),
            default: "0",
            doc: "the width of a hidden layer in both towers; 0 for none, which keeps explanations exact",
        },
        Parameter {
            name: "activation",
            range: Range::Choice(&["relu", "tanh"]),
            default: "relu",
            doc: "the activation of the hidden layer",
        },
        Parameter {
            name: "epochs",
            range: Range::Whole(0, 10_000),
            default: "30",
            doc: "the most passes over the ratings",
        },
        Parameter {
            name: "patience",
            range: Range::Whole(1, 10_000),
            default: "3",
            doc: "training stops after so many epochs without improvement",
        },
        Parameter {
            name: "validation",
            range: Range::Real(0.0, 0.5),
            default: "0.05",
            doc: "the share of the ratings held out to choose the best epoch",
        },
        Parameter {
            name: "batch",
            range: Range::Whole(1, 8192),
            default: "256",
            doc: "ratings per step; the item of each is a candidate for all of them",
        },
        Parameter {
            name: "lr",
            range: Range::Real(0.0, 1.0),
            default: "0.004",
            doc: "Adam's learning rate",
        },
        Parameter {
            name: "temperature",
            range: Range::Real(0.001, 100.0),
            default: "0.2",
            doc: "cosines are divided by it in the loss; lower is sharper",
        },
        Parameter {
            name: "dropout",
            range: Range::Real(0.0, 1.0),
            default: "0.5",
            doc: "the probability of dropping a user's id embedding in training, so that guests are served as well",
        },
        Parameter {
            name: "item-dropout",
            range: Range::Real(0.0, 1.0),
            default: "0.1",
            doc: "the probability of dropping a candidate's id embedding in training, so that unrated items are served as well",
        },
        Parameter {
            name: "history",
            range: Range::Whole(1, 100_000),
            default: "50",
            doc: "the most of a user's ratings that one step reads, at random; serving reads all",
        },
        Parameter {
            name: "rating-weight",
            range: Range::Real(0.0, 1.0),
            default: "0.5",
            doc: "how much more a high rating counts in the mean of the history than a low one; 0 for alike",
        },
        Parameter {
            name: "min-items",
            range: Range::Whole(1, u64::MAX),
            default: "3",
            doc: "terms of fewer items (or users) than this are left out",
        },
    ],
    search: &[
        Search::log("factors", 16.0, 96.0),
        Search::log("epochs", 10.0, 60.0),
        Search::log("lr", 0.001, 0.02),
        Search::log("temperature", 0.05, 0.5),
        Search::even("dropout", 0.1, 0.8),
    ],
    unit: |_| Unit::Cosine,
    paper: "X. Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations; P. \
            Covington, J. Adams and E. Sargin (2016), Deep Neural Networks for YouTube Recommendations",
    strengths: "Serves guests and unrated items, from ratings and metadata alike, and supports fast vector search. Needs \
                many ratings; on few, simpler models rank better.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<TwoTower>(),
};

impl Settings {
    fn of(params: &Params) -> Self {
        Self {
            shape: Shape {
                factors: params.whole("factors"),
                hidden: params.whole("hidden"),
                activation: match params.word("activation") {
                    "tanh" => Activation::Tanh,
                    _ => Activation::Relu,
                },
            },
            epochs: params.whole("epochs"),
            patience: params.whole("patience"),
            validation: params.real("validation"),
            batch: params.whole("batch"),
            learning_rate: params.real("lr"),
            temperature: params.real("temperature"),
            drawing: Drawing {
                history: params.whole("history"),
                user_dropout: params.real("dropout"),
                item_dropout: params.real("item-dropout"),
            },
            rating_weight: params.real("rating-weight"),
            min_items: params.whole("min-items"),
        }
    }
}

impl Fit for TwoTower {
    type Trained = Trained;
    const HAS_FACTORS: bool = true;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        context.task.cancel.check()?;
        let trained = train::train(&context.dataset, &Settings::of(params), context.seed, &context.task)?;
        if !trained.network.is_finite() {
            let lr = params.real("lr");
            return Err(FitError::Unfit(format!(
                "training two-tower diverged with lr={lr}; use a smaller lr or a higher temperature"
            )));
        }
        Ok(trained)
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        let weighing = Weighing::new(dataset.scale(), dataset.mean(), params.real("rating-weight"));
        Ok(Arc::new(TwoTower::new(dataset, trained, weighing, &context.task)?))
    }
}
