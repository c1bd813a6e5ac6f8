//! What the models behind a score learned, once each: see [`arithmetic::of_descent_step`], [`arithmetic::of_fold`] and
//! [`arithmetic::of_ease_row`].

use std::sync::Arc;

use super::arithmetic::{self, Arithmetic, DescentStep, EaseRow, Fold, FoldedRating};
use super::{AnswerError, Entity, Whose, World};
use crate::data::{ItemIx, UserIx};
use crate::models::{About, Explanation, Formula, Params, PartKind, Profile, Serving, co_ratings};
use crate::task::Cancel;

/// For each model in a formula that is fitted and learns something, what [`of_model`] says of it.
///
/// # Errors
/// Cancellation.
pub fn of_score(
    world: &World,
    score: (&Whose, ItemIx),
    formula: &Formula,
    cancel: &Cancel,
) -> Result<Vec<Arithmetic>, AnswerError> {
    let mut found = Vec::new();
    for part in formula.fittables() {
        found.extend(of_model(world, score, part, None, cancel)?);
    }
    Ok(found)
}

/// How a number behind the score of a model was learned, where the model is fitted. Of `svd`: a step of gradient descent on a
/// rating of the person's (of the item where it is rated, else the one that is predicted worst); for guests, the regression
/// that gives them factors. Of `ease`: the weight in the item's score of the item `by`, else of the one that counts most.
/// Nothing for other models, and for data too large to be written out.
///
/// Costs O(ratings · factors), or one row of XᵀX.
///
/// # Errors
/// Cancellation.
pub fn of_model(
    world: &World,
    (whose, item): (&Whose, ItemIx),
    formula: &Formula,
    by: Option<ItemIx>,
    cancel: &Cancel,
) -> Result<Option<Arithmetic>, AnswerError> {
    let Formula::Model { model, params } = formula else {
        return Ok(None);
    };
    match (model.name(), whose) {
        ("svd", Whose::User(user)) => Ok(descent_step(world, formula, params, (*user, item))),
        ("svd", Whose::Guest(_)) => fold(world, formula, params, (whose, item), cancel),
        ("ease", _) => ease_row(world, formula, params, (whose, item, by), cancel),
        _ => Ok(None),
    }
}

/// How a guest gets factors, and what comes of them for the item.
fn fold(
    world: &World,
    formula: &Formula,
    params: &Params,
    (whose, item): (&Whose, ItemIx),
    cancel: &Cancel,
) -> Result<Option<Arithmetic>, AnswerError> {
    let serving = world.serving(formula, whose, cancel)?;
    let model = world.fitted(formula)?;
    let solved = model
        .factors()
        .and_then(|learned| Some((learned, learned.ridge()?, learned.item(item)?)));
    let (Some((learned, lambda, factors)), Ok(Some(history))) = (solved, serving.explain_by_history(item)) else {
        return Ok(None);
    };
    let name = |item: ItemIx| world.label(Entity::Item(item));
    let rows = serving.profile().rows().iter();
    let ratings = rows.map(|row| {
        let is_it = |part: &&Explanation| part.kind == PartKind::Rated && part.about == About::Item(row.item);
        FoldedRating {
            item: name(row.item),
            rating: row.rating,
            bias: learned.item_bias(row.item),
            // An item that nobody rated has none.
            factors: learned.item(row.item).unwrap_or_else(|| vec![0.0; learned.n_factors()]),
            share: history.children.iter().find(is_it).map_or(0.0, |part| part.value),
        }
    });
    let ratings: Vec<FoldedRating> = ratings.collect();
    if ratings.is_empty() {
        return Ok(None);
    }
    Ok(Some(arithmetic::of_fold(&Fold {
        item: name(item),
        mean: learned.mean(),
        item_bias: learned.item_bias(item),
        factors,
        lambda,
        has_bias: params.word("biased") != "false",
        ratings,
    })))
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
    (whose, item, by): (&Whose, ItemIx, Option<ItemIx>),
    cancel: &Cancel,
) -> Result<Option<Arithmetic>, AnswerError> {
    let data = &world.dataset;
    let Some(model) = world.fits.get(formula).filter(|_| data.n_items() <= MOST_ITEMS) else {
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
        if let About::Item(other) = part.about {
            column[other.at()] = part.figure("weight");
        }
    }
    let profile = world.profile(whose);
    let own = profile.rows().iter().filter(|row| row.item != item);
    let own = own.filter_map(|row| Some((row.item, column[row.item.at()]?)));
    let asked = by.and_then(|by| Some((by, column[by.at()]?)));
    let strongest = || own.reduce(|best, one| if one.1.abs() > best.1.abs() { one } else { best });
    let Some((from, weight)) = asked.or_else(strongest) else {
        return Ok(None);
    };
    let Some(together) = co_ratings(data, params, from, cancel)? else {
        return Ok(None);
    };
    let others = data.items().filter(|other| *other != from && *other != item);
    let others = others.filter_map(|other| {
        let weight = column[other.at()]?;
        let both = together[other.at()];
        (both > 0.0).then(|| (world.label(Entity::Item(other)), both, weight))
    });
    let minutes = params.real("closeness");
    Ok(Some(arithmetic::of_ease_row(&EaseRow {
        from: world.label(Entity::Item(from)),
        to: world.label(Entity::Item(item)),
        lambda: params.real("lambda"),
        closeness: (minutes > 0.0 && data.has_times()).then_some(minutes),
        raters: together[from.at()],
        both: together[item.at()],
        others: others.collect(),
        weight,
    })))
}
