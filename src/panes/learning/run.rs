use crate::answers::{AnswerError, OnboardingQuery, OnboardingView, World, onboarding};
use crate::panes::once::{Once, Work};
use crate::task::Task;

/// How strategies learn newcomers, as far as that is known.
pub type LearningView = Once<OnboardingView>;

/// Holds users out and measures strategies on them.
pub struct LearningWork(pub World);

impl Work for LearningWork {
    type Settings = OnboardingQuery;
    type Result = OnboardingView;
    const FIRST: &'static str = "users are held out";

    fn compute(
        &mut self,
        settings: &OnboardingQuery,
        task: &Task,
        _partial: &mut dyn FnMut(&OnboardingView, &str),
    ) -> Result<OnboardingView, AnswerError> {
        onboarding::compute(&self.0, settings, task)
    }
}
