//! One fitted model against the test ratings of one fold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::folds::{Fold, TestUser};
use super::metrics::{Compute, Metric, RankedUser};
use crate::data::{FeedbackKind, ItemIx};
use crate::models::{Profile, Recommender, Scores, Serving, Unit};
use crate::task::{Cancel, Cancelled, Report, Task};

/// How to evaluate, besides what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The seed that every fit gets.
    pub seed: u64,
    /// Whether predictions are clipped to the training scale before their errors are taken.
    pub clip: bool,
    pub by_user: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 42,
            clip: true,
            by_user: false,
        }
    }
}

/// What is known of one user once the model has answered.
struct Answers {
    /// Prediction − rating of each test row; empty where predictions are not asked for.
    errors: Vec<f64>,
    /// The best candidates, best first; empty where lists are not asked for.
    items: Vec<ItemIx>,
    hits: Vec<bool>,
    /// Of each test item: how many of all items have a higher score; empty where places are not asked for.
    places: Vec<Option<usize>>,
}

/// What to ask of the model for every user.
struct Wanted {
    predictions: bool,
    clip: bool,
    longest_list: usize,
    places: bool,
}

impl Wanted {
    fn of(metrics: &[Metric], predictable: bool, clip: bool) -> Self {
        let needs_places = |metric: &Metric| matches!(metric.spec().compute, Compute::Places(_));
        let lists = metrics.iter().filter(|metric| !needs_places(metric));
        Self {
            predictions: predictable && metrics.iter().any(|m| m.k().is_none()),
            clip,
            longest_list: lists.filter_map(Metric::k).max().unwrap_or(0),
            places: metrics.iter().any(needs_places),
        }
    }

    fn ask(
        &self,
        model: &Arc<dyn Recommender>,
        fold: &Fold,
        tested: &TestUser,
        cancel: &Cancel,
    ) -> Result<Answers, Cancelled> {
        cancel.check()?;
        let profile = match tested.user {
            Some(user) => Profile::of_user(&fold.train, user),
            None => Profile::default(),
        };
        let serving = Serving::open(model, Arc::new(profile), cancel)?;
        let scale = fold.train.scale();
        let error = |item, rating| {
            let said = serving.predict(item, &fold.train);
            let prediction = said.map_or(fold.train.mean(), |(value, _)| value);
            (if self.clip { scale.clip(prediction) } else { prediction }) - rating
        };
        let errors = if self.predictions {
            tested.rows.iter().map(|row| error(row.item, row.rating)).collect()
        } else {
            Vec::new()
        };
        let best = if self.longest_list > 0 {
            serving.recommend(self.longest_list, false, cancel)?
        } else {
            Vec::new()
        };
        let items: Vec<ItemIx> = best.into_iter().map(|(item, _)| item).collect();
        let is_hit = |item: &ItemIx| tested.relevant.binary_search(item).is_ok();
        let places = if self.places {
            places(serving.scores(cancel)?, tested)
        } else {
            Vec::new()
        };
        Ok(Answers {
            places,
            errors,
            hits: items.iter().map(is_hit).collect(),
            items,
        })
    }
}

/// Why rating metrics are undefined for `model` on `fold`, if they cannot.
pub(super) fn no_ratings_because(model: &dyn Recommender, fold: &Fold) -> Option<String> {
    if model.unit() != Unit::Rating {
        let unit = model.unit();
        return Some(format!("the model's scores are in unit {unit}, not rating"));
    }
    match fold.train.feedback().kind {
        FeedbackKind::Ratings | FeedbackKind::Votes => None,
        FeedbackKind::Counts => Some("counts have no scale: the error would be that of the largest".to_owned()),
        FeedbackKind::Events => Some("the data is implicit: there are no ratings to predict".to_owned()),
    }
}

/// What came out for one metric on one fold.
#[derive(Clone)]
pub(super) struct Measured {
    pub value: Result<f64, String>,
    /// Each user's, where that was asked for and the metric has one.
    pub by_user: Vec<f64>,
}

impl From<Result<f64, String>> for Measured {
    fn from(value: Result<f64, String>) -> Self {
        let by_user = Vec::new();
        Self { value, by_user }
    }
}

/// The value of each metric for a fitted model on one fold, or why there is none. The same for any number of threads.
pub(super) fn measure(
    model: &Arc<dyn Recommender>,
    fold: &Fold,
    metrics: &[Metric],
    options: &Options,
    stage: &str,
    task: &Task,
) -> Result<Vec<Measured>, Cancelled> {
    let no_ratings = no_ratings_because(model.as_ref(), fold);
    let wanted = Wanted::of(metrics, no_ratings.is_none(), options.clip);
    let n_users = fold.users.len();
    let done = AtomicUsize::new(0);
    let answers = task.pool.try_map(n_users, |at| {
        let answers = wanted.ask(model, fold, &fold.users[at], &task.cancel);
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of((n_users / 200).max(1)) || done == n_users {
            task.progress
                .say(|| Report::of(stage, done as u64, n_users as u64, "users"));
        }
        answers
    })?;
    if n_users == 0 {
        return Ok(metrics
            .iter()
            .map(|_| Measured::from(Err("the fold has no test ratings".into())))
            .collect());
    }
    let errors: Vec<f64> = answers.iter().flat_map(|a| &a.errors).copied().collect();
    let value = |metric: &Metric| match (&no_ratings, metric.spec().compute) {
        (Some(reason), Compute::Errors(_)) => Measured::from(Err(reason.clone())),
        (None, Compute::Errors(of)) => Measured::from(Ok(of(&errors))),
        (_, Compute::User(of)) => {
            let lists = lists(&answers, fold, metric);
            let by_user = if options.by_user {
                lists.iter().map(of).collect()
            } else {
                Vec::new()
            };
            let value = Ok(lists.iter().map(of).sum::<f64>() / lists.len() as f64);
            Measured { value, by_user }
        }
        (_, Compute::Places(of)) => {
            let places: Vec<Option<usize>> = answers.iter().flat_map(|a| &a.places).copied().collect();
            Measured::from(Ok(of(&places, metric.k().unwrap_or(Metric::DEFAULT_K))))
        }
        (_, Compute::Lists(of)) => Measured::from(Ok(of(&lists(&answers, fold, metric), &fold.train))),
    };
    Ok(metrics.iter().map(value).collect())
}

/// How many of all items, the profile's own too, have a higher score than each test item; `None` where it has no score or
/// is not in the catalog. O(items · ln test items).
fn places(scores: &Scores, tested: &TestUser) -> Vec<Option<usize>> {
    let mut own: Vec<f64> = tested.relevant.iter().filter_map(|item| scores.get(*item)).collect();
    own.sort_unstable_by(f64::total_cmp);
    // First how many items are above exactly the first n of them, then how many are above the nth.
    let mut above = vec![0; own.len() + 1];
    for (_, score) in scores.iter() {
        above[own.partition_point(|lower| *lower < score)] += 1;
    }
    for n in (1..own.len()).rev() {
        above[n] += above[n + 1];
    }
    let mut places: Vec<Option<usize>> = above.into_iter().skip(1).map(Some).collect();
    places.resize(tested.n_relevant, None);
    places
}

/// Every user's list, cut to the length that `metric` asks for.
fn lists<'a>(answers: &'a [Answers], fold: &Fold, metric: &Metric) -> Vec<RankedUser<'a>> {
    let k = metric.k().unwrap_or(Metric::DEFAULT_K);
    let users = answers.iter().zip(&fold.users);
    users
        .map(|(answers, tested)| {
            let n = answers.items.len().min(k);
            RankedUser {
                items: &answers.items[..n],
                hits: &answers.hits[..n],
                n_relevant: tested.n_relevant,
                k,
            }
        })
        .collect()
}
