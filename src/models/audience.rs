//! One item's scores for all stored users at once: which users it suits.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Profile;
use crate::data::{Dataset, ItemIx, UserIx};
use crate::task::{Cancelled, Report, Task};

/// The scores of one item for all stored users, unedited: bit for bit those of serving each user who has not rated it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audience {
    /// By user; `None` where there is no score.
    pub scores: Vec<Option<f64>>,
    /// For each part of a hybrid its share of the score, by user, 0 where it has none; empty for a lone model.
    pub parts: Vec<Vec<f64>>,
}

impl Audience {
    /// The audience of a lone model.
    pub fn of(scores: Vec<Option<f64>>) -> Self {
        Self {
            scores,
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

/// The lowest and highest score of the items that a user has not rated; `None` where nothing has a score.
pub type ScoreRange = Option<(f64, f64)>;

/// Extends the range to include `score`.
pub fn widen(range: &mut ScoreRange, score: f64) {
    *range = Some(range.map_or((score, score), |(low, high)| (low.min(score), high.max(score))));
}

/// Users per job.
const CHUNK: usize = 256;

/// `of(scratch, profile)` of every stored user, in order; `scratch` is created once per job.
pub fn of_all_users<S, T: Send>(
    data: &Dataset,
    task: &Task,
    scratch: impl Fn() -> S + Send + Sync,
    of: impl Fn(&mut S, &Profile) -> T + Send + Sync,
) -> Result<Vec<T>, Cancelled> {
    let n = data.n_users();
    let done = AtomicU64::new(0);
    let chunks = task.pool.try_map(n.div_ceil(CHUNK), |k| {
        let mut scratch = scratch();
        let users = (k * CHUNK..n.min((k + 1) * CHUNK)).map(|u| UserIx(u as u32));
        let mut all = Vec::with_capacity(CHUNK);
        for user in users {
            task.cancel.check()?;
            all.push(of(&mut scratch, &Profile::of_user(data, user)));
        }
        let so_far = done.fetch_add(all.len() as u64, Ordering::Relaxed) + all.len() as u64;
        task.progress
            .say(|| Report::of("computing every user's score range", so_far, n as u64, "users"));
        Ok(all)
    })?;
    Ok(chunks.into_iter().flatten().collect())
}

/// The range of every user, where all users have the same `scores` of items, in any order.
pub fn ranges_of_shared_scores(
    data: &Dataset,
    mut scores: Vec<(ItemIx, f64)>,
    task: &Task,
) -> Result<Vec<ScoreRange>, Cancelled> {
    scores.sort_unstable_by(|a, b| a.1.total_cmp(&b.1));
    let unseen = |profile: &Profile, (item, score): &(ItemIx, f64)| (!profile.contains(*item)).then_some(*score);
    of_all_users(
        data,
        task,
        || (),
        |(), profile| {
            let low = scores.iter().find_map(|s| unseen(profile, s))?;
            let high = scores.iter().rev().find_map(|s| unseen(profile, s))?;
            Some((low, high))
        },
    )
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
                if let Some(ranges) = model.score_ranges() {
                    let mut expected = None;
                    let candidates = serving.candidates(&Cancel::new()).unwrap();
                    for (_, score) in candidates {
                        widen(&mut expected, *score);
                    }
                    assert_eq!(ranges[user.at()], expected, "{text}");
                }
                for item in data.items().filter(|item| !profile.contains(*item)).step_by(3) {
                    let audience = model.audience(&data, item, &task).unwrap();
                    assert_eq!(audience.is_some(), promised, "{text}");
                    let Some(audience) = audience else { continue };
                    audiences += 1;
                    assert_eq!(audience.scores[user.at()], serving.score(item).ok(), "{text}");
                    let parts: Vec<f64> = audience.parts.iter().map(|p| p[user.at()]).collect();
                    assert_eq!(parts, serving.parts(item), "{text}");
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
