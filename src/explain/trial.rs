//! The one place where ratings are changed in thought and a model is asked again.

use std::sync::Arc;

use crate::data::{Dataset, Edit, ItemIx};
use crate::models::{Profile, Recommender, Serving};
use crate::task::{Cancel, Cancelled, Pool};

/// A rating given, changed, or (with `None`) taken out.
pub type Change = (ItemIx, Edit);

/// Somebody, and the model that is asked what it would recommend if their ratings were others.
#[derive(Clone, Copy)]
pub struct Trials<'a> {
    pub dataset: &'a Arc<Dataset>,
    pub model: &'a Arc<dyn Recommender>,
    pub profile: &'a Profile,
    /// Where many trials spread out.
    pub pool: &'a Pool,
    pub cancel: &'a Cancel,
}

impl<'a> Trials<'a> {
    /// The same person before another model.
    #[must_use]
    pub fn with_model(self, model: &'a Arc<dyn Recommender>) -> Self {
        Self { model, ..self }
    }

    /// The ratings as they would be. Changes that say what is so anyway make no difference at all.
    pub fn profile_with(&self, changes: &[Change]) -> Profile {
        let Some(user) = self.profile.user() else {
            return self.guest_with(changes);
        };
        let mut edits = self.profile.overlay().clone();
        for (item, rating) in changes {
            edits.set(self.dataset, user, *item, *rating);
        }
        Profile::of_edited_user(self.dataset, user, &Arc::new(edits))
    }

    /// A guest's ratings, in the order in which they were named; new ones come last.
    fn guest_with(&self, changes: &[Change]) -> Profile {
        let rows = self.profile.rows();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|at| self.profile.place_given(*at));
        let mut ratings: Vec<(ItemIx, f64)> = order.iter().map(|at| (rows[*at].item, rows[*at].rating)).collect();
        for (item, rating) in changes {
            match (ratings.iter().position(|(i, _)| i == item), rating) {
                (Some(at), Some(rating)) => ratings[at].1 = *rating,
                (Some(at), None) => drop(ratings.remove(at)),
                (None, Some(rating)) => ratings.push((*item, *rating)),
                (None, None) => {}
            }
        }
        Profile::guest(ratings, &Arc::new(self.profile.overlay().clone()))
    }

    /// Asks the model with these changes.
    pub fn ask(&self, changes: &[Change]) -> Result<Trial, Cancelled> {
        self.cancel.check()?;
        let profile = Arc::new(self.profile_with(changes));
        Ok(Trial {
            serving: Serving::open(self.model, profile, self.cancel)?,
            kept_out: Vec::new(),
        })
    }

    /// Asks without some of the ratings, whose items are kept out of the list: what else would be in it?
    pub fn without(&self, removed: &[ItemIx]) -> Result<Trial, Cancelled> {
        let changes: Vec<Change> = removed.iter().map(|item| (*item, None)).collect();
        let mut trial = self.ask(&changes)?;
        trial.kept_out = removed.to_vec();
        Ok(trial)
    }
}

/// What a model says to changed ratings.
pub struct Trial {
    pub serving: Serving,
    kept_out: Vec<ItemIx>,
}

impl Trial {
    /// The candidates as they would be.
    fn candidates(&self, cancel: &Cancel) -> Result<impl Iterator<Item = (ItemIx, f64)>, Cancelled> {
        let all = self.serving.candidates(cancel)?.iter().copied();
        Ok(all.filter(|(item, _)| !self.kept_out.contains(item)))
    }

    /// Where `item` would stand; `None` where it would have no score, or is rated or kept out.
    pub fn rank(&self, item: ItemIx, cancel: &Cancel) -> Result<Option<usize>, Cancelled> {
        let scores = self.serving.scores(cancel)?;
        let Some(own) = scores.get(item) else {
            return Ok(None);
        };
        if self.serving.profile().contains(item) || self.kept_out.contains(&item) {
            return Ok(None);
        }
        let before = self
            .candidates(cancel)?
            .filter(|other| ranks_before(*other, (item, own)));
        Ok(Some(before.count() + 1))
    }

    /// The `n` best, best first.
    pub fn list(&self, n: usize, cancel: &Cancel) -> Result<Vec<(ItemIx, f64)>, Cancelled> {
        let all = self
            .serving
            .recommend(n.saturating_add(self.kept_out.len()), false, cancel)?;
        let left = all.into_iter().filter(|(item, _)| !self.kept_out.contains(item));
        Ok(left.take(n).collect())
    }

    /// By how much `item` is ahead of the `n`-th best of the others; below 0 where it is not in the list. Infinite where
    /// nobody could take its place, or it has no score.
    pub fn lead(&self, item: ItemIx, n: usize, cancel: &Cancel) -> Result<f64, Cancelled> {
        let Some(own) = self.serving.scores(cancel)?.get(item) else {
            return Ok(f64::NEG_INFINITY);
        };
        let others = self.list(n.saturating_add(1), cancel)?.into_iter();
        let last = others.filter(|(other, _)| *other != item).nth(n.saturating_sub(1));
        Ok(last.map_or(f64::INFINITY, |(_, score)| own - score))
    }
}

/// The order of lists: higher scores first, ties as in the file.
pub(super) fn ranks_before(one: (ItemIx, f64), other: (ItemIx, f64)) -> bool {
    one.1 > other.1 || (one.1 == other.1 && one.0 < other.0)
}
