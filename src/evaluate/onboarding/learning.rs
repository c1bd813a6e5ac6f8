use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::interview::Interviewer;
use super::newcomers::Newcomers;
use super::questions::Ask;
use super::strategy::{Server, Strategy, stated_by};
use crate::data::{Edits, ItemIx};
use crate::evaluate::report::Spread;
use crate::models::{FitError, FitStore};
use crate::task::{Cancelled, Report, Task};

/// How one strategy learns, question by question.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningCurve {
    /// The strategy in canonical form.
    pub name: String,
    /// Mean over newcomers before the first question, after the first, …; empty where it could not be fitted.
    pub mean: Vec<f64>,
    /// The standard error of each mean.
    pub stderr: Vec<f64>,
    /// Why it could not be fitted.
    pub error: Option<String>,
}

/// What became of the newcomers.
#[derive(Clone, Debug, PartialEq)]
pub struct Onboarded {
    pub newcomers: usize,
    /// How many questions had an answer on average, before the first question, after the first, …
    pub answered: Vec<f64>,
    pub curves: Vec<LearningCurve>,
}

/// Asks every newcomer `questions` questions, and measures every strategy after each. The same for any number of threads.
/// O(strategies · newcomers · answers · a list).
///
/// # Errors
/// A sentence where questions can't be chosen so on this data; cancellation.
pub fn onboard(
    newcomers: &Newcomers,
    ask: Ask,
    questions: usize,
    strategies: &[Strategy],
    seed: u64,
    task: &Task,
) -> Result<Onboarded, FitError> {
    let fits = FitStore::new(Arc::clone(&newcomers.train), seed);
    let interviewer = Interviewer::prepare(ask, &newcomers.train, &fits, seed, task)?;
    let people = &newcomers.people;
    let interviews: Vec<Vec<Option<(ItemIx, f64)>>> = task.pool.try_map(people.len(), |at| {
        task.cancel.check()?;
        Ok::<_, Cancelled>(interviewer.interview(&people[at], questions))
    })?;
    let answered = |asked: usize| {
        let answers = interviews.iter().map(|i| i.iter().take(asked).flatten().count());
        answers.sum::<usize>() as f64 / people.len() as f64
    };
    let curve = |strategy: &Strategy| learn(newcomers, &interviews, questions, strategy, &fits, task);
    Ok(Onboarded {
        newcomers: people.len(),
        answered: (0..=questions).map(answered).collect(),
        curves: strategies.iter().map(curve).collect::<Result<_, Cancelled>>()?,
    })
}

/// One strategy in all interviews.
fn learn(
    newcomers: &Newcomers,
    interviews: &[Vec<Option<(ItemIx, f64)>>],
    questions: usize,
    strategy: &Strategy,
    fits: &FitStore,
    task: &Task,
) -> Result<LearningCurve, Cancelled> {
    let mut curve = LearningCurve {
        name: strategy.to_string(),
        mean: Vec::new(),
        stderr: Vec::new(),
        error: None,
    };
    let server = match Server::prepare(strategy, &newcomers.train, fits, fits.seed(), task) {
        Ok(server) => server,
        Err(FitError::Cancelled(cancelled)) => return Err(cancelled),
        Err(why) => {
            curve.error = Some(why.to_string());
            return Ok(curve);
        }
    };
    let people = &newcomers.people;
    let done = AtomicUsize::new(0);
    let figures: Vec<Vec<f64>> = task.pool.try_map(people.len(), |at| {
        let (person, mut answers) = (&people[at], Edits::default());
        let stated = stated_by(&newcomers.train, &person.known);
        let ndcg = |answers: &Edits| person.ndcg(&server, &newcomers.train, (answers, &stated), &task.cancel);
        let mut figures = vec![ndcg(&answers)?];
        for asked in 0..questions {
            task.cancel.check()?;
            let before = figures[asked];
            figures.push(match interviews[at].get(asked) {
                Some(Some((item, rating))) => {
                    answers.set(&newcomers.train, person.user, *item, Some(*rating));
                    ndcg(&answers)?
                }
                // Nothing was learned.
                _ => before,
            });
        }
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        task.progress
            .say(|| Report::of(curve.name.clone(), done as u64, people.len() as u64, "newcomers"));
        Ok::<_, Cancelled>(figures)
    })?;
    for asked in 0..=questions {
        let values: Vec<f64> = figures.iter().map(|f| f[asked]).collect();
        let n = values.len() as f64;
        curve.mean.push(values.iter().sum::<f64>() / n);
        // Of one newcomer nothing is known about others.
        let stdev = Spread::of(values).map_or(0.0, |spread| spread.stdev);
        curve.stderr.push(stdev / n.sqrt());
    }
    Ok(curve)
}
