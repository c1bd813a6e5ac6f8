//! The same list for every user: the items with the most ratings, or the highest mean rating.

use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::audience::reaches_of_shared_scores;
use super::{
    About, Additive, Audience, Explanation, Fit, FitContext, FitError, Fitted, Ladder, LowRatings, ModelSpec, NoScore,
    Parameter, Params, PartKind, Profile, Range, Reach, Recommender, Scores, Search, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled, Task};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "popularity",
    title: "Popularity",
    summary: "The same list for everybody: how many people rated an item, or its mean rating, pulled toward the global \
              mean where few did.",
    formula: "count: score(i) = n_i;  mean: score(i) = (Σ r_ui + damping·μ) / (n_i + damping)",
    parameters: &[
        Parameter {
            name: "kind",
            range: Range::Choice(&["count", "mean"]),
            default: "count",
            doc: "count: the number of ratings; mean: the damped mean rating",
        },
        Parameter {
            name: "damping",
            range: Range::Real(0.0, 1e9),
            default: "25",
            doc: "kind=mean: as many ratings at the global mean are added",
        },
    ],
    search: &[
        Search::words("kind", &["count", "mean"]),
        Search::log("damping", 1.0, 200.0),
    ],
    unit: |params| {
        if params.word("kind") == "mean" {
            Unit::Rating
        } else {
            Unit::Count
        }
    },
    paper: "folklore; the damped mean after S. Funk (2006), Netflix Update: Try This at Home",
    strengths: "Needs nothing of the user, so it serves newcomers, and it is the baseline that every other model has to beat.",
    low_ratings: |params| {
        if params.word("kind") == "mean" {
            LowRatings::Heeded
        } else {
            LowRatings::Counted
        }
    },
    fit: Training::of::<Popularity>(),
};

/// Count and sum of an item's ratings.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Total {
    count: u32,
    sum: f64,
}

struct Popularity {
    /// `None` for `kind=count`.
    damping: Option<f64>,
    mean: f64,
    totals: Arc<Vec<Total>>,
    reaches: OnceLock<Vec<Option<Reach>>>,
    ladders: OnceLock<Vec<Ladder>>,
}

impl Fit for Popularity {
    type Trained = Vec<Total>;

    fn train(context: &FitContext, _: &Params) -> Result<Vec<Total>, FitError> {
        let dataset = &context.dataset;
        context.task.cancel.check()?;
        let items = dataset.items().map(|i| dataset.item_row(i));
        let totals = items.map(|row| Total {
            count: row.len() as u32,
            sum: row.iter().map(|(_, r)| r).sum(),
        });
        Ok(totals.collect())
    }

    fn open(totals: Arc<Vec<Total>>, context: &FitContext, params: &Params) -> Fitted {
        Ok(Arc::new(Popularity {
            damping: (params.word("kind") == "mean").then(|| params.real("damping")),
            mean: context.dataset.mean(),
            totals,
            reaches: OnceLock::new(),
            ladders: OnceLock::new(),
        }))
    }
}

impl Popularity {
    /// The number of ratings, or the damped mean; an unrated item has count 0 but no mean.
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let Total { count, sum } = *self.totals.get(item.at()).ok_or(NoScore::UnknownItem)?;
        match self.damping {
            None => Ok(f64::from(count)),
            Some(_) if count == 0 => Err(NoScore::UnknownItem),
            Some(damping) => Ok((sum + damping * self.mean) / (f64::from(count) + damping)),
        }
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let Total { count, sum } = self.totals[item.at()];
        let root = Explanation::of_model(SPEC.name, score);
        let Some(damping) = self.damping else {
            let counted = Explanation::leaf(PartKind::Base, "ratings", About::Item(item), score);
            let counted = counted.count("count", count as usize);
            return Ok(root.of_parts(vec![counted]));
        };
        let weight = f64::from(count) + damping;
        let own = Explanation::leaf(PartKind::Feature, "its ratings", About::Item(item), sum / weight)
            .number("mean", sum / f64::from(count))
            .count("count", count as usize);
        let drawn = Explanation::base("global mean", damping * self.mean / weight)
            .number("mean", self.mean)
            .number("damping", damping);
        Ok(root.of_parts(vec![own, drawn]))
    }
}

impl Recommender for Popularity {
    fn unit(&self) -> Unit {
        if self.damping.is_some() {
            Unit::Rating
        } else {
            Unit::Count
        }
    }

    fn serve(self: Arc<Self>, _: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(ForAnyone(self)))
    }

    fn memory_bytes(&self) -> usize {
        let reaches = self.reaches.get().map_or(0, Vec::capacity);
        self.totals.capacity() * size_of::<Total>()
            + reaches * size_of::<Option<Reach>>()
            + Ladder::memory_of_all(&self.ladders)
    }

    fn prepare_audience(&self, data: &Dataset, task: &Task) -> Result<bool, Cancelled> {
        if self.reaches.get().is_none() {
            let items = data.items();
            let scores = items.filter_map(|item| Some((item, self.score(item).ok()?))).collect();
            // Concurrent calls both compute; one result is kept.
            let _ = self.reaches.set(reaches_of_shared_scores(data, scores, task)?);
        }
        Ok(true)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, _: &Task) -> Result<Option<Audience>, Cancelled> {
        let score = self.score(item).ok();
        Ok(Some(Audience::of(vec![score; data.n_users()])))
    }

    fn reaches(&self) -> Option<&[Option<Reach>]> {
        self.reaches.get().map(Vec::as_slice)
    }

    fn ladders(&self) -> Option<&OnceLock<Vec<Ladder>>> {
        Some(&self.ladders)
    }
}

struct ForAnyone(Arc<Popularity>);

impl Served for ForAnyone {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.0.score(item)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        Scores::compute(self.0.totals.len(), cancel, |item| self.0.score(item))
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.0.explain(item)
    }

    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        self.0.damping?;
        let known = item.and_then(|i| self.0.score(i).ok());
        Some(known.unwrap_or(self.0.mean))
    }

    fn additive(&self) -> Option<&dyn Additive> {
        Some(self)
    }
}

/// No rating of the profile has a share in any score.
impl Additive for ForAnyone {
    fn share(&self, _: usize) -> Scores {
        Scores::unknown(self.0.totals.len())
    }

    fn needed(&self) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::tests_common::{check_serving, dataset, fit, serve_guest, serve_user};

    /// Mean 3; item 0: 5, 4; item 1: 1; item 2: 2; item 3: nothing.
    fn data() -> Arc<crate::data::Dataset> {
        dataset(&[(0, 0, 5.0), (1, 0, 4.0), (0, 1, 1.0), (2, 2, 2.0)], 4)
    }

    #[test]
    fn the_count_is_the_number_of_ratings() {
        let data = data();
        let model = fit("popularity", "", &data).unwrap();
        assert_eq!(model.unit(), Unit::Count);
        for serving in [serve_user(&model, &data, 0), serve_guest(&model, &[])] {
            let scores: Vec<f64> = (0..4).map(|i| serving.score(ItemIx(i)).unwrap()).collect();
            assert_eq!(scores, [2.0, 1.0, 1.0, 0.0]);
            check_serving(&serving, 4);
            assert_eq!(serving.predict(Some(ItemIx(0)), &data), None);
        }
        let tree = serve_guest(&model, &[]).explain(ItemIx(0)).unwrap();
        assert_eq!((tree.children.len(), tree.children[0].kind), (1, PartKind::Base));
    }

    #[test]
    fn the_mean_is_drawn_to_the_global_mean() {
        let data = data();
        let model = fit("popularity", "kind=mean,damping=2", &data).unwrap();
        let serving = serve_user(&model, &data, 1);
        assert_eq!(serving.score(ItemIx(0)), Ok((9.0 + 6.0) / 4.0));
        assert_eq!(serving.score(ItemIx(1)), Ok((1.0 + 6.0) / 3.0));
        assert_eq!(serving.score(ItemIx(3)), Err(NoScore::UnknownItem));
        check_serving(&serving, 4);
        let tree = serving.explain(ItemIx(0)).unwrap();
        let parts: Vec<f64> = tree.children.iter().map(|c| c.value).collect();
        assert_eq!(parts, [9.0 / 4.0, 6.0 / 4.0]);
        assert_eq!(serving.predict(None, &data), Some((3.0, Some(NoScore::UnknownItem))));
        assert_eq!(
            serve_guest(&model, &[]).predict(Some(ItemIx(0)), &data),
            Some((3.75, Some(NoScore::UnknownUser)))
        );
    }

    #[test]
    fn without_damping_it_is_the_plain_mean() {
        let data = data();
        let model = fit("popularity", "kind=mean,damping=0", &data).unwrap();
        let serving = serve_guest(&model, &[]);
        assert_eq!(serving.score(ItemIx(0)), Ok(4.5));
        check_serving(&serving, 4);
    }
}
