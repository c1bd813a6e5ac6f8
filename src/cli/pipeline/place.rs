//! Where a store is, when it is, and which plan is followed.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;

use crate::cli::CliError;
use crate::cli::context::Context;
use crate::pipeline::batch::BatchError;
use crate::pipeline::store::{Store, StoreError, store_at};
use crate::pipeline::{Plan, PlanError};

/// Where a store is.
#[derive(Debug, Args)]
pub(super) struct StoreOptions {
    /// A file, or redis://HOST:PORT/DB#NAME
    #[arg(long, value_name = "PLACE")]
    store: String,
}

impl StoreOptions {
    pub fn open(&self) -> Result<Arc<dyn Store>, CliError> {
        Ok(store_at(&self.store)?)
    }
}

/// When it is.
#[derive(Debug, Args)]
pub(super) struct ClockOptions {
    /// The time that counts as now, in seconds since 1970 [default: now]
    #[arg(long, value_name = "SECONDS")]
    now: Option<i64>,
}

impl ClockOptions {
    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        let clock = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| d.as_millis() as i64)
        };
        self.now.map_or_else(clock, |seconds| seconds.saturating_mul(1000))
    }

    /// Seconds since 1970.
    pub fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}

/// The plan of `--config`, else the default.
pub(super) fn plan(context: &Context) -> Result<Plan, CliError> {
    let Some(path) = &context.config else {
        return Ok(Plan::default());
    };
    let text = std::fs::read_to_string(path)
        .map_err(|e| CliError::Failed(format!("{}: it cannot be read ({e})", shown(path))))?;
    Ok(Plan::parse(&text, &shown(path))?)
}

pub(super) fn shown(path: &Path) -> String {
    crate::data::clean_label(&path.to_string_lossy()).into_owned()
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Address(sentence) => Self::Usage(sentence),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<PlanError> for CliError {
    fn from(error: PlanError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl From<BatchError> for CliError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Cancelled(cancelled) => cancelled.into(),
            BatchError::Plan(error) => error.into(),
            BatchError::Store(error) => error.into(),
            BatchError::Unfit(sentence) => Self::Failed(sentence),
        }
    }
}
