//! What models trained by gradient descent share: their parameters and the loop over the epochs.

use super::Learned;
use crate::data::Dataset;
use crate::models::{FitContext, FitError, ModelSpec, Parameter, Params, Range, Unit};
use crate::task::{Cancelled, Report, Task};

/// Each model has its own default.
pub(in crate::models) const FACTORS: Parameter = Parameter {
    name: "factors",
    range: Range::Whole(1, 1000),
    default: "20",
    doc: "number of latent factors of users and items",
};

pub(in crate::models) const EPOCHS: Parameter = Parameter {
    name: "epochs",
    range: Range::Whole(0, 100_000),
    default: "20",
    doc: "passes over the ratings; too many overfit",
};

pub(in crate::models) const LEARNING_RATE: Parameter = Parameter {
    name: "lr",
    range: Range::Real(0.0, 1.0),
    default: "0.05",
    doc: "the step size of gradient descent",
};

pub(in crate::models) const REGULARIZATION: Parameter = Parameter {
    name: "reg",
    range: Range::Real(0.0, 1.0),
    default: "0.02",
    doc: "L2 regularization: how strongly every step shrinks towards 0; more is smoother",
};

pub(in crate::models) const INIT_MEAN: Parameter = Parameter {
    name: "init-mean",
    range: Range::Real(-10.0, 10.0),
    default: "0",
    doc: "mean of the factors' random initial values",
};

pub(in crate::models) const INIT_DEVIATION: Parameter = Parameter {
    name: "init-std",
    range: Range::Real(0.0, 10.0),
    default: "0.1",
    doc: "standard deviation of the factors' random initial values",
};

/// How the items are sampled that a rated one is compared with.
pub(in crate::models) const SAMPLING: Parameter = Parameter {
    name: "sampling",
    range: Range::Choice(&["uniform", "popular"]),
    default: "uniform",
    doc: "how other items are sampled: uniform; or popular, by their number of ratings, which plays popularity down",
};

/// The settings of a gradient descent; 0 or false where a model has no such parameter.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::models) struct Descent {
    pub factors: usize,
    pub epochs: usize,
    pub learning_rate: f64,
    pub regularization: f64,
    pub init_mean: f64,
    pub init_deviation: f64,
    /// Whether the model has a global mean and biases.
    pub biased: bool,
    /// Whether negatives are sampled by popularity instead of uniformly.
    pub popular: bool,
    /// Negatives sampled per rating.
    pub negatives: usize,
    /// The most negatives tried per rating.
    pub max_sampled: usize,
}

impl Descent {
    pub fn of(params: &Params) -> Self {
        Self {
            factors: params.whole(FACTORS.name),
            epochs: params.whole(EPOCHS.name),
            learning_rate: params.real(LEARNING_RATE.name),
            regularization: params.real(REGULARIZATION.name),
            init_mean: params.real(INIT_MEAN.name),
            init_deviation: params.real(INIT_DEVIATION.name),
            biased: params.word("biased") == "true",
            popular: params.word(SAMPLING.name) == "popular",
            negatives: params.whole("negatives"),
            max_sampled: params.whole("max-sampled"),
        }
    }

    /// What `train` learns with the settings of `params`; an error where the loss diverges.
    pub fn train(
        spec: &ModelSpec,
        context: &FitContext,
        params: &Params,
        train: fn(&Dataset, &Self, u64, &Task) -> Result<Learned, Cancelled>,
    ) -> Result<Learned, FitError> {
        let (settings, dataset) = (Self::of(params), &context.dataset);
        let learned = train(dataset, &settings, context.seed, &context.task)?;
        // The scale of the ratings matters only where they are predicted.
        let scale = ((spec.unit)(params) == Unit::Rating).then(|| dataset.scale());
        if learned.is_finite() {
            return Ok(learned.zeroed_if_negligible(scale));
        }
        let on = scale.map_or_else(String::new, |s| format!(" on ratings from {:e} to {:e}", s.min, s.max));
        let (name, rate) = (spec.name, settings.learning_rate);
        let sentence = format!("training {name} diverged{on}; use a smaller lr than {rate}");
        Err(FitError::Unfit(sentence))
    }
}

/// Runs `epochs` epochs, reports each loss as `figure`, and returns all losses. Stops after one that is not finite, and
/// where it is said to be enough.
pub(in crate::models) fn losses(
    model: &str,
    figure: &'static str,
    epochs: usize,
    task: &Task,
    mut epoch: impl FnMut(usize) -> Result<f64, Cancelled>,
) -> Result<Vec<f64>, Cancelled> {
    let mut losses = Vec::with_capacity(epochs);
    let heeding = task.enough.heed();
    for at in 0..epochs {
        let loss = epoch(at)?;
        losses.push(loss);
        task.progress
            .say(|| Report::of(format!("fitting {model}"), at as u64 + 1, epochs as u64, "epochs").with(figure, loss));
        if !loss.is_finite() || heeding.is_enough(at + 1, epochs) {
            break;
        }
    }
    Ok(losses)
}
