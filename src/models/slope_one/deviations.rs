//! The mean rating difference of two items, over users who rated both.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled, Report, Task};

/// More deviations than this (4 bytes each, half a gigabyte in all) are not stored.
pub(super) const MAX_STORED: usize = 1 << 27;

/// A pair of items without a common rater.
const MISSING: f32 = f32::NAN;

/// dev(i, j), the mean of r_vi − r_vj over all users v who rated both items.
///
/// Stored for all pairs if they are few enough; otherwise rows are computed from the ratings on demand, to the same bits.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Deviations {
    /// By item j, the deviations of all items i from it; empty if not stored.
    rows: Vec<Vec<f32>>,
}

/// The rating differences of users who rated both items.
#[derive(Clone, Copy, Default)]
struct Differences {
    sum: f64,
    users: u32,
}

impl Differences {
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
    /// Stores all deviations if there are at most `max`. O(Σ over users of ratings²).
    pub fn train(dataset: &Dataset, max: usize, task: &Task) -> Result<Self, Cancelled> {
        const ROWS_PER_BATCH: usize = 64;
        task.cancel.check()?;
        let n = dataset.n_items();
        let mut rows = Vec::new();
        if n.saturating_mul(n) <= max {
            while rows.len() < n {
                let start = rows.len();
                let next = task.pool.try_map(ROWS_PER_BATCH.min(n - start), |at| {
                    compute(dataset, ItemIx((start + at) as u32), &task.cancel)
                })?;
                rows.extend(next);
                task.progress
                    .say(|| Report::of("fitting slope-one", rows.len() as u64, n as u64, "items"));
            }
        }
        Ok(Self { rows })
    }

    /// The deviations of all items from `item`; NaN without a common rater, and for the item itself.
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

/// The deviations of all items from `from`. O(Σ ratings of its raters).
fn compute(dataset: &Dataset, from: ItemIx, cancel: &Cancel) -> Result<Vec<f32>, Cancelled> {
    let mut common = vec![Differences::default(); dataset.n_items()];
    for (at, (user, own)) in dataset.item_row(from).iter().enumerate() {
        if at % 256 == 0 {
            cancel.check()?;
        }
        for (item, rating) in dataset.user_row(crate::data::UserIx(user)).iter() {
            common[item as usize].add(rating - own);
        }
    }
    common[from.at()] = Differences::default();
    Ok(common.into_iter().map(Differences::mean).collect())
}

/// dev(item, from) and the number of common raters; `None` if there are none. The same bits as in the table.
pub(super) fn pair_deviation(dataset: &Dataset, item: ItemIx, from: ItemIx) -> Option<(f64, usize)> {
    let (mut own, mut others) = (dataset.item_row(item).iter(), dataset.item_row(from).iter());
    let (mut a, mut b) = (own.next(), others.next());
    let mut common = Differences::default();
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
