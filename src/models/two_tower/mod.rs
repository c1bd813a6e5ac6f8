//! Two-tower retrieval: one network encodes a profile, another an item; the score is the product of the two vectors, plus the
//! item's bias.
//!
//! - [`network`]: embeddings and towers; [`tower`]: the hidden layer; [`matrix`], [`softmax`]: their arithmetic.
//! - [`batch`], [`gradient`], [`stock`], [`adam`], [`train`]: training.
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
mod softmax;
mod stock;
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
    Fit, FitContext, FitCost, FitError, Fitted, LowRatings, ModelSpec, Parameter, Params, Range, Search, StepTime,
    Training, Unit,
};
use crate::data::Dataset;
use crate::task::Pool;

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "two-tower",
    title: "Two-tower retrieval",
    summary: "Two small networks: one maps a user's history and attributes to a vector, the other maps each item and \
              its metadata; trained to predict a hidden part of every history from the rest.",
    formula: "score(u, i) = U(Σ_j w_j·x_j / Σ_j w_j + c + features_u) · I(x_i) + b_i,  x_i = e_i + features_i, with U(x) = \
              I(x) = x without a hidden layer",
    parameters: &[
        Parameter {
            name: "factors",
            range: Range::Whole(1, 1000),
            default: "64",
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
            default: "80",
            doc: "the most passes over the users",
        },
        Parameter {
            name: "averaging",
            range: Range::Real(0.0, 1.0),
            default: "0.95",
            doc: "how much of the mean of the network over the epochs is kept when another one comes in; 0 keeps the last alone",
        },
        Parameter {
            name: "patience",
            range: Range::Whole(1, 10_000),
            default: "40",
            doc: "training stops after so many epochs without better lists for what is held out",
        },
        Parameter {
            name: "validation",
            range: Range::Real(0.0, 0.5),
            default: "0",
            doc: "the share of the ratings held out to choose the best epoch by the nDCG@10 of lists; 0 learns from all, to the end",
        },
        Parameter {
            name: "batch",
            range: Range::Whole(1, 8192),
            default: "128",
            doc: "users per step",
        },
        Parameter {
            name: "lr",
            range: Range::Real(0.0, 1.0),
            default: "0.003",
            doc: "Adam's learning rate",
        },
        Parameter {
            name: "reg",
            range: Range::Real(0.0, 1000.0),
            default: "0.07",
            doc: "the penalty on the squared length of users' vectors",
        },
        Parameter {
            name: "dropout",
            range: Range::Real(0.0, 1.0),
            default: "0.3",
            doc: "the share of a history that a step hides, to be predicted from the rest",
        },
        Parameter {
            name: "item-dropout",
            range: Range::Real(0.0, 1.0),
            default: "0.1",
            doc: "the probability of dropping a candidate's id embedding in training, so that unrated items are served as well",
        },
        Parameter {
            name: "candidates",
            range: Range::Whole(1, 1_000_000),
            default: "8192",
            doc: "the most items that a step predicts among: what is hidden, and others at random; all of a smaller catalog",
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
        Search::log("factors", 16.0, 128.0),
        Search::log("epochs", 20.0, 120.0),
        Search::log("lr", 0.001, 0.01),
        Search::log("reg", 0.01, 0.3),
        Search::even("dropout", 0.1, 0.6),
    ],
    unit: |_| Unit::Score,
    paper: "X. Yi et al. (2019), Sampling-Bias-Corrected Neural Modeling for Large Corpus Item Recommendations; D. Liang et al. \
            (2018), Variational Autoencoders for Collaborative Filtering; P. Covington, J. Adams and E. Sargin (2016), Deep \
            Neural Networks for YouTube Recommendations",
    strengths: "Serves guests and unrated items, from ratings and metadata alike, and supports fast vector search. Needs \
                many ratings; on few, simpler models rank better.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<TwoTower>(),
};

/// A factor of a user and a candidate in an epoch.
const STEP: StepTime = StepTime::shared(0.15);

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
            averaging: params.real("averaging"),
            patience: params.whole("patience"),
            validation: params.real("validation"),
            batch: params.whole("batch"),
            learning_rate: params.real("lr"),
            reg: params.real("reg"),
            drawing: Drawing {
                hidden: params.real("dropout"),
                item_dropout: params.real("item-dropout"),
                candidates: params.whole("candidates"),
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
        let has_learned = !trained.losses.is_empty() || params.whole("epochs") == 0;
        if !has_learned || !trained.network.is_finite() {
            let lr = params.real("lr");
            return Err(FitError::Unfit(format!(
                "training two-tower diverged with lr={lr}; use a smaller one"
            )));
        }
        Ok(trained)
    }

    /// Every user of a step meets every candidate of it, three times: forward, and back to either side.
    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        let (users, items) = (data.n_users() as f64, data.n_items() as f64);
        let number = |name| params.whole(name) as f64;
        let (factors, candidates) = (number("factors"), items.min(number("candidates")));
        let hidden = 2.0 * number("hidden") * (users + users / number("batch") * candidates);
        let judged = if params.real("validation") > 0.0 {
            users.min(train::JUDGED as f64) * items / 3.0
        } else {
            0.0
        };
        let steps = number("epochs") * factors * (users * candidates + hidden + judged);
        Some(FitCost {
            seconds: STEP.seconds(steps, pool),
            // The network, its mean, its gradient and two means of that; the scores of those who are judged.
            bytes: 4.0 * (5.0 * factors * items + users.min(train::JUDGED as f64) * items),
        })
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        let weighing = Weighing::new(dataset.scale(), dataset.mean(), params.real("rating-weight"));
        Ok(Arc::new(TwoTower::new(dataset, trained, weighing, &context.task)?))
    }
}
