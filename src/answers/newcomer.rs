//! What to ask a newcomer next, and how much is known of them by now.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Entity, Named, Whose, World};
use crate::data::ItemIx;
use crate::evaluate::onboarding::{Ask, Interviewer, entropy, uncertainty};
use crate::latent::{Plane, principal_plane};
use crate::models::{Formula, LatentFactors, Profile};
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
    /// Where they lie on the map of als; `null` until that is fitted, and before any answer.
    pub place: Option<(f64, f64)>,
    /// The map, for drawing.
    #[serde(skip)]
    pub map: Option<NewcomerMap>,
}

/// The items on the plane of the two principal components of their factors by als, and the newcomer among them.
#[derive(Clone, Debug, PartialEq)]
pub struct NewcomerMap {
    pub sky: Arc<Sky>,
    /// Where they lay after each of the last answers, the latest last.
    pub way: Vec<(f64, f64)>,
    /// The items that they answered about, and the one that is asked about.
    pub answered: Vec<(f64, f64)>,
    pub asked: Option<(f64, f64)>,
}

/// Where all items lie: made once a fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Sky {
    pub plane: Plane,
    pub points: Vec<(f64, f64)>,
}

/// The way of so many answers is kept.
const WAY: usize = 20;

/// Where all items lie; `None` until als is fitted. O(items · factors²).
///
/// # Errors
/// Cancellation.
pub fn sky(world: &World, task: &Task) -> Result<Option<Sky>, AnswerError> {
    let Some(model) = world.fits.get(&survey_model()?) else {
        return Ok(None);
    };
    let Some(factors) = model.factors() else {
        return Ok(None);
    };
    let items: Vec<Vec<f64>> = world.dataset.items().filter_map(|item| factors.item(item)).collect();
    let rows: Vec<&[f64]> = items.iter().map(Vec::as_slice).collect();
    let plane = principal_plane(&rows, factors.n_factors(), [0, 1], task)?;
    let points = rows.iter().map(|row| plane.project(row)).collect();
    Ok(Some(Sky { plane, points }))
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

/// The next question. `interviewer` was prepared for the same way to ask; `sky` is of the same fit.
///
/// # Errors
/// Cancellation.
pub fn compute(
    world: &World,
    query: &NewcomerQuery,
    interviewer: &Interviewer,
    sky: Option<&Arc<Sky>>,
) -> Result<NewcomerView, AnswerError> {
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
    let asked = question.as_ref().map(|q| q.item.entity);
    let map = factors.zip(sky).map(|(factors, sky)| NewcomerMap {
        way: way(world, &query.whose, factors, sky),
        answered: answered
            .iter()
            .filter_map(|item| Some(sky.plane.project(&factors.item(*item)?)))
            .collect(),
        asked: asked.and_then(|entity| match entity {
            Entity::Item(item) => Some(sky.plane.project(&factors.item(item)?)),
            Entity::User(_) => None,
        }),
        sky: Arc::clone(sky),
    });
    Ok(NewcomerView {
        place: map.as_ref().and_then(|map| map.way.last().copied()),
        map,
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

/// Where somebody lay after each of their last answers.
fn way(world: &World, whose: &Whose, factors: &dyn LatentFactors, sky: &Sky) -> Vec<(f64, f64)> {
    let place = |profile: &Profile| sky.plane.project(&factors.profile(profile));
    match whose {
        Whose::Guest(ratings) => {
            let first = ratings.len().saturating_sub(WAY) + 1;
            let after = |n: usize| place(&Profile::guest(ratings[..n].iter().copied(), world.edits()));
            (first..=ratings.len()).map(after).collect()
        }
        Whose::User(_) => vec![place(&world.profile(whose))],
    }
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
