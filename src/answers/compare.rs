//! Two lists side by side: of two users, of two items, or by two models for the same person; and over everybody.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::recommend::{self, rated_users};
use super::why_not::{ContrastRow, component, entity, part_label};
use super::{AnswerError, Entity, Named, RecommendQuery, Subject, Whose, World};
use crate::data::{ItemIx, UserIx};
use crate::explain::{Contrast, contrast_of, overlap, rank_biased_overlap};
use crate::models::{Formula, Profile, Ranker, Serving, Wanted};
use crate::pipeline::StoredLists;
use crate::pipeline::batch::BatchError;
use crate::task::{Cancel, Report, Task};

/// Two lists side by side.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareView {
    /// What the first list is: the id of a user or an item, or a model.
    pub a: String,
    pub b: String,
    /// How long the lists are.
    pub n: usize,
    /// The share of the lists that both have, of the longer one's length.
    pub overlap: f64,
    pub rbo: Rbo,
    /// Everything in either list, the best places first.
    pub rows: Vec<CompareRow>,
    /// Whose scores are taken apart: what moved most of those that both sides score; `null` where there is none.
    pub about: Option<Named>,
    /// Part by part what its two scores are made of, the largest differences first.
    pub difference: Vec<DifferenceRow>,
}

/// Rank-biased overlap: 1 for equal lists, 0 for lists that share nothing.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rbo {
    /// The chance that somebody reads on after a place.
    pub p: f64,
    pub value: f64,
}

/// A row of either list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareRow {
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// Its place in the first list; `null` where it isn't in that.
    pub a: Option<usize>,
    pub b: Option<usize>,
}

/// A part of two scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DifferenceRow {
    /// The user or item that it is about, if any.
    #[serde(skip)]
    pub entity: Option<Entity>,
    /// The component of the hybrid that it belongs to, with those around it; absent for a lone model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub component: String,
    pub label: String,
    /// As in an explanation: `rated`, `term`, `neighbor`, …
    pub kind: &'static str,
    pub a: f64,
    pub b: f64,
    pub difference: f64,
}

impl From<&DifferenceRow> for ContrastRow {
    fn from(row: &DifferenceRow) -> Self {
        Self {
            entity: row.entity,
            component: row.component.clone(),
            label: row.label.clone(),
            kind: row.kind,
            item: row.a,
            cut: row.b,
            difference: row.difference,
        }
    }
}

/// One of the two.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareSide {
    /// Whose list it is; for an item, the users whom it suits.
    pub subject: Subject,
    pub formula: Formula,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct CompareQuery {
    pub a: CompareSide,
    pub b: CompareSide,
    pub n: usize,
}

/// Two models, or two builds, over everybody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CompareAllView {
    /// The first model, or the store of the first build.
    pub a: String,
    pub b: String,
    /// How long the lists are.
    pub n: usize,
    /// Means over all users.
    pub overlap: f64,
    pub rbo: Rbo,
    pub churn: Churn,
    /// Those whose lists change most come first.
    pub users: Vec<UserChange>,
}

impl CompareAllView {
    /// The most changed users come first; those who change alike by the file.
    fn of([a, b]: [String; 2], n: usize, mut users: Vec<UserChange>) -> Self {
        let count = users.len().max(1) as f64;
        let mean = |figure: fn(&UserChange) -> f64| users.iter().map(figure).sum::<f64>() / count;
        let (overlap, value) = (mean(|c| c.overlap), mean(|c| c.rbo));
        users.sort_by(|x, y| x.rbo.total_cmp(&y.rbo).then(x.overlap.total_cmp(&y.overlap)));
        Self {
            a,
            b,
            n,
            overlap,
            rbo: Rbo { p: PERSISTENCE, value },
            churn: Churn::of(overlap, n),
            users,
        }
    }
}

/// What of the lists is exchanged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Churn {
    /// With the length of the lists: `churn@10`.
    pub metric: String,
    pub value: f64,
    pub definition: &'static str,
}

impl Churn {
    /// Of the mean overlap of lists of `n`.
    fn of(overlap: f64, n: usize) -> Self {
        Self {
            metric: format!("churn@{n}"),
            // No minus zero.
            value: (1.0 - overlap).max(0.0) + 0.0,
            definition: "mean over users of the share of the places of the longer list whose item is not in the other one",
        }
    }
}

/// How much somebody's list changes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UserChange {
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub user: String,
    pub overlap: f64,
    pub rbo: f64,
}

/// The chance to read on.
pub(super) const PERSISTENCE: f64 = 0.9;

/// Both lists, and where the scores of what moved most come from.
///
/// # Errors
/// [`AnswerError::Fitting`] where a model isn't fitted; cancellation.
pub fn compute(world: &World, query: &CompareQuery, task: &Task) -> Result<CompareView, AnswerError> {
    let (a, b) = (
        list(world, &query.a, query.n, task)?,
        list(world, &query.b, query.n, task)?,
    );
    let rows = rows(world, &a, &b);
    let (about, difference) = difference(world, query, &rows, &task.cancel)?;
    let (name_a, name_b) = names(world, query);
    Ok(CompareView {
        a: name_a,
        b: name_b,
        n: query.n,
        overlap: overlap(&a, &b),
        rbo: Rbo {
            p: PERSISTENCE,
            value: rank_biased_overlap(&a, &b, PERSISTENCE),
        },
        rows,
        about: about.map(|entity| world.named(entity)),
        difference: difference.iter().map(|row| difference_row(world, row)).collect(),
    })
}

fn list(world: &World, side: &CompareSide, n: usize, task: &Task) -> Result<Vec<Entity>, AnswerError> {
    let query = RecommendQuery {
        subject: side.subject.clone(),
        formula: side.formula.clone(),
        n,
        include_seen: false,
    };
    let view = recommend::compute(world, &query, task, &mut |_| {})?;
    Ok(view.items.iter().map(|row| row.entity).collect())
}

/// What tells the sides apart: the models where they differ, else the subjects.
fn names(world: &World, query: &CompareQuery) -> (String, String) {
    let name = |side: &CompareSide| match &side.subject {
        _ if query.a.subject == query.b.subject => side.formula.to_string(),
        Subject::Person(Whose::User(user)) => world.dataset.user_id(*user).to_owned(),
        Subject::Person(Whose::Guest(_)) => "a guest".to_owned(),
        Subject::Item(item) => world.dataset.item_id(*item).to_owned(),
    };
    (name(&query.a), name(&query.b))
}

/// Everything in either list: by the better of its places, then by the worse; the same order whichever list is first.
fn rows(world: &World, a: &[Entity], b: &[Entity]) -> Vec<CompareRow> {
    let mut places: BTreeMap<Entity, (Option<usize>, Option<usize>)> = BTreeMap::new();
    for (at, entity) in a.iter().enumerate() {
        places.entry(*entity).or_default().0 = Some(at + 1);
    }
    for (at, entity) in b.iter().enumerate() {
        places.entry(*entity).or_default().1 = Some(at + 1);
    }
    let row = |(entity, (a, b)): (Entity, (Option<usize>, Option<usize>))| CompareRow {
        entity,
        id: world.id(entity).to_owned(),
        label: world.label(entity),
        a,
        b,
    };
    let mut rows: Vec<CompareRow> = places.into_iter().map(row).collect();
    rows.sort_by_key(|row| {
        let (a, b) = (row.a.unwrap_or(usize::MAX), row.b.unwrap_or(usize::MAX));
        (a.min(b), a.max(b))
    });
    rows
}

/// The scores of what moved most of those that both sides can explain, part by part.
fn difference(
    world: &World,
    query: &CompareQuery,
    rows: &[CompareRow],
    cancel: &Cancel,
) -> Result<(Option<Entity>, Vec<Contrast>), AnswerError> {
    let absent = query.n + 1;
    let moved = |row: &&CompareRow| row.a.unwrap_or(absent).abs_diff(row.b.unwrap_or(absent));
    let mut order: Vec<&CompareRow> = rows.iter().collect();
    order.sort_by_key(|row| std::cmp::Reverse(moved(row)));
    for row in order {
        let (a, b) = (
            served(world, &query.a, row.entity, cancel)?,
            served(world, &query.b, row.entity, cancel)?,
        );
        let parts = contrast_of((&a.0, a.1), (&b.0, b.1));
        if !parts.is_empty() {
            return Ok((Some(row.entity), parts));
        }
    }
    Ok((None, Vec::new()))
}

/// Who is served on a side, and which item's score is meant, where the list has `entity` in it.
fn served(
    world: &World,
    side: &CompareSide,
    entity: Entity,
    cancel: &Cancel,
) -> Result<(Arc<Serving>, ItemIx), AnswerError> {
    let (whose, item) = match (&side.subject, entity) {
        (Subject::Person(whose), Entity::Item(item)) => (whose.clone(), item),
        (Subject::Item(item), Entity::User(user)) => (Whose::User(user), *item),
        _ => {
            return Err(AnswerError::Usage(
                "people are compared with people, items with items".to_owned(),
            ));
        }
    };
    Ok((world.serving(&side.formula, &whose, cancel)?, item))
}

fn difference_row(world: &World, row: &Contrast) -> DifferenceRow {
    DifferenceRow {
        entity: entity(row),
        component: component(row),
        label: part_label(world, row),
        kind: row.part.kind.name(),
        a: row.first,
        b: row.second,
        difference: row.difference(),
    }
}

/// Everybody's two lists by two models, as far as they were compared.
pub struct Everybody {
    world: World,
    formulas: (Formula, Formula),
    rankers: [Ranker; 2],
    n: usize,
    users: Vec<UserIx>,
    changes: Vec<UserChange>,
}

impl Everybody {
    /// Nobody is compared yet; the models are fitted if need be.
    ///
    /// # Errors
    /// A model that cannot be fitted; cancellation.
    pub fn open(world: &World, (a, b): (&Formula, &Formula), n: usize, task: &Task) -> Result<Self, AnswerError> {
        let users = rated_users(world);
        let ranker = |formula| -> Result<Ranker, AnswerError> {
            Ok(Ranker::open(
                &world.fit(formula, task)?,
                &world.dataset,
                users.len(),
                task,
            )?)
        };
        Ok(Self {
            rankers: [ranker(a)?, ranker(b)?],
            users,
            world: world.clone(),
            formulas: (a.clone(), b.clone()),
            n,
            changes: Vec::new(),
        })
    }

    /// How many are to be compared.
    pub fn users(&self) -> usize {
        self.users.len()
    }

    /// Whether there is nobody left.
    pub fn is_done(&self) -> bool {
        self.changes.len() >= self.users.len()
    }

    /// Compares the next few, a block for each thread.
    ///
    /// # Errors
    /// Cancellation: those few are not compared then.
    pub fn go_on(&mut self, task: &Task) -> Result<(), AnswerError> {
        let rest = &self.users[self.changes.len()..];
        let next = &rest[..rest.len().min(Ranker::AT_ONCE * task.pool.threads())];
        let blocks = next.chunks(Ranker::AT_ONCE).collect();
        let found = task
            .pool
            .try_map_each(blocks, |users| self.block(users, &task.cancel))?;
        self.changes.extend(found.into_iter().flatten());
        task.progress
            .say(|| Report::of("comparing", self.changes.len() as u64, self.users.len() as u64, "users"));
        Ok(())
    }

    fn block(&self, users: &[UserIx], cancel: &Cancel) -> Result<Vec<UserChange>, AnswerError> {
        let profile = |user: &UserIx| Arc::new(self.world.profile(&Whose::User(*user)));
        let profiles: Vec<Arc<Profile>> = users.iter().map(profile).collect();
        let wanted = Wanted {
            n: self.n,
            include_seen: false,
        };
        let [a, b] = &self.rankers;
        let lists = |ranker: &Ranker| ranker.lists(&profiles, wanted, cancel);
        let (a, b) = (lists(a)?, lists(b)?);
        let items = |list: &[(ItemIx, f64)]| -> Vec<ItemIx> { list.iter().map(|(item, _)| *item).collect() };
        let change = |(user, (a, b)): (&UserIx, (&Vec<_>, &Vec<_>))| change(&self.world, *user, &items(a), &items(b));
        Ok(users.iter().zip(a.iter().zip(&b)).map(change).collect())
    }

    /// Those compared so far.
    pub fn view(&self) -> CompareAllView {
        CompareAllView::of(
            [self.formulas.0.to_string(), self.formulas.1.to_string()],
            self.n,
            self.changes.clone(),
        )
    }
}

/// How much the lists of a user differ.
fn change<T: PartialEq>(world: &World, user: UserIx, a: &[T], b: &[T]) -> UserChange {
    UserChange {
        entity: Entity::User(user),
        user: world.dataset.user_id(user).to_owned(),
        overlap: overlap(a, b),
        rbo: rank_biased_overlap(a, b, PERSISTENCE),
    }
}

/// So many users are read from a store at once.
const READ: usize = 1000;

/// Everybody's lists in two builds, such as those of two nights: what of them is exchanged. Who is in neither is left out.
///
/// # Errors
/// A store that fails or holds damaged records; cancellation.
pub fn builds(world: &World, [a, b]: [&StoredLists; 2], n: usize, task: &Task) -> Result<CompareAllView, BatchError> {
    let users = rated_users(world);
    let mut changes = Vec::with_capacity(users.len());
    for (at, block) in users.chunks(READ).enumerate() {
        task.cancel.check()?;
        task.progress
            .say(|| Report::of("comparing", (at * READ) as u64, users.len() as u64, "users"));
        let ids: Vec<&str> = block.iter().map(|user| world.dataset.user_id(*user)).collect();
        let lists = a.best(&ids, n)?.into_iter().zip(b.best(&ids, n)?);
        let known = block
            .iter()
            .zip(lists)
            .filter(|(_, (a, b))| !(a.is_empty() && b.is_empty()));
        changes.extend(known.map(|(user, (a, b))| change(world, *user, &a, &b)));
    }
    Ok(CompareAllView::of(
        [a.name().to_owned(), b.name().to_owned()],
        n,
        changes,
    ))
}

/// Everybody's two lists by two models, which are fitted if need be.
///
/// # Errors
/// As [`compute`]; a model that cannot be fitted.
pub fn everybody(
    world: &World,
    formulas: (&Formula, &Formula),
    n: usize,
    task: &Task,
) -> Result<CompareAllView, AnswerError> {
    let mut everybody = Everybody::open(world, formulas, n, task)?;
    while !everybody.is_done() {
        everybody.go_on(task)?;
    }
    Ok(everybody.view())
}
