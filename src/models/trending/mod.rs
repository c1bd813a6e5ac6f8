//! Items with the most recent ratings, as of the profile's last rating or of the newest in the data.
//!
//! [`history`] gives the decayed count of an item at any time.

mod history;

use std::sync::Arc;

use history::History;
use serde::{Deserialize, Serialize};

use super::item_weights::Aging;
use super::{
    Explanation, Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, NoScore, Parameter, Params, Profile, Range,
    Recommender, Scores, Search, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx, Moment, UserIx};
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "trending",
    title: "Trending",
    summary: "Recent popularity, the same for everybody: how many people rated an item, each rating losing half its \
              weight with every half-life before the profile's newest rating.",
    formula: "score(i) = Σ_u 0.5^((now − t_ui) / half-life) over the ratings up to now",
    parameters: &[
        Parameter {
            name: "half-life",
            range: Range::Real(1e-3, 1e9),
            default: "90",
            doc: "days after which a rating counts half",
        },
        Parameter {
            name: "now",
            range: Range::Choice(&["profile", "data"]),
            default: "profile",
            doc: "profile: the time of its newest rating, ignoring later ratings of others; data: the time of the newest \
                  rating. Ratings without a time count as new",
        },
    ],
    search: &[Search::log("half-life", 5.0, 2000.0)],
    unit: |_| Unit::Count,
    paper: "folklore: a count with exponential decay",
    strengths: "What is popular now, for new users and front pages. Needs rating times.",
    low_ratings: |_| LowRatings::Counted,
    fit: Training::of::<Trending>(),
};

#[derive(Serialize, Deserialize)]
struct Trained {
    /// The decayed number of ratings by item, at the time of the newest rating.
    counts: Vec<f64>,
    /// The same at any time; only for `now=profile`.
    history: Option<History>,
}

impl Trending {
    fn aging(context: &FitContext, params: &Params) -> Result<Aging, FitError> {
        Aging::of(&context.dataset, params.real("half-life")).ok_or_else(|| {
            FitError::Unfit(
                "trending needs the time of every rating and this data has none; popularity counts without".to_owned(),
            )
        })
    }
}

impl Fit for Trending {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let (data, cancel) = (&context.dataset, &context.task.cancel);
        cancel.check()?;
        let aging = Self::aging(context, params)?;
        let mut counts = vec![0.0; data.n_items()];
        for user in data.users() {
            if user.at() % 64 == 0 {
                cancel.check()?;
            }
            for (k, &item) in data.user_row(user).ids.iter().enumerate() {
                counts[item as usize] += aging.factor(aging.age(data.time(user, k).map(Moment::seconds)));
            }
        }
        let history = (params.word("now") == "profile").then(|| History::of(data, aging.half_life, cancel));
        Ok(Trained {
            counts,
            history: history.transpose()?,
        })
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        Ok(Arc::new(Self {
            trained,
            aging: Self::aging(context, params)?,
            dataset: Arc::clone(&context.dataset),
        }))
    }
}

struct Trending {
    trained: Arc<Trained>,
    aging: Aging,
    dataset: Arc<Dataset>,
}

impl Trending {
    /// The time of the newest rating of `profile`; `None` where the counts at the newest rating of all apply.
    fn moment(&self, profile: &Profile) -> Option<i64> {
        self.trained.history.as_ref()?;
        let times: Option<Vec<i64>> = profile.rows().iter().map(|row| row.time.map(Moment::seconds)).collect();
        times?.into_iter().max().filter(|&time| time < self.aging.now)
    }

    /// The ratings of an item up to `now` by age: (maximum age in days, number, decayed number), for ages up to one
    /// half-life, two, four, …
    fn by_age(&self, item: ItemIx, now: i64) -> Vec<(f64, usize, f64)> {
        let aging = Aging { now, ..self.aging };
        let mut spans: Vec<(f64, usize, f64)> = Vec::new();
        for &user in self.dataset.item_row(item).ids {
            let user = UserIx(user);
            let place = self.dataset.user_row(user).ids.binary_search(&item.0);
            let time = place.ok().and_then(|k| self.dataset.time(user, k)).map(Moment::seconds);
            if time.is_some_and(|time| time > now) {
                continue;
            }
            let age = aging.age(time);
            let half_lives = age / self.aging.half_life;
            let span = half_lives.max(1.0).log2().ceil() as usize;
            if spans.len() <= span {
                spans.resize(span + 1, (0.0, 0, 0.0));
            }
            let (_, count, sum) = &mut spans[span];
            *count += 1;
            *sum += aging.factor(age);
        }
        for (span, entry) in spans.iter_mut().enumerate() {
            entry.0 = self.aging.half_life * (span as f64).exp2();
        }
        spans.retain(|(_, count, _)| *count > 0);
        spans
    }
}

impl Recommender for Trending {
    fn unit(&self) -> Unit {
        Unit::Count
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let moment = self.moment(&profile);
        Ok(Box::new(ServedTrending { model: self, moment }))
    }

    fn memory_bytes(&self) -> usize {
        let history = self.trained.history.as_ref();
        8 * self.trained.counts.capacity() + history.map_or(0, History::memory_bytes)
    }
}

struct ServedTrending {
    model: Arc<Trending>,
    /// In seconds since 1970; `None` for the newest rating of all.
    moment: Option<i64>,
}

impl Served for ServedTrending {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let trained = &self.model.trained;
        let count = match (self.moment, &trained.history) {
            (Some(moment), Some(history)) => history.count(item, moment, &self.model.aging),
            _ => trained.counts.get(item.at()).copied(),
        };
        count.ok_or(NoScore::UnknownItem)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.model.trained.counts.len(), cancel, |item| self.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let aging = &self.model.aging;
        let root = Explanation::of_model(SPEC.name, score);
        let spans = self.model.by_age(item, self.moment.unwrap_or(aging.now)).into_iter();
        let children = spans.map(|(days, count, sum)| {
            let label = if days > aging.half_life {
                format!("{} to {} days old", format_days(days / 2.0), format_days(days))
            } else {
                format!("up to {} days old", format_days(days))
            };
            Explanation::base(label, sum).count("ratings", count)
        });
        Ok(root.of_parts(children.collect()))
    }
}

/// Whole days without decimals, others with three.
fn format_days(days: f64) -> String {
    if days.fract() == 0.0 {
        format!("{days}")
    } else {
        format!("{days:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::{check_serving, dataset, fit, serve_guest, serve_user, timed};

    #[test]
    fn recent_ratings_count_more() {
        let day = 86_400;
        let data = timed(&[
            (0, 0, 0),
            (1, 0, 10 * day),
            (2, 0, 40 * day),
            (0, 1, 40 * day),
            (1, 1, 30 * day),
        ]);
        let model = fit("trending", "half-life=10", &data).unwrap();
        for serving in [serve_guest(&model, &[]), serve_user(&model, &data, 0)] {
            assert_eq!(serving.score(ItemIx(0)), Ok(1.0 / 16.0 + 1.0 / 8.0 + 1.0));
            assert_eq!(serving.score(ItemIx(1)), Ok(1.5));
            check_serving(&serving, 2);
        }
        let tree = serve_guest(&model, &[]).explain(ItemIx(0)).unwrap();
        let parts: Vec<(&str, f64)> = tree.children.iter().map(|c| (&*c.label, c.value)).collect();
        assert_eq!(parts, [("up to 10 days old", 1.0), ("20 to 40 days old", 0.1875)]);
    }

    #[test]
    fn as_it_was_when_the_profile_rated_last() {
        let day = 86_400;
        let data = timed(&[
            (0, 0, 0),
            (1, 0, 10 * day),
            (2, 0, 40 * day),
            (0, 1, 20 * day),
            (1, 1, 30 * day),
            (2, 2, 35 * day),
        ]);
        let model = fit("trending", "half-life=10", &data).unwrap();
        let scores = |user| {
            let serving = serve_user(&model, &data, user);
            check_serving(&serving, 3);
            [0, 1, 2].map(|item| serving.score(ItemIx(item)).unwrap())
        };
        // User 0 rated last on day 20, user 1 on day 30, user 2 on day 40.
        assert_eq!(scores(0), [0.25 + 0.5, 1.0, 0.0]);
        assert_eq!(scores(1), [0.125 + 0.25, 0.5 + 1.0, 0.0]);
        assert_eq!(scores(2), [1.0 + 0.125 + 0.0625, 0.25 + 0.5, 0.5f64.sqrt()]);
        let tree = serve_user(&model, &data, 1).explain(ItemIx(0)).unwrap();
        let parts: Vec<(&str, f64)> = tree.children.iter().map(|c| (&*c.label, c.value)).collect();
        assert_eq!(parts, [("10 to 20 days old", 0.25), ("20 to 40 days old", 0.125)]);
        let model = fit("trending", "half-life=10,now=data", &data).unwrap();
        assert_eq!(serve_user(&model, &data, 0).score(ItemIx(1)), Ok(0.25 + 0.5));
    }

    #[test]
    fn data_without_times_is_refused() {
        let data = dataset(&[(0, 0, 1.0)], 1);
        let Err(FitError::Unfit(why)) = fit("trending", "", &data) else {
            panic!("it was fitted");
        };
        assert!(why.contains("popularity"), "{why}");
    }
}
