use serde::{Deserialize, Serialize};

use crate::data::{Dataset, ItemIx, Moment};
use crate::models::item_weights::Aging;
use crate::models::runs::run;
use crate::task::{Cancel, Cancelled};

/// The decayed number of ratings of every item at the time of each of its ratings. 16 bytes per rating.
#[derive(Serialize, Deserialize)]
pub(super) struct History {
    ends: Vec<usize>,
    /// The rating times of each item, ascending, in seconds since 1970.
    times: Vec<i64>,
    /// The decayed count of each rating and those before it, at its time.
    counts: Vec<f64>,
}

impl History {
    /// From the ratings that have times; `half_life` is in days. O(ratings · log of the ratings of an item).
    pub fn of(data: &Dataset, half_life: f64, cancel: &Cancel) -> Result<Self, Cancelled> {
        let mut by_item = vec![Vec::new(); data.n_items()];
        for user in data.users() {
            if user.at() % 64 == 0 {
                cancel.check()?;
            }
            for (k, &item) in data.user_row(user).ids.iter().enumerate() {
                by_item[item as usize].extend(data.time(user, k).map(Moment::seconds));
            }
        }
        let (mut ends, mut times, mut counts) = (Vec::with_capacity(by_item.len()), Vec::new(), Vec::new());
        for mut own in by_item {
            cancel.check()?;
            own.sort_unstable();
            let mut before: Option<(i64, f64)> = None;
            for time in own {
                let aging = Aging { now: time, half_life };
                let kept = before.map_or(0.0, |(then, count)| count * aging.factor(aging.age(Some(then))));
                before = Some((time, kept + 1.0));
                times.push(time);
                counts.push(kept + 1.0);
            }
            ends.push(times.len());
        }
        Ok(Self { ends, times, counts })
    }

    /// The decayed count of `item` at a moment; `None` for an unknown item. O(log of its ratings).
    pub fn count(&self, item: ItemIx, moment: i64, aging: &Aging) -> Option<f64> {
        let own = (item.at() < self.ends.len()).then(|| run(&self.ends, item.at()))?;
        let (start, own) = (own.start, &self.times[own]);
        let Some(last) = own.partition_point(|&time| time <= moment).checked_sub(1) else {
            return Some(0.0);
        };
        let aging = Aging { now: moment, ..*aging };
        Some(self.counts[start + last] * aging.factor(aging.age(Some(own[last]))))
    }

    pub fn memory_bytes(&self) -> usize {
        8 * (self.ends.capacity() + self.times.capacity() + self.counts.capacity())
    }
}
