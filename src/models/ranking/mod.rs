//! One road on which everybody is ranked: the best items of many profiles at once, for any model.
//!
//! - Models of factors ([`Recommender::factors`]) score blocks of profiles against blocks of items in 32 bits
//!   ([`products`]), which finds whatever may stand in a list ([`shortlist`]); that is scored again as it is served.
//! - All others serve one profile after the other.
//!
//! Either way a list equals [`Serving::recommend`] bit for bit. Nothing of the size profiles × items is held.

mod products;
mod shortlist;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use products::{Products, Taste};

use super::scores::{Tallies, best};
use super::{Profile, Recommender, Serving};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled, Task};

/// What lists are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// How many items, at most.
    pub n: usize,
    /// Whether what the profile has rated may stand in its list.
    pub include_seen: bool,
}

/// From so many profiles on their lists make up for what it takes to pack the items: about what as many cost alone.
const WORTH_PACKING: usize = 4;

/// A model, ready to rank many profiles.
pub struct Ranker {
    model: Arc<dyn Recommender>,
    products: Option<Products>,
}

impl Ranker {
    /// So many profiles are ranked together; callers hand them over in chunks of this size, one to a thread.
    pub const AT_ONCE: usize = 96;

    /// Prepares what the lists of about so many profiles share; `data` is what the model was fitted to. For models of
    /// factors O(items · factors), and as many 32-bit numbers are held; nothing for others, nor for so few profiles that
    /// each is sooner served alone.
    ///
    /// # Errors
    /// Cancellation.
    pub fn open(model: &Arc<dyn Recommender>, data: &Dataset, profiles: usize, task: &Task) -> Result<Self, Cancelled> {
        let factors = model.factors().filter(|_| profiles >= WORTH_PACKING);
        let products = factors.map(|factors| Products::of(factors, data, &task.cancel));
        Ok(Self {
            model: Arc::clone(model),
            products: products.transpose()?,
        })
    }

    /// The best items of each profile, best first, ties in item order: in the order of the profiles, and bit for bit what
    /// [`Serving::recommend`] gives for each. On the calling thread.
    pub fn lists(
        &self,
        profiles: &[Arc<Profile>],
        wanted: Wanted,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<(ItemIx, f64)>>, Cancelled> {
        self.rank(profiles, wanted, cancel, |_, list, _| Ok(list))
    }

    /// As [`Ranker::lists`], handing each list to `each` with its profile's place and its serving.
    pub fn rank<T, E: From<Cancelled>>(
        &self,
        profiles: &[Arc<Profile>],
        wanted: Wanted,
        cancel: &Cancel,
        mut each: impl FnMut(usize, Vec<(ItemIx, f64)>, &Serving) -> Result<T, E>,
    ) -> Result<Vec<T>, E> {
        let mut all = Vec::with_capacity(profiles.len());
        let mut votes = Tallies::default();
        for (block, profiles) in profiles.chunks(Self::AT_ONCE).enumerate() {
            let mut shortlists = self.shortlists(profiles, wanted, cancel)?.into_iter();
            for (at, profile) in profiles.iter().enumerate() {
                cancel.check()?;
                let serving = Serving::open(&self.model, Arc::clone(profile), cancel)?;
                let found = shortlists.next().flatten();
                let list = match found.and_then(|found| served(&serving, found, wanted)) {
                    Some(list) => list,
                    None if wanted.n == 0 => Vec::new(),
                    None => serving.recommend_from((wanted.n, wanted.include_seen), &mut votes, cancel)?,
                };
                all.push(each(block * Self::AT_ONCE + at, list, &serving)?);
            }
        }
        Ok(all)
    }

    /// For each profile all unrated items that may be among its `n` best; `None` where they are better served alone. Fewer
    /// than there are profiles where the model has no such way.
    fn shortlists(
        &self,
        profiles: &[Arc<Profile>],
        wanted: Wanted,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Vec<ItemIx>>>, Cancelled> {
        let (Some(products), Some(factors)) = (&self.products, self.model.factors()) else {
            return Ok(Vec::new());
        };
        if profiles.len() < 2 || !products.is_worth(wanted.n) {
            return Ok(Vec::new());
        }
        let tastes: Vec<Taste<'_>> = profiles.iter().map(|profile| Taste::of(factors, profile)).collect();
        products.shortlists(&tastes, wanted.n, cancel)
    }
}

/// The list made of what may stand in it, scored as served; `None` where something of it has no score after all.
fn served(serving: &Serving, found: Vec<ItemIx>, wanted: Wanted) -> Option<Vec<(ItemIx, f64)>> {
    let score = |item: ItemIx| serving.score(item).ok().filter(|score| score.is_finite());
    let found = found.into_iter().map(|item| Some((item, score(item)?)));
    let mut scored: Vec<(ItemIx, f64)> = found.collect::<Option<_>>()?;
    if wanted.include_seen {
        let seen = serving.profile().rows().iter().map(|row| row.item);
        scored.extend(seen.filter_map(|item| Some((item, score(item)?))));
    }
    Some(best(scored.into_iter(), wanted.n))
}
