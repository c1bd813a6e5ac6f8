//! Lists after a single change of a profile, by models whose scores are sums over its ratings: what one rating adds is exchanged,
//! and only what may come into the list is scored anew.

use super::trial::{Change, Trials, ranks_before};
use crate::data::ItemIx;
use crate::models::{Scores, Serving};
use crate::task::Cancelled;

/// Sums that differ by less than this share of the largest might be in another order by rounding.
const ROUNDING: f64 = 1e-9;

/// More are not scored one by one.
const MOST: usize = 100;

/// A list by sums.
pub(super) struct Sums<'a> {
    serving: &'a Serving,
    /// The sum of every candidate.
    candidates: Vec<(ItemIx, f64)>,
    /// What may be due to rounding.
    tolerance: f64,
    list: Vec<ItemIx>,
}

impl<'a> Sums<'a> {
    /// `None` where scores are no sums. `list` is the list as it is.
    pub fn of(serving: &'a Serving, list: &[ItemIx], trials: &Trials<'_>) -> Result<Option<Self>, Cancelled> {
        let Some(sums) = serving.additive() else {
            return Ok(None);
        };
        let scale = sums.scale();
        let candidates = serving.candidates(trials.cancel)?.iter();
        let candidates: Vec<(ItemIx, f64)> = candidates.map(|(item, score)| (*item, score * scale)).collect();
        let largest = candidates.iter().map(|(_, sum)| sum.abs()).fold(0.0, f64::max);
        Ok(Some(Self {
            serving,
            candidates,
            tolerance: ROUNDING * largest,
            list: list.to_vec(),
        }))
    }

    /// The first `n` after a change of a rating, bit for bit as a list of the changed profile has it; `None` where that has to be
    /// looked up: scores are no sums any longer, or too many are alike. O(ratings + items), where the model opens as quickly.
    pub fn list_after(&self, trials: &Trials<'_>, change: Change, n: usize) -> Result<Option<Vec<ItemIx>>, Cancelled> {
        let (item, rating) = change;
        let before = share(self.serving, item);
        let trial = trials.ask(&[change])?.serving;
        if trial.additive().is_none() {
            return Ok(None);
        }
        let after = share(&trial, item);
        if rating.is_some() && before == after {
            return Ok(Some(self.list.clone()));
        }
        let of = |shares: &Option<Scores>, item| shares.as_ref().and_then(|shares| shares.get(item)).unwrap_or(0.0);
        let mut largest: f64 = 0.0;
        let moved = self.candidates.iter().map(|(candidate, sum)| {
            let (less, more) = (of(&before, *candidate), of(&after, *candidate));
            largest = largest.max(less.abs()).max(more.abs());
            (*candidate, sum - less + more)
        });
        let mut moved: Vec<(ItemIx, f64)> = moved.collect();
        if !moved.iter().all(|(_, sum)| sum.is_finite()) || n == 0 {
            return Ok(None);
        }
        let cut = n.min(moved.len()).saturating_sub(1);
        if cut < moved.len() {
            moved.select_nth_unstable_by(cut, |a, b| b.1.total_cmp(&a.1));
            let least = moved[cut].1 - 2.0 * self.tolerance.max(ROUNDING * largest);
            moved.retain(|(_, sum)| *sum >= least);
        }
        if moved.len() > n + MOST {
            return Ok(None);
        }
        let wanted = moved.len().min(n);
        let mut list = Vec::with_capacity(moved.len());
        for (candidate, _) in moved {
            if let Ok(score) = trial.score(candidate) {
                list.push((candidate, score));
            }
        }
        // Where something has no score any longer, others come in.
        if list.len() < wanted {
            return Ok(None);
        }
        list.sort_by(|a, b| {
            if ranks_before(*a, *b) {
                std::cmp::Ordering::Less
            } else {
                std::cmp::Ordering::Greater
            }
        });
        Ok(Some(list.into_iter().take(n).map(|(item, _)| item).collect()))
    }
}

/// What the rating of an item adds to every sum; `None` where it is not rated.
fn share(serving: &Serving, item: ItemIx) -> Option<Scores> {
    let at = serving.profile().rows().iter().position(|row| row.item == item)?;
    Some(serving.additive()?.share(at))
}
