//! A place of the list that a bandit fills: the new item among those that it would push out.

use std::collections::HashMap;

use serde::Serialize;

use super::{NewItem, NewItemQuery};
use crate::answers::{AnswerError, World};
use crate::bandit::{Arm, BanditError, BanditResult, arm_of, guess_rates, parse_policies, simulate};
use crate::data::{Dataset, ItemIx};
use crate::task::Task;

/// Arms beside the new item.
const RIVALS: usize = 9;
/// A rate is known from so many ratings, or from as many as half of all items have.
const ENOUGH: usize = 50;
/// How often the slot is filled.
const HORIZON: u64 = 2_000;
/// Over so many runs figures are means.
const RUNS: u64 = 200;

/// The new item as an arm, the first.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SlotView {
    /// Its rate is that of its hidden ratings; of an item that is made up it is what similar ones let expect.
    pub is_rate_known: bool,
    /// Thompson sampling from a flat prior, and from what similar items let expect.
    #[serde(flatten)]
    pub result: BanditResult,
}

/// Simulates it. `rivals` says in how many lists each item would lose its place.
pub(super) fn compute(
    world: &World,
    train: &Dataset,
    item: ItemIx,
    query: &NewItemQuery,
    rivals: &HashMap<ItemIx, usize>,
    task: &Task,
) -> Result<SlotView, AnswerError> {
    let lists = |other: &ItemIx| rivals.get(other).copied().unwrap_or(0);
    let raters = |other: &ItemIx| train.item_row(*other).len();
    // Only where many rated it a rate is known.
    let mut counts: Vec<usize> = train.items().map(|other| raters(&other)).filter(|n| *n > 0).collect();
    counts.sort_unstable();
    let enough = counts.get(counts.len() / 2).copied().unwrap_or(0).clamp(1, ENOUGH);
    let is_rival = |other: &ItemIx| *other != item && raters(other) >= enough;
    let mut others: Vec<ItemIx> = train.items().filter(is_rival).collect();
    others.sort_by_key(|other| std::cmp::Reverse((lists(other), raters(other))));
    let mut arms: Vec<Arm> = std::iter::once(item)
        .chain(others.into_iter().take(RIVALS))
        .map(|item| arm_of(train, item, None))
        .collect();
    let error = |error: BanditError| match error {
        BanditError::Cancelled(cancelled) => AnswerError::Cancelled(cancelled),
        other => AnswerError::Usage(other.to_string()),
    };
    guess_rates(train, &mut arms, None, &task.cancel)?;
    let is_rate_known = matches!(query.item, NewItem::Hidden(_));
    arms[0].mean = match query.item {
        NewItem::Hidden(item) => arm_of(&world.dataset, item, None).mean,
        NewItem::Typed { .. } => arms[0].guess.unwrap_or(0.5),
    };
    let text = format!("thompson; thompson:strength={}", query.strength);
    let policies = parse_policies(&text).map_err(|e| AnswerError::Usage(e.to_string()))?;
    let result = simulate(&arms, &policies, HORIZON, RUNS, world.seed(), task).map_err(error)?;
    Ok(SlotView { is_rate_known, result })
}
