use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{ItemWeights, SparseWeights};
use crate::data::{Dataset, ItemIx, UserIx};
use crate::models::scores::keep_first;
use crate::models::{FitError, Parameter, Range};
use crate::task::{Cancelled, Report, Task};

/// For models that keep the heaviest weights towards each item.
pub const NEIGHBORS: Parameter = Parameter {
    name: "neighbors",
    range: Range::WholeOrAll(1, u64::MAX),
    default: "all",
    doc: "how many others may speak for an item: those with the heaviest weights",
};

/// More weights than this (8 bytes each) are refused.
const MOST_KEPT: usize = 1 << 29;

/// How many items one piece of work is: enough to reuse its sums, few enough to spread evenly.
const ITEMS_AT_ONCE: usize = 16;

/// For every i of `items` hands `finish` one sum for every item j (i among them), to which `add(sums, i, u)` added what each
/// user u says who rated i, and returns what it makes of them, in the order of `items`.
///
/// With [`alike`] and weight 1 these are the co-occurrence counts XᵀX, row by row. O(Σ over users of the square of their
/// number of ratings), items in parallel; the same bits whatever the number of threads.
pub fn for_each_item<A, T>(
    data: &Dataset,
    items: &[u32],
    task: &Task,
    stage: &'static str,
    add: impl Fn(&mut [A], u32, UserIx) + Sync,
    finish: impl Fn(u32, &[A]) -> T + Sync,
) -> Result<Vec<T>, Cancelled>
where
    A: Copy + Default + Send + Sync,
    T: Send,
{
    let n = items.len();
    let done = AtomicU64::new(0);
    let piece = |at: usize| {
        let some = &items[at * ITEMS_AT_ONCE..((at + 1) * ITEMS_AT_ONCE).min(n)];
        let mut sums = vec![A::default(); data.n_items()];
        let mut finished = Vec::with_capacity(some.len());
        for &item in some {
            sums.fill(A::default());
            let raters = data.item_row(ItemIx(item)).ids;
            for (k, &user) in raters.iter().enumerate() {
                if k % 256 == 0 {
                    task.cancel.check()?;
                }
                add(&mut sums, item, UserIx(user));
            }
            finished.push(finish(item, &sums));
        }
        task.cancel.check()?;
        let so_far = done.fetch_add(finished.len() as u64, Ordering::Relaxed) + finished.len() as u64;
        task.progress.say(|| Report::of(stage, so_far, n as u64, "items"));
        Ok(finished)
    };
    let parts = task.pool.try_map(n.div_ceil(ITEMS_AT_ONCE), piece)?;
    Ok(parts.into_iter().flatten().collect())
}

/// What a user says of all items that they rated: `weight(user)`, the same of each.
pub fn alike<A: AddAssign + Copy>(
    data: &Dataset,
    weight: impl Fn(UserIx) -> A + Sync,
) -> impl Fn(&mut [A], u32, UserIx) + Sync {
    move |sums, _, user| {
        let by = weight(user);
        for &other in data.user_row(user).ids {
            sums[other as usize] += by;
        }
    }
}

/// A weight between any two items with a rater in common, as far as `pair(from, to, sum)` gives one (finite, not 0), of
/// which `keep` at most speak for each item: the heaviest. `sum` is Σ weight(u) over the users who rated both.
///
/// # Errors
/// [`FitError::Unfit`] where so many weights would not fit into memory, with what to do.
pub fn weights_between<A>(
    (data, model): (&Dataset, &str),
    keep: usize,
    task: &Task,
    weight: impl Fn(UserIx) -> A + Sync,
    pair: impl Fn(u32, u32, A) -> Option<f64> + Sync,
) -> Result<ItemWeights, FitError>
where
    A: AddAssign + Copy + Default + PartialEq + Send + Sync,
{
    let rated = data.items_with_ratings();
    if rated.saturating_mul(keep.min(rated)) > MOST_KEPT {
        return Err(FitError::Unfit(format!(
            "{model} would keep weights from {} others for each of {rated} items, more than fit into memory: set \
             neighbors to 1000 or fewer",
            keep.min(rated)
        )));
    }
    let speakers = |to: u32, sums: &[A]| {
        let met = (0..)
            .zip(sums)
            .filter(|(from, sum)| *from != to && **sum != A::default());
        let mut list: Vec<(u32, f32)> = met
            .filter_map(|(from, sum)| Some((from, pair(from, to, *sum)? as f32)))
            .filter(|(_, weight)| weight.is_finite() && *weight != 0.0)
            .collect();
        keep_heaviest(&mut list, keep);
        list
    };
    let items: Vec<u32> = (0..data.n_items() as u32).collect();
    let lists = for_each_item(data, &items, task, "comparing items", alike(data, weight), speakers)?;
    Ok(ItemWeights::Sparse(SparseWeights::of_listeners(&lists)))
}

/// Keeps the `n` heaviest, ties by item, and puts them in order of item.
fn keep_heaviest(list: &mut Vec<(u32, f32)>, n: usize) {
    if n < list.len() {
        keep_first(list, n, |a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        list.sort_unstable_by_key(|entry| entry.0);
    }
    list.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::{dataset, synthetic};
    use crate::task::Pool;

    #[test]
    fn counts_by_hand() {
        // User 0 rated 0, 1, 2; user 1 rated 0, 2; user 2 rated 3.
        let data = dataset(
            &[
                (0, 0, 1.0),
                (0, 1, 1.0),
                (0, 2, 5.0),
                (1, 0, 2.0),
                (1, 2, 2.0),
                (2, 3, 2.0),
            ],
            5,
        );
        let (task, all) = (Task::unattended(), [0, 1, 2, 3, 4]);
        let counts = for_each_item(&data, &all, &task, "", alike(&data, |_| 1u32), |_, sums| sums.to_vec()).unwrap();
        assert_eq!(
            counts,
            [
                [2, 1, 2, 0, 0],
                [1, 1, 1, 0, 0],
                [2, 1, 2, 0, 0],
                [0, 0, 0, 1, 0],
                [0; 5]
            ]
        );
        let weighted = for_each_item(
            &data,
            &all[1..4],
            &task,
            "",
            alike(&data, |u| f64::from(u.0 + 1)),
            |_, sums| sums[2],
        )
        .unwrap();
        assert_eq!(weighted, [1.0, 3.0, 0.0]);
    }

    #[test]
    fn as_a_naive_count_on_any_number_of_threads() {
        let data = synthetic(30, 40);
        let all: Vec<u32> = (0..40).collect();
        for threads in [1, 3] {
            let task = Task {
                pool: Pool::new("test", threads),
                ..Task::unattended()
            };
            let counts =
                for_each_item(&data, &all, &task, "", alike(&data, |_| 1u32), |_, sums| sums.to_vec()).unwrap();
            for (i, row) in counts.iter().enumerate() {
                for (j, &count) in row.iter().enumerate() {
                    let both = data
                        .users()
                        .filter(|u| [i, j].iter().all(|k| data.rating(*u, ItemIx(*k as u32)).is_some()));
                    assert_eq!(count as usize, both.count());
                }
            }
        }
    }

    #[test]
    fn the_heaviest_are_kept_in_order_of_item() {
        let mut list = vec![(0, 1.0), (1, 3.0), (2, 2.0), (3, 3.0), (4, 2.0)];
        keep_heaviest(&mut list, 3);
        assert_eq!(list, [(1, 3.0), (2, 2.0), (3, 3.0)]);
        keep_heaviest(&mut list, 0);
        assert!(list.is_empty());
    }
}
