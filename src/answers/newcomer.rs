//! What to ask a newcomer next, and how much is known of them by now.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{AnswerError, Entity, Named, Whose, World};
use crate::data::ItemIx;
use crate::evaluate::onboarding::{Ask, Interviewer, entropy, uncertainty};
use crate::models::Formula;
use crate::task::Task;

/// What to ask a newcomer next.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewcomerView {
    /// How questions are chosen: `popularity*entropy`, …
    pub ask: &'static str,
    /// `null` where nothing is left to be asked.
    pub question: Option<Question>,
    /// What was answered, in the order of the file.
    pub answers: Vec<NewcomerAnswer>,
    /// How many questions had no answer.
    pub skipped: usize,
    /// How uncertain their place in the space of als still is, 1 before any answer; `null` until that is fitted.
    pub uncertainty: Option<f64>,
}

/// A question, and why it is a good one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Question {
    #[serde(flatten)]
    pub item: Named,
    /// How many people rated it.
    pub ratings: usize,
    /// How much their opinions differ, in bits.
    pub entropy: f64,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NewcomerAnswer {
    #[serde(flatten)]
    pub item: Named,
    pub rating: f64,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct NewcomerQuery {
    pub whose: Whose,
    pub ask: Ask,
    /// What could not be answered.
    pub skipped: BTreeSet<ItemIx>,
}

/// The model whose factors say how much is known.
///
/// # Errors
/// None that this formula can cause.
pub fn survey_model() -> Result<Formula, AnswerError> {
    Ok(Formula::parse("als")?)
}

/// The next question. `interviewer` was prepared for the same way to ask.
///
/// # Errors
/// Cancellation.
pub fn compute(world: &World, query: &NewcomerQuery, interviewer: &Interviewer) -> Result<NewcomerView, AnswerError> {
    let profile = world.profile(&query.whose);
    let answered: Vec<ItemIx> = profile.rows().iter().map(|row| row.item).collect();
    let skipped = query.skipped.iter().map(|item| (*item, None));
    let told: BTreeMap<ItemIx, Option<f64>> = skipped
        .chain(profile.rows().iter().map(|row| (row.item, Some(row.rating))))
        .collect();
    let question = interviewer.next(&told).map(|item| Question {
        item: world.named(Entity::Item(item)),
        ratings: world.dataset.item_row(item).len(),
        entropy: entropy(&world.dataset, item),
    });
    let model = world.fits.get(&survey_model()?);
    let factors = model.as_ref().and_then(|model| model.factors());
    Ok(NewcomerView {
        ask: query.ask.name(),
        question,
        answers: (profile.rows().iter())
            .map(|row| NewcomerAnswer {
                item: world.named(Entity::Item(row.item)),
                rating: row.rating,
            })
            .collect(),
        skipped: query.skipped.len(),
        uncertainty: factors.map(|factors| uncertainty(&world.dataset, factors, &answered)),
    })
}

/// Looks at the data once, for all questions that are chosen so.
///
/// # Errors
/// [`AnswerError::Fitting`] where a latent space is asked for that is not learned yet; cancellation.
pub fn prepare(world: &World, ask: Ask, task: &Task) -> Result<Interviewer, AnswerError> {
    if matches!(ask, Ask::Coverage | Ask::Bandit) {
        world.fitted(&survey_model()?)?;
    }
    Ok(Interviewer::prepare(
        ask,
        &world.dataset,
        &world.fits,
        world.seed(),
        task,
    )?)
}
