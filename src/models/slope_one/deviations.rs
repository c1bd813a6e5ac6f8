//! How much higher one item is rated than another, by those who rated both.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled, Report, Task};

/// More deviations than this (4 bytes each, so half a gigabyte) are not kept.
pub(super) const MOST_KEPT: usize = 1 << 27;

/// What stands for a pair of items that nobody rated both of.
const MISSING: f32 = f32::NAN;

/// dev(i, j), the mean of r_vi − r_vj over all users v who rated both items.
///
/// Kept for all pairs, items × items, where they are not too many; else a row is computed when it is asked for, from the
/// ratings, to the same bits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Deviations {
    /// By item j the deviations of every item i from it; empty where nothing is kept.
    rows: Vec<Vec<f32>>,
}

/// The sum over users who rated both items, and how many they are.
#[derive(Clone, Copy, Default)]
struct Common {
    sum: f64,
    users: u32,
}

impl Common {
    fn add(&mut self, difference: f64) {
        self.sum += difference;
        self.users += 1;
    }

    fn mean(self) -> f32 {
        if self.users == 0 {
            MISSING
        } else {
            (self.sum / f64::from(self.users)) as f32
        }
    }
}

impl Deviations {
    /// All of them, if they are at most `most`. O(Σ over users of ratings²).
    pub fn train(dataset: &Dataset, most: usize, task: &Task) -> Result<Self, Cancelled> {
        const AT_ONCE: usize = 64;
        task.cancel.check()?;
        let n = dataset.n_items();
        let mut rows = Vec::new();
        if n.saturating_mul(n) <= most {
            while rows.len() < n {
                let start = rows.len();
                let next = task.pool.try_map(AT_ONCE.min(n - start), |at| {
                    compute(dataset, ItemIx((start + at) as u32), &task.cancel)
                })?;
                rows.extend(next);
                task.progress
                    .say(|| Report::of("fitting slope-one", rows.len() as u64, n as u64, "items"));
            }
        }
        Ok(Self { rows })
    }

    /// The deviations of all items from `item`; not finite where nobody rated both, and for the item itself.
    pub fn from(&self, item: ItemIx, dataset: &Dataset, cancel: &Cancel) -> Result<Cow<'_, [f32]>, Cancelled> {
        match self.rows.get(item.at()) {
            Some(row) => Ok(Cow::Borrowed(row)),
            None => compute(dataset, item, cancel).map(Cow::Owned),
        }
    }

    pub fn memory_bytes(&self) -> usize {
        self.rows
            .iter()
            .map(|row| 4 * row.capacity() + size_of::<Vec<f32>>())
            .sum()
    }
}

/// The deviations of all items from `from`. O(Σ ratings of those who rated it).
fn compute(dataset: &Dataset, from: ItemIx, cancel: &Cancel) -> Result<Vec<f32>, Cancelled> {
    let mut common = vec![Common::default(); dataset.n_items()];
    for (at, (user, own)) in dataset.item_row(from).iter().enumerate() {
        if at % 256 == 0 {
            cancel.check()?;
        }
        for (item, rating) in dataset.user_row(crate::data::UserIx(user)).iter() {
            common[item as usize].add(rating - own);
        }
    }
    common[from.at()] = Common::default();
    Ok(common.into_iter().map(Common::mean).collect())
}

/// dev(item, from) and how many users rated both; `None` where nobody did. The same bits as in the table.
pub(super) fn of_pair(dataset: &Dataset, item: ItemIx, from: ItemIx) -> Option<(f64, usize)> {
    let (mut own, mut others) = (dataset.item_row(item).iter(), dataset.item_row(from).iter());
    let (mut a, mut b) = (own.next(), others.next());
    let mut common = Common::default();
    while let (Some((user, rating)), Some((other, from))) = (a, b) {
        if user == other {
            common.add(rating - from);
        }
        if user <= other {
            a = own.next();
        }
        if other <= user {
            b = others.next();
        }
    }
    let mean = common.mean();
    mean.is_finite().then_some((f64::from(mean), common.users as usize))
}
