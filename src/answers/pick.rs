//! Names found as they are typed.

use std::sync::Arc;

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::{AnswerError, Entity, World};
use crate::task::{Cancelled, Task};

/// A name that the picker found.
#[derive(Clone, Debug, PartialEq)]
pub struct PickRow {
    /// What it is.
    pub entity: Entity,
    /// What is shown and matched: `id  label`.
    pub text: String,
    /// The matched characters, as positions in `text`'s chars.
    pub matched: Vec<usize>,
    /// How many ratings it has.
    pub ratings: usize,
}

/// What the picker shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PickView {
    /// Best first.
    pub rows: Vec<PickRow>,
    /// How many match in all.
    pub matches: usize,
    /// All that match, in the order of the file: where a longer text is looked for next.
    pub hits: Arc<Vec<Entity>>,
    /// How many names there are.
    pub total: usize,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PickQuery {
    /// What was typed.
    pub text: String,
    /// Look among users.
    pub users: bool,
    /// Look among items.
    pub items: bool,
}

/// Rows that come with their matched characters.
const PAGE: usize = 200;

/// Names looked at between two questions whether anybody still wants to know.
const CHUNK: usize = 1024;

/// The users and items that `text` fits, best first: what is exactly the id, then by the match's score, then those with
/// more ratings, then the order of the file. Without text, all of them. Upper and lower case are the same.
///
/// `previous` may be the answer to a question whose text this one's begins with (of the same kinds): only its hits are
/// looked at then.
pub fn compute(
    world: &World,
    query: &PickQuery,
    previous: Option<(&PickQuery, &PickView)>,
    task: &Task,
) -> Result<PickView, AnswerError> {
    let data = &world.dataset;
    let total = if query.users { data.n_users() } else { 0 } + if query.items { data.n_items() } else { 0 };
    let refines = previous.filter(|(q, _)| {
        query.text.starts_with(&q.text) && (q.users, q.items) == (query.users, query.items) && !q.text.is_empty()
    });
    let candidates = match refines {
        Some((_, view)) => Arc::clone(&view.hits),
        None => Arc::new(everything(world, query)),
    };
    let matcher = SkimMatcherV2::default().ignore_case();
    let text = query.text.trim();
    let chunks = task
        .pool
        .try_map(candidates.len().div_ceil(CHUNK), |k| -> Result<_, Cancelled> {
            task.cancel.check()?;
            let chunk = &candidates[k * CHUNK..candidates.len().min((k + 1) * CHUNK)];
            let scored = chunk.iter().filter_map(|&entity| {
                if text.is_empty() {
                    return Some((0, ratings(world, entity), entity));
                }
                let score = matcher.fuzzy_match(&shown(world, entity), text)?;
                let score = if world.id(entity) == text { i64::MAX } else { score };
                Some((score, ratings(world, entity), entity))
            });
            Ok(scored.collect::<Vec<_>>())
        })?;
    let mut found: Vec<(i64, usize, Entity)> = chunks.into_iter().flatten().collect();
    let hits: Vec<Entity> = found.iter().map(|f| f.2).collect();
    let order = |a: &(i64, usize, Entity), b: &(i64, usize, Entity)| (b.0, b.1, a.2).cmp(&(a.0, a.1, b.2));
    if found.len() > PAGE {
        found.select_nth_unstable_by(PAGE - 1, order);
        found.truncate(PAGE);
    }
    found.sort_unstable_by(order);
    let row = |(_, ratings, entity): (i64, usize, Entity)| {
        let line = shown(world, entity);
        let matched = matcher.fuzzy_indices(&line, text).filter(|_| !text.is_empty());
        PickRow {
            entity,
            matched: matched.map_or_else(Vec::new, |(_, places)| places),
            text: line,
            ratings,
        }
    };
    Ok(PickView {
        rows: found.into_iter().map(row).collect(),
        matches: hits.len(),
        hits: Arc::new(hits),
        total,
    })
}

fn everything(world: &World, query: &PickQuery) -> Vec<Entity> {
    let users = query.users.then(|| world.dataset.users().map(Entity::User));
    let items = query.items.then(|| world.dataset.items().map(Entity::Item));
    users.into_iter().flatten().chain(items.into_iter().flatten()).collect()
}

fn ratings(world: &World, entity: Entity) -> usize {
    match entity {
        Entity::User(user) => world.dataset.user_row(user).len(),
        Entity::Item(item) => world.dataset.item_row(item).len(),
    }
}

/// `id  label`, or the id alone where that is all there is to say.
fn shown(world: &World, entity: Entity) -> String {
    let label = world.label(entity);
    let id = crate::data::clean_label(world.id(entity));
    if label == id { label } else { format!("{id}  {label}") }
}
