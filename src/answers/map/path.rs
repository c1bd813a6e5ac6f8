//! The way of somebody across a map, as their ratings came.

use super::MapView;
use super::person::Placing;
use crate::answers::factors::{fitted_factors, latent};
use crate::answers::{AnswerError, Whose, World};
use crate::data::UserIx;
use crate::models::Formula;
use crate::task::Cancel;

/// Stations of a way, at most.
const STATIONS: usize = 24;

/// Where a user was on a map after so many of their ratings, from the first on, in the order of time:
/// the model stays as it is, the profile that it folds in grows. Empty where nothing has a time. See
/// [`Placing`] for what a place is on a map without axes.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn path(
    world: &World,
    map: &MapView,
    formula: &Formula,
    user: UserIx,
    cancel: &Cancel,
) -> Result<Vec<(f64, f64)>, AnswerError> {
    let model = fitted_factors(world, formula)?;
    let known = latent(&model, formula)?;
    let placing = Placing::of(world, map, formula, cancel)?;
    let events = world.events(user);
    let stations = events.len().min(STATIONS);
    let mut way = Vec::with_capacity(stations);
    for station in 1..=stations {
        cancel.check()?;
        let then = world.with_edits(world.edits_at(user, &events, events.len() * station / stations));
        let factors = known.profile(&then.profile(&Whose::User(user)));
        way.extend(placing.place(&factors));
    }
    Ok(way)
}
