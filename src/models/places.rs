//! Where a score stands among all candidates of a user, within bounds: what normalizing by rank needs of everybody.

use std::sync::OnceLock;

/// Some of a user's scores of all candidates, best first: close to each other where they are high, as lists are made of
/// those. About 3.5·ln n of n scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder {
    size: usize,
    /// The scores at [`distances`] from the best.
    rungs: Box<[f64]>,
}

/// Distances from the best of `size` scores: 0, 1, 2, 3, then each a third further than the one before, and the last.
fn distances(size: usize) -> impl Iterator<Item = usize> {
    let most = size.saturating_sub(1);
    let inner = std::iter::successors(Some(0), |d| Some(d + 1 + d / 3)).take_while(move |d| *d < most);
    inner.chain((size > 0).then_some(most))
}

impl Ladder {
    /// Of scores without NaN, which it reorders. O(n).
    pub fn of(scores: &mut [f64]) -> Self {
        let size = scores.len();
        let mut rungs: Box<[f64]> = distances(size).map(|_| 0.0).collect();
        let distances: Vec<usize> = distances(size).collect();
        let mut left = scores;
        // From the lowest on: what is above a rung is all that the next one is looked for in.
        for (rung, distance) in rungs.iter_mut().zip(distances).rev() {
            let (above, at, _) = left.select_nth_unstable_by(distance, |a, b| b.total_cmp(a));
            *rung = *at;
            left = above;
        }
        Self { size, rungs }
    }

    /// Bounds of what normalizing by rank makes of the score of one of the candidates: the share of the others that are below
    /// it, those with the same score counted by half; 0 where all have the same. Both are the same number where the score
    /// stands at a rung and its neighbors are rungs as well. O(ln ln n).
    pub fn rank(&self, score: f64) -> (f64, f64) {
        let (Some(highest), Some(lowest)) = (self.rungs.first(), self.rungs.last()) else {
            return (0.0, 0.0);
        };
        if highest <= lowest {
            return (0.0, 0.0);
        }
        // How many scores are before the place where the first `passed` rungs end.
        let counted = |passed: usize| {
            let mut from = distances(self.size).skip(passed.saturating_sub(1));
            let least = if passed == 0 { 0 } else { from.next().unwrap_or(0) + 1 };
            (least, from.next().unwrap_or(self.size))
        };
        let (mut above, mut not_below) = (
            counted(self.rungs.partition_point(|rung| *rung > score)),
            counted(self.rungs.partition_point(|rung| *rung >= score)),
        );
        // The score itself is not above, and not below.
        above.1 = above.1.min(not_below.1.saturating_sub(1));
        not_below.0 = not_below.0.max(above.0 + 1);
        let share = |above: usize, not_below: usize| {
            let place = self.size as f64 - (above + not_below + 1) as f64 / 2.0;
            (place / (self.size.max(2) - 1) as f64).clamp(0.0, 1.0)
        };
        (share(above.1, not_below.1), share(above.0, not_below.0))
    }

    /// Bytes of everybody's, as a model keeps them.
    pub fn memory_of_all(all: &OnceLock<Vec<Self>>) -> usize {
        let bytes = |ladder: &Self| size_of::<Self>() + size_of_val(&*ladder.rungs);
        all.get().map_or(0, |all| all.iter().map(bytes).sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_hold_the_rank_and_meet_at_the_top() {
        for (n, distinct) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (7, 3),
            (300, 300),
            (300, 7),
            (300, 1),
            (5000, 900),
        ] {
            let number = |k: usize| (k * 7919 % distinct) as f64 - 3.5;
            let scores: Vec<f64> = (0..n).map(number).collect();
            let ladder = Ladder::of(&mut scores.clone());
            let mut sorted = scores.clone();
            sorted.sort_unstable_by(f64::total_cmp);
            for score in scores {
                let (lower, upper) = ladder.rank(score);
                let below = sorted.iter().filter(|other| **other < score).count() as f64;
                let same = sorted.iter().filter(|other| **other == score).count() as f64;
                let rank = if distinct == 1 || n < 2 {
                    0.0
                } else {
                    (below + (same - 1.0) / 2.0) / (n - 1) as f64
                };
                assert!(lower <= rank && rank <= upper, "{n}: {score}: {lower} {rank} {upper}");
                let from_top = n as f64 - below;
                assert!(
                    upper - lower <= 0.35 * (from_top + same) / n as f64,
                    "{n}: {score}: {lower} {upper}"
                );
                if distinct == n && from_top <= 3.0 {
                    assert_eq!(lower, upper, "{n}: {score}");
                }
            }
        }
    }
}
