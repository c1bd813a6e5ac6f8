use serde::Serialize;

use super::{Entity, Naming};
use crate::data::Histogram;

/// An id with what to call it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    #[serde(skip)]
    pub entity: Entity,
    /// `user` or `item`.
    pub kind: &'static str,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
}

impl Named {
    /// The entity as `names` call it.
    pub(super) fn of(entity: Entity, names: &dyn Naming) -> Self {
        Self {
            entity,
            kind: entity.kind(),
            id: names.id(entity).to_owned(),
            label: names.label(entity),
        }
    }
}

/// One bar of a histogram: a value, or a range of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Bar {
    Value {
        value: f64,
        count: u64,
    },
    /// Ratings from one border to the next.
    Bin {
        /// Where it begins, included.
        from: f64,
        to: f64,
        /// How many ratings fall into it.
        count: u64,
    },
}

impl Bar {
    /// How many ratings the bar stands for.
    pub fn count(&self) -> u64 {
        match self {
            Self::Value { count, .. } | Self::Bin { count, .. } => *count,
        }
    }

    /// The lowest and the highest rating that it stands for.
    pub fn ends(&self) -> (f64, f64) {
        match *self {
            Self::Value { value, .. } => (value, value),
            Self::Bin { from, to, .. } => (from, to),
        }
    }

    /// The bars of a histogram, in order.
    pub fn of(histogram: &Histogram) -> Vec<Self> {
        match histogram {
            Histogram::Values(values) => values
                .iter()
                .map(|&(value, count)| Self::Value { value, count })
                .collect(),
            Histogram::Bins(bins) => bins
                .iter()
                .map(|&(from, to, count)| Self::Bin { from, to, count })
                .collect(),
        }
    }

    /// As [`Bar::count`], to be changed.
    pub(super) fn count_mut(&mut self) -> &mut u64 {
        match self {
            Self::Value { count, .. } | Self::Bin { count, .. } => count,
        }
    }

    /// How far `rating` lies from the bar.
    pub(super) fn distance(&self, rating: f64) -> f64 {
        let (low, high) = self.ends();
        (rating - rating.clamp(low, high)).abs()
    }

    /// Whether `rating` belongs to this bar; the last bin includes its end.
    pub fn holds(&self, rating: f64, last: bool) -> bool {
        match *self {
            Self::Value { value, .. } => value == rating,
            Self::Bin { from, to, .. } => rating >= from && (rating < to || (last && rating <= to)),
        }
    }
}
