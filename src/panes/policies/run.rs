use std::sync::Arc;

use crate::bandit::{BanditError, BanditResult, simulate_watched};
use crate::data::Dataset;
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::panes::cold_start::BanditSettings;
use crate::task::{Pool, Task};

/// Many runs of the same policies on the same arms.
#[derive(Clone, Debug, PartialEq)]
pub struct PoliciesSettings {
    pub bandit: BanditSettings,
    pub runs: u64,
}

/// What is seen of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PoliciesView {
    /// The means so far; none before the first runs are made.
    pub result: Option<BanditResult>,
    /// How many runs there will be.
    pub runs: u64,
    pub is_running: bool,
}

/// Policies over many runs, in the background; the curves are shown as they come.
pub struct PoliciesRun {
    dataset: Arc<Dataset>,
    pool: Pool,
    settings: Option<PoliciesSettings>,
    result: Option<BanditResult>,
}

impl PoliciesRun {
    /// Nothing simulated yet.
    pub fn new(dataset: Arc<Dataset>, pool: Pool) -> Self {
        Self {
            dataset,
            pool,
            settings: None,
            result: None,
        }
    }
}

impl Process for PoliciesRun {
    type Settings = PoliciesSettings;
    type View = PoliciesView;

    fn set(&mut self, settings: &PoliciesSettings) -> Result<(), String> {
        if self.settings.as_ref() != Some(settings) {
            self.result = None;
        }
        self.settings = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<PoliciesView>) -> Result<(), JobError> {
        let Some(settings) = self.settings.clone() else {
            return Ok(());
        };
        if self.result.as_ref().is_some_and(|r| r.runs == settings.runs) {
            return Ok(());
        }
        asked.partial(self.view(RunState::Running))?;
        let error = |error: BanditError| match error {
            BanditError::Cancelled(_) => JobError::Cancelled,
            other => JobError::Failed(other.to_string()),
        };
        let world = settings.bandit.world_by_hand(&self.dataset).map_err(error)?;
        let task = Task {
            cancel: asked.cancel.clone(),
            pool: self.pool.clone(),
            ..Task::default()
        };
        let mut watch = |so_far: BanditResult| {
            asked.partial(PoliciesView {
                result: Some(so_far),
                runs: settings.runs,
                is_running: true,
            })
        };
        let extent = (settings.bandit.horizon, settings.runs);
        let (policies, seed) = (&settings.bandit.policies, settings.bandit.seed);
        let result = simulate_watched(&world, policies, extent, seed, &task, &mut watch).map_err(error)?;
        self.result = Some(result);
        Ok(())
    }

    fn reset(&mut self) {
        self.result = None;
    }

    fn view(&self, state: RunState) -> PoliciesView {
        PoliciesView {
            result: self.result.clone(),
            runs: self.settings.as_ref().map_or(0, |s| s.runs),
            is_running: state == RunState::Running,
        }
    }
}
