use std::time::Instant;

/// Says in the log how long each stage of some work took.
#[derive(Debug)]
pub struct Stages(Instant);

impl Stages {
    pub fn begin() -> Self {
        Self(Instant::now())
    }

    /// `stage` ends here, and the next one begins.
    pub fn end(&mut self, stage: &str) {
        let now = Instant::now();
        let took = now.saturating_duration_since(self.0);
        tracing::debug!(stage, ms = took.as_secs_f64() * 1e3, "done");
        self.0 = now;
    }
}
