//! What both neighborhood models share: their settings, and how the neighbors' votes become a score and an explanation.

use serde::{Deserialize, Serialize};

use super::Baselines;
use super::similarity::{Measure, SIMILARITY_NAMES, Similarity};
use super::sums::RowStats;
use crate::data::{Dataset, ItemIx};
use crate::models::reading;
use crate::models::scores::Tally;
use crate::models::{
    About, Explanation, LowRatings, NoScore, ParamValue, Parameter, Params, PartKind, Profile, Range, Search, Unit,
};
use crate::task::{Cancel, Cancelled};

/// How the ratings of neighbors become a score; s is the similarity, d the damping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// Σ s·r.
    Sum,
    /// (Σ s·r + d·μ) / (Σ s + d).
    Basic,
    /// mean + Σ s·(r − mean of the neighbor) / (Σ s + d).
    Means,
    /// mean + σ · Σ s·(r − mean of the neighbor)/σ of the neighbor / (Σ s + d).
    ZScore,
    /// b_ui + Σ s·(r − baseline of the neighbor) / (Σ s + d).
    Baseline,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub measure: Measure,
    pub rule: Rule,
    pub k: usize,
    pub keep: usize,
    pub min_k: usize,
    pub damping: f64,
}

impl Settings {
    pub fn of(params: &Params) -> Self {
        let similarity = Similarity::find(params.word("similarity")).unwrap_or(Similarity::Cosine);
        let shrinkage = match params.get("shrinkage") {
            Some(ParamValue::Real(x)) => x,
            _ => similarity.default_shrinkage(),
        };
        Self {
            measure: Measure {
                similarity,
                min_support: params.whole("min-support"),
                shrinkage,
            },
            rule: match params.word("prediction") {
                "basic" => Rule::Basic,
                "means" => Rule::Means,
                "zscore" => Rule::ZScore,
                "baseline" => Rule::Baseline,
                _ => Rule::Sum,
            },
            k: params.whole("k"),
            keep: params.whole("neighbors"),
            min_k: params.whole("min-k").max(1),
            damping: params.real("damping"),
        }
    }

    /// The baselines, where the rule or the similarity needs them.
    pub fn baselines(&self, data: &Dataset, cancel: &Cancel) -> Result<Option<Baselines>, Cancelled> {
        let needed = self.rule == Rule::Baseline || self.measure.similarity.needs_baselines();
        needed.then(|| Baselines::fit(data, cancel)).transpose()
    }
}

/// How a neighborhood model with these parameters tells how alike two rows are.
pub fn measure_of(params: &Params) -> Measure {
    Settings::of(params).measure
}

/// The sum adds values as they are read; the other rules measure them against a mean.
pub(super) fn low_ratings(params: &Params) -> LowRatings {
    match Settings::of(params).rule {
        Rule::Sum => reading::low_ratings(params),
        Rule::Basic | Rule::Means | Rule::ZScore | Rule::Baseline => LowRatings::Heeded,
    }
}

pub(super) fn unit(params: &Params) -> Unit {
    Settings::of(params).rule.unit()
}

pub(super) const SIMILARITY: Parameter = Parameter {
    name: "similarity",
    range: Range::Choice(&SIMILARITY_NAMES),
    default: "cosine",
    doc: "how alike two rows of ratings are",
};
pub(super) const PREDICTION: Parameter = Parameter {
    name: "prediction",
    range: Range::Choice(&["sum", "basic", "means", "zscore", "baseline"]),
    default: "sum",
    doc: "sum: Σ s·r, for ranking; the others predict ratings: weighted mean, or deviations from means, z-scores or \
          baselines",
};
pub(super) const K: Parameter = Parameter {
    name: "k",
    range: Range::WholeOrAll(1, u64::MAX),
    default: "40",
    doc: "neighbors used for one score: the most similar of those that can vote for it",
};
pub(super) const NEIGHBORS: Parameter = Parameter {
    name: "neighbors",
    range: Range::WholeOrAll(1, u64::MAX),
    default: "all",
    doc: "neighbors kept per row, before k",
};
pub(super) const MIN_K: Parameter = Parameter {
    name: "min-k",
    range: Range::Whole(1, u64::MAX),
    default: "1",
    doc: "with fewer neighbors there is no score",
};
pub(super) const MIN_SUPPORT: Parameter = Parameter {
    name: "min-support",
    range: Range::Whole(1, u64::MAX),
    default: "1",
    doc: "with fewer co-rated entries there is no similarity",
};
pub(super) const SHRINKAGE: Parameter = Parameter {
    name: "shrinkage",
    range: Range::Real(0.0, f64::MAX),
    default: "100 for pearson-baseline, else 0",
    doc: "pulls similarities with few co-rated entries towards 0: × n/(n + shrinkage)",
};
pub(super) const DAMPING: Parameter = Parameter {
    name: "damping",
    range: Range::Real(0.0, f64::MAX),
    default: "0",
    doc: "pulls a weighted mean with little weight behind it towards its center; no effect on sum",
};

/// The location and spread of a row's ratings, against which a rating is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Center {
    pub center: f64,
    pub spread: f64,
}

impl Center {
    /// Leaves ratings as they are.
    pub const NONE: Self = Self {
        center: 0.0,
        spread: 1.0,
    };

    pub fn at(center: f64) -> Self {
        Self { center, spread: 1.0 }
    }

    /// A rating's deviation from the center, in spreads.
    #[inline]
    pub fn deviation(self, rating: f64) -> f64 {
        (rating - self.center) / self.spread
    }
}

impl RowStats {
    /// The center of a row for z-scores; `self` is over all ratings. A constant row is given their spread, as Surprise
    /// does (and 1 where all ratings are equal).
    pub fn z_scores_of(&self, row: &RowStats) -> Center {
        let spread = [row.deviation(), self.deviation()].into_iter().find(|s| *s > 0.0);
        Center {
            center: row.mean(),
            spread: spread.unwrap_or(1.0),
        }
    }
}

/// The vote of one neighbor for an item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Vote {
    /// The index of the neighbor: a user or an item.
    pub row: u32,
    pub similarity: f64,
    pub support: u32,
    pub rating: f64,
    /// The rating's deviation from the center of the row.
    pub deviation: f64,
}

/// The votes of a list, in its order.
pub(super) fn tally_of(votes: &[Vote]) -> Tally {
    let mut tally = Tally::default();
    for vote in votes {
        tally.add(vote.similarity, vote.deviation);
    }
    tally
}

/// The similarities that tuning tries.
pub const SIMILARITIES: Search = Search::words(
    "similarity",
    &[
        "cosine",
        "jaccard",
        "lift",
        "centered-cosine",
        "pearson-baseline",
        "msd",
    ],
);

impl Rule {
    pub fn unit(self) -> Unit {
        if self == Self::Sum {
            Unit::SimilaritySum
        } else {
            Unit::Rating
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::Sum => "sum of similarity × rating",
            Self::Basic => "mean of ratings, weighted by similarity",
            Self::Means => "mean + weighted mean of deviations from means",
            Self::ZScore => "mean + σ × weighted mean of z-scores",
            Self::Baseline => "baseline + weighted mean of deviations from baselines",
        }
    }
}

impl Settings {
    /// The score from the votes; `center` is the profile's (user-knn), the item's (item-knn), or for `basic` the mean.
    #[inline]
    pub fn score(&self, center: Center, tally: Tally) -> Result<f64, NoScore> {
        if tally.used < self.min_k {
            return Err(NoScore::NoNeighbors);
        }
        let weight = tally.weight + self.damping;
        let score = match self.rule {
            Rule::Sum => tally.sum,
            Rule::Basic => (tally.sum + self.damping * center.center) / weight,
            Rule::Means | Rule::ZScore | Rule::Baseline => center.center + center.spread * (tally.sum / weight),
        };
        if score.is_finite() {
            Ok(score)
        } else {
            Err(NoScore::NoNeighbors)
        }
    }

    /// The explanation of the score of the model `name`: the parts of the center, a part per vote by `node`, and
    /// damping.
    pub fn explain(
        &self,
        name: &'static str,
        center: Center,
        center_parts: Vec<Explanation>,
        votes: &[Vote],
        node: impl Fn(&Vote, f64) -> Explanation,
    ) -> Result<Explanation, NoScore> {
        let tally = tally_of(votes);
        let mut root = Explanation::of_model(name, self.score(center, tally)?);
        let weight = tally.weight + self.damping;
        let mut parts = center_parts;
        if self.rule == Rule::Basic && self.damping > 0.0 {
            let drawn = self.damping * center.center / weight;
            parts.push(Explanation::base("global mean, by damping", drawn));
        }
        let share = |vote: &Vote| match self.rule {
            Rule::Sum => vote.similarity * vote.deviation,
            Rule::Basic => vote.similarity * vote.deviation / weight,
            Rule::Means | Rule::ZScore | Rule::Baseline => center.spread * vote.similarity * vote.deviation / weight,
        };
        parts.extend(votes.iter().map(|vote| {
            let mut part = node(vote, share(vote))
                .number("similarity", vote.similarity)
                .count("support", vote.support as usize)
                .number("rating", vote.rating);
            if self.rule != Rule::Sum {
                part = part.number("weight", vote.similarity / weight);
            }
            match self.rule {
                Rule::Sum | Rule::Basic => part,
                Rule::Means | Rule::Baseline => part.number("deviation", vote.deviation),
                Rule::ZScore => part.number("deviation", vote.deviation).number("spread", center.spread),
            }
        }));
        root = root.text("op", self.rule.description()).count("neighbors", votes.len());
        if self.rule != Rule::Sum {
            root = root.number("weight", weight);
            if self.damping > 0.0 {
                root = root.number("damping", self.damping);
            }
        }
        Ok(root.of_parts(parts))
    }

    /// The center in parts: `mean`, or with baselines the global mean and the biases of the profile and the item.
    pub fn center_parts(
        &self,
        (mean, center): (&'static str, Center),
        baselines: Option<&Baselines>,
        (profile, bias): (&Profile, f64),
        item: ItemIx,
    ) -> Vec<Explanation> {
        let mean = Explanation::base(mean, center.center);
        match (self.rule, baselines) {
            (Rule::Means, _) => vec![mean],
            (Rule::ZScore, _) => vec![mean.number("deviation", center.spread)],
            (Rule::Baseline, Some(baselines)) => {
                let (label, who) = match profile.user() {
                    Some(user) => ("", About::User(user)),
                    None => ("bias of the profile", About::Nothing),
                };
                vec![
                    Explanation::base("global mean", baselines.mean),
                    Explanation::leaf(PartKind::Bias, label, who, bias),
                    Explanation::leaf(PartKind::Bias, "", About::Item(item), baselines.item[item.at()]),
                ]
            }
            _ => Vec::new(),
        }
    }
}
