use super::Arm;
use crate::data::{Dataset, ItemIx};

/// Up to `n` items of `data` as arms, so that a policy has something to find out.
///
/// An arm's rate is the share of the item's raters who like it: who rate it at or above `like`, by default as
/// [`Dataset::like`] has it. Of counts and events by default it is the share of all users: about half of those who have an
/// item like it by its own median, and all do of whom only is known that they have it. The rates must be well known, so only the 10·n items with the most ratings are considered, of these only
/// those with at least the median number of ratings of a rated item, as long as that leaves n. Of them, those are taken
/// whose rates come closest to n values spread evenly from the lowest to the highest rate, so that there are good, middling
/// and bad arms. They come in order of their number of ratings, ties in the order of the file. Deterministic;
/// O(ratings). Fewer than `n` where fewer items have ratings.
pub fn arms_from_dataset(data: &Dataset, n: usize, like: Option<f64>) -> Vec<Arm> {
    let raters = |item: ItemIx| data.item_row(item).len();
    let mut items: Vec<ItemIx> = data.items().filter(|&i| raters(i) > 0).collect();
    items.sort_by_key(|&item| std::cmp::Reverse(raters(item)));
    let pool = well_known(items, raters, n);
    let rates: Vec<f64> = pool.iter().map(|&item| rate(data, item, like)).collect();
    let places = spread(&rates, n).into_iter();
    places.map(|at| arm_of(data, pool[at], like)).collect()
}

/// An item as an arm: its rate is the share of its raters who like it, see [`arms_from_dataset`].
pub fn arm_of(data: &Dataset, item: ItemIx, like: Option<f64>) -> Arm {
    Arm {
        id: data.item_id(item).to_owned(),
        label: data.item_label(item).to_owned(),
        mean: rate(data, item, like),
        guess: None,
    }
}

/// Of items that come with most raters first, those whose rates are well known: see [`arms_from_dataset`].
pub(super) fn well_known(mut items: Vec<ItemIx>, raters: impl Fn(ItemIx) -> usize, n: usize) -> Vec<ItemIx> {
    let median = items.get(items.len() / 2).map_or(0, |&item| raters(item));
    let enough = items.partition_point(|&item| raters(item) >= median).max(n);
    items.truncate(enough.min(n.saturating_mul(10)));
    items
}

pub(super) fn rate(data: &Dataset, item: ItemIx, like: Option<f64>) -> f64 {
    let (liked, of) = likes(data, item, like);
    liked / of.max(1.0)
}

/// How many like an item, and of how many.
pub(super) fn likes(data: &Dataset, item: ItemIx, like: Option<f64>) -> (f64, f64) {
    let row = data.item_row(item);
    let of_all = like.is_none() && data.feedback().kind.is_countable();
    let from = like.unwrap_or_else(|| data.liked_from(item));
    let liked = row.iter().filter(|(_, value)| *value >= from).count();
    let of = if of_all { data.users_with_ratings() } else { row.len() };
    (liked as f64, of as f64)
}

/// The positions, ascending, of up to `n` rates that come closest to evenly spaced ones; both ends are among them.
pub(super) fn spread(rates: &[f64], n: usize) -> Vec<usize> {
    let lowest = rates.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = rates.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let steps = n.saturating_sub(1).max(1) as f64;
    let mut free: Vec<usize> = (0..rates.len()).collect();
    let mut taken = Vec::new();
    // From the top: the best arm of the pool is always one of them.
    for step in 0..n {
        let wanted = highest - (highest - lowest) * step as f64 / steps;
        let miss = |at: usize| (rates[at] - wanted).abs();
        let Some(place) = (0..free.len()).min_by(|&a, &b| miss(free[a]).total_cmp(&miss(free[b]))) else {
            break;
        };
        taken.push(free.remove(place));
    }
    taken.sort_unstable();
    taken
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::data::{DatasetParts, DuplicatePolicy, Ids, LoadOptions, RatingRows, Source, load};
    use crate::task::Task;

    /// Item i is rated by users 0 to `rows[i].0`, and the first `rows[i].1` of them give 5, the others 1.
    fn dataset(rows: &[(u32, u32)], implicit: bool) -> Dataset {
        let users = rows.iter().map(|r| r.0).max().unwrap_or(0);
        let mut ratings = RatingRows::default();
        for (item, &(raters, fans)) in rows.iter().enumerate() {
            for user in 0..raters {
                ratings.users.push(user);
                ratings.items.push(item as u32);
                ratings.values.push(if implicit || user < fans { 5.0 } else { 1.0 });
            }
        }
        let parts = DatasetParts {
            users: Ids::new((0..users).map(|u| format!("u{u}"))),
            items: Ids::new((0..rows.len()).map(|i| format!("i{i}"))),
            ratings,
            clues: crate::data::FeedbackClues {
                implicit,
                ..Default::default()
            },
            ..DatasetParts::default()
        };
        Dataset::new(parts, DuplicatePolicy::Last).unwrap()
    }

    #[test]
    fn arms_are_well_known_and_spread() {
        // Of 40 items with 100 raters each, rates from .20 up; a few with hardly any raters look perfect.
        let mut rows: Vec<(u32, u32)> = (0..40).map(|i| (100, 20 + i)).collect();
        rows.extend([(1, 1); 30]);
        let arms = arms_from_dataset(&dataset(&rows, false), 4, None);
        let rates: Vec<f64> = arms.iter().map(|a| a.mean).collect();
        assert_eq!(rates, [0.20, 0.33, 0.46, 0.59]);
        assert_eq!(arms[3].id, "i39");
    }

    #[test]
    fn the_threshold_moves_the_rate() {
        let data = dataset(&[(4, 1), (2, 2), (1, 0)], false);
        let rates = |like| {
            arms_from_dataset(&data, 10, like)
                .iter()
                .map(|a| a.mean)
                .collect::<Vec<_>>()
        };
        assert_eq!(rates(None), [0.25, 1.0, 0.0]);
        assert_eq!(rates(Some(1.0)), [1.0, 1.0, 1.0]);
        assert_eq!(rates(Some(6.0)), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn implicit_data_counts_users() {
        let arms = arms_from_dataset(&dataset(&[(10, 0), (5, 0), (1, 0)], true), 2, None);
        assert_eq!(arms.iter().map(|a| a.mean).collect::<Vec<_>>(), [1.0, 0.5]);
    }

    #[test]
    fn counts_are_held_against_the_item_and_votes_against_zero() {
        let told = |kind, values: &[f64]| {
            let n = values.len() as u32;
            let parts = DatasetParts {
                users: Ids::new((0..n).map(|u| format!("u{u}"))),
                items: Ids::new(["i0", "i1"].map(str::to_owned)),
                ratings: RatingRows {
                    users: (0..n).chain([0]).collect(),
                    items: vec![0; values.len()].into_iter().chain([1]).collect(),
                    values: values.iter().copied().chain([1.0]).collect(),
                    ..RatingRows::default()
                },
                clues: crate::data::FeedbackClues {
                    kind: Some(kind),
                    ..Default::default()
                },
                ..DatasetParts::default()
            };
            let data = Dataset::new(parts, DuplicatePolicy::Last).unwrap();
            arms_from_dataset(&data, 2, None)
                .iter()
                .map(|a| a.mean)
                .collect::<Vec<_>>()
        };
        let values = [1.0, -1.0, -1.0, -1.0, 1.0];
        assert_eq!(told(crate::data::FeedbackKind::Votes, &values), [0.4, 1.0]);
        let counts = [1.0, 9.0, 9_000.0, 90.0, 3.0];
        assert_eq!(told(crate::data::FeedbackKind::Counts, &counts), [0.6, 0.2]);
    }

    #[test]
    fn nothing_gives_nothing() {
        assert!(arms_from_dataset(&dataset(&[], false), 10, None).is_empty());
        assert!(arms_from_dataset(&dataset(&[(3, 1)], false), 0, None).is_empty());
    }

    #[test]
    fn real_data_gives_arms_that_differ() {
        let Some(folder) = std::env::var_os("RECSCOPE_DATA") else {
            println!("skipped: RECSCOPE_DATA is not set");
            return;
        };
        let source = Source::named(&Path::new(&folder).join("ml-100k"));
        let data = load(&source, &LoadOptions::default(), &Task::unattended()).unwrap();
        for like in [None, Some(4.0)] {
            let arms = arms_from_dataset(&data, 10, like);
            assert_eq!(arms.len(), 10);
            let mut rates: Vec<f64> = arms.iter().map(|a| a.mean).collect();
            rates.sort_unstable_by(f64::total_cmp);
            println!("{like:?}: {rates:.3?}, first {} at {:.3}", arms[0].label, arms[0].mean);
            // Well apart from worst to best, and no two arms the same.
            assert!(rates[9] - rates[0] > 0.3 && rates.windows(2).all(|w| w[1] - w[0] > 0.005));
            for arm in &arms {
                let item = data.find_item(&arm.id).unwrap();
                assert!(data.item_row(item).len() >= 100, "{} has too few ratings", arm.label);
            }
        }
    }
}
