//! The smallest set of somebody's own ratings without which an item is not in their list.
//!
//! - [`additive`]: for models whose scores are sums over the ratings a bound excludes smaller sets and guides the search.
//! - [`general`]: for the others sets are tried one after the other, the most telling ratings first.
//!
//! Whatever is found was tried: the model was asked without these ratings.

mod additive;
mod branches;
mod general;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicUsize, Ordering};

use super::trial::{Trial, Trials};
use crate::data::ItemIx;
use crate::models::Serving;
use crate::task::Cancelled;

/// What it takes to get an item out of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterfactual {
    /// Without these ratings the item is not in the list; `None` where no such set was found.
    pub set: Option<Vec<ItemIx>>,
    /// No set of fewer ratings does it: all were tried, or are excluded by a bound.
    pub excluded_below: usize,
    /// How many sets the model was asked without.
    pub tried: usize,
    /// Where the item stands without the set; `None` where it has no score then.
    pub rank_after: Option<usize>,
    /// The best item that comes into the list.
    pub replaced_by: Option<ItemIx>,
}

impl Counterfactual {
    /// Whether no smaller set does it.
    pub fn is_minimal(&self) -> bool {
        self.set.as_ref().is_some_and(|set| set.len() <= self.excluded_below)
    }
}

/// Looks for the smallest set of ratings without which `item`, which is in the list of the best `n`, is not in it. Items
/// whose ratings are taken out stay out of the list. `serving` is the model at work for the ratings as they are.
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

/// What was found: rows of the profile, the most telling first.
struct Found {
    set: Option<Vec<usize>>,
    excluded_below: usize,
}

/// The question, and how often the model was asked.
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

    /// The model without these rows of the profile.
    fn ask(&self, rows: &[usize]) -> Result<Trial, Cancelled> {
        self.tried.fetch_add(1, Ordering::Relaxed);
        let profile = self.serving.profile().rows();
        let removed: Vec<ItemIx> = rows.iter().map(|at| profile[*at].item).collect();
        self.trials.without(&removed)
    }

    /// Whether the item is out of the list without these rows of the profile.
    fn is_out_without(&self, rows: &[usize]) -> Result<bool, Cancelled> {
        let rank = self.ask(rows)?.rank(self.item, self.trials.cancel)?;
        Ok(rank.is_none_or(|rank| rank > self.n))
    }
}
