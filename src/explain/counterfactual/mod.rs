//! The smallest set of a profile's own ratings whose removal takes an item out of the list.
//!
//! - `additive`: for models whose scores are sums over the ratings; a bound excludes smaller sets and guides the search.
//! - `problem`, `branches`: its input with the bound, and the exhaustive search (branch and bound).
//! - `general`: for all other models; removes ratings in order of influence and serves the profile each time.
//!
//! Every set found was verified by serving the profile without it.

mod additive;
mod branches;
mod general;
mod problem;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::trial::{Trial, Trials};
use crate::data::ItemIx;
use crate::models::Serving;
use crate::task::Cancelled;

/// The result of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterfactual {
    /// Removing these ratings takes the item out of the list; `None` where no such set was found.
    pub set: Option<Vec<ItemIx>>,
    /// No set of fewer ratings takes it out: all were tried, or are excluded by a bound.
    pub excluded_below: usize,
    /// How many sets were tried by serving the profile without them.
    pub tried: usize,
    /// The item's rank without the set; `None` where it has no score then.
    pub rank_after: Option<usize>,
    /// The best-ranked item that is new in the list.
    pub replaced_by: Option<ItemIx>,
}

impl Counterfactual {
    /// Whether it is proved that no smaller set takes the item out.
    pub fn is_minimal(&self) -> bool {
        self.set.as_ref().is_some_and(|set| set.len() <= self.excluded_below)
    }
}

/// Searches for the smallest set of ratings whose removal takes `item` out of the top `n`, where it is now. Items whose
/// ratings are removed stay out of the list. `serving` serves the unchanged profile.
pub fn find(trials: &Trials<'_>, serving: &Serving, item: ItemIx, n: usize) -> Result<Counterfactual, Cancelled> {
    let search = Search {
        trials,
        serving,
        item,
        n,
        tried: AtomicUsize::new(0),
    };
    let found = match serving.additive() {
        Some(sums) => additive::find(&search, sums)?,
        None => general::find(&search)?,
    };
    let mut whole = Counterfactual {
        set: None,
        excluded_below: found.excluded_below,
        tried: search.tried.load(Ordering::Relaxed),
        rank_after: None,
        replaced_by: None,
    };
    let Some(set) = found.set else {
        return Ok(whole);
    };
    let set: Vec<ItemIx> = set.iter().map(|at| serving.profile().rows()[*at].item).collect();
    let trial = trials.without(&set)?;
    whole.rank_after = trial.rank(item, trials.cancel)?;
    let before = serving.recommend(n, false, trials.cancel)?;
    let after = trial.list(n, trials.cancel)?.into_iter();
    let mut new = after.filter(|(now, _)| before.iter().all(|(was, _)| was != now));
    whole.replaced_by = new.next().map(|(item, _)| item);
    whole.set = Some(set);
    Ok(whole)
}

/// A set of rows of the profile, the most influential first.
struct Found {
    set: Option<Vec<usize>>,
    excluded_below: usize,
}

/// The question, with a count of trials.
struct Search<'a> {
    trials: &'a Trials<'a>,
    serving: &'a Serving,
    item: ItemIx,
    n: usize,
    tried: AtomicUsize,
}

impl Search<'_> {
    /// How many ratings there are.
    fn ratings(&self) -> usize {
        self.serving.profile().len()
    }

    /// Serves the profile without these rows.
    fn ask(&self, rows: &[usize]) -> Result<Trial, Cancelled> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        let profile = self.serving.profile().rows();
        let removed: Vec<ItemIx> = rows.iter().map(|at| profile[*at].item).collect();
        self.trials.without(&removed)
    }

    /// Whether the item is not in the list without these rows of the profile.
    fn is_out_without(&self, rows: &[usize]) -> Result<bool, Cancelled> {
        let rank = self.ask(rows)?.rank(self.item, self.trials.cancel)?;
        Ok(rank.is_none_or(|rank| rank > self.n))
    }
}
