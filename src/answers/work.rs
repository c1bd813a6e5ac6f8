//! All the arithmetic behind an answer: down to the similarities, on paper if need be.

use std::sync::Arc;

use super::arithmetic::{self, Arithmetic};
use super::{AnswerError, Entity, ExplainQuery, ExplainView, PairQuery, Subject, TreeNode, World, learned, pair};
use crate::models::neighborhood::{Measure, SIMILARITY_NAMES, Similarity, measure_of};
use crate::models::{About, Explanation, Formula, Profile, Serving};
use crate::task::Cancel;

/// How a score comes about: every part of it, for neighborhood models each similarity in it, for `svd` and `ease` one of
/// the numbers that were learned.
///
/// # Errors
/// Cancellation.
pub fn of_explanation(
    world: &World,
    query: &ExplainQuery,
    view: &ExplainView,
    cancel: &Cancel,
) -> Result<Vec<Arithmetic>, AnswerError> {
    let mut work = arithmetic::of_every_node(&view.tree);
    for (other, measure) in similarities(&view.tree, &query.formula, &query.formula) {
        work.push(of_pair(world, &pair_query(query, other, measure), cancel)?);
    }
    work.extend(learned::of_score(
        world,
        (&query.whose, query.item),
        &query.formula,
        cancel,
    )?);
    Ok(work)
}

/// How one part of a score comes about, `path` leading to it from the score: first what lies behind it (what a model learned, the
/// similarity of a neighbor or of a rated item, the terms that a profile has of rated items), then the part itself.
///
/// # Errors
/// Cancellation.
pub fn of_part(
    world: &World,
    query: &ExplainQuery,
    path: &[&TreeNode],
    cancel: &Cancel,
) -> Result<Arithmetic, AnswerError> {
    let work = arithmetic::of_node(path);
    Ok(match behind(world, query, path, cancel)? {
        Some(behind) => work.led_by(behind),
        None => work,
    })
}

/// What lies behind a part of a score.
fn behind(
    world: &World,
    query: &ExplainQuery,
    path: &[&TreeNode],
    cancel: &Cancel,
) -> Result<Option<Arithmetic>, AnswerError> {
    let Some(node) = path.last() else { return Ok(None) };
    let named = path.iter().rev().find_map(|node| model_of(&query.formula, node));
    let formula = named.unwrap_or(&query.formula);
    let other = node.about.as_ref().and_then(|about| about.entity);
    match (node.kind, other) {
        ("rated" | "neighbor", Some(other)) if node.detail.contains_key("similarity") => {
            let pair = measure(formula).map(|measure| pair_query(query, other, measure));
            pair.map(|pair| of_pair(world, &pair, cancel)).transpose()
        }
        ("rated", Some(Entity::Item(by))) => {
            learned::of_model(world, (&query.whose, query.item), formula, Some(by), cancel)
        }
        ("term", _) => terms_of_profile(world, query, formula, path, cancel),
        ("component" | "factor" | "bias", _) => {
            learned::of_model(world, (&query.whose, query.item), formula, None, cancel)
        }
        _ => Ok(None),
    }
}

/// How a profile comes to its weight of a term: the rated items that have it.
fn terms_of_profile(
    world: &World,
    query: &ExplainQuery,
    formula: &Formula,
    path: &[&TreeNode],
    cancel: &Cancel,
) -> Result<Option<Arithmetic>, AnswerError> {
    let [.., parent, node] = path else { return Ok(None) };
    let Some(length) = arithmetic::figure(parent, "profile-length") else {
        return Ok(None);
    };
    let serving = world.serving(formula, &query.whose, cancel)?;
    let Ok(Some(history)) = serving.explain_by_history(query.item) else {
        return Ok(None);
    };
    let model = world.fitted(formula)?;
    let mut rows = Vec::new();
    for part in &history.children {
        let (About::Item(rated), true) = (&part.about, part.value != 0.0) else {
            continue;
        };
        let value = ["value", "rating"].iter().find_map(|name| part.figure(name));
        // Somebody who likes nothing but this has its terms for a profile.
        let alone = Profile::guest([(*rated, 1.0)], &Arc::default());
        let alone = Serving::open(&model, Arc::new(alone), cancel)?;
        let Ok(terms) = alone.explain(query.item) else { continue };
        let same = |term: &&Explanation| {
            let About::Term(column, name) = &term.about else {
                return false;
            };
            node.about
                .as_ref()
                .is_some_and(|about| about.id == format!("{column}={name}"))
        };
        let weight = terms.children.iter().find(same).and_then(|term| term.figure("profile"));
        if let (Some(value), Some(weight)) = (value, weight.filter(|w| *w != 0.0)) {
            rows.push((world.label(Entity::Item(*rated)), value, weight));
        }
    }
    Ok(Some(arithmetic::of_profile_term(&node.label, rows, length)))
}

/// Which model of a formula a part is the score of, where it is that of one: as the formula has it, or, where the part knows
/// only its name, the only one of that name.
fn model_of<'a>(formula: &'a Formula, node: &TreeNode) -> Option<&'a Formula> {
    let about = node.about.as_ref().filter(|about| about.kind == "model")?;
    let parts = formula.fittables();
    let exact = parts.iter().find(|part| part.to_string() == about.id);
    let is_named = |part: &&&Formula| matches!(part, Formula::Model { model, .. } if model.name() == about.id);
    let mut named = parts.iter().filter(is_named);
    let only = named.next().filter(|_| named.next().is_none());
    exact.or(only).copied()
}

/// The similarity between the item or the person of a score and another.
fn pair_query(query: &ExplainQuery, other: Entity, measure: Measure) -> PairQuery {
    PairQuery {
        subject: match other {
            Entity::Item(_) => Subject::Item(query.item),
            Entity::User(_) => Subject::Person(query.whose.clone()),
        },
        other,
        measure,
    }
}

/// How alike two rows are, by every measure: the one asked for first, the others with their defaults.
///
/// # Errors
/// As [`pair::compute`].
pub fn of_all_similarities(world: &World, query: &PairQuery, cancel: &Cancel) -> Result<Vec<Arithmetic>, AnswerError> {
    let others = SIMILARITY_NAMES.iter().filter_map(|name| Similarity::find(name).ok());
    let others = others
        .filter(|similarity| *similarity != query.measure.similarity)
        .map(Measure::from);
    let measures = std::iter::once(query.measure).chain(others);
    let one = |measure| {
        let query = PairQuery {
            measure,
            ..query.clone()
        };
        of_pair(world, &query, cancel)
    };
    measures.map(one).collect()
}

fn of_pair(world: &World, query: &PairQuery, cancel: &Cancel) -> Result<Arithmetic, AnswerError> {
    Ok(arithmetic::of_pair(&pair::compute(world, query, cancel)?, None))
}

/// The items or users in a tree whose similarity is part of the score, with how it was measured, each once. `model` is the one
/// that the node belongs to.
fn similarities(node: &TreeNode, whole: &Formula, model: &Formula) -> Vec<(Entity, Measure)> {
    let mut found = Vec::new();
    let model = model_of(whole, node).unwrap_or(model);
    if let Some(measure) = measure(model) {
        let parts = node
            .children
            .iter()
            .filter(|part| part.detail.contains_key("similarity"));
        found.extend(parts.filter_map(|part| Some((part.about.as_ref()?.entity?, measure))));
    }
    for child in node.children.iter().filter(|child| !child.children.is_empty()) {
        found.extend(similarities(child, whole, model));
    }
    found
}

/// How a neighborhood model compares rows as they are; `None` for other models, and where rows are weighted first.
fn measure(formula: &Formula) -> Option<Measure> {
    let Formula::Model { model, params } = formula else {
        return None;
    };
    let weighted = params.changed().any(|(name, _)| name == "weighting");
    (["item-knn", "user-knn"].contains(&model.name()) && !weighted).then(|| measure_of(params))
}
