//! What is good, bad and liked among the values of an item.

use super::{Dataset, FeedbackKind, ItemIx, Like, Scale};

/// Which values of an item are good, so-so and bad.
#[derive(Clone, Debug, PartialEq)]
pub enum Thirds {
    /// By the thirds of the scale.
    OfScale(Scale),
    /// By the item's own values, ascending: where others stand is all that a count can be held against.
    OfOwn(Vec<f64>),
    BySign,
    /// What only happened is neither.
    None,
}

impl Thirds {
    /// 0 for bad, 1 for so-so, 2 for good.
    pub fn third(&self, value: f64) -> Option<usize> {
        match self {
            Self::OfScale(scale) => Some(scale.third(value)),
            Self::OfOwn(values) => {
                let below = values.partition_point(|v| *v < value);
                let up_to = values.partition_point(|v| *v <= value);
                // The share of others that are lower, of equal ones the half.
                let share = (below + up_to) as f64 / (2 * values.len().max(1)) as f64;
                Some(if share >= 2.0 / 3.0 {
                    2
                } else {
                    usize::from(share > 1.0 / 3.0)
                })
            }
            Self::BySign => Some(if value > 0.0 { 2 } else { usize::from(value == 0.0) }),
            Self::None => None,
        }
    }
}

impl Dataset {
    /// What is good and bad for `item`. O(its rows · log) for counts.
    pub fn thirds(&self, item: ItemIx) -> Thirds {
        match self.feedback().kind {
            FeedbackKind::Ratings => Thirds::OfScale(self.scale()),
            FeedbackKind::Counts => Thirds::OfOwn(self.sorted_values(item)),
            FeedbackKind::Events => Thirds::None,
            FeedbackKind::Votes => Thirds::BySign,
        }
    }

    /// The least value that is a like of `item`: all values from there on are. O(its rows · log) for counts.
    pub fn liked_from(&self, item: ItemIx) -> f64 {
        match self.like() {
            Like::AtLeast(value) => value,
            Like::Above(value) => value.next_up(),
            Like::Any => f64::NEG_INFINITY,
            Like::ItemMedian => {
                let values = self.sorted_values(item);
                let (low, high) = (
                    values.get(values.len().saturating_sub(1) / 2),
                    values.get(values.len() / 2),
                );
                low.zip(high)
                    .map_or(f64::NEG_INFINITY, |(low, high)| f64::midpoint(*low, *high))
            }
        }
    }

    fn sorted_values(&self, item: ItemIx) -> Vec<f64> {
        let mut values: Vec<f64> = self.item_row(item).iter().map(|(_, value)| value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }
}

#[cfg(test)]
#[path = "liking_tests.rs"]
mod tests;
