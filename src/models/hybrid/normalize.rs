use crate::models::{Norm, Profile, Reach, Scores};

/// Statistics of a component's scores over its pool: all items that it can score, except those the profile rated.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemPool {
    norm: Norm,
    pub size: usize,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// The population standard deviation.
    pub deviation: f64,
    /// Σ e^(s − max); only for softmax.
    exponentials: f64,
    /// Scores ascending; only for rank.
    sorted: Vec<f64>,
}

impl ItemPool {
    pub fn of(scores: &Scores, profile: &Profile, norm: Norm) -> Self {
        let mut seen = profile.rows().iter().map(|r| r.item).peekable();
        let mut values: Vec<f64> = Vec::new();
        for (item, score) in scores.iter() {
            while seen.next_if(|s| *s < item).is_some() {}
            if seen.peek() != Some(&item) {
                values.push(score);
            }
        }
        let size = values.len();
        let count = size.max(1) as f64;
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count;
        let exponentials = match norm {
            Norm::Softmax => values.iter().map(|v| (v - max).exp()).sum(),
            _ => 0.0,
        };
        if norm == Norm::Rank {
            values.sort_unstable_by(f64::total_cmp);
        } else {
            values.clear();
        }
        Self {
            norm,
            size,
            min,
            max,
            mean,
            deviation: variance.sqrt(),
            exponentials,
            sorted: values,
        }
    }

    /// The pool of a component of which this alone is known; `None` for normalizations that need more.
    pub(super) fn of_reach(reach: Option<Reach>, norm: Norm) -> Option<Self> {
        let none = Reach {
            size: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            mean: 0.0,
            deviation: 0.0,
            exponentials: 0.0,
        };
        let reach = reach.unwrap_or(none);
        (norm != Norm::Rank).then_some(Self {
            norm,
            size: reach.size as usize,
            min: reach.min,
            max: reach.max,
            mean: reach.mean,
            deviation: reach.deviation,
            exponentials: reach.exponentials,
            sorted: Vec::new(),
        })
    }

    /// Whether all candidates have the same score, or there are none: such a component does not affect the ranking.
    pub fn is_constant(&self) -> bool {
        self.size == 0 || (self.norm != Norm::None && self.max <= self.min)
    }

    /// `score` on the common scale; 0 if the pool is constant. Scores of rated items, which are not in the pool, may fall
    /// outside its range.
    pub fn normalize(&self, score: f64) -> f64 {
        if self.is_constant() && self.norm != Norm::None {
            return 0.0;
        }
        match self.norm {
            Norm::None => score,
            Norm::MinMax | Norm::ZScore => {
                let (factor, offset) = self.linear().unwrap_or((0.0, 0.0));
                score * factor + offset
            }
            Norm::Rank => {
                let below = self.sorted.partition_point(|v| *v < score);
                let equal = self.sorted[below..].partition_point(|v| *v <= score);
                let place = below as f64 + (equal.max(1) - 1) as f64 / 2.0;
                (place / (self.size.max(2) - 1) as f64).min(1.0)
            }
            Norm::Softmax => (score - self.max).exp() / self.exponentials,
        }
    }

    /// (a, b) if the normalization is a·score + b, so that the parts of a score can be scaled as well.
    pub fn linear(&self) -> Option<(f64, f64)> {
        match self.norm {
            Norm::None => Some((1.0, 0.0)),
            _ if self.is_constant() => Some((0.0, 0.0)),
            Norm::MinMax => {
                let range = self.max - self.min;
                Some((1.0 / range, -self.min / range))
            }
            Norm::ZScore => Some((1.0 / self.deviation, -self.mean / self.deviation)),
            Norm::Rank | Norm::Softmax => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::data::ItemIx;

    fn pool(norm: Norm) -> ItemPool {
        let mut scores = Scores::unknown(8);
        // Item 2 is the profile's own and item 7 unknown: neither is in the pool.
        for (item, score) in [1.0, 2.0, 99.0, 4.0, 4.0, 9.0, 4.0].into_iter().enumerate() {
            scores.set(ItemIx(item as u32), score);
        }
        ItemPool::of(&scores, &Profile::guest([(ItemIx(2), 5.0)], &Arc::default()), norm)
    }

    #[test]
    fn each_normalization_by_hand() {
        // The pool is 1 2 4 4 4 9: mean 4, variance (9+4+0+0+0+25)/6 = 38/6.
        let minmax = pool(Norm::MinMax);
        assert_eq!((minmax.size, minmax.min, minmax.max), (6, 1.0, 9.0));
        assert!((minmax.normalize(4.0) - 0.375).abs() < 1e-15);
        let z = pool(Norm::ZScore);
        assert!((z.normalize(9.0) - 5.0 / (38.0f64 / 6.0).sqrt()).abs() < 1e-12);
        let rank = pool(Norm::Rank);
        let ranks: Vec<f64> = [1.0, 2.0, 4.0, 9.0, 99.0].map(|s| rank.normalize(s)).to_vec();
        assert_eq!(ranks, [0.0, 0.2, 0.6, 1.0, 1.0]);
        let softmax = pool(Norm::Softmax);
        let sum: f64 = [1.0, 2.0, 4.0, 4.0, 4.0, 9.0]
            .iter()
            .map(|s| softmax.normalize(*s))
            .sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_constant_pool_adds_nothing() {
        let mut scores = Scores::unknown(3);
        scores.set(ItemIx(0), 2.0);
        scores.set(ItemIx(1), 2.0);
        for norm in [Norm::MinMax, Norm::ZScore, Norm::Rank, Norm::Softmax] {
            let pool = ItemPool::of(&scores, &Profile::default(), norm);
            assert!(pool.is_constant());
            assert_eq!(pool.normalize(2.0), 0.0);
        }
        assert_eq!(
            ItemPool::of(&scores, &Profile::default(), Norm::None).normalize(2.0),
            2.0
        );
    }
}
