//! What is recommended to somebody, and whom an item suits.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::{AnswerError, Entity, ExplainQuery, Subject, TreeNode, Whose, World, explain};
use crate::data::{ItemIx, UserIx, Words};
use crate::models::{Audience, Formula, Recommender, Serving};
use crate::task::{Cancel, Report, Task, thousands};

/// What is recommended.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecommendView {
    /// To whom; `null` for a guest or where the subject is an item.
    pub user: Option<String>,
    /// For which item the best users are listed; `null` otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    pub model: String,
    pub unit: String,
    /// The list: items for a person, users for an item.
    pub items: Vec<RecommendRow>,
    pub candidates: usize,
    /// Only a sample of the users was scored (for an item, above 20,000 users).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
    /// How many users each of those scored stands for, 1 where all were; for an item (for text and screen).
    #[serde(skip)]
    pub stands_for: f64,
    /// What ratings are called (for text and screen).
    #[serde(skip)]
    pub words: Words,
    /// Not all candidates were looked at yet (for the screen).
    #[serde(skip)]
    pub growing: bool,
    /// What-if edits were counted in.
    pub edited: bool,
    /// Why this is no ranking, and what to try, where nothing was learned or all scores are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The components of a hybrid, in order: the legend of the stacked bars (for the screen).
    #[serde(skip)]
    pub components: Vec<String>,
    /// Says where a score comes from, when asked (for the screen; `explain` prints it).
    #[serde(skip)]
    pub explainer: Option<Explainer>,
}

impl RecommendView {
    /// Where the last user of the list stands among all, and the standard error of that, where only some were scored: the
    /// n-th best of a share p of all is about n/p-th, give or take √n/p.
    pub fn rank_among_all(&self) -> Option<(f64, f64)> {
        let n = self.items.len() as f64;
        (self.stands_for > 1.0 && n > 0.0).then(|| {
            (
                n * self.stands_for,
                (n * (1.0 - 1.0 / self.stands_for)).sqrt() * self.stands_for,
            )
        })
    }

    /// The same in words.
    pub fn sample_error(&self) -> Option<String> {
        let (rank, error) = self.rank_among_all()?;
        let [rank, error] = [rank, error].map(|x| thousands(x.round() as u64));
        Some(format!(
            "rank {} here is about {rank} ± {error} of all",
            self.items.len()
        ))
    }
}

/// Explains the rows of a list one at a time: all of them in advance would cost more than the list.
#[derive(Clone)]
pub struct Explainer {
    world: World,
    query: RecommendQuery,
}

impl Explainer {
    /// The parts of the score in the row of `entity`, all of them. `None` where the model cannot say.
    pub fn tree(&self, entity: Entity) -> Option<TreeNode> {
        let (whose, item) = self.score_of(entity)?;
        let query = ExplainQuery {
            top: usize::MAX,
            ..ExplainQuery::new(whose, item, self.query.formula.clone())
        };
        explain::tree(&self.world, &query, &Cancel::new()).ok()
    }

    /// Where the list was computed, and by which formula.
    pub fn by(&self) -> (&World, &Formula) {
        (&self.world, &self.query.formula)
    }

    /// Whose score of which item a row is; `None` for what cannot be one.
    pub fn score_of(&self, entity: Entity) -> Option<(Whose, ItemIx)> {
        match (&self.query.subject, entity) {
            (Subject::Person(whose), Entity::Item(item)) => Some((whose.clone(), item)),
            (Subject::Item(item), Entity::User(user)) => Some((Whose::User(user), *item)),
            _ => None,
        }
    }
}

impl PartialEq for Explainer {
    fn eq(&self, other: &Self) -> bool {
        self.query == other.query
    }
}

impl std::fmt::Debug for Explainer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Explainer").field(&self.query).finish()
    }
}

/// A row of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecommendRow {
    /// From 1, among the listed.
    pub rank: usize,
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    pub score: f64,
    /// The share of each component of a hybrid (their sum is the score); empty for a lone model.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<f64>,
    /// Whether it is rated already (with `--include-seen`).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub seen: bool,
    /// How many ratings it has in all.
    pub ratings: usize,
    /// Where it stood before the last change, where there was a list before (for the screen).
    #[serde(skip)]
    pub moved: Option<Moved>,
}

/// Where a row stood in the list before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// This many places lower (above 0), higher (below 0) or where it is (0).
    By(i64),
    New,
}

impl RecommendView {
    /// Notes in every row where it stood in the list `before`.
    #[must_use]
    pub fn compared(mut self, before: &Self) -> Self {
        let ranks: std::collections::HashMap<Entity, usize> = before.items.iter().map(|r| (r.entity, r.rank)).collect();
        for row in &mut self.items {
            let by = |rank: &usize| Moved::By(*rank as i64 - row.rank as i64);
            row.moved = Some(ranks.get(&row.entity).map_or(Moved::New, by));
        }
        self
    }
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct RecommendQuery {
    /// To whom; or the item that users are looked for.
    pub subject: Subject,
    pub formula: Formula,
    pub n: usize,
    /// List what is rated already, too.
    pub include_seen: bool,
}

/// Above so many users, an item's best users are looked for in a sample of this size.
pub const MOST_USERS: usize = 20_000;

/// The best items for somebody, or the best users for an item. The latter takes as long as serving every user does, so
/// `partial` gets the list so far now and then.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn compute(
    world: &World,
    query: &RecommendQuery,
    task: &Task,
    partial: &mut dyn FnMut(RecommendView),
) -> Result<RecommendView, AnswerError> {
    match &query.subject {
        Subject::Person(whose) => for_person(world, query, whose, &task.cancel),
        Subject::Item(item) => for_item(world, query, *item, task, partial),
    }
}

/// The parts of a formula that a score is shared between: the legend of [`RecommendRow::parts`].
pub fn components(formula: &Formula) -> Vec<String> {
    match formula {
        Formula::Weighted { terms, .. } => terms.iter().map(|(_, f)| f.to_string()).collect(),
        Formula::Switch { yes, no, .. } => vec![yes.to_string(), no.to_string()],
        Formula::Model { .. } | Formula::Cascade { .. } | Formula::Augment { .. } => Vec::new(),
    }
}

fn empty(world: &World, query: &RecommendQuery) -> RecommendView {
    RecommendView {
        user: None,
        item: None,
        model: query.formula.to_string(),
        unit: query.formula.unit().name().to_owned(),
        items: Vec::new(),
        candidates: 0,
        sampled: false,
        stands_for: 1.0,
        words: world.dataset.feedback().words(),
        growing: false,
        edited: false,
        note: None,
        components: components(&query.formula),
        explainer: Some(Explainer {
            world: world.clone(),
            query: query.clone(),
        }),
    }
}

fn for_person(
    world: &World,
    query: &RecommendQuery,
    whose: &Whose,
    cancel: &Cancel,
) -> Result<RecommendView, AnswerError> {
    let serving = world.serving(&query.formula, whose, cancel)?;
    let profile = serving.profile();
    let mut scores: Box<dyn Iterator<Item = f64>> = if query.include_seen {
        Box::new(serving.scores(cancel)?.iter().map(|(_, score)| score))
    } else {
        Box::new(serving.candidates(cancel)?.iter().map(|(_, score)| *score))
    };
    let first = scores.next();
    let (mut candidates, mut is_ranked) = (usize::from(first.is_some()), false);
    for score in scores {
        candidates += 1;
        is_ranked |= Some(score) != first;
    }
    let list = serving.recommend(query.n, query.include_seen, cancel)?;
    Ok(RecommendView {
        user: profile.user().map(|u| world.dataset.user_id(u).to_owned()),
        items: rows(world, &serving, list),
        candidates,
        edited: profile.is_edited(),
        note: note(world, query, candidates, is_ranked).or_else(|| (candidates == 0).then(|| silence(world, &serving))),
        ..empty(world, query)
    })
}

/// What to say of a list that is not ranked, as all of its candidates have the same score or there are none; and of a part of
/// a hybrid that learned nothing.
fn note(world: &World, query: &RecommendQuery, candidates: usize, is_ranked: bool) -> Option<String> {
    let is_lone = matches!(query.formula, Formula::Model { .. } | Formula::Augment { .. });
    let learned = world.fits.get(&query.formula).filter(|_| !(is_lone && is_ranked));
    let learned = learned.and_then(|model| model.note());
    let tie = "all candidates have the same score and stand in the order of the file";
    match learned {
        _ if is_ranked || candidates < 2 => learned,
        Some(learned) => Some(format!("{tie}: {learned}")),
        None => Some(tie.to_owned()),
    }
}

/// Why nothing is recommended.
fn silence(world: &World, serving: &Serving) -> String {
    let rated = |item: &ItemIx| !world.dataset.item_row(*item).is_empty();
    let mut unseen = (world.dataset.items().filter(rated)).filter(|item| !serving.profile().contains(*item));
    let reason = unseen.find_map(|item| serving.score(item).err());
    reason.map_or("nothing is left that this model could recommend".to_owned(), |why| {
        let words = world.dataset.feedback().words();
        format!("no item has a score: {}", words.say(why.sentence()))
    })
}

/// A list that `serving` gave, in the shape of an answer.
pub(super) fn rows(world: &World, serving: &Serving, list: Vec<(ItemIx, f64)>) -> Vec<RecommendRow> {
    let row = |(at, (item, score)): (usize, (ItemIx, f64))| RecommendRow {
        rank: at + 1,
        entity: Entity::Item(item),
        id: world.dataset.item_id(item).to_owned(),
        label: world.dataset.item_label(item).to_owned(),
        score,
        parts: serving.parts(item),
        seen: serving.profile().contains(item),
        ratings: world.dataset.item_row(item).len(),
        moved: None,
    };
    list.into_iter().enumerate().map(row).collect()
}

/// The users with a rating, as stored or as edited, in the order of the file.
pub(super) fn rated_users(world: &World) -> Vec<UserIx> {
    let rated = |u: &UserIx| !world.dataset.user_row(*u).is_empty() || world.edits().of_user(*u).next().is_some();
    world.dataset.users().filter(rated).collect()
}

fn for_item(
    world: &World,
    query: &RecommendQuery,
    item: ItemIx,
    task: &Task,
    partial: &mut dyn FnMut(RecommendView),
) -> Result<RecommendView, AnswerError> {
    let model = world
        .fits
        .get(&query.formula)
        .ok_or_else(|| AnswerError::Fitting(query.formula.to_string()))?;
    let mut users = rated_users(world);
    if !query.include_seen
        && (users.len() <= MOST_USERS || world.is_for_everyone())
        && let Some(audience) = model.audience(&world.dataset, item, task)?
    {
        let found = Found {
            world,
            query,
            item,
            model: &model,
        };
        return found.best_of(audience, &users, task, partial);
    }
    let all = users.len();
    let together = if query.include_seen {
        None
    } else {
        Arc::clone(&model).serve_item(item, world.edits(), task)?
    };
    let many = all > MOST_USERS;
    if many {
        // At any moment those scored so far are a sample; it grows until it is everybody where that takes not too long.
        users = at_random(users, world.seed());
        users.truncate(if together.is_some() { all } else { MOST_USERS });
    }
    let mut found: Vec<Suited> = Vec::new();
    let mut candidates = 0;
    let mut last_partial = Instant::now();
    let mut done = 0;
    let view = |found: &[Suited], candidates, done: u64| RecommendView {
        sampled: many && done < all as u64,
        growing: done < users.len() as u64,
        stands_for: all as f64 / (done as f64).max(1.0),
        ..of_users(world, query, item, found, candidates)
    };
    for chunk in users.chunks(16 * task.pool.threads()) {
        let scored = task.pool.try_map(chunk.len(), |k| -> Result<_, AnswerError> {
            if let Some(together) = &together {
                let score = together.score(chunk[k], &task.cancel)?;
                return Ok(score.map(|score| (chunk[k], score, false, Vec::new())));
            }
            let profile = world.profile(&Whose::User(chunk[k]));
            let seen = profile.contains(item);
            if seen && !query.include_seen {
                return Ok(None);
            }
            let serving = Serving::open(&model, profile.into(), &task.cancel)?;
            let score = serving.score(item).ok();
            Ok(score.map(|score| (chunk[k], score, seen, serving.parts(item))))
        })?;
        let before = found.len();
        found.extend(scored.into_iter().flatten());
        candidates += found.len() - before;
        by_score(&mut found, query.n);
        done += chunk.len() as u64;
        task.progress
            .say(|| Report::of("scoring users", done, users.len() as u64, "users"));
        if last_partial.elapsed() > Duration::from_millis(50) {
            partial(view(&found, candidates, done));
            last_partial = Instant::now();
        }
    }
    Ok(view(&found, candidates, users.len() as u64))
}

/// A user, the score, whether it is rated already, the share of each part of a hybrid.
type Suited = (UserIx, f64, bool, Vec<f64>);

/// Keeps the `n` best, and sorts them; ties in the order of the file.
fn by_score(found: &mut Vec<Suited>, n: usize) {
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    found.truncate(n);
}

/// Users for an item, best first, in the shape of an answer.
fn of_users(world: &World, query: &RecommendQuery, item: ItemIx, found: &[Suited], candidates: usize) -> RecommendView {
    let row = |(at, (user, score, seen, parts)): (usize, &Suited)| RecommendRow {
        rank: at + 1,
        entity: Entity::User(*user),
        id: world.dataset.user_id(*user).to_owned(),
        label: world.dataset.user_label(*user),
        score: *score,
        parts: parts.clone(),
        seen: *seen,
        ratings: world.dataset.user_row(*user).len(),
        moved: None,
    };
    let is_ranked = found.windows(2).any(|pair| pair[0].1 != pair[1].1);
    RecommendView {
        note: note(world, query, candidates, is_ranked || found.len() < candidates),
        item: Some(world.dataset.item_id(item).to_owned()),
        items: found.iter().enumerate().map(row).collect(),
        candidates,
        edited: !world.edits().is_empty(),
        ..empty(world, query)
    }
}

/// What the users that an item suits best are looked for by.
struct Found<'a> {
    world: &'a World,
    query: &'a RecommendQuery,
    item: ItemIx,
    model: &'a Arc<dyn Recommender>,
}

/// How far scores that are not exact may be off, as a share.
const ALIKE: f64 = 1e-9;

/// As many users beyond those asked for are served where they are that much alike.
const MOST_ALIKE: usize = 64;

impl Found<'_> {
    /// The users that an item suits best out of the scores of all of them. Who is edited is served alone, and so are those
    /// who are listed where scores are not exact to the last digit; `partial` gets the list before that.
    fn best_of(
        &self,
        mut audience: Audience,
        users: &[UserIx],
        task: &Task,
        partial: &mut dyn FnMut(RecommendView),
    ) -> Result<RecommendView, AnswerError> {
        let (world, n) = (self.world, self.query.n);
        let edited: BTreeSet<UserIx> = world.edits().cells().map(|(user, ..)| user).collect();
        for user in edited {
            let (score, parts) = self.serve(user, &task.cancel)?;
            audience.scores[user.at()] = score;
            if let Some(upper) = audience.upper.get_mut(user.at()) {
                *upper = score.unwrap_or_default();
            }
            for (part, share) in audience.parts.iter_mut().zip(parts) {
                part[user.at()] = share;
            }
        }
        let raters = world.edits().item_ratings(&world.dataset, self.item);
        let mut raters = raters.iter().map(|r| r.0).peekable();
        let mut candidates: Vec<(f64, UserIx)> = Vec::new();
        for &user in users {
            while raters.next_if(|rater| *rater < user).is_some() {}
            if raters.peek() != Some(&user)
                && let Some(score) = audience.scores[user.at()]
            {
                candidates.push((score + 0.0, user));
            }
        }
        let order = |a: &(f64, UserIx), b: &(f64, UserIx)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        let n_candidates = candidates.len();
        if !audience.upper.is_empty() {
            return self.best_within(candidates, &audience.upper, task, partial);
        }
        let looked_at = if audience.exact {
            n
        } else {
            n.saturating_add(MOST_ALIKE)
        };
        if looked_at > 0 && looked_at < candidates.len() {
            candidates.select_nth_unstable_by(looked_at - 1, order);
        }
        candidates.truncate(looked_at);
        candidates.sort_unstable_by(order);
        let suited = |(score, user): (f64, UserIx)| {
            let parts = audience.parts.iter().map(|part| part[user.at()]);
            (user, score, false, parts.collect())
        };
        let mut found: Vec<Suited> = candidates.into_iter().map(suited).collect();
        if !audience.exact && n > 0 && !found.is_empty() {
            let last = found[n.min(found.len()) - 1].1;
            found.retain(|(_, score, ..)| *score >= last - ALIKE * (1.0 + last.abs()));
            let listed = &found[..n.min(found.len())];
            partial(of_users(world, self.query, self.item, listed, n_candidates));
            found = self.served(&found, task)?;
            found.truncate(n);
        }
        Ok(of_users(world, self.query, self.item, &found, n_candidates))
    }

    /// The users that an item suits best, whose scores are known within bounds: those who may be among the best are served,
    /// the most promising first, until nobody else can be. `partial` gets the list so far now and then.
    fn best_within(
        &self,
        mut candidates: Vec<(f64, UserIx)>,
        upper: &[f64],
        task: &Task,
        partial: &mut dyn FnMut(RecommendView),
    ) -> Result<RecommendView, AnswerError> {
        let (n, n_candidates) = (self.query.n, candidates.len());
        // Nobody below the n-th highest lower bound is among the n best.
        if n > 0 && n < n_candidates {
            let least = *candidates.select_nth_unstable_by(n - 1, |a, b| b.0.total_cmp(&a.0)).1;
            candidates.retain(|(_, user)| upper[user.at()] >= least.0);
        }
        let (certain, mut open): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|(lower, user)| *lower == upper[user.at()]);
        open.sort_unstable_by(|a, b| upper[b.1.at()].total_cmp(&upper[a.1.at()]).then(a.1.cmp(&b.1)));
        let unserved = |(score, user)| (user, score, false, Vec::new());
        let mut best: Vec<Suited> = certain.into_iter().map(unserved).collect();
        by_score(&mut best, n);
        let (mut done, mut last_partial) = (0, Instant::now());
        for chunk in open.chunks(16 * task.pool.threads()) {
            let outdone = |last: &Suited| (upper[chunk[0].1.at()], last.0) < (last.1, chunk[0].1);
            if best.len() >= n && best.last().is_none_or(outdone) {
                break;
            }
            let chunk: Vec<Suited> = chunk.iter().copied().map(unserved).collect();
            best.extend(self.served(&chunk, task)?);
            by_score(&mut best, n);
            done += chunk.len();
            task.progress
                .say(|| Report::of("scoring users", done as u64, open.len() as u64, "users"));
            if last_partial.elapsed() > Duration::from_millis(50) {
                partial(RecommendView {
                    growing: true,
                    ..of_users(self.world, self.query, self.item, &best, n_candidates)
                });
                last_partial = Instant::now();
            }
        }
        let best = self.served(&best, task)?;
        Ok(of_users(self.world, self.query, self.item, &best, n_candidates))
    }

    /// The same users with the scores that they are served, best first.
    fn served(&self, found: &[Suited], task: &Task) -> Result<Vec<Suited>, AnswerError> {
        let mut all = task.pool.try_map(found.len(), |at| -> Result<_, AnswerError> {
            let user = found[at].0;
            let (score, parts) = self.serve(user, &task.cancel)?;
            Ok((user, score.unwrap_or(found[at].1) + 0.0, false, parts))
        })?;
        by_score(&mut all, usize::MAX);
        Ok(all)
    }

    /// The score of a user and its parts.
    fn serve(&self, user: UserIx, cancel: &Cancel) -> Result<(Option<f64>, Vec<f64>), AnswerError> {
        let profile = self.world.profile(&Whose::User(user));
        let serving = Serving::open(self.model, profile.into(), cancel)?;
        Ok((serving.score(self.item).ok(), serving.parts(self.item)))
    }
}

/// `n` of `users`, the same ones for the same seed, in their order: the first of [`at_random`].
pub(super) fn sample(users: Vec<UserIx>, n: usize, seed: u64) -> Vec<UserIx> {
    let mut kept = at_random(users, seed);
    kept.truncate(n);
    kept.sort_unstable();
    kept
}

/// `users` by what their index hashes to.
fn at_random(users: Vec<UserIx>, seed: u64) -> Vec<UserIx> {
    // SplitMix64's finalizer: every index gets an even chance.
    let hash = |user: UserIx| {
        let mut z = seed.wrapping_add(u64::from(user.0).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    let mut ranked: Vec<(u64, UserIx)> = users.into_iter().map(|u| (hash(u), u)).collect();
    ranked.sort_unstable();
    ranked.into_iter().map(|(_, user)| user).collect()
}
