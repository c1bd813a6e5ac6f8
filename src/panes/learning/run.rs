use crate::answers::{AnswerError, OnboardingQuery, OnboardingView, World, onboarding};
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::task::{Pool, Report};

/// How strategies learn newcomers, as far as that is known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LearningView {
    pub result: Option<OnboardingView>,
    /// What is done now.
    pub report: Option<String>,
    /// It would take so long that a person is asked first.
    pub asks: bool,
}

/// Holds users out and measures strategies on them, in the background.
pub struct LearningRun {
    world: World,
    pool: Pool,
    settings: Option<OnboardingQuery>,
    result: Option<OnboardingView>,
}

/// Above so many ratings a person is asked first.
const LARGE: usize = 2_000_000;

impl LearningRun {
    /// Nothing measured yet.
    pub fn new(world: World, pool: Pool) -> Self {
        Self {
            world,
            pool,
            settings: None,
            result: None,
        }
    }

    /// Whether it begins by itself.
    pub fn begins(world: &World) -> RunState {
        if world.dataset.n_ratings() > LARGE {
            RunState::Asks
        } else {
            RunState::Running
        }
    }
}

impl Process for LearningRun {
    type Settings = OnboardingQuery;
    type View = LearningView;

    fn set(&mut self, settings: &OnboardingQuery) -> Result<(), String> {
        if self.settings.as_ref() != Some(settings) {
            self.result = None;
        }
        self.settings = Some(settings.clone());
        Ok(())
    }

    fn run(&mut self, _pace: Pace, asked: &Asked<LearningView>) -> Result<(), JobError> {
        let Some(settings) = self.settings.clone().filter(|_| self.result.is_none()) else {
            return Ok(());
        };
        let on_the_way = |report: Option<Report>| LearningView {
            result: None,
            report: Some(report.map_or_else(|| "users are held out".to_owned(), |report| report.stage)),
            asks: false,
        };
        asked.partial(on_the_way(None))?;
        let task = asked.watched(&self.pool, move |report| on_the_way(Some(report)));
        let found = onboarding::compute(&self.world, &settings, &task);
        self.result = Some(found.map_err(|error| match error {
            AnswerError::Cancelled(_) => JobError::Cancelled,
            other => JobError::Failed(other.to_string()),
        })?);
        Ok(())
    }

    fn reset(&mut self) {
        self.result = None;
    }

    fn view(&self, state: RunState) -> LearningView {
        LearningView {
            result: self.result.clone(),
            report: None,
            asks: state == RunState::Asks,
        }
    }
}
