//! The rank of an item after every event of somebody's history.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::timeline::Event;
use super::{AnswerError, Entity, Named, Whose, World};
use crate::data::{Day, ItemIx, UserIx};
use crate::explain::Trials;
use crate::models::Formula;
use crate::task::{Cancel, Cancelled, Report, Task};

/// The rank of an item after every event of somebody's history.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RankHistoryView {
    pub user: String,
    pub item: String,
    pub label: String,
    pub model: String,
    /// How long the list is that it may enter.
    pub n: usize,
    /// How many events there are; every `step`-th was looked at, and all between two that differ.
    pub events: usize,
    pub step: usize,
    /// In the order of time.
    pub points: Vec<RankPoint>,
    /// When it was first among the first `n`.
    pub entered: Option<Entered>,
    /// After how many events it was rated; `null` where it is not.
    pub rated_at: Option<usize>,
}

/// The rank of an item at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RankPoint {
    /// How many events have happened.
    pub known: usize,
    /// `null` where the model cannot score it then.
    pub rank: Option<usize>,
}

/// When an item entered a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entered {
    /// After how many events.
    pub known: usize,
    pub rank: usize,
    /// As in ISO 8601; `null` before everything.
    pub day: Option<String>,
    /// What was rated last before it entered; `null` where it was there before anything was.
    pub after: Option<Named>,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct RankHistoryQuery {
    pub user: UserIx,
    pub item: ItemIx,
    pub formula: Formula,
    pub n: usize,
}

/// So many moments of a history are looked at, before those between two that differ.
const LOOKS: usize = 400;

/// Follows the rank of an item through a history. The model stays as it is: what it learned, it learned from everything; only
/// the profile that it serves ends with the event. Costs a serving a moment; `partial` gets what is known now and then.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; [`AnswerError::Usage`] where nothing has a time; cancellation.
pub fn compute(
    world: &World,
    query: &RankHistoryQuery,
    task: &Task,
    partial: &mut dyn FnMut(RankHistoryView),
) -> Result<RankHistoryView, AnswerError> {
    let events = world.events(query.user);
    if events.is_empty() {
        let why = "nothing that this user rated has a time, so there is no history to follow";
        return Err(AnswerError::Usage(why.to_owned()));
    }
    let model = world.fitted(&query.formula)?;
    let stored = world.with_edits(Arc::default());
    let profile = stored.profile(&Whose::User(query.user));
    let trials = stored.trials(&model, &profile, &task.cancel);
    // Once it is rated there is no rank.
    let rated_at = events.iter().position(|e| e.item == query.item);
    let last = rated_at.unwrap_or(events.len());
    let step = (last + 1).div_ceil(LOOKS).max(1);
    let mut history = History {
        trials,
        events: &events,
        item: query.item,
        ranks: BTreeMap::new(),
    };
    let mut moments: Vec<usize> = (0..=last).step_by(step).collect();
    if moments.last() != Some(&last) {
        moments.push(last);
    }
    let chunk = 8 * world.pool().threads();
    let view = |history: &History<'_>| history.view(world, query, step, rated_at);
    for some in moments.chunks(chunk) {
        history.look(some)?;
        let done = some.last().map_or(0, |moment| *moment as u64);
        task.progress
            .say(|| Report::of("replaying", done, last as u64, "events"));
        partial(view(&history));
    }
    // Where it entered between two moments, it is to the event.
    if let Some(at) = moments.iter().position(|m| history.is_listed(*m, query.n))
        && at > 0
    {
        let between: Vec<usize> = (moments[at - 1] + 1..moments[at]).collect();
        history.look(&between)?;
    }
    Ok(view(&history))
}

/// Ranks as far as they are known, by how many events have happened; `None` where there is none then.
struct History<'a> {
    trials: Trials<'a>,
    events: &'a [Event],
    item: ItemIx,
    ranks: BTreeMap<usize, Option<usize>>,
}

impl History<'_> {
    /// Serves the profile at these moments.
    fn look(&mut self, moments: &[usize]) -> Result<(), Cancelled> {
        let cancel: &Cancel = self.trials.cancel;
        let ranks = self.trials.pool.try_map(moments.len(), |n| {
            let later: Vec<_> = self.events[moments[n]..].iter().map(|e| (e.item, None)).collect();
            self.trials.ask(&later)?.rank(self.item, cancel)
        })?;
        self.ranks.extend(moments.iter().copied().zip(ranks));
        Ok(())
    }

    fn is_listed(&self, moment: usize, n: usize) -> bool {
        self.ranks.get(&moment).copied().flatten().is_some_and(|rank| rank <= n)
    }

    fn view(&self, world: &World, query: &RankHistoryQuery, step: usize, rated_at: Option<usize>) -> RankHistoryView {
        let point = |(known, rank): (&usize, &Option<usize>)| RankPoint {
            known: *known,
            rank: *rank,
        };
        let points: Vec<RankPoint> = self.ranks.iter().map(point).collect();
        let entered = points
            .iter()
            .find_map(|p| p.rank.filter(|rank| *rank <= query.n).map(|rank| (p.known, rank)));
        let before = |known: usize| known.checked_sub(1).and_then(|at| self.events.get(at));
        RankHistoryView {
            user: world.dataset.user_id(query.user).to_owned(),
            item: world.dataset.item_id(query.item).to_owned(),
            label: world.dataset.item_label(query.item).to_owned(),
            model: query.formula.to_string(),
            n: query.n,
            events: self.events.len(),
            step,
            points,
            entered: entered.map(|(known, rank)| Entered {
                known,
                rank,
                day: before(known).map(|e| Day::of_seconds(e.time.seconds()).to_string()),
                after: before(known).map(|e| world.named(Entity::Item(e.item))),
            }),
            rated_at,
        }
    }
}
