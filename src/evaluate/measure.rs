//! One fitted model against the test ratings of one fold.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rand::SeedableRng;
use rand_pcg::Pcg64;

use super::folds::{Fold, TestUser};
use super::metrics::{Choices, Compute, GradedUser, Metric, Predicted, RankedUser, Setting, WholeRanking};
use crate::data::{Condition, FeedbackKind, ItemIx};
use crate::models::{Profile, Ranker, Recommender, Scores, Serving, Unit, Wanted as Lists};
use crate::task::{Cancel, Cancelled, Report, Stages, Task};

/// How to evaluate, besides what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The seed that every fit gets; the first, where there are several.
    pub seed: u64,
    /// With how many seeds, one after the other, each model is fitted: at least 1.
    pub seeds: u64,
    /// Which test items are relevant; `None`: all of them.
    pub relevant: Option<Condition>,
    /// Whether predictions are clipped to the training scale before their errors are taken.
    pub clip: bool,
    pub by_user: bool,
    pub choices: Choices,
    /// Lists are made of the relevant items and so many others, drawn for each user; `None`: of all unseen items.
    pub negatives: Option<usize>,
    /// Whether lists may hold what is trained on.
    pub include_seen: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 42,
            seeds: 1,
            relevant: None,
            clip: true,
            by_user: false,
            choices: Choices::default(),
            negatives: None,
            include_seen: false,
        }
    }
}

/// What is known of one user once the model has answered.
struct Answers {
    /// Of each test row; empty where predictions are not asked for.
    predicted: Vec<Predicted>,
    /// The best candidates, best first; empty where lists are not asked for.
    items: Vec<ItemIx>,
    hits: Vec<bool>,
    /// The rating of each of them, 0 where it is no hit; empty where gains are not asked for.
    gains: Vec<f64>,
    /// The rating of each relevant test item, highest first; empty where gains are not asked for.
    ideal: Vec<f64>,
    /// Of each relevant test item: how many of all items have a higher score; empty where places are not asked for.
    places: Vec<Option<usize>>,
    /// What metrics of whole rankings say, by name: the rankings themselves are not kept.
    whole: Vec<(&'static str, f64)>,
}

/// A metric of a whole ranking.
type OfRanking = fn(&WholeRanking<'_>) -> f64;

/// What to ask of the model for every user.
struct Wanted {
    /// How many others than the relevant items lists are made of, and the seed of their draw.
    negatives: Option<(usize, u64)>,
    include_seen: bool,
    predictions: bool,
    clip: bool,
    longest_list: usize,
    places: bool,
    gains: bool,
    whole: Vec<(&'static str, OfRanking)>,
}

impl Wanted {
    fn of(metrics: &[Metric], predictable: bool, options: &Options) -> Self {
        let needs_places = |metric: &Metric| matches!(metric.spec().compute, Compute::Places(_));
        let lists = metrics.iter().filter(|metric| !needs_places(metric));
        Self {
            predictions: predictable && metrics.iter().any(|m| m.spec().compute.is_of_ratings()),
            clip: options.clip,
            include_seen: options.include_seen,
            negatives: options.negatives.map(|n| (n, options.seed)),
            longest_list: lists.filter_map(Metric::k).max().unwrap_or(0),
            places: metrics.iter().any(needs_places),
            gains: metrics.iter().any(|m| matches!(m.spec().compute, Compute::Graded(_))),
            whole: metrics
                .iter()
                .filter_map(|m| match m.spec().compute {
                    Compute::Whole(of) => Some((m.spec().name, of)),
                    _ => None,
                })
                .collect(),
        }
    }

    /// How long lists of all items are to be.
    fn list_length(&self) -> usize {
        if self.negatives.is_some() { 0 } else { self.longest_list }
    }

    /// What the model answers for some users, in their order.
    fn ask_of(
        &self,
        ranker: &Ranker,
        fold: &Fold,
        tested: &[TestUser],
        relevant: Option<Condition>,
        cancel: &Cancel,
    ) -> Result<Vec<Answers>, Cancelled> {
        let profile = |tested: &TestUser| match tested.user {
            _ if !tested.known.is_empty() => Profile::guest(tested.known.iter().copied(), &Arc::default()),
            Some(user) => Profile::of_user(&fold.train, user),
            None => Profile::default(),
        };
        let profiles: Vec<Arc<Profile>> = tested.iter().map(|tested| Arc::new(profile(tested))).collect();
        let lists = Lists {
            n: self.list_length(),
            include_seen: self.include_seen,
        };
        ranker.rank(&profiles, lists, cancel, |at, best, serving| {
            let best = match self.negatives {
                Some(draw) => best_of_few(
                    serving.scores(cancel)?,
                    serving.profile(),
                    &tested[at],
                    draw,
                    self.longest_list,
                ),
                None => best,
            };
            self.ask(serving, best, fold, &tested[at], relevant, cancel)
        })
    }

    /// What the model answers for one user, whose list is `best`.
    fn ask(
        &self,
        serving: &Serving,
        best: Vec<(ItemIx, f64)>,
        fold: &Fold,
        tested: &TestUser,
        relevant: Option<Condition>,
        cancel: &Cancel,
    ) -> Result<Answers, Cancelled> {
        let scale = fold.train.scale();
        let predicted = |item, rating| {
            let said = serving.predict(item, &fold.train);
            let prediction = said.map_or(fold.train.mean(), |(value, _)| value);
            Predicted {
                prediction: if self.clip { scale.clip(prediction) } else { prediction },
                rating,
            }
        };
        let predicted = if self.predictions {
            tested.rows.iter().map(|row| predicted(row.item, row.rating)).collect()
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
        let whole = if self.whole.is_empty() || tested.n_relevant == 0 {
            Vec::new()
        } else {
            let (relevant, others) = candidates(serving.scores(cancel)?, serving.profile(), tested);
            let ranking = WholeRanking {
                relevant: &relevant,
                others: &others,
                n_relevant: tested.n_relevant,
            };
            self.whole.iter().map(|(name, of)| (*name, of(&ranking))).collect()
        };
        let hits: Vec<bool> = items.iter().map(is_hit).collect();
        let (gains, ideal) = if self.gains {
            gains(tested, &items, &hits, relevant)
        } else {
            (Vec::new(), Vec::new())
        };
        Ok(Answers {
            predicted,
            items,
            hits,
            gains,
            ideal,
            places,
            whole,
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
    /// The same over the users that training knows; `None` where that is all of them.
    pub known: Option<Result<f64, String>>,
    /// Each user's, where that was asked for and the metric has one.
    pub by_user: Vec<f64>,
}

/// The value of each metric for a fitted model on one fold, or why there is none. The same for any number of threads.
pub(super) fn measure(
    model: &Arc<dyn Recommender>,
    fold: &Fold,
    metrics: &[Metric],
    options: &Options,
    setting: &Setting<'_>,
    stage: &str,
    task: &Task,
) -> Result<Vec<Measured>, Cancelled> {
    let no_ratings = no_ratings_because(model.as_ref(), fold);
    let wanted = Wanted::of(metrics, no_ratings.is_none(), options);
    let n_users = fold.users.len();
    let done = AtomicUsize::new(0);
    let mut stages = Stages::begin(&task.timings);
    let listed = if wanted.list_length() == 0 { 0 } else { n_users };
    let ranker = Ranker::open(model, &fold.train, listed, task)?;
    let answers = task
        .pool
        .try_map_each(fold.users.chunks(Ranker::AT_ONCE).collect(), |tested: &[TestUser]| {
            let answers = wanted.ask_of(&ranker, fold, tested, options.relevant, &task.cancel);
            let done = done.fetch_add(tested.len(), Ordering::Relaxed) + tested.len();
            task.progress
                .say(|| Report::of(stage, done as u64, n_users as u64, "users"));
            answers
        })?;
    let answers: Vec<Answers> = answers.into_iter().flatten().collect();
    stages.end("ranking the test users");
    let all: Vec<Asked<'_>> = answers.iter().zip(&fold.users).collect();
    let known = all.iter().filter(|(_, tested)| fold.knows(tested));
    let known: Vec<Asked<'_>> = known.copied().collect();
    let refusal = |metric: &Metric| match &no_ratings {
        Some(reason) if metric.spec().compute.is_of_ratings() => Some(reason.clone()),
        _ => setting.refuses(metric),
    };
    let value = |metric: &Metric, of: &[Asked<'_>]| match refusal(metric) {
        Some(reason) => (Err(reason), Vec::new()),
        None => value(metric, of, setting),
    };
    let measured = |metric: &Metric| {
        let (value_of_all, by_user) = value(metric, &all);
        Measured {
            value: value_of_all,
            known: (known.len() < all.len()).then(|| value(metric, &known).0),
            by_user: if options.by_user { by_user } else { Vec::new() },
        }
    };
    Ok(metrics.iter().map(measured).collect())
}

/// A user of a fold, and what the model answered.
type Asked<'a> = (&'a Answers, &'a TestUser);

/// The value of a metric over some users, or why there is none, and the value of each user where it has one. Those without
/// a relevant item play no part in lists.
fn value(metric: &Metric, users: &[Asked<'_>], setting: &Setting<'_>) -> (Result<f64, String>, Vec<f64>) {
    if users.is_empty() {
        return (Err("there are no test ratings of such users".into()), Vec::new());
    }
    let k = metric.k().unwrap_or(Metric::DEFAULT_K);
    let compute = metric.spec().compute;
    match compute {
        Compute::Errors(of) => {
            let rows = users.iter().flat_map(|(answers, _)| &answers.predicted);
            let errors: Vec<f64> = rows.map(|row| row.prediction - row.rating).collect();
            return (Ok(of(&errors)), Vec::new());
        }
        Compute::Predictions(of) => {
            let rows: Vec<&[Predicted]> = users.iter().map(|(answers, _)| &answers.predicted[..]).collect();
            return (Ok(of(&rows)), Vec::new());
        }
        _ => {}
    }
    let judged: Vec<Asked<'_>> = users.iter().filter(|(_, t)| t.n_relevant > 0).copied().collect();
    if judged.is_empty() {
        return (Err("no test item is relevant".into()), Vec::new());
    }
    let by_user: Vec<f64> = match compute {
        Compute::User(of) => judged.iter().map(|asked| of(&ranked(asked, k))).collect(),
        Compute::Graded(of) => judged.iter().map(|asked| of(&graded(asked, k))).collect(),
        Compute::Places(of) => {
            let places: Vec<Option<usize>> = judged
                .iter()
                .flat_map(|(answers, _)| &answers.places)
                .copied()
                .collect();
            return (Ok(of(&places, k)), Vec::new());
        }
        Compute::Lists(of) => {
            let lists: Vec<RankedUser<'_>> = judged.iter().map(|asked| ranked(asked, k)).collect();
            return (Ok(of(&lists, setting)), Vec::new());
        }
        Compute::Beyond(of) => {
            let values: Vec<Option<f64>> = judged.iter().map(|asked| of(&ranked(asked, k), setting)).collect();
            let said: Vec<f64> = values.iter().flatten().copied().collect();
            if said.is_empty() {
                return (Err("it says nothing of any list".into()), Vec::new());
            }
            let mean = said.iter().sum::<f64>() / said.len() as f64;
            // Values stand beside their users, so that there are none where one has none.
            let by_user = if said.len() == values.len() { said } else { Vec::new() };
            return (Ok(mean), by_user);
        }
        Compute::Whole(_) => {
            let said = judged.iter().flat_map(|(answers, _)| &answers.whole);
            let own = said.filter(|(name, _)| *name == metric.spec().name);
            own.map(|(_, value)| *value).collect()
        }
        Compute::Errors(_) | Compute::Predictions(_) => Vec::new(),
    };
    (Ok(by_user.iter().sum::<f64>() / judged.len() as f64), by_user)
}

/// What each place of a list is worth, and each relevant test item, the most first.
fn gains(tested: &TestUser, items: &[ItemIx], hits: &[bool], relevant: Option<Condition>) -> (Vec<f64>, Vec<f64>) {
    let rated = tested.rated();
    let rating = |item: &ItemIx| rated.binary_search_by_key(item, |r| r.0).map_or(0.0, |at| rated[at].1);
    let gained = items.iter().zip(hits);
    let gained = gained.map(|(item, is_hit)| if *is_hit { rating(item) } else { 0.0 });
    let all = rated.iter().map(|r| r.1).chain(tested.strange.iter().copied());
    let mut ideal: Vec<f64> = all.filter(|r| relevant.is_none_or(|c| c.holds(*r))).collect();
    ideal.sort_unstable_by(|a, b| b.total_cmp(a));
    (gained.collect(), ideal)
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

/// The best of the relevant items and `n` other candidates that are drawn for this user, ties in the order of the file.
/// O(items).
fn best_of_few(
    scores: &Scores,
    profile: &Profile,
    tested: &TestUser,
    (n, seed): (usize, u64),
    longest: usize,
) -> Vec<(ItemIx, f64)> {
    let is_relevant = |item: &ItemIx| tested.relevant.binary_search(item).is_ok();
    let items = scores.iter().map(|(item, _)| item);
    let others: Vec<ItemIx> = items.filter(|i| !profile.contains(*i) && !is_relevant(i)).collect();
    // Whoever is asked when, a user is given the same items.
    let user = tested.user.map_or(u64::MAX, |user| u64::from(user.0));
    let mut random = Pcg64::seed_from_u64(seed ^ user.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let drawn = rand::seq::index::sample(&mut random, others.len(), n.min(others.len()));
    let mut drawn: Vec<ItemIx> = drawn.into_iter().map(|at| others[at]).collect();
    drawn.sort_unstable();
    let is_drawn = |item: &ItemIx| drawn.binary_search(item).is_ok();
    scores.best(longest, |i| !profile.contains(i) && (is_relevant(&i) || is_drawn(&i)))
}

/// The scores of the relevant test items that have one, and of all other candidates. O(items · ln test items).
fn candidates(scores: &Scores, profile: &Profile, tested: &TestUser) -> (Vec<f64>, Vec<f64>) {
    let (mut relevant, mut others) = (Vec::new(), Vec::new());
    for (item, score) in scores.iter() {
        if tested.relevant.binary_search(&item).is_ok() {
            relevant.push(score);
        } else if !profile.contains(item) {
            others.push(score);
        }
    }
    (relevant, others)
}

/// A user's list, cut to `k` places.
fn ranked<'a>((answers, tested): &Asked<'a>, k: usize) -> RankedUser<'a> {
    let n = answers.items.len().min(k);
    RankedUser {
        user: tested.user,
        known: &tested.known,
        items: &answers.items[..n],
        hits: &answers.hits[..n],
        n_relevant: tested.n_relevant,
        k,
    }
}

/// What a user's list is worth, cut to `k` places.
fn graded<'a>((answers, _): &Asked<'a>, k: usize) -> GradedUser<'a> {
    GradedUser {
        gains: &answers.gains[..answers.gains.len().min(k)],
        ideal: &answers.ideal,
        k,
    }
}
