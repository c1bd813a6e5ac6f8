use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::cost::{FitCost, StepTime};
use super::params::Params;
use super::recommender::{FitContext, FitError, Fitted, Recommender};
use crate::data::Dataset;
use crate::task::Pool;

/// How a model is fitted, in two steps, so that the result of long training can be kept on disk and opened again.
///
/// Implemented by the fitted model; the registry's line then says `fit: Training::of::<Model>()`.
pub trait Fit {
    /// The result of training: plain data, without the dataset, the parameters or anything that is quickly computed
    /// from them.
    type Trained: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Whether the fitted model has [factors](Recommender::factors).
    const HAS_FACTORS: bool = false;

    /// Learns from the dataset. May take long: checks `context.task.cancel` and reports progress. The same context and
    /// parameters give the same bits.
    ///
    /// # Errors
    /// Cancelled, or a sentence that says why these parameters cannot be fitted to this data.
    fn train(context: &FitContext, params: &Params) -> Result<Self::Trained, FitError>;

    /// How long one factor of one rating takes in an epoch, for models that go over all ratings so many times.
    const STEP: Option<StepTime> = None;

    /// What training would take, estimated without doing any of it; `None` where it never takes long.
    fn cost(data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        Self::STEP.map(|step| FitCost::of_epochs(data, params, step, pool))
    }

    /// Turns the parameters into those of what a fit had learned when it was stopped after so many epochs: trained with them,
    /// it is the same to the last bit.
    ///
    /// # Errors
    /// There is no such parameter.
    fn stop_after(params: &mut Params, epochs: usize) -> Result<(), String> {
        params.set("epochs", &epochs.to_string())
    }

    /// Opens a trained state with its dataset: cheap compared to training. A state trained on this dataset with these
    /// parameters, now or earlier, serves the same bits.
    ///
    /// # Errors
    /// As [`Fit::train`]. Errors that depend on the training alone occur there.
    fn open(trained: Arc<Self::Trained>, context: &FitContext, params: &Params) -> Fitted;
}

/// The trained state of any model, ready to be saved.
pub trait Save: Send + Sync {
    /// Writes all of it, in the form that [`Training::restore`] reads.
    fn write(&self, to: &mut dyn Write) -> io::Result<()>;
}

impl<T: Serialize + Send + Sync> Save for T {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        postcard::to_io(self, to).map(drop).map_err(io::Error::other)
    }
}

/// A model that was trained just now, and its trained state, to be cached.
pub struct JustTrained {
    pub model: Arc<dyn Recommender>,
    pub trained: Arc<dyn Save>,
}

type FitFn = fn(&FitContext, &Params) -> Result<JustTrained, FitError>;
type RestoreFn = fn(&[u8], &FitContext, &Params) -> Option<Arc<dyn Recommender>>;
type StopFn = fn(&mut Params, usize) -> Result<(), String>;
type CostFn = fn(&Dataset, &Params, &Pool) -> Option<FitCost>;

/// The two steps of some [`Fit`], as a value for the registry.
#[derive(Clone, Copy)]
pub struct Training {
    fit: FitFn,
    restore: RestoreFn,
    cost: CostFn,
    stop_after: StopFn,
    has_factors: bool,
}

impl Training {
    pub const fn of<F: Fit>() -> Self {
        Self {
            fit: |context, params| {
                let trained = Arc::new(F::train(context, params)?);
                Ok(JustTrained {
                    model: F::open(Arc::clone(&trained), context, params)?,
                    trained,
                })
            },
            restore: |bytes, context, params| {
                let (trained, rest) = postcard::take_from_bytes(bytes).ok()?;
                let all_read = rest.is_empty();
                all_read.then(|| F::open(Arc::new(trained), context, params).ok())?
            },
            cost: F::cost,
            stop_after: F::stop_after,
            has_factors: F::HAS_FACTORS,
        }
    }

    /// For models trained by other programs, whose files the catalog reads: training always fails.
    pub(super) const fn elsewhere(has_factors: bool) -> Self {
        Self {
            fit: |_, _| Err(FitError::Unfit("it was trained by another program".to_owned())),
            restore: |_, _, _| None,
            cost: |_, _, _| None,
            stop_after: |_, _| Ok(()),
            has_factors,
        }
    }

    /// What [`Fit::cost`] says.
    pub fn cost(&self, data: &Dataset, params: &Params, pool: &Pool) -> Option<FitCost> {
        (self.cost)(data, params, pool)
    }

    /// What [`Fit::stop_after`] does.
    pub(super) fn stop_after(&self, params: &mut Params, epochs: usize) -> Result<(), String> {
        (self.stop_after)(params, epochs)
    }

    pub fn has_factors(&self) -> bool {
        self.has_factors
    }

    /// Trains and opens.
    pub fn fit(&self, context: &FitContext, params: &Params) -> Result<JustTrained, FitError> {
        (self.fit)(context, params)
    }

    /// Opens what [`Save::write`] wrote, for the same data, parameters and seed; `None` if the bytes are invalid.
    pub fn restore(&self, bytes: &[u8], context: &FitContext, params: &Params) -> Option<Arc<dyn Recommender>> {
        (self.restore)(bytes, context, params)
    }
}
