use std::io::{self, Write};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::imported::Import;
use super::{FitContext, FitError, Fitted, ModelSpec, Params, Recommender};

/// How a model is fitted, in two steps, so that what took long to find out can be kept on disk and put to work again.
///
/// Implemented by the fitted model; the registry's line then says `fit: Training::of::<Model>()`.
pub trait Fit {
    /// Everything that training found out: plain data, without the dataset, the parameters or anything that is quickly
    /// computed from them.
    type Trained: Serialize + DeserializeOwned + Send + Sync + 'static;

    /// Learns from the dataset. May take long: asks `context.task.cancel` and reports progress. The same context and
    /// parameters give the same bits.
    ///
    /// # Errors
    /// Cancelled, or a sentence that says why these parameters cannot be fitted to this data.
    fn train(context: &FitContext, params: &Params) -> Result<Self::Trained, FitError>;

    /// Puts what was trained to work with the dataset: cheap beside training. What was trained with this dataset and
    /// these parameters, now or earlier, serves the same bits.
    ///
    /// # Errors
    /// As [`Fit::train`]. Whatever depends on the training alone is refused there already.
    fn open(trained: Arc<Self::Trained>, context: &FitContext, params: &Params) -> Fitted;
}

/// Trained state of whatever model, ready to be written down.
pub trait Learned: Send + Sync {
    /// Writes all of it, in the form that [`Training::restore`] reads.
    ///
    /// # Errors
    /// Those of the writer.
    fn write(&self, to: &mut dyn Write) -> io::Result<()>;
}

impl<T: Serialize + Send + Sync> Learned for T {
    fn write(&self, to: &mut dyn Write) -> io::Result<()> {
        postcard::to_io(self, to).map(drop).map_err(io::Error::other)
    }
}

/// A model that was trained just now, and what it learned, shared with it: to be kept.
pub struct JustTrained {
    /// Ready to serve.
    pub model: Arc<dyn Recommender>,
    /// What training found out.
    pub learned: Arc<dyn Learned>,
}

type FitFn = fn(&FitContext, &Params) -> Result<JustTrained, FitError>;
type RestoreFn = fn(&[u8], &FitContext, &Params) -> Option<Arc<dyn Recommender>>;

/// Where a model comes from, as a value for the registry.
#[derive(Clone, Copy)]
pub struct Training(How);

#[derive(Clone, Copy)]
enum How {
    /// The two steps of some [`Fit`].
    Here { fit: FitFn, restore: RestoreFn },
    /// Trained by another program.
    Elsewhere(&'static Import),
}

impl Training {
    /// That of `F`.
    pub const fn of<F: Fit>() -> Self {
        Self(How::Here {
            fit: |context, params| {
                let trained = Arc::new(F::train(context, params)?);
                Ok(JustTrained {
                    model: F::open(Arc::clone(&trained), context, params)?,
                    learned: trained,
                })
            },
            restore: |bytes, context, params| {
                let (trained, rest) = postcard::take_from_bytes(bytes).ok()?;
                let all_read = rest.is_empty();
                all_read.then(|| F::open(Arc::new(trained), context, params).ok())?
            },
        })
    }

    /// None: another program trained it.
    pub(super) const fn imported(import: &'static Import) -> Self {
        Self(How::Elsewhere(import))
    }

    /// What was imported, where another program trained it.
    pub fn import(&self) -> Option<&'static Import> {
        match self.0 {
            How::Here { .. } => None,
            How::Elsewhere(import) => Some(import),
        }
    }

    /// Trains and opens.
    ///
    /// # Errors
    /// Those of [`Fit::train`]; for an import those of its files.
    pub fn fit(
        &self,
        spec: &'static ModelSpec,
        context: &FitContext,
        params: &Params,
    ) -> Result<JustTrained, FitError> {
        match self.0 {
            How::Here { fit, .. } => fit(context, params),
            How::Elsewhere(import) => Ok(JustTrained {
                model: import.open(spec, context, params)?,
                learned: Arc::new(()),
            }),
        }
    }

    /// Opens what [`Learned::write`] wrote, for the same data, parameters and seed; `None` where the bytes make no sense.
    pub fn restore(&self, bytes: &[u8], context: &FitContext, params: &Params) -> Option<Arc<dyn Recommender>> {
        match self.0 {
            How::Here { restore, .. } => restore(bytes, context, params),
            How::Elsewhere(_) => None,
        }
    }
}
