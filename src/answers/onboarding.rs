//! How fast strategies learn a newcomer: real users held out, asked question by question.

use serde::Serialize;

use super::{AnswerError, World};
use crate::data::FeedbackKind;
use crate::evaluate::onboarding::{Ask, LearningCurve, Newcomers, Strategy as Way, onboard};
use crate::models::default_neighborhood;
use crate::task::Task;

/// How fast strategies learn a newcomer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OnboardingView {
    /// How questions are chosen: `popularity*entropy`, …
    pub ask: &'static str,
    pub questions: usize,
    /// How many users were held out.
    pub newcomers: usize,
    /// How many questions had an answer, on average: before the first, after the first, …
    pub answered: Vec<f64>,
    pub strategies: Vec<Strategy>,
    /// Which strategy is better than which other, from which question on.
    pub overtakes: Vec<Overtake>,
    pub demographic: Demographic,
}

/// One strategy, question by question.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Strategy {
    /// The formula, `stated` or `bandit`.
    pub name: String,
    /// Mean nDCG@10 on the held-out half of the newcomers' ratings: before the first question, after the first, …
    pub ndcg: Vec<f64>,
    /// The standard error of each mean.
    pub stderr: Vec<f64>,
    /// Why it could not be fitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A strategy that is behind before the first question, and ahead from some question on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Overtake {
    pub name: String,
    pub over: String,
    /// After so many questions it is ahead, and stays so.
    pub questions: usize,
    /// So many of them were answered, on average.
    pub answered: f64,
}

/// What is known of newcomers besides ratings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Demographic {
    /// The columns of the table of users.
    pub columns: Vec<String>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct OnboardingQuery {
    pub strategies: Vec<Way>,
    pub ask: Ask,
    pub questions: usize,
    /// So many newcomers at most.
    pub users: usize,
}

/// What is compared where nothing is named, for values of this kind.
pub fn first_strategies(kind: FeedbackKind) -> String {
    let neighborhood = default_neighborhood(kind);
    format!(
        "popularity; demographic; stated; bandit; content; {neighborhood}; als; switch(ratings<3 ? demographic : als)"
    )
}

/// Holds users out, asks them, and measures every strategy after each question.
///
/// # Errors
/// [`AnswerError::Usage`] where nobody can be held out; cancellation.
pub fn compute(world: &World, query: &OnboardingQuery, task: &Task) -> Result<OnboardingView, AnswerError> {
    let newcomers = Newcomers::of(&world.dataset, query.users, world.seed()).map_err(AnswerError::Usage)?;
    let (ask, seed) = (query.ask, world.seed());
    let result = onboard(&newcomers, ask, query.questions, &query.strategies, seed, task)?;
    let columns = world.dataset.user_attributes().columns.iter();
    Ok(OnboardingView {
        ask: ask.name(),
        questions: query.questions,
        newcomers: result.newcomers,
        overtakes: overtakes(&result.curves, &result.answered),
        answered: result.answered,
        strategies: result.curves.into_iter().map(Strategy::from).collect(),
        demographic: Demographic {
            columns: columns.map(|c| c.name.clone()).collect(),
        },
    })
}

impl From<LearningCurve> for Strategy {
    fn from(curve: LearningCurve) -> Self {
        Self {
            name: curve.name,
            ndcg: curve.mean,
            stderr: curve.stderr,
            error: curve.error,
        }
    }
}

/// Every pair where the one that is behind at first is ahead at the end, the earliest first.
fn overtakes(curves: &[LearningCurve], answered: &[f64]) -> Vec<Overtake> {
    let mut all = Vec::new();
    for one in curves {
        for other in curves {
            let gaps: Vec<f64> = one.mean.iter().zip(&other.mean).map(|(a, b)| a - b).collect();
            let (Some(first), Some(last)) = (gaps.first(), gaps.last()) else {
                continue;
            };
            if *first >= 0.0 || *last <= 0.0 {
                continue;
            }
            let questions = gaps.iter().rposition(|gap| *gap <= 0.0).map_or(0, |at| at + 1);
            all.push(Overtake {
                name: one.name.clone(),
                over: other.name.clone(),
                questions,
                answered: answered.get(questions).copied().unwrap_or_default(),
            });
        }
    }
    all.sort_by_key(|o| o.questions);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(name: &str, mean: &[f64]) -> LearningCurve {
        LearningCurve {
            name: name.to_owned(),
            mean: mean.to_vec(),
            stderr: vec![0.0; mean.len()],
            error: None,
        }
    }

    #[test]
    fn who_is_ahead_at_the_end_and_was_not_at_first_overtakes() {
        let curves = [
            curve("flat", &[0.3, 0.3, 0.3, 0.3, 0.3]),
            curve("quick", &[0.1, 0.35, 0.2, 0.31, 0.4]),
            curve("slow", &[0.0, 0.0, 0.1, 0.2, 0.35]),
            curve("never", &[0.0, 0.0, 0.0, 0.0, 0.0]),
            curve("unfit", &[]),
        ];
        let found = overtakes(&curves, &[0.0, 0.5, 1.0, 1.5, 2.0]);
        let said: Vec<(&str, &str, usize, f64)> = found
            .iter()
            .map(|o| (o.name.as_str(), o.over.as_str(), o.questions, o.answered))
            .collect();
        assert_eq!(said, [("quick", "flat", 3, 1.5), ("slow", "flat", 4, 2.0)]);
    }

    #[test]
    fn what_is_compared_first_can_be_read() {
        for kind in FeedbackKind::ALL {
            let text = first_strategies(kind);
            let read = Way::parse_all(&text, &crate::models::Catalog::default()).unwrap();
            let back: Vec<String> = read.iter().map(ToString::to_string).collect();
            assert_eq!(back.join("; "), text);
        }
    }
}
