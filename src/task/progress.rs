use std::fmt;
use std::sync::Arc;

/// One report on how far a piece of work is.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What is being done, as a person would say it: `reading ratings`, `fitting svd`.
    pub stage: String,
    /// Units done so far.
    pub done: u64,
    /// Units in all, where that is known.
    pub total: Option<u64>,
    /// What is counted: `rows`, `bytes`, `epochs`, `users`.
    pub unit: &'static str,
    /// A figure that goes with it, e.g. `("loss", 0.87)`.
    pub figure: Option<(&'static str, f64)>,
}

impl Report {
    /// `stage`: `done` of `total` `unit`s.
    pub fn of(stage: impl Into<String>, done: u64, total: impl Into<Option<u64>>, unit: &'static str) -> Self {
        Self {
            stage: stage.into(),
            done,
            total: total.into(),
            unit,
            figure: None,
        }
    }

    /// Adds a figure such as the loss of the epoch.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: f64) -> Self {
        self.figure = value.is_finite().then_some((name, value));
        self
    }

    /// The share done, 0 to 1, where the total is known.
    pub fn share(&self) -> Option<f64> {
        self.total
            .filter(|t| *t > 0)
            .map(|t| (self.done as f64 / t as f64).clamp(0.0, 1.0))
    }
}

type Listener = dyn Fn(Report) + Send + Sync;

/// Where reports go. The default listens to nothing and costs nothing.
#[derive(Clone, Default)]
pub struct Progress {
    listener: Option<Arc<Listener>>,
}

impl Progress {
    /// Hands every report to `listener`, from whatever thread the work runs on.
    pub fn to(listener: impl Fn(Report) + Send + Sync + 'static) -> Self {
        Self {
            listener: Some(Arc::new(listener)),
        }
    }

    /// Reports; `report` is only made when somebody listens.
    pub fn say(&self, report: impl FnOnce() -> Report) {
        if let Some(listener) = &self.listener {
            listener(report());
        }
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heard = if self.listener.is_some() { "heard" } else { "unheard" };
        write!(f, "Progress({heard})")
    }
}
