//! Slope One: the user's mean plus the mean deviation of the item from the user's rated items.

mod deviations;

use std::sync::Arc;

use deviations::{Deviations, MAX_STORED, pair_deviation};

use super::{
    Explanation, Fit, FitContext, FitError, Fitted, LowRatings, ModelSpec, NoScore, Params, Profile, Recommender,
    Scores, Served, Training, Unit,
};
use crate::data::{Dataset, ItemIx};
use crate::task::{Cancel, Cancelled};

pub(super) static SPEC: ModelSpec = ModelSpec {
    name: "slope-one",
    title: "Slope One",
    summary: "Starts from the profile's mean and adds the average difference between the item and each of the \
              profile's items, over people who rated both.",
    formula: "score(u, i) = μ_u + mean over rated j of dev(i, j),  dev(i, j) = mean of r_vi − r_vj over v who rated both",
    parameters: &[],
    search: &[],
    unit: |_| Unit::Rating,
    paper: "D. Lemire and A. Maclachlan (2005), Slope One Predictors for Online Rating-Based Collaborative Filtering",
    strengths: "Nothing to tune; every part of a score is a mean difference that can be checked by hand, and new users \
                are served at once. Above some 11,000 items the differences are computed on demand, which is slower.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::of::<SlopeOne>(),
};

struct SlopeOne {
    dataset: Arc<Dataset>,
    deviations: Arc<Deviations>,
}

impl Fit for SlopeOne {
    type Trained = Deviations;

    fn train(context: &FitContext, _: &Params) -> Result<Deviations, FitError> {
        Ok(Deviations::train(&context.dataset, MAX_STORED, &context.task)?)
    }

    fn open(deviations: Arc<Deviations>, context: &FitContext, _: &Params) -> Fitted {
        let dataset = Arc::clone(&context.dataset);
        Ok(Arc::new(SlopeOne { dataset, deviations }))
    }
}

impl Recommender for SlopeOne {
    fn unit(&self) -> Unit {
        Unit::Rating
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        Ok(Box::new(SlopeOneServed { model: self, profile }))
    }

    fn memory_bytes(&self) -> usize {
        self.deviations.memory_bytes()
    }
}

/// The deviations of one item from the items of the profile.
#[derive(Clone, Copy, Default)]
struct Total {
    sum: f64,
    /// How many there are.
    items: u32,
}

impl Total {
    #[inline]
    fn add(&mut self, deviation: f32) {
        let known = deviation.is_finite();
        self.sum += if known { f64::from(deviation) } else { 0.0 };
        self.items += u32::from(known);
    }
}

struct SlopeOneServed {
    model: Arc<SlopeOne>,
    profile: Arc<Profile>,
}

impl SlopeOneServed {
    /// The mean and the number of the profile's ratings, without that of `item`.
    fn mean_without(&self, item: ItemIx) -> Option<(f64, usize)> {
        if !self.profile.contains(item) {
            return Some((self.profile.mean()?, self.profile.len()));
        }
        let others = self.profile.rows().iter().filter(|row| row.item != item);
        let n = self.profile.len() - 1;
        (n > 0).then(|| (others.map(|row| row.rating).sum::<f64>() / n as f64, n))
    }

    fn can_score(&self, item: ItemIx) -> Result<(), NoScore> {
        NoScore::check(&self.model.dataset, item, self.profile.is_empty())
    }

    /// The deviations of `item`: the negated deviations from it, which differ in no other bit.
    fn total(&self, item: ItemIx) -> Total {
        let mut total = Total::default();
        if let Ok(others) = self.model.deviations.from(item, &self.model.dataset, &Cancel::new()) {
            self.profile
                .rows()
                .iter()
                .for_each(|row| total.add(-others[row.item.at()]));
        }
        total
    }

    /// The mean plus the mean deviation.
    fn score_of_total(&self, item: ItemIx, total: Total) -> Result<f64, NoScore> {
        let mean = self.mean_without(item).filter(|_| total.items > 0);
        let (mean, _) = mean.ok_or(NoScore::NoNeighbors)?;
        Ok(mean + total.sum / f64::from(total.items))
    }
}

impl Served for SlopeOneServed {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.can_score(item)?;
        self.score_of_total(item, self.total(item))
    }

    /// One pass over a row of the table for each rated item.
    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let (model, n_items) = (&self.model, self.model.dataset.n_items());
        let mut totals = vec![Total::default(); n_items];
        for row in self.profile.rows() {
            let deviations = model.deviations.from(row.item, &model.dataset, cancel)?;
            totals
                .iter_mut()
                .zip(deviations.iter())
                .for_each(|(total, deviation)| total.add(*deviation));
            cancel.check()?;
        }
        Scores::compute(n_items, cancel, |item| {
            self.can_score(item)?;
            self.score_of_total(item, totals[item.at()])
        })
    }

    /// The mean, and each rated item's deviation divided by the number of deviations.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let score = self.score(item)?;
        let (mean, ratings) = self.mean_without(item).ok_or(NoScore::NoNeighbors)?;
        let total = self.total(item);
        let base = Explanation::base("user mean", mean).count("ratings", ratings);
        let mut children = vec![base];
        for row in self.profile.rows().iter().filter(|row| row.item != item) {
            let Some((deviation, support)) = pair_deviation(&self.model.dataset, item, row.item) else {
                continue;
            };
            let share = deviation / f64::from(total.items);
            let part = Explanation::rated(row.item, share)
                .number("deviation", deviation)
                .count("support", support)
                .number("rating", row.rating);
            children.push(part);
        }
        let root = Explanation::of_model(SPEC.name, score);
        Ok(root.of_parts(children))
    }

    /// As Surprise: the global mean for an unknown user or item, the user's mean where no rated item shares a rater with
    /// this one.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let known = item.and_then(|item| match self.score(item) {
            Err(NoScore::NoNeighbors) => self.mean_without(item).map(|(mean, _)| mean),
            score => score.ok(),
        });
        Some(known.unwrap_or_else(|| self.model.dataset.mean()))
    }
}

#[cfg(test)]
mod tests;
