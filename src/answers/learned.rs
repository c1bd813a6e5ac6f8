//! What the models behind a score learned, once each: see [`arithmetic::of_descent_step`] and [`arithmetic::of_ease_row`].

use std::sync::Arc;

use super::arithmetic::{self, Arithmetic, DescentStep, EaseRow};
use super::{AnswerError, Entity, Whose, World};
use crate::data::{ItemIx, UserIx};
use crate::models::{About, Detail, Formula, Params, Profile, Serving};
use crate::task::Cancel;

/// For each `svd` and `ease` in a formula that is fitted, how one of its numbers was learned: a step of gradient descent on a
/// rating of the person's (of the item where it is rated, else the one that is predicted worst), the weight in the item's
/// score that counts most. Nothing for guests of `svd`, whose factors are folded in, and for data too large to be written
/// out.
///
/// Costs O(ratings · factors), and one row of XᵀX.
///
/// # Errors
/// Cancellation.
pub fn of_score(
    world: &World,
    (whose, item): (&Whose, ItemIx),
    formula: &Formula,
    cancel: &Cancel,
) -> Result<Vec<Arithmetic>, AnswerError> {
    let mut found = Vec::new();
    for part in formula.fittables() {
        let Formula::Model { model, params } = part else {
            continue;
        };
        let work = match (model.name(), whose) {
            ("svd", Whose::User(user)) => descent_step(world, part, params, (*user, item)),
            ("ease", _) => ease_row(world, part, params, (whose, item), cancel)?,
            _ => None,
        };
        found.extend(work);
    }
    Ok(found)
}

fn descent_step(
    world: &World,
    formula: &Formula,
    params: &Params,
    (user, item): (UserIx, ItemIx),
) -> Option<Arithmetic> {
    let model = world.fits.get(formula)?;
    let learned = model.factors()?;
    // What was trained: without edits.
    let profile = Profile::of_user(&world.dataset, user);
    let p = learned.user(user)?;
    let has_biases = params.word("biased") != "false";
    let own = learned.profile_bias(&profile);
    let error = |item: ItemIx, rating: f64| -> Option<f64> {
        let q = learned.item(item)?;
        let product: f64 = p.iter().zip(&q).map(|(p, q)| p * q).sum();
        Some(rating - (learned.mean() + own + learned.item_bias(item) + product))
    };
    let rated = profile.rows().iter().filter_map(|row| {
        let size = error(row.item, row.rating)?.abs();
        Some((row.item, row.rating, size))
    });
    let stored = profile.rating(item).map(|rating| (item, rating));
    let (item, rating) = stored.or_else(|| {
        let worst = rated.reduce(|worst, row| if row.2 > worst.2 { row } else { worst });
        worst.map(|(item, rating, _)| (item, rating))
    })?;
    Some(arithmetic::of_descent_step(&DescentStep {
        user: world.label(Entity::User(user)),
        item: world.label(Entity::Item(item)),
        rating,
        biases: has_biases.then(|| [learned.mean(), own, learned.item_bias(item)]),
        factors: (p, learned.item(item)?),
        rate: params.real("lr"),
        regularization: params.real("reg"),
    }))
}

/// The most items for which a row is written out.
const MOST_ITEMS: usize = 20_000;

fn ease_row(
    world: &World,
    formula: &Formula,
    params: &Params,
    (whose, item): (&Whose, ItemIx),
    cancel: &Cancel,
) -> Result<Option<Arithmetic>, AnswerError> {
    let data = &world.dataset;
    // With these set, the counts are others.
    let is_plain = !params.changed().any(|(name, _)| ["closeness", "items"].contains(&name));
    let Some(model) = world
        .fits
        .get(formula)
        .filter(|_| is_plain && data.n_items() <= MOST_ITEMS)
    else {
        return Ok(None);
    };
    // Somebody who rated everything else hears from every item.
    let everything = data.items().filter(|other| *other != item).map(|other| (other, 1.0));
    let everybody = Profile::guest(everything, &Arc::default());
    let serving = Serving::open(&model, Arc::new(everybody), cancel)?;
    let Ok(explanation) = serving.explain(item) else {
        return Ok(None);
    };
    let mut column: Vec<Option<f64>> = vec![None; data.n_items()];
    for part in &explanation.children {
        let weight = part.detail.iter().find_map(|(name, detail)| match detail {
            Detail::Number(weight) if *name == "weight" => Some(*weight),
            _ => None,
        });
        if let About::Item(other) = part.about {
            column[other.at()] = weight;
        }
    }
    let profile = world.profile(whose);
    let own = profile.rows().iter().filter(|row| row.item != item);
    let own = own.filter_map(|row| Some((row.item, column[row.item.at()]?)));
    let strongest = own.reduce(|best, one| if one.1.abs() > best.1.abs() { one } else { best });
    let Some((from, weight)) = strongest else {
        return Ok(None);
    };
    let mut together = vec![0_u32; data.n_items()];
    for (user, _) in data.item_row(from).iter() {
        for (other, _) in data.user_row(UserIx(user)).iter() {
            together[other as usize] += 1;
        }
        cancel.check()?;
    }
    let others = data.items().filter(|other| *other != from && *other != item);
    let others = others.filter_map(|other| {
        let weight = column[other.at()]?;
        let both = together[other.at()];
        (both > 0).then(|| (world.label(Entity::Item(other)), f64::from(both), weight))
    });
    Ok(Some(arithmetic::of_ease_row(&EaseRow {
        from: world.label(Entity::Item(from)),
        to: world.label(Entity::Item(item)),
        lambda: params.real("lambda"),
        raters: f64::from(together[from.at()]),
        both: f64::from(together[item.at()]),
        others: others.collect(),
        weight,
    })))
}
