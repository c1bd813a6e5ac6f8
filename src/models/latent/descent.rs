//! What the models share that go down a gradient step by step: their parameters and the loop over the epochs.

use super::Learned;
use crate::data::Dataset;
use crate::models::{FitContext, FitError, ModelSpec, Parameter, Params, Range, Unit};
use crate::task::{Cancelled, Report, Task};

/// How many factors; each model has a default of its own.
pub(in crate::models) const FACTORS: Parameter = Parameter {
    name: "factors",
    range: Range::Whole(1, 1000),
    default: "20",
    doc: "how many hidden factors users and items have",
};

pub(in crate::models) const EPOCHS: Parameter = Parameter {
    name: "epochs",
    range: Range::Whole(0, 100_000),
    default: "20",
    doc: "how often the ratings are gone through; too many learn the training ratings by heart",
};

pub(in crate::models) const LEARNING_RATE: Parameter = Parameter {
    name: "lr",
    range: Range::Real(0.0, 1.0),
    default: "0.05",
    doc: "the length of a step",
};

pub(in crate::models) const REGULARIZATION: Parameter = Parameter {
    name: "reg",
    range: Range::Real(0.0, 1.0),
    default: "0.02",
    doc: "how strongly every step draws to 0; more is smoother",
};

pub(in crate::models) const INIT_MEAN: Parameter = Parameter {
    name: "init-mean",
    range: Range::Real(-10.0, 10.0),
    default: "0",
    doc: "the mean of the factors' random first values",
};

pub(in crate::models) const INIT_DEVIATION: Parameter = Parameter {
    name: "init-std",
    range: Range::Real(0.0, 10.0),
    default: "0.1",
    doc: "their standard deviation",
};

/// How items are drawn to be compared with a rated one.
pub(in crate::models) const SAMPLING: Parameter = Parameter {
    name: "sampling",
    range: Range::Choice(&["uniform", "popular"]),
    default: "uniform",
    doc: "which other items are drawn: all alike; or as often as they are rated, which plays popularity down",
};

/// How a descent trains. What a model has no parameter for is 0 or false.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::models) struct Descent {
    pub factors: usize,
    pub epochs: usize,
    pub learning_rate: f64,
    pub regularization: f64,
    pub init_mean: f64,
    pub init_deviation: f64,
    /// Whether the global mean and the biases take part.
    pub biased: bool,
    /// Whether other items are drawn as often as they are rated, and not all alike.
    pub popular: bool,
    /// How many other items are drawn for each rating.
    pub negatives: usize,
    /// How many other items are tried at most for each rating.
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

    /// What `train` learns with the settings of `params`, where it is of any use.
    pub fn train(
        spec: &ModelSpec,
        context: &FitContext,
        params: &Params,
        train: fn(&Dataset, &Self, u64, &Task) -> Result<Learned, Cancelled>,
    ) -> Result<Learned, FitError> {
        let (settings, dataset) = (Self::of(params), &context.dataset);
        let learned = train(dataset, &settings, context.seed, &context.task)?;
        // How large ratings are matters only where they are predicted.
        let scale = ((spec.unit)(params) == Unit::Rating).then(|| dataset.scale());
        if learned.is_finite() {
            return Ok(learned.unless_nothing(scale));
        }
        let on = scale.map_or_else(String::new, |s| format!(" on ratings from {:e} to {:e}", s.min, s.max));
        let (name, rate) = (spec.name, settings.learning_rate);
        let sentence = format!("the steps of {name} grew without end{on}; give it a smaller lr than {rate}");
        Err(FitError::Unfit(sentence))
    }
}

/// Runs `epoch` as often as `epochs` says and reports the loss that each returns, by the name `figure`; all of them in the
/// end. One that is not finite is the last.
pub(in crate::models) fn losses(
    model: &str,
    figure: &'static str,
    epochs: usize,
    task: &Task,
    mut epoch: impl FnMut(usize) -> Result<f64, Cancelled>,
) -> Result<Vec<f64>, Cancelled> {
    let mut losses = Vec::with_capacity(epochs);
    for at in 0..epochs {
        let loss = epoch(at)?;
        losses.push(loss);
        task.progress
            .say(|| Report::of(format!("fitting {model}"), at as u64 + 1, epochs as u64, "epochs").with(figure, loss));
        if !loss.is_finite() {
            break;
        }
    }
    Ok(losses)
}
