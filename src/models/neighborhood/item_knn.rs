use std::sync::Arc;

use super::Baselines;
use super::item_table::SimilarityTable;
use super::prediction::{self, Center, Rule, Settings, Tally, Vote, base};
use super::rows::{Overlay, Rows, Side, SideStats, Subject};
use super::sums::RowStats;
use crate::data::{Dataset, ItemIx};
use crate::models::{
    About, Explanation, FitContext, FitError, Fitted, ModelSpec, NoScore, Parameter, Params, PartKind, Profile,
    Recommender, Scores, Served, Unit,
};
use crate::task::{Cancel, Cancelled};

/// The registry block of `item-knn`.
pub static ITEM_KNN: ModelSpec = ModelSpec {
    name: "item-knn",
    title: "Item-based nearest neighbors",
    summary: "Compares items by who rated them how, and lets the profile's items speak for those that are like them.",
    formula: "sum: Σ s(i,j)·r(u,j) over the k items j of the profile most similar to i; basic, means, zscore and baseline \
              divide by Σ s(i,j) and count deviations from means, z-scores or baselines",
    parameters: PARAMETERS,
    unit: prediction::unit,
    paper: "Sarwar et al. 2001, Item-based collaborative filtering recommendation algorithms; Deshpande and Karypis 2004, \
            Item-based top-N recommendation algorithms",
    strengths: "Explains itself by what you rated, serves anybody at once after one comparison of all items, and ranks \
                well. Similarities do not move until it is fitted again.",
    fit,
};

const PARAMETERS: &[Parameter] = &[
    prediction::SIMILARITY,
    prediction::PREDICTION,
    Parameter {
        default: "all",
        ..prediction::K
    },
    Parameter {
        default: "40",
        doc: "most similar items kept of every item, before k",
        ..prediction::NEIGHBORS
    },
    prediction::MIN_K,
    prediction::MIN_SUPPORT,
    prediction::SHRINKAGE,
    prediction::DAMPING,
];

/// More than this many kept similarities (16 bytes each) are refused.
const MOST_KEPT: usize = 1 << 29;

fn fit(context: &FitContext, params: &Params) -> Fitted {
    let settings = Settings::of(params);
    let data = Arc::clone(&context.dataset);
    let rated = data.items_with_ratings();
    if rated.saturating_mul(settings.keep.min(rated)) > MOST_KEPT {
        return Err(FitError::Unfit(format!(
            "item-knn would keep the similarities of {rated} items to {} others each, more than fit into memory: set \
             neighbors to 1000 or fewer",
            settings.keep.min(rated)
        )));
    }
    let baselines = settings
        .needs_baselines()
        .then(|| Baselines::fit(&data, &context.task.cancel))
        .transpose()?;
    let stats = SideStats::of(&data, Side::Items);
    let overlay = Overlay::default();
    let rows = Rows {
        data: &data,
        side: Side::Items,
        stats: &stats,
        overlay: &overlay,
        baselines: baselines
            .as_ref()
            .filter(|_| settings.measure.similarity.needs_baselines()),
    };
    let table = SimilarityTable::fit(&rows, settings.measure, settings.keep, &context.task)?;
    let overall = stats.total();
    let center = |item: ItemIx| match settings.rule {
        Rule::ZScore => overall.z_scores_of(&stats.row(item.0)),
        _ => Center::at(stats.row(item.0).mean()),
    };
    Ok(Arc::new(ItemKnn {
        centers: data.items().map(center).collect(),
        settings,
        baselines,
        table,
        data,
    }))
}

/// A fitted `item-knn`: the kept neighbors of every item.
struct ItemKnn {
    data: Arc<Dataset>,
    settings: Settings,
    /// Mean and spread of every item.
    centers: Vec<Center>,
    baselines: Option<Baselines>,
    table: SimilarityTable,
}

impl Recommender for ItemKnn {
    fn unit(&self) -> Unit {
        self.settings.rule.unit()
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let entries: Vec<(u32, f64)> = profile.rows().iter().map(|r| (r.item.0, r.rating)).collect();
        let bias = self
            .baselines
            .as_ref()
            .map_or(0.0, |b| b.user_bias(entries.iter().copied()));
        let mut place = vec![u32::MAX; self.data.n_items()];
        for (at, (item, _)) in entries.iter().enumerate() {
            place[*item as usize] = at as u32;
        }
        let subject = Subject {
            row: None,
            stats: RowStats {
                bias,
                ..RowStats::of(entries.iter().map(|(_, r)| *r))
            },
            entries,
        };
        Ok(Box::new(Serving {
            model: self,
            profile,
            subject,
            place,
        }))
    }

    fn memory_bytes(&self) -> usize {
        self.table.memory_bytes()
            + self.centers.capacity() * size_of::<Center>()
            + self.baselines.as_ref().map_or(0, Baselines::memory_bytes)
    }
}

impl ItemKnn {
    /// What the ratings of `item` are measured against, for a profile with this bias.
    fn voice(&self, item: u32, user_bias: f64) -> Center {
        match self.settings.rule {
            Rule::Sum | Rule::Basic => Center::NONE,
            Rule::Means | Rule::ZScore => self.centers[item as usize],
            Rule::Baseline => {
                let baseline = self.baselines.as_ref().map_or(0.0, |b| b.of(user_bias, ItemIx(item)));
                Center::at(baseline)
            }
        }
    }

    /// Where the prediction for `item` starts.
    fn center(&self, item: ItemIx, user_bias: f64) -> Center {
        match self.settings.rule {
            Rule::Basic => Center::at(self.data.mean()),
            _ => self.voice(item.0, user_bias),
        }
    }
}

/// An `item-knn` at work.
struct Serving {
    model: Arc<ItemKnn>,
    profile: Arc<Profile>,
    subject: Subject,
    /// By item its position in the profile.
    place: Vec<u32>,
}

impl Serving {
    /// The bias of the profile as if `item` were not rated.
    fn bias(&self, item: ItemIx) -> f64 {
        match &self.model.baselines {
            Some(baselines) if self.place[item.at()] != u32::MAX => {
                self.subject.stats_without(item.0, Some(baselines)).bias
            }
            _ => self.subject.stats.bias,
        }
    }

    fn can_score(&self, item: ItemIx) -> Result<(), NoScore> {
        if self.model.data.item_row(item).is_empty() {
            return Err(NoScore::UnknownItem);
        }
        if self.profile.is_empty() {
            Err(NoScore::EmptyProfile)
        } else {
            Ok(())
        }
    }

    /// What the k items of the profile most similar to `item` say, most similar first. An item is not in its own list.
    fn votes(&self, item: ItemIx, user_bias: f64) -> impl Iterator<Item = Vote> {
        let speaks = |other: u32| Some(self.place[other as usize]).filter(|at| *at != u32::MAX);
        let found = self.model.table.first(item.0, self.model.settings.k, speaks);
        found.map(move |(neighbor, at)| {
            let rating = self.subject.entries[at as usize].1;
            Vote {
                row: neighbor.index,
                similarity: neighbor.similarity,
                support: neighbor.support,
                rating,
                deviation: self.model.voice(neighbor.index, user_bias).deviation(rating),
            }
        })
    }

    fn center_parts(&self, item: ItemIx, user_bias: f64, center: Center) -> Vec<Explanation> {
        match (self.model.settings.rule, &self.model.baselines) {
            (Rule::Means | Rule::ZScore, _) => {
                let mut mean = base("mean of the item", center.center);
                if self.model.settings.rule == Rule::ZScore {
                    mean = mean.number("deviation", center.spread);
                }
                vec![mean]
            }
            (Rule::Baseline, Some(baselines)) => {
                vec![
                    base("global mean", baselines.mean),
                    prediction::user_bias(&self.profile, user_bias),
                    Explanation::leaf(PartKind::Bias, "", About::Item(item), baselines.item[item.at()]),
                ]
            }
            _ => Vec::new(),
        }
    }
}

impl Served for Serving {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.can_score(item)?;
        let bias = self.bias(item);
        let mut tally = Tally::default();
        self.votes(item, bias)
            .for_each(|v| tally.add(v.similarity, v.deviation));
        self.model.settings.score(self.model.center(item, bias), tally)
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let mut scores = Scores::unknown(self.model.data.n_items());
        for item in self.model.data.items() {
            if let Ok(score) = self.score(item) {
                scores.set(item, score);
            }
            if item.0 % 64 == 0 {
                cancel.check()?;
            }
        }
        Ok(scores)
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.can_score(item)?;
        let bias = self.bias(item);
        let votes: Vec<Vote> = self.votes(item, bias).collect();
        let center = self.model.center(item, bias);
        let score = self.model.settings.score(center, Tally::of(&votes))?;
        let root = Explanation::leaf(
            PartKind::Component,
            ITEM_KNN.name,
            About::Model(ITEM_KNN.name.into()),
            score,
        );
        let parts = self.center_parts(item, bias, center);
        Ok(self.model.settings.explain(root, center, parts, &votes, |vote, share| {
            let mean = self.model.centers[vote.row as usize].center;
            Explanation::leaf(PartKind::Rated, "", About::Item(ItemIx(vote.row)), share).number("mean", mean)
        }))
    }

    /// Surprise's: the global mean for an empty profile or an unknown item (with baselines the known terms); too few
    /// neighbors: `basic` the global mean, the others their center.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let model = &self.model;
        let known = item.filter(|i| !model.data.item_row(*i).is_empty());
        match (model.settings.rule, known, &model.baselines) {
            (Rule::Sum, _, _) => None,
            (Rule::Baseline, Some(item), _) => Some(model.center(item, self.bias(item)).center),
            (Rule::Baseline, None, Some(baselines)) => Some(baselines.mean + self.subject.stats.bias),
            (Rule::Means | Rule::ZScore, Some(item), _) if !self.profile.is_empty() => {
                Some(model.center(item, 0.0).center)
            }
            _ => Some(model.data.mean()),
        }
    }
}
