use crate::data::LoadError;
use crate::models::FitError;
use crate::pipeline::PlanError;
use crate::pipeline::store::StoreError;
use crate::task::Cancelled;

/// Why a batch was not published. What was published before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A model can't be fitted; one sentence says why.
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LoadError> for BatchError {
    fn from(error: LoadError) -> Self {
        FitError::from(error).into()
    }
}

impl From<FitError> for BatchError {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            FitError::Unfit(why) => Self::Unfit(why),
            FitError::Stopped(stopped) => Self::Unfit(stopped.to_string()),
        }
    }
}
