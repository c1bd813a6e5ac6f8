//! Where an item stands in everybody's list.

use std::sync::Arc;

use crate::data::{Dataset, ItemIx, UserIx};
use crate::evaluate::pairs_in_order;
use crate::models::{Profile, Recommender, Serving};
use crate::task::{Cancelled, Report, Task};

/// Where the item stands for one user, among what they have not rated.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Standing {
    pub user: UserIx,
    /// None where the model has nothing to say.
    pub score: Option<f64>,
    /// Its rank, from 1, and among how many.
    pub rank: usize,
    pub candidates: usize,
    /// The standard deviation of the scores of the candidates.
    pub deviation: f64,
    /// The last item of the list that it would have to push out, with its score; none where the list has room.
    pub cut: Option<(ItemIx, f64)>,
}

impl Standing {
    /// By how many standard deviations it stands below the item that it would have to push out: negative where it stands above
    /// it; none where there is no such item, or nothing to measure by.
    pub fn short(&self) -> Option<f64> {
        let ((_, cut), score) = self.cut.zip(self.score)?;
        (self.deviation > 0.0).then(|| (cut - score) / self.deviation)
    }

    /// Whether a bonus of so many standard deviations brings it into the list. On a tie the other stays.
    pub fn is_shown(&self, bonus: f64) -> bool {
        match (self.score, self.cut) {
            (None, _) => false,
            (_, None) => true,
            (Some(score), Some((_, cut))) => score + bonus * self.deviation > cut,
        }
    }
}

/// Where `item` stands in the lists, `n` long, of these users. In their order, whatever the number of threads.
/// O(users · items).
pub(super) fn standings(
    data: &Dataset,
    model: &Arc<dyn Recommender>,
    item: ItemIx,
    users: &[UserIx],
    n: usize,
    task: &Task,
) -> Result<Vec<Standing>, Cancelled> {
    let done = std::sync::atomic::AtomicU64::new(0);
    task.pool.try_map(users.len(), |at| {
        task.cancel.check()?;
        let profile = Arc::new(Profile::of_user(data, users[at]));
        let serving = Serving::open(model, profile, &task.cancel)?;
        let score = serving.score(item).ok();
        let others: Vec<(ItemIx, f64)> = (serving.candidates(&task.cancel)?.iter().copied())
            .filter(|(other, _)| *other != item)
            .collect();
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        task.progress
            .say(|| Report::of("ranking the item for", done, users.len() as u64, "users"));
        Ok(standing_of(users[at], score, others, n))
    })
}

/// The same of one user, whose candidates other than the item are `others`.
fn standing_of(user: UserIx, score: Option<f64>, mut others: Vec<(ItemIx, f64)>, n: usize) -> Standing {
    let count = others.len() as f64;
    let mean = others.iter().map(|o| o.1).sum::<f64>() / count.max(1.0);
    let squares: f64 = others.iter().map(|o| (o.1 - mean).powi(2)).sum();
    // Of equal scores the one that comes first in the file stands higher.
    let above = others.iter().filter(|o| score.is_some_and(|own| o.1 >= own)).count();
    let cut = (n >= 1 && others.len() >= n).then(|| {
        let order = |a: &(ItemIx, f64), b: &(ItemIx, f64)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        *others.select_nth_unstable_by(n - 1, order).1
    });
    Standing {
        user,
        score,
        rank: above + 1,
        candidates: others.len() + 1,
        deviation: (squares / count.max(1.0)).sqrt(),
        cut,
    }
}

/// The probability that a liked one is ranked above another, ties counting half (the area under the ROC curve); those without a
/// score come last. None where either kind is missing. O(n log n).
pub(super) fn auc(scored: impl IntoIterator<Item = (Option<f64>, bool)>) -> Option<f64> {
    let (mut liked, mut others) = (Vec::new(), Vec::new());
    for (score, is_liked) in scored {
        let kind = if is_liked { &mut liked } else { &mut others };
        kind.push(score.unwrap_or(f64::NEG_INFINITY));
    }
    let pairs = liked.len() as f64 * others.len() as f64;
    (pairs > 0.0).then(|| pairs_in_order(&mut liked, &others) / pairs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn auc_is_the_share_of_pairs_that_are_in_order(
            scored in prop::collection::vec((prop::option::of(0..5i32), any::<bool>()), 0..20),
        ) {
            let scored: Vec<(Option<f64>, bool)> = scored.into_iter().map(|(s, l)| (s.map(f64::from), l)).collect();
            let (mut pairs, mut wins) = (0.0, 0.0);
            for (a, _) in scored.iter().filter(|s| s.1) {
                for (b, _) in scored.iter().filter(|s| !s.1) {
                    pairs += 1.0;
                    wins += if a > b { 1.0 } else if a == b { 0.5 } else { 0.0 };
                }
            }
            match auc(scored) {
                None => prop_assert_eq!(pairs, 0.0),
                Some(found) => prop_assert!((found - wins / pairs).abs() < 1e-12),
            }
        }

        #[test]
        fn a_bonus_shows_it_where_it_passes_the_cut(
            scores in prop::collection::vec(0..6i32, 0..8), own in 0..6i32, n in 1..5usize, bonus in 0.0..3.0f64,
        ) {
            let others: Vec<(ItemIx, f64)> =
                scores.iter().enumerate().map(|(at, s)| (ItemIx(at as u32), f64::from(*s))).collect();
            let standing = standing_of(UserIx(0), Some(f64::from(own)), others.clone(), n);
            let raised = f64::from(own) + bonus * standing.deviation;
            let above = others.iter().filter(|o| o.1 >= raised).count();
            prop_assert_eq!(standing.is_shown(bonus), above < n, "{:?} {} {}", standing, raised, above);
            prop_assert_eq!(standing.rank, 1 + others.iter().filter(|o| o.1 >= f64::from(own)).count());
        }
    }
}
