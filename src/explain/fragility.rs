//! How fragile a list is: which single steps of a rating change it.
//!
//! Every step is tried out on the profile; nothing is estimated. Where scores are sums over the ratings, only what may come into
//! the list is scored anew.

use super::sums::Sums;
use super::trial::{Change, Trials};
use crate::data::ItemIx;
use crate::models::Serving;
use crate::task::Cancelled;

pub use super::steps::single_steps;

/// So many steps are tried between two reports, for each thread.
const AT_ONCE: usize = 4;

/// What single steps make of a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fragility {
    /// The list as it is, best first.
    pub list: Vec<ItemIx>,
    /// How many steps there are to try; all were, once this is as many as there are outcomes.
    pub steps: usize,
    /// What became of the list, step by step.
    pub outcomes: Vec<Outcome>,
}

/// What one step makes of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub change: Change,
    /// The list after it.
    pub list: Vec<ItemIx>,
}

/// How often an item of the list is moved by a single step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    pub item: ItemIx,
    /// After how many steps it is no longer in the list.
    pub leaves: usize,
    /// After how many steps it is at another place, or no longer in the list.
    pub moves: usize,
}

impl Outcome {
    /// What of `before` is no longer in the list, in its order there.
    pub fn out(&self, before: &[ItemIx]) -> Vec<ItemIx> {
        before
            .iter()
            .filter(|item| !self.list.contains(item))
            .copied()
            .collect()
    }

    /// What is in the list and was not in `before`, best first.
    pub fn added(&self, before: &[ItemIx]) -> Vec<ItemIx> {
        self.list
            .iter()
            .filter(|item| !before.contains(item))
            .copied()
            .collect()
    }

    /// Whether other items are in the list.
    pub fn changes(&self, before: &[ItemIx]) -> bool {
        self.list.len() != before.len() || self.list.iter().any(|item| !before.contains(item))
    }
}

impl Fragility {
    /// How many steps put other items into the list.
    pub fn changed(&self) -> usize {
        self.outcomes.iter().filter(|o| o.changes(&self.list)).count()
    }

    /// How many steps leave the same items in the list, in another order.
    pub fn reordered(&self) -> usize {
        let moved = |o: &&Outcome| !o.changes(&self.list) && o.list != self.list;
        self.outcomes.iter().filter(moved).count()
    }

    /// How often each item of the list is moved, in its order. O(steps · n²).
    pub fn stands(&self) -> Vec<Stand> {
        let stand = |(at, item): (usize, &ItemIx)| {
            let places = self
                .outcomes
                .iter()
                .map(|o| o.list.iter().position(|other| other == item));
            let (mut leaves, mut moves) = (0, 0);
            for place in places {
                leaves += usize::from(place.is_none());
                moves += usize::from(place != Some(at));
            }
            Stand {
                item: *item,
                leaves,
                moves,
            }
        };
        self.list.iter().enumerate().map(stand).collect()
    }

    /// The item that most single steps take out of the list; among equals the one that most move, then the last one. None
    /// where no step takes out anything.
    pub fn most_fragile(&self) -> Option<ItemIx> {
        let stands = self.stands().into_iter().filter(|stand| stand.leaves > 0);
        stands
            .max_by_key(|stand| (stand.leaves, stand.moves))
            .map(|stand| stand.item)
    }
}

/// Tries all `steps`, each on the profile with it. An item whose rating is taken out stays out of the list. `serving` serves
/// the unchanged profile; `so_far` is told now and then. Costs one serving of the model a step, or about as much as one rating
/// has to say where scores are sums over the ratings.
pub fn find(
    trials: &Trials<'_>,
    serving: &Serving,
    n: usize,
    steps: &[Change],
    mut so_far: impl FnMut(&Fragility),
) -> Result<Fragility, Cancelled> {
    let items = |list: Vec<(ItemIx, f64)>| list.into_iter().map(|(item, _)| item).collect::<Vec<_>>();
    let mut found = Fragility {
        list: items(serving.recommend(n, false, trials.cancel)?),
        steps: steps.len(),
        outcomes: Vec::with_capacity(steps.len()),
    };
    let sums = Sums::of(serving, &found.list, trials)?;
    for some in steps.chunks(AT_ONCE * trials.pool.threads()) {
        let outcomes = trials.pool.try_map(some.len(), |at| {
            let change = some[at];
            let summed = sums
                .as_ref()
                .map(|sums| sums.list_after(trials, change, n))
                .transpose()?;
            if let Some(list) = summed.flatten() {
                return Ok(Outcome { change, list });
            }
            let trial = match change.1 {
                Some(_) => trials.ask(&[change])?,
                None => trials.without(&[change.0])?,
            };
            let list = items(trial.list(n, trials.cancel)?);
            Ok::<_, Cancelled>(Outcome { change, list })
        })?;
        found.outcomes.extend(outcomes);
        so_far(&found);
    }
    Ok(found)
}

#[cfg(test)]
#[path = "fragility_tests.rs"]
mod tests;
