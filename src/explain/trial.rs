//! The one place where hypothetical profiles are made and served.

use std::sync::Arc;

use crate::data::{Dataset, Edit, ItemIx};
use crate::models::{Profile, Recommender, Serving};
use crate::task::{Cancel, Cancelled, Pool};

/// A rating given, changed, or (with `None`) taken out.
pub type Change = (ItemIx, Edit);

/// A profile and a model, to serve variants of the profile.
#[derive(Clone, Copy)]
pub struct Trials<'a> {
    pub dataset: &'a Arc<Dataset>,
    pub model: &'a Arc<dyn Recommender>,
    pub profile: &'a Profile,
    /// Trials run in parallel here.
    pub pool: &'a Pool,
    pub cancel: &'a Cancel,
}

impl<'a> Trials<'a> {
    /// The same profile with another model.
    #[must_use]
    pub fn with_model(self, model: &'a Arc<dyn Recommender>) -> Self {
        Self { model, ..self }
    }

    /// The profile with `changes` applied. Changes that restore what is stored leave no trace.
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

    /// Serves the profile with `changes` applied.
    pub fn ask(&self, changes: &[Change]) -> Result<Trial, Cancelled> {
        self.cancel.check()?;
        let profile = Arc::new(self.profile_with(changes));
        Ok(Trial {
            serving: Serving::open(self.model, profile, self.cancel)?,
            kept_out: Vec::new(),
        })
    }

    /// Serves the profile without some of its ratings. Their items are kept out of the list.
    pub fn without(&self, removed: &[ItemIx]) -> Result<Trial, Cancelled> {
        let changes: Vec<Change> = removed.iter().map(|item| (*item, None)).collect();
        let mut trial = self.ask(&changes)?;
        trial.kept_out = removed.to_vec();
        Ok(trial)
    }
}

/// A hypothetical profile, served.
pub struct Trial {
    pub serving: Serving,
    kept_out: Vec<ItemIx>,
}

impl Trial {
    /// All candidates but those kept out.
    fn candidates(&self, cancel: &Cancel) -> Result<impl Iterator<Item = (ItemIx, f64)>, Cancelled> {
        let all = self.serving.candidates(cancel)?.iter().copied();
        Ok(all.filter(|(item, _)| !self.kept_out.contains(item)))
    }

    /// The rank of `item`; `None` where it has no score, is rated or is kept out.
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

    /// The score of `item` minus that of the `n`-th best other item: below 0 where it is not in the list. Infinite where
    /// there are fewer others; minus infinity where the item has no score.
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
