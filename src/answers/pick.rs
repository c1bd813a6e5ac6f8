//! Names found as they are typed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use fuzzy_matcher::FuzzyMatcher;
use fuzzy_matcher::skim::SkimMatcherV2;

use super::names::{Letters, Names, folded, unfolded};
use super::{AnswerError, Entity, World};
use crate::task::{Cancelled, Task};

/// A name that the picker found.
#[derive(Clone, Debug, PartialEq)]
pub struct PickRow {
    pub entity: Entity,
    /// What is shown and matched: `label  id` of an item, `id  label` of a user.
    pub text: String,
    /// Where the id behind a title begins, in bytes; the end of the text where there is none.
    pub id_at: usize,
    /// The matched characters, as positions in `text`'s chars.
    pub matched: Vec<usize>,
    pub ratings: usize,
}

/// What the picker shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PickView {
    pub rows: Vec<PickRow>,
    pub matches: usize,
    /// All that match, in the order of the file: where a longer text is looked for next.
    pub hits: Arc<Vec<Entity>>,
    pub total: usize,
    /// Not all names were looked at yet.
    pub growing: bool,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PickQuery {
    pub text: String,
    pub users: bool,
    pub items: bool,
}

/// Rows that come with their matched characters.
const PAGE: usize = 200;

/// Names looked at between two questions whether anybody still wants to know.
const CHUNK: usize = 1024;

/// A first page that takes longer than this is shown as far as it has come.
const SOON: Duration = Duration::from_millis(4);
/// How often a page that grows is shown anew.
const OFTEN: Duration = Duration::from_millis(30);

/// Writes down what the picker looks through, so that the first letter need not wait for it.
///
/// # Errors
/// Cancellation.
pub fn prepare(world: &World, task: &Task) -> Result<(), AnswerError> {
    world.names(true, task)?;
    world.names(false, task)?;
    Ok(())
}

/// The users and items that `text` fits, best first: what is exactly the id, then by the match's score, then those with
/// more ratings, then the order of the file. Without text, all of them. Case, accents and Unicode forms make no difference.
///
/// `previous` may be the whole answer to a question whose text this one's begins with (of the same kinds): only its hits
/// are looked at then. What takes longer than a few milliseconds is handed to `partial` as it grows.
pub fn compute(
    world: &World,
    query: &PickQuery,
    previous: Option<(&PickQuery, &PickView)>,
    task: &Task,
    partial: &mut dyn FnMut(PickView),
) -> Result<PickView, AnswerError> {
    let refines = previous.filter(|(q, view)| {
        let longer = query.text.starts_with(&q.text) && !q.text.is_empty();
        longer && !view.growing && (q.users, q.items) == (query.users, query.items)
    });
    let candidates = match refines {
        Some((_, view)) => Arc::clone(&view.hits),
        None => Arc::new(everything(world, query)),
    };
    let search = Search::new(world, query, task)?;
    let mut hits: Vec<Hit> = Vec::new();
    let mut shown = Instant::now();
    let mut patience = SOON;
    // As many at a time as take a few milliseconds on all threads.
    for wave in candidates.chunks(CHUNK * 4 * task.pool.threads()) {
        let chunks = task
            .pool
            .try_map(wave.len().div_ceil(CHUNK), |k| -> Result<_, Cancelled> {
                task.cancel.check()?;
                let chunk = &wave[k * CHUNK..wave.len().min((k + 1) * CHUNK)];
                Ok(chunk
                    .iter()
                    .filter_map(|entity| search.look(*entity))
                    .collect::<Vec<Hit>>())
            })?;
        hits.extend(chunks.into_iter().flatten());
        if shown.elapsed() > patience {
            partial(search.page(&hits, true));
            (shown, patience) = (Instant::now(), OFTEN);
        }
    }
    Ok(search.page(&hits, false))
}

/// A name that matches: the match's score, how many ratings, what it is.
type Hit = (i64, usize, Entity);

/// Best first.
fn order(a: &Hit, b: &Hit) -> std::cmp::Ordering {
    (b.0, b.1, a.2).cmp(&(a.0, a.1, b.2))
}

/// A text that is looked for.
struct Search<'a> {
    world: &'a World,
    matcher: SkimMatcherV2,
    text: &'a str,
    /// The text as it is looked for.
    folded: String,
    letters: Letters,
    users: Option<&'a Names>,
    items: Option<&'a Names>,
    total: usize,
}

impl<'a> Search<'a> {
    fn new(world: &'a World, query: &'a PickQuery, task: &Task) -> Result<Self, Cancelled> {
        let text = query.text.trim();
        let folded = folded(text);
        let data = &world.dataset;
        Ok(Self {
            matcher: SkimMatcherV2::default().ignore_case(),
            letters: Letters::of(&folded),
            folded,
            users: query.users.then(|| world.names(true, task)).transpose()?,
            items: query.items.then(|| world.names(false, task)).transpose()?,
            total: if query.users { data.n_users() } else { 0 } + if query.items { data.n_items() } else { 0 },
            world,
            text,
        })
    }

    fn names(&self, entity: Entity) -> Option<(&'a Names, usize)> {
        match entity {
            Entity::User(user) => Some((self.users?, user.at())),
            Entity::Item(item) => Some((self.items?, item.at())),
        }
    }

    fn look(&self, entity: Entity) -> Option<Hit> {
        let ratings = || ratings(self.world, entity);
        if self.folded.is_empty() {
            return Some((0, ratings(), entity));
        }
        let (names, at) = self.names(entity)?;
        if !names.letters(at).contain(self.letters) {
            return None;
        }
        let score = self.matcher.fuzzy_match(names.folded(at), &self.folded)?;
        let exact = self.world.id(entity) == self.text;
        Some((if exact { i64::MAX } else { score }, ratings(), entity))
    }

    /// The best of `hits`, with their matched characters.
    fn page(&self, hits: &[Hit], growing: bool) -> PickView {
        let mut best: Vec<Hit> = Vec::with_capacity(2 * PAGE);
        for hit in hits {
            if best.len() >= PAGE && order(hit, &best[PAGE - 1]).is_gt() {
                continue;
            }
            best.push(*hit);
            if best.len() == 2 * PAGE || best.len() == PAGE {
                best.select_nth_unstable_by(PAGE - 1, order);
                best.truncate(PAGE);
            }
        }
        best.sort_unstable_by(order);
        best.truncate(PAGE);
        let row = |(_, ratings, entity): Hit| {
            let names = self.names(entity);
            let text = names.map_or("", |(names, at)| names.get(at));
            let hits = names
                .filter(|_| !self.folded.is_empty())
                .and_then(|(names, at)| self.matcher.fuzzy_indices(names.folded(at), &self.folded));
            let id = match entity {
                Entity::Item(_) => crate::data::clean_label(self.world.id(entity)).len(),
                Entity::User(_) => 0,
            };
            PickRow {
                entity,
                matched: hits.map_or_else(Vec::new, |(_, hits)| unfolded(text, &hits)),
                // An id that is all there is to say stands for the title.
                id_at: if id < text.len() { text.len() - id } else { text.len() },
                text: text.to_owned(),
                ratings,
            }
        };
        PickView {
            rows: best.into_iter().map(row).collect(),
            matches: hits.len(),
            // Only a whole answer can be refined.
            hits: if growing {
                Arc::default()
            } else {
                Arc::new(hits.iter().map(|hit| hit.2).collect())
            },
            total: self.total,
            growing,
        }
    }
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
