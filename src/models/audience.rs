//! One item's scores for all stored users at once: which users it suits.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Profile;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::task::{Cancelled, Report, Task};

/// The scores of one item for all stored users, unedited: those of serving each user who has not rated it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audience {
    /// Whether scores are those of serving bit for bit; else, what is added up for a normalization being added up in another
    /// order, to about twelve digits.
    pub exact: bool,
    /// By user; `None` where there is no score.
    pub scores: Vec<Option<f64>>,
    /// Where scores are known within bounds alone, as those by rank: the upper ones, by user, `scores` being the lower ones.
    /// Both are as serving computes them, so that they are its score where they are equal. Empty where scores are known.
    pub upper: Vec<f64>,
    /// For each part of a hybrid its share of the score, by user, 0 where it has none; empty for a lone model.
    pub parts: Vec<Vec<f64>>,
}

impl Audience {
    /// The audience of a lone model.
    pub fn of(scores: Vec<Option<f64>>) -> Self {
        Self {
            exact: true,
            scores,
            upper: Vec::new(),
            parts: Vec::new(),
        }
    }
}

/// Users between two checks for cancellation.
const USERS_AT_ONCE: usize = 4096;

/// The audience of a lone model, scoring every stored user by `score`.
pub fn score_all_users(
    data: &Dataset,
    task: &Task,
    score: impl Fn(UserIx) -> Option<f64> + Send + Sync,
) -> Result<Audience, Cancelled> {
    let n = data.n_users();
    let chunks = task.pool.try_map(n.div_ceil(USERS_AT_ONCE), |k| {
        task.cancel.check()?;
        let users = k * USERS_AT_ONCE..n.min((k + 1) * USERS_AT_ONCE);
        Ok(users.map(|user| score(UserIx(user as u32))).collect::<Vec<_>>())
    })?;
    Ok(Audience::of(chunks.into_iter().flatten().collect()))
}

/// What is known of all scores of a user, items that he rated left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    pub size: u32,
    pub min: f64,
    pub max: f64,
    pub mean: f64,
    /// The population standard deviation.
    pub deviation: f64,
    /// Σ e^(s − max).
    pub exponentials: f64,
}

impl Reach {
    /// Of scores with the number of items that have each; `None` where there are none. Minimum and maximum are exact, the
    /// others as far as sums in any order are.
    pub fn of(scores: &[(f64, u32)]) -> Option<Self> {
        let scores = scores.iter().filter(|(_, items)| *items > 0);
        let (mut size, mut sum) = (0, 0.0);
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for &(score, items) in scores.clone() {
            size += items;
            sum += score * f64::from(items);
            (min, max) = (min.min(score), max.max(score));
        }
        let mean = sum / f64::from(size.max(1));
        let (mut squares, mut exponentials) = (0.0, 0.0);
        for &(score, items) in scores {
            squares += (score - mean) * (score - mean) * f64::from(items);
            exponentials += (score - max).exp() * f64::from(items);
        }
        (size > 0).then(|| Self {
            size,
            min,
            max,
            mean,
            deviation: (squares / f64::from(size)).sqrt(),
            exponentials,
        })
    }
}

/// Users per job.
const CHUNK: usize = 256;

/// `of(scratch, profile)` of every stored user, in order; `scratch` is created once per job.
pub fn of_all_users<S, T: Send>(
    data: &Dataset,
    task: &Task,
    scratch: impl Fn() -> S + Send + Sync,
    of: impl Fn(&mut S, Profile) -> T + Send + Sync,
) -> Result<Vec<T>, Cancelled> {
    let n = data.n_users();
    let done = AtomicU64::new(0);
    let chunks = task.pool.try_map(n.div_ceil(CHUNK), |k| {
        let mut scratch = scratch();
        let users = (k * CHUNK..n.min((k + 1) * CHUNK)).map(|u| UserIx(u as u32));
        let mut all = Vec::with_capacity(CHUNK);
        for user in users {
            task.cancel.check()?;
            all.push(of(&mut scratch, Profile::of_user(data, user)));
        }
        let so_far = done.fetch_add(all.len() as u64, Ordering::Relaxed) + all.len() as u64;
        task.progress
            .say(|| Report::of("computing every user's score range", so_far, n as u64, "users"));
        Ok(all)
    })?;
    Ok(chunks.into_iter().flatten().collect())
}

/// The reach of every user, where all users have the same `scores` of items, in any order.
///
/// Sums are those over all items less what the user rated: O(ratings), and where e^(s − max) has to be added up anew, the
/// scores near the user's maximum.
pub fn reaches_of_shared_scores(
    data: &Dataset,
    mut scores: Vec<(ItemIx, f64)>,
    task: &Task,
) -> Result<Vec<Option<Reach>>, Cancelled> {
    scores.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    let all: Vec<(f64, u32)> = scores.iter().map(|(_, score)| (*score, 1)).collect();
    let Some(whole) = Reach::of(&all) else {
        return Ok(vec![None; data.n_users()]);
    };
    let mut of_item = vec![None; data.n_items()];
    for (item, score) in &scores {
        of_item[item.at()] = Some(*score);
    }
    of_all_users(
        data,
        task,
        || (),
        |(), profile| shared_reach((&scores, &of_item), &whole, &profile),
    )
}

/// The least share of a sum that is left when what was rated is taken off, for its digits to be right.
const ENOUGH_LEFT: f64 = 1e-3;

/// See [`reaches_of_shared_scores`]; `scores` ascending and by item.
fn shared_reach(
    (scores, of_item): (&[(ItemIx, f64)], &[Option<f64>]),
    whole: &Reach,
    profile: &Profile,
) -> Option<Reach> {
    let unseen = |(item, score): &(ItemIx, f64)| (!profile.contains(*item)).then_some(*score);
    let min = scores.iter().find_map(unseen)?;
    let max = scores.iter().rev().find_map(unseen)?;
    let n = f64::from(whole.size);
    // Measured from the mean of all.
    let (mut size, mut sum) = (whole.size, 0.0);
    let mut squares = n * whole.deviation * whole.deviation;
    let mut exponentials = whole.exponentials;
    for score in profile.rows().iter().filter_map(|rated| of_item[rated.item.at()]) {
        let from_mean = score - whole.mean;
        size -= 1;
        sum -= from_mean;
        squares -= from_mean * from_mean;
        exponentials -= (score - whole.max).exp();
    }
    if squares < ENOUGH_LEFT * n * whole.deviation * whole.deviation {
        let left: Vec<(f64, u32)> = scores.iter().filter_map(unseen).map(|score| (score, 1)).collect();
        return Reach::of(&left);
    }
    let (count, further) = (f64::from(size), sum / f64::from(size));
    let near = (whole.max - max).exp();
    exponentials = if exponentials > ENOUGH_LEFT * whole.exponentials && near.is_finite() {
        exponentials * near
    } else {
        let down = scores.iter().rev().filter_map(unseen).map(|score| (score - max).exp());
        down.take_while(|share| *share > f64::EPSILON / n).sum()
    };
    Some(Reach {
        size,
        min,
        max,
        mean: whole.mean + further,
        deviation: (squares / count - further * further).max(0.0).sqrt(),
        exponentials,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{DEFAULT_FORMULA, FitStore, Formula, MODELS, Serving};
    use super::*;
    use crate::data::Edits;
    use crate::task::{Cancel, Pool};

    /// Every model, and hybrids of those with score ranges.
    fn formulas() -> Vec<String> {
        let hybrids = [
            DEFAULT_FORMULA,
            "0.6*item-knn + 0.3*content + 0.1*popularity",
            "item-knn:values=centered + content:values=centered",
            "item-knn:values=log + content:values=binary",
            "item-knn + content | none",
            "item-knn | zscore",
            "0.7*item-knn + 0.3*popularity | softmax",
            "content:values=centered + popularity:kind=mean | softmax",
            "popularity + item-knn | rank",
            "item-knn:prediction=means + content - 0.5*popularity | rank",
            "switch(ratings<10 ? baseline : 0.5*popularity + 0.5*content | zscore)",
            "0.5*item-knn:prediction=means + 0.5*popularity:kind=mean",
            "switch(ratings<10 ? baseline : item-knn)",
            "switch(raters<14 ? 0.5*popularity + 0.5*content : svd)",
            "switch(raters<14 ? user-knn : svd)",
        ];
        let alone = [
            "item-knn:prediction=zscore,damping=2",
            "item-knn:k=3",
            "item-knn:neighbors=all",
        ];
        let all = MODELS.iter().map(|m| m.name).chain(hybrids).chain(alone);
        all.map(str::to_owned).collect()
    }

    /// Minimum, maximum and number are exact.
    fn check_reach(seen: Option<Reach>, expected: Option<Reach>, text: &str) {
        let exact = |reach: Option<Reach>| reach.map(|r| (r.size, r.min, r.max));
        assert_eq!(exact(seen), exact(expected), "{text}");
        if let (Some(seen), Some(expected)) = (seen, expected) {
            for (a, b) in [
                (seen.mean, expected.mean),
                (seen.deviation, expected.deviation),
                (seen.exponentials, expected.exponentials),
            ] {
                assert!((a - b).abs() <= 1e-11 * (1.0 + b.abs()), "{text}: {a} {b}");
            }
        }
    }

    #[test]
    fn an_audience_is_everybody_served_and_a_reach_spans_his_candidates() {
        let data = crate::models::tests_common::synthetic(40, 30);
        let task = Task {
            pool: Pool::new("test", 3),
            ..Task::unattended()
        };
        let store = FitStore::new(Arc::clone(&data), 7);
        let mut audiences = 0;
        for text in formulas() {
            let model = store.fit(&Formula::parse(&text).unwrap(), &task).unwrap();
            let promised = model.prepare_audience(&data, &task).unwrap();
            for user in data.users() {
                let profile = Arc::new(Profile::of_edited_user(&data, user, &Arc::new(Edits::default())));
                let serving = Serving::open(&model, Arc::clone(&profile), &Cancel::new()).unwrap();
                if let Some(reaches) = model.reaches() {
                    let candidates = serving.candidates(&Cancel::new()).unwrap();
                    let scores: Vec<(f64, u32)> = candidates.iter().map(|(_, score)| (*score, 1)).collect();
                    check_reach(reaches[user.at()], Reach::of(&scores), &text);
                }
                for item in data.items().filter(|item| !profile.contains(*item)).step_by(3) {
                    let audience = model.audience(&data, item, &task).unwrap();
                    assert_eq!(audience.is_some(), promised, "{text}");
                    let Some(audience) = audience else { continue };
                    audiences += 1;
                    let close =
                        |a: f64, b: f64| (a - b).abs() <= if audience.exact { 0.0 } else { 1e-11 * (1.0 + b.abs()) };
                    match (audience.scores[user.at()], serving.score(item).ok()) {
                        (Some(lower), Some(score)) if !audience.upper.is_empty() => {
                            let upper = audience.upper[user.at()];
                            assert!(lower <= score && score <= upper, "{text}: {lower} {score} {upper}");
                            continue;
                        }
                        (Some(seen), Some(score)) => assert!(close(seen, score), "{text}: {seen} {score}"),
                        (seen, score) => assert_eq!(seen, score, "{text}"),
                    }
                    let parts: Vec<f64> = audience.parts.iter().map(|p| p[user.at()]).collect();
                    assert_eq!(parts.len(), serving.parts(item).len());
                    for (seen, part) in parts.into_iter().zip(serving.parts(item)) {
                        assert!(close(seen, part), "{text}: {seen} {part}");
                    }
                }
            }
        }
        assert!(audiences > 1000);
    }

    #[test]
    fn a_standing_is_a_place_among_the_candidates() {
        let data = crate::models::tests_common::synthetic(40, 30);
        let model = FitStore::new(Arc::clone(&data), 7)
            .fit(&Formula::parse("popularity").unwrap(), &Task::unattended())
            .unwrap();
        let cancel = Cancel::new();
        for user in data.users() {
            let serving = Serving::open(&model, Arc::new(Profile::of_user(&data, user)), &cancel).unwrap();
            let ranked = serving.recommend(usize::MAX, false, &cancel).unwrap();
            for item in data.items() {
                let standing = serving.standing(item, &cancel).unwrap();
                let place = ranked.iter().position(|r| r.0 == item).map(|at| at + 1);
                assert_eq!((standing.rank, standing.candidates), (place, ranked.len()));
                let own = serving.score(item).unwrap();
                assert_eq!(standing.lower, ranked.iter().filter(|r| r.1 < own).count());
            }
        }
    }
}
