//! All the arithmetic behind an answer: down to the similarities, on paper if need be.

use super::arithmetic::{self, Arithmetic};
use super::{AnswerError, Entity, ExplainQuery, ExplainView, PairQuery, Subject, TreeNode, World, learned, pair};
use crate::models::Formula;
use crate::models::neighborhood::{Measure, SIMILARITY_NAMES, Similarity, measure_of};
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
    for (other, measure) in similarities(world, &view.tree, &query.formula) {
        let (subject, other) = match other {
            Entity::Item(item) => (Subject::Item(query.item), Entity::Item(item)),
            Entity::User(user) => (Subject::Person(query.whose.clone()), Entity::User(user)),
        };
        work.push(of_pair(
            world,
            &PairQuery {
                subject,
                other,
                measure,
            },
            cancel,
        )?);
    }
    work.extend(learned::of_score(
        world,
        (&query.whose, query.item),
        &query.formula,
        cancel,
    )?);
    Ok(work)
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

/// The items or users in a tree whose similarity is part of the score, with how it was measured, each once.
fn similarities(world: &World, node: &TreeNode, formula: &Formula) -> Vec<(Entity, Measure)> {
    let mut found = Vec::new();
    let component = node.about.as_ref().filter(|about| about.kind == "model");
    let named = component.and_then(|about| world.catalog().parse(&about.id).ok());
    let formula = named.as_ref().unwrap_or(formula);
    if let Some(measure) = measure(formula) {
        let parts = node
            .children
            .iter()
            .filter(|part| part.detail.contains_key("similarity"));
        found.extend(parts.filter_map(|part| Some((part.about.as_ref()?.entity?, measure))));
    }
    for child in node.children.iter().filter(|child| !child.children.is_empty()) {
        found.extend(similarities(world, child, formula));
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
