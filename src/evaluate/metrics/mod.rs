//! Figures of merit: one file and one registry line each, or two where they differ only in what they divide by.
//!
//! Rating metrics read the errors of all test ratings of a fold; ranking metrics read every user's list of the `k` best
//! candidates (all items that the model can score, less the user's training items). Any test rating makes its item
//! relevant, whatever its value, unless a condition is given; the mean goes over users with at least one relevant item.

mod auc;
mod coverage;
mod dialect;
mod exposure;
mod factorized_top_k;
mod fcp;
mod hit;
mod mae;
mod map;
mod mrr;
mod ndcg;
mod novelty;
mod popular;
mod precision;
mod rbp;
mod recall;
mod rmse;
mod setting;
mod surprise;
mod variants;
mod variety;

use std::fmt;

pub use auc::pairs_in_order;
pub use dialect::{Dialect, dialects_markdown};
pub use exposure::gini;
use ndcg::discount;
pub(super) use ndcg::ndcg;
pub(super) use setting::categories;
pub use setting::{AlikeBy, CatalogOf, Choices, Needs, Setting, Unseen};

use crate::data::{ItemIx, UserIx, unknown};

/// Which values are good ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Better {
    Higher,
    Lower,
}

/// One user's list, cut to the first `k`, and what it should have held.
#[derive(Clone, Copy, Debug)]
pub struct RankedUser<'a> {
    /// Whose it is; `None` of one whom the training data doesn't know.
    pub user: Option<UserIx>,
    /// What is known of one whom models have never seen; empty of others.
    pub known: &'a [(ItemIx, f64)],
    /// The recommended items, best first: at most `k`.
    pub items: &'a [ItemIx],
    /// Whether each of them is a test item of the user.
    pub hits: &'a [bool],
    /// How many distinct test items the user has: at least 1. Those that can't be recommended count too.
    pub n_relevant: usize,
    /// The length that was asked for: at least 1.
    pub k: usize,
}

impl RankedUser<'_> {
    /// How many test items are in the list.
    pub fn n_hits(&self) -> usize {
        self.hits.iter().filter(|h| **h).count()
    }

    /// The most hits that a list of this length can have: min(k, |test|).
    pub fn most_hits(&self) -> usize {
        self.k.min(self.n_relevant)
    }

    /// The 1-based ranks of the hits, ascending.
    pub fn hit_ranks(&self) -> impl Iterator<Item = usize> + '_ {
        self.hits.iter().zip(1..).filter(|(hit, _)| **hit).map(|(_, rank)| rank)
    }
}

/// One user's list, where a hit is worth its rating.
#[derive(Clone, Copy, Debug)]
pub struct GradedUser<'a> {
    /// What each of the first `k` places is worth: 0 where it holds no relevant test item.
    pub gains: &'a [f64],
    /// What each relevant test item is worth, the most first; those that can't be recommended too.
    pub ideal: &'a [f64],
    /// The length that was asked for: at least 1.
    pub k: usize,
}

/// One test rating, and what was said of it.
#[derive(Clone, Copy, Debug)]
pub struct Predicted {
    pub prediction: f64,
    pub rating: f64,
}

/// The scores of all that could be recommended to a user.
#[derive(Clone, Copy, Debug)]
pub struct WholeRanking<'a> {
    /// Those of the relevant test items that have one, in no order.
    pub relevant: &'a [f64],
    /// Those of the other candidates, in no order.
    pub others: &'a [f64],
    /// How many distinct test items are relevant: at least 1.
    pub n_relevant: usize,
}

/// How a metric is computed.
#[derive(Clone, Copy)]
pub enum Compute {
    /// From prediction − rating of every test rating of a fold; never called without one.
    Errors(fn(&[f64]) -> f64),
    /// From the predictions of every user's test ratings; never called without one.
    Predictions(fn(&[&[Predicted]]) -> f64),
    /// For each user; the fold's value is the mean.
    Whole(fn(&WholeRanking<'_>) -> f64),
    /// For each user; the fold's value is the mean.
    User(fn(&RankedUser<'_>) -> f64),
    /// From the place of every test interaction of a fold and `k`: how many of all items, seen ones too, have a higher
    /// score; `None` where the item has none. Never called without one.
    Places(fn(&[Option<usize>], usize) -> f64),
    /// For each user, of what their places are worth; the fold's value is the mean.
    Graded(fn(&GradedUser<'_>) -> f64),
    /// For each user of whom something can be said; the fold's value is the mean over those.
    Beyond(fn(&RankedUser<'_>, &Setting<'_>) -> Option<f64>),
    /// From all lists of a fold at once.
    Lists(fn(&[RankedUser<'_>], &Setting<'_>) -> f64),
}

impl Compute {
    /// Whether it is of predicted ratings.
    pub(super) fn is_of_ratings(&self) -> bool {
        matches!(self, Self::Errors(_) | Self::Predictions(_))
    }
}

/// Everything there is to know of a metric.
pub struct MetricSpec {
    /// As written, without `@k`: `ndcg`.
    pub name: &'static str,
    pub title: &'static str,
    /// The head of its column: short, and in full.
    pub heads: [&'static str; 2],
    /// What it counts, where a bare number would not say it: `bits`; empty for shares, and for errors in units of the rating.
    pub unit: &'static str,
    /// The decimals of a column of it.
    pub decimals: usize,
    /// How early a table that is too narrow gives it up: the highest goes first, 0 never.
    pub spare: u8,
    /// Only where somebody asks for it.
    pub extra: bool,
    /// What it must know of items beyond their ratings.
    pub needs: Needs,
    /// What exactly is computed, for reports: metrics of one name differ between programs.
    pub definition: &'static str,
    pub better: Better,
    pub compute: Compute,
}

impl MetricSpec {
    /// What most have in common: a share, the higher the better, that no table gives up. It is yet to be named and defined.
    const fn share(compute: Compute) -> Self {
        Self {
            name: "",
            title: "",
            heads: [""; 2],
            unit: "",
            decimals: 4,
            spare: 0,
            extra: false,
            needs: Needs::Nothing,
            definition: "",
            better: Better::Higher,
            compute,
        }
    }
}

/// The registry: one line a metric.
pub static METRICS: &[&MetricSpec] = &[
    &rmse::RMSE,
    &mae::MAE,
    &precision::PRECISION,
    &recall::RECALL,
    &recall::RECALL_MIN,
    &ndcg::NDCG,
    &ndcg::NDCG_GRADED,
    &map::MAP,
    &map::MAP_MIN,
    &mrr::MRR,
    &hit::HIT,
    &factorized_top_k::FACTORIZED_TOP_K,
    &coverage::COVERAGE,
    &novelty::NOVELTY,
    &fcp::FCP,
    &auc::AUC,
    &rbp::RBP,
    &exposure::GINI,
    &exposure::ENTROPY,
    &surprise::NOVELTY_BITS,
    &surprise::EPC,
    &surprise::EFD,
    &variety::ILD,
    &variety::SERENDIPITY,
    &variety::CALIBRATION,
    &popular::POPULARITY_LIFT,
    &popular::ARP,
    &popular::TAIL,
    &variants::NDCG_FLAT,
    &variants::NDCG_EXP,
    &variants::NDCG_EXP_ONE,
    &variants::MAP_CUTS,
    &variants::MAP_LIST,
    &variants::PRECISION_LIST,
    &variants::PRECISION_POOLED,
    &variants::AUC_LIMITED,
    &variants::COVERAGE_ALL,
    &variants::ITEMS_LISTED,
    &variants::GINI_DIVERSITY,
    &variants::ENTROPY_NATS,
    &variants::TAIL_ITEMS,
    &variants::MSE,
    &variants::FCP_MEAN,
];

/// A metric, with the length of its lists where it has any. Displays as written: `rmse`, `ndcg@10`.
#[derive(Clone, Copy)]
pub struct Metric {
    spec: &'static MetricSpec,
    k: usize,
    /// The name that another program has for it, where it goes by that.
    called: Option<&'static str>,
}

/// Why a metric could not be read: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct MetricError(pub String);

impl Metric {
    /// The length of lists where none is named.
    pub const DEFAULT_K: usize = 10;

    /// Reads `rmse`, `ndcg@10`; a ranking metric without `@k` is at 10.
    pub fn parse(text: &str) -> Result<Self, MetricError> {
        let text = text.trim();
        let (name, k) = match text.split_once('@') {
            Some((name, k)) => (name, Some(k)),
            None => (text, None),
        };
        let Some(spec) = METRICS.iter().find(|m| m.name == name) else {
            return Err(MetricError(unknown("metric", name, METRICS.iter().map(|m| m.name))));
        };
        let metric = Self {
            spec,
            k: Self::DEFAULT_K,
            called: None,
        };
        let k = match k {
            None => Self::DEFAULT_K,
            Some(k) if metric.k().is_none() => {
                let over = if spec.compute.is_of_ratings() {
                    "ratings"
                } else {
                    "whole rankings"
                };
                return Err(MetricError(format!(
                    "{name} goes over {over}, not lists: write {name}, not {name}@{k}"
                )));
            }
            Some(k) => match k.parse::<usize>() {
                Ok(k) if (1..=100_000).contains(&k) => k,
                _ => {
                    return Err(MetricError(format!(
                        "{text}: the length of the list must be a whole number from 1 to 100000"
                    )));
                }
            },
        };
        Ok(Self { k, ..metric })
    }

    /// Reads several, with commas between them; a metric named twice is kept once.
    pub fn parse_list(text: &str) -> Result<Vec<Self>, MetricError> {
        let mut metrics: Vec<Self> = Vec::new();
        for part in text.split(',').filter(|p| !p.trim().is_empty()) {
            let metric = Self::parse(part)?;
            if !metrics.contains(&metric) {
                metrics.push(metric);
            }
        }
        if metrics.is_empty() {
            return Err(MetricError("no metric is named: try rmse,mae,ndcg@10".into()));
        }
        Ok(metrics)
    }

    /// The default: every metric but those that are only asked for, at 10.
    pub fn defaults() -> Vec<Self> {
        let k = Self::DEFAULT_K;
        let usual = METRICS.iter().filter(|spec| !spec.extra);
        usual.map(|spec| Self { spec, k, called: None }).collect()
    }

    /// The same under another name.
    #[must_use]
    fn called(self, name: &'static str) -> Self {
        Self {
            called: Some(name),
            ..self
        }
    }

    pub fn spec(&self) -> &'static MetricSpec {
        self.spec
    }

    /// The length of the lists it reads; `None` for metrics of ratings or of whole rankings.
    pub fn k(&self) -> Option<usize> {
        let compute = &self.spec.compute;
        (!compute.is_of_ratings() && !matches!(compute, Compute::Whole(_))).then_some(self.k)
    }
}

impl PartialEq for Metric {
    fn eq(&self, other: &Self) -> bool {
        (self.spec.name, self.k, self.called) == (other.spec.name, other.k, other.called)
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.called.unwrap_or(self.spec.name);
        match self.k() {
            Some(k) => write!(f, "{name}@{k}"),
            None => f.write_str(name),
        }
    }
}

impl fmt::Debug for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Metric({self})")
    }
}

#[cfg(test)]
mod tests;
