use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};

use super::Baselines;
use super::item_table::SimilarityTable;
use super::prediction::{self, Center, Rule, Settings, Vote};
use super::rows::{EditedRows, QueryRow, Side, SideStats, center_of};
use super::search::{Neighbor, rows_for};
use super::sums::RowStats;
use super::weighting::{self, Weighting};
use crate::data::{Dataset, ItemIx};
use crate::models::FileOrder;
use crate::models::audience::of_all_users;
use crate::models::reading::{Reading, VALUES};
use crate::models::scores::{Tallies, Tally};
use crate::models::{
    Additive, Audience, Explanation, Fit, FitContext, FitError, Fitted, Ladder, ModelSpec, NoScore, Parameter, Params,
    Profile, Reach, Recommender, Scores, Search, Served, Training, Unit,
};
use crate::task::{Cancel, Cancelled, Task};

/// Item-based nearest neighbors.
pub static ITEM_KNN: ModelSpec = ModelSpec {
    name: "item-knn",
    title: "Item-based nearest neighbors",
    summary: "Compares items by who rated them and how; an item scores by its similarity to the profile's own items, \
              weighted by their ratings.",
    formula: "sum: Σ s(i,j)·r(u,j) over the k items j of the profile most similar to i; basic, means, zscore and baseline \
              divide by Σ s(i,j) and count deviations from means, z-scores or baselines",
    parameters: PARAMETERS,
    search: &[
        prediction::SIMILARITIES,
        Search::words("prediction", &["sum", "baseline", "means"]),
        Search::log("neighbors", 20.0, 600.0),
        Search::log("shrinkage", 1.0, 500.0),
        Search::words("values", &["raw", "centered", "binary"]),
        Search::words("weighting", &["none", "tfidf", "bm25"]),
    ],
    unit: prediction::unit,
    paper: "Sarwar et al. 2001, Item-based collaborative filtering recommendation algorithms; Deshpande and Karypis 2004, \
            Item-based top-N recommendation algorithms; weightings as in B. Frederickson's implicit",
    strengths: "Explains scores by what you rated, serves any profile at once after one comparison of all items, and \
                ranks well. Similarities do not move until it is fitted again.",
    low_ratings: prediction::low_ratings,
    fit: Training::of::<ItemKnn>(),
};

const PARAMETERS: &[Parameter] = &[
    prediction::SIMILARITY,
    prediction::PREDICTION,
    prediction::K.with_default("all"),
    Parameter {
        default: "40",
        doc: "most similar items kept of every item, before k",
        ..prediction::NEIGHBORS
    },
    prediction::MIN_K,
    prediction::MIN_SUPPORT,
    prediction::SHRINKAGE,
    prediction::DAMPING,
    VALUES,
    weighting::WEIGHTING,
    weighting::K1,
    weighting::B,
];

/// The most similarities kept (16 bytes each).
const MOST_KEPT: usize = 1 << 29;

#[derive(Serialize, Deserialize)]
struct Trained {
    centers: Vec<Center>,
    baselines: Option<Baselines>,
    /// For every item those most similar to it, which vote for it.
    table: SimilarityTable,
}

struct ItemKnn {
    data: Arc<Dataset>,
    settings: Settings,
    /// What a rating counts for the rule `sum`.
    reading: Reading,
    trained: Arc<Trained>,
    /// For every item those that it votes for, where that differs from `table`.
    transposed: Option<SimilarityTable>,
    reaches: OnceLock<Vec<Option<Reach>>>,
    ladders: OnceLock<Vec<Ladder>>,
    /// Only where k may have to choose between equal similarities.
    file_order: Option<FileOrder>,
}

impl Fit for ItemKnn {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let (settings, data) = (Settings::of(params), &context.dataset);
        let rated = data.items_with_ratings();
        if rated.saturating_mul(settings.keep.min(rated)) > MOST_KEPT {
            return Err(FitError::Unfit(format!(
                "item-knn would keep the similarities of {rated} items to {} others each, more than fit into memory: set \
                 neighbors to 1000 or fewer",
                settings.keep.min(rated)
            )));
        }
        let weighting = Weighting::of(params);
        if weighting.is_some() && settings.measure.similarity.needs_baselines() {
            return Err(FitError::Unfit(
                "weighting does not go with similarity=pearson-baseline; choose another similarity, or weighting=none"
                    .to_owned(),
            ));
        }
        let reading = Reading::of(params, data);
        if reading != Reading::Raw && settings.rule != Rule::Sum {
            return Err(FitError::Unfit(format!(
                "{}={} goes with prediction=sum; the other rules predict ratings as they are",
                VALUES.name,
                params.word(VALUES.name)
            )));
        }
        let baselines = settings.baselines(data, &context.task.cancel)?;
        let stats = SideStats::of(data, Side::Items);
        let read = reading.compared(data);
        let compared = weighting.map_or(read, |w| w.of_ratings(&reading.compared(data)));
        let compared_stats = SideStats::of(&compared, Side::Items);
        let overlay = EditedRows::default();
        let all = (&*compared, Side::Items, &compared_stats, baselines.as_ref());
        let rows = rows_for(all, &overlay, settings.measure.similarity);
        let table = SimilarityTable::fit(&rows, settings.measure, settings.keep, &context.task)?;
        let overall = stats.total();
        let center = |item: ItemIx| match settings.rule {
            Rule::ZScore => overall.z_scores_of(&stats.row(item.0)),
            _ => Center::at(stats.row(item.0).mean()),
        };
        Ok(Trained {
            centers: data.items().map(center).collect(),
            baselines,
            table,
        })
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        let (settings, data) = (Settings::of(params), Arc::clone(&context.dataset));
        // Similarities are symmetric, so a table of all of them is its own transpose.
        let transposed = (settings.keep < data.n_items()).then(|| trained.table.transposed());
        let file_order = (settings.k < data.n_items()).then(|| FileOrder::of(&data));
        Ok(Arc::new(Self {
            reading: Reading::of(params, &data),
            data,
            settings,
            trained,
            transposed,
            reaches: OnceLock::new(),
            ladders: OnceLock::new(),
            file_order,
        }))
    }
}

impl Recommender for ItemKnn {
    fn unit(&self) -> Unit {
        self.settings.rule.unit()
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, _: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let entries: Vec<(u32, f64)> = profile.rows().iter().map(|r| (r.item.0, r.rating)).collect();
        let baselines = self.trained.baselines.as_ref();
        let bias = baselines.map_or(0.0, |b| b.user_bias(entries.iter().copied()));
        let subject = QueryRow {
            row: None,
            stats: RowStats {
                bias,
                ..RowStats::of(entries.iter().map(|(_, r)| *r), center_of(&self.data))
            },
            entries,
        };
        Ok(Box::new(Serving {
            order: self.file_order.as_ref().map(|o| o.of_profile(&self.data, &profile)),
            model: self,
            profile,
            subject,
            place: OnceLock::new(),
        }))
    }

    fn prepare_audience(&self, data: &Dataset, task: &Task) -> Result<bool, Cancelled> {
        if !self.has_audience() {
            return Ok(false);
        }
        if self.reaches.get().is_none() {
            let scratch = <(Tallies, Vec<(f64, u32)>)>::default;
            let reaches = of_all_users(data, task, scratch, |scratch, profile| self.reach(&profile, scratch))?;
            // Concurrent calls both compute; one result is kept.
            let _ = self.reaches.set(reaches);
        }
        Ok(true)
    }

    fn audience(&self, data: &Dataset, item: ItemIx, task: &Task) -> Result<Option<Audience>, Cancelled> {
        if !self.has_audience() {
            return Ok(None);
        }
        let mut neighbors: Vec<Neighbor> = self.trained.table.of(item.0).collect();
        neighbors.sort_unstable_by_key(|n| n.index);
        let mut tallies = vec![Tally::default(); data.n_users()];
        for neighbor in neighbors {
            let center = self.rating_center(neighbor.index, 0.0);
            for (user, rating) in data.item_row(ItemIx(neighbor.index)).iter() {
                tallies[user as usize].add(neighbor.similarity, self.counts(center, rating));
            }
            task.cancel.check()?;
        }
        let center = self.center(item, 0.0);
        let known = !data.item_row(item).is_empty();
        let score = |tally: &Tally| self.settings.score(center, *tally).ok().filter(|_| known);
        Ok(Some(Audience::of(tallies.iter().map(score).collect())))
    }

    fn reaches(&self) -> Option<&[Option<Reach>]> {
        self.reaches.get().map(Vec::as_slice)
    }

    fn ladders(&self) -> Option<&OnceLock<Vec<Ladder>>> {
        Some(&self.ladders)
    }

    fn memory_bytes(&self) -> usize {
        self.reaches
            .get()
            .map_or(0, |r| r.capacity() * size_of::<Option<Reach>>())
            + Ladder::memory_of_all(&self.ladders)
            + self.trained.table.memory_bytes()
            + self.trained.centers.capacity() * size_of::<Center>()
            + self.transposed.as_ref().map_or(0, SimilarityTable::memory_bytes)
            + self.file_order.as_ref().map_or(0, FileOrder::memory_bytes)
            + self.trained.baselines.as_ref().map_or(0, Baselines::memory_bytes)
    }
}

impl ItemKnn {
    /// The center of the ratings of `item`, for a profile with this bias.
    fn rating_center(&self, item: u32, user_bias: f64) -> Center {
        match self.settings.rule {
            Rule::Sum | Rule::Basic => Center::NONE,
            Rule::Means | Rule::ZScore => self.trained.centers[item as usize],
            Rule::Baseline => {
                let baselines = self.trained.baselines.as_ref();
                Center::at(baselines.map_or(0.0, |b| b.of(user_bias, ItemIx(item))))
            }
        }
    }

    /// What a rating counts, measured from its center.
    #[inline]
    fn counts(&self, center: Center, rating: f64) -> f64 {
        center.deviation(self.reading.value(rating))
    }

    /// Whether all items of any profile vote, and independently of the profile.
    fn has_audience(&self) -> bool {
        self.settings.k >= self.data.n_items() && self.settings.rule != Rule::Baseline
    }

    /// The votes of ratings that all vote, each for its neighbors, in ascending order as in `votes`, for a profile with this
    /// bias.
    fn vote(
        &self,
        entries: impl Iterator<Item = (u32, f64)>,
        bias: f64,
        votes: &mut Tallies,
        cancel: &Cancel,
    ) -> Result<(), Cancelled> {
        let votes_for = self.transposed.as_ref().unwrap_or(&self.trained.table);
        votes.grow(self.data.n_items());
        for (item, rating) in entries {
            let deviation = self.counts(self.rating_center(item, bias), rating);
            for (other, similarity) in votes_for.pairs(item) {
                votes.add(other, similarity, deviation);
            }
            cancel.check()?;
        }
        Ok(())
    }

    /// What the scores of a profile's candidates reach.
    fn reach(&self, profile: &Profile, (votes, scores): &mut (Tallies, Vec<(f64, u32)>)) -> Option<Reach> {
        let entries = profile.rows().iter().map(|rated| (rated.item.0, rated.rating));
        // Nobody cancels this.
        let _ = self.vote(entries, 0.0, votes, &Cancel::new());
        scores.clear();
        for (item, tally) in votes.drain().filter(|(item, _)| !profile.contains(*item)) {
            if let Ok(score) = self.settings.score(self.center(item, 0.0), tally) {
                scores.push((score, 1));
            }
        }
        Reach::of(scores)
    }

    /// Where the prediction for `item` starts.
    fn center(&self, item: ItemIx, user_bias: f64) -> Center {
        match self.settings.rule {
            Rule::Basic => Center::at(self.data.mean()),
            _ => self.rating_center(item.0, user_bias),
        }
    }
}

struct Serving {
    model: Arc<ItemKnn>,
    profile: Arc<Profile>,
    subject: QueryRow,
    /// By item its position in the profile; `u32::MAX` for none. Only where it is asked for.
    place: OnceLock<Vec<u32>>,
    /// By position in the profile the rank that breaks ties.
    order: Option<Vec<u32>>,
}

impl Serving {
    fn place(&self) -> &[u32] {
        self.place.get_or_init(|| {
            let mut place = vec![u32::MAX; self.model.data.n_items()];
            for (at, (item, _)) in self.subject.entries.iter().enumerate() {
                place[*item as usize] = at as u32;
            }
            place
        })
    }

    /// The bias of the profile as if `item` were not rated.
    fn bias(&self, item: ItemIx) -> f64 {
        match &self.model.trained.baselines {
            Some(baselines) if self.profile.contains(item) => self.subject.stats_without(item.0, Some(baselines)).bias,
            _ => self.subject.stats.bias,
        }
    }

    fn can_score(&self, item: ItemIx) -> Result<(), NoScore> {
        NoScore::check(&self.model.data, item, self.profile.is_empty())
    }

    /// Whether k is large enough for all items of the profile to vote.
    fn all_vote(&self) -> bool {
        self.model.settings.k >= self.profile.len()
    }

    /// Puts the votes of the k items of the profile most similar to `item` into `votes`: most similar first, or by item
    /// where all of them vote. An item never votes for itself.
    fn votes(&self, item: ItemIx, user_bias: f64, votes: &mut Vec<Vote>) {
        votes.clear();
        let (k, places) = (self.model.settings.k, self.place());
        for neighbor in self.model.trained.table.of(item.0) {
            let at = places[neighbor.index as usize];
            if at == u32::MAX {
                continue;
            }
            // Ties with the last one are collected, too, for the file order to choose from.
            if votes.len() >= k && votes[votes.len() - 1].similarity > neighbor.similarity {
                break;
            }
            let rating = self.subject.entries[at as usize].1;
            votes.push(Vote {
                row: neighbor.index,
                similarity: neighbor.similarity,
                support: neighbor.support,
                rating,
                deviation: self
                    .model
                    .counts(self.model.rating_center(neighbor.index, user_bias), rating),
            });
        }
        if self.all_vote() {
            votes.sort_unstable_by_key(|v| v.row);
        } else if let Some(order) = &self.order {
            let place = |v: &Vote| order[places[v.row as usize] as usize];
            votes.sort_by(|a, b| {
                b.similarity
                    .total_cmp(&a.similarity)
                    .then_with(|| place(a).cmp(&place(b)))
            });
            votes.truncate(k);
        }
    }

    /// The known scores where all items of the profile vote.
    fn scores_by_votes(&self, votes: &mut Tallies, cancel: &Cancel) -> Result<Vec<(ItemIx, f64)>, Cancelled> {
        let (model, bias) = (&self.model, self.subject.stats.bias);
        let done = model.vote(self.subject.entries.iter().copied(), bias, votes, cancel);
        let score = |(item, tally)| Some((item, model.settings.score(model.center(item, bias), tally).ok()?));
        let scores = votes.drain().filter_map(score).collect();
        done.map(|()| scores)
    }

    fn score_with(&self, item: ItemIx, votes: &mut Vec<Vote>) -> Result<f64, NoScore> {
        self.can_score(item)?;
        let bias = self.bias(item);
        self.votes(item, bias, votes);
        let center = self.model.center(item, bias);
        self.model.settings.score(center, prediction::tally_of(votes))
    }
}

impl Served for Serving {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.score_with(item, &mut Vec::new())
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let mut scores = Scores::unknown(self.model.data.n_items());
        if self.profile.is_empty() {
            return Ok(scores);
        }
        let mut votes = Vec::new();
        if self.all_vote() {
            for (item, score) in self.scores_by_votes(&mut Tallies::default(), cancel)? {
                scores.set(item, score);
            }
            // With baselines the rating of an item changes the profile's bias, which its own score must not use.
            if self.model.settings.rule == Rule::Baseline {
                for rated in self.profile.rows() {
                    let score = self.score_with(rated.item, &mut votes);
                    scores.set(rated.item, score.unwrap_or(f64::NAN));
                }
            }
            return Ok(scores);
        }
        for item in self.model.data.items() {
            if let Ok(score) = self.score_with(item, &mut votes) {
                scores.set(item, score);
            }
            if item.0 % 64 == 0 {
                cancel.check()?;
            }
        }
        Ok(scores)
    }

    fn unrated_scores(&self, votes: &mut Tallies, cancel: &Cancel) -> Result<Option<Vec<(ItemIx, f64)>>, Cancelled> {
        self.all_vote().then(|| self.scores_by_votes(votes, cancel)).transpose()
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.can_score(item)?;
        let bias = self.bias(item);
        let mut votes = Vec::new();
        self.votes(item, bias, &mut votes);
        let (model, center) = (&self.model, self.model.center(item, bias));
        let (mean, baselines) = (("mean of the item", center), model.trained.baselines.as_ref());
        let parts = model
            .settings
            .center_parts(mean, baselines, (&self.profile, bias), item);
        let tree = model
            .settings
            .explain(ITEM_KNN.name, center, parts, &votes, |vote, share| {
                let mean = model.trained.centers[vote.row as usize].center;
                let part = Explanation::rated(ItemIx(vote.row), share).number("mean", mean);
                match model.reading {
                    Reading::Raw => part,
                    _ => part.number("value", vote.deviation),
                }
            })?;
        Ok(model.reading.noted(tree))
    }

    /// As Surprise: the global mean for an empty profile or an unknown item (with baselines the known terms); with too
    /// few neighbors `basic` the global mean, the others their center.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let model = &self.model;
        let known = item.filter(|i| !model.data.item_row(*i).is_empty());
        match (model.settings.rule, known, &model.trained.baselines) {
            (Rule::Sum, _, _) => None,
            (Rule::Baseline, Some(item), _) => Some(model.center(item, self.bias(item)).center),
            (Rule::Baseline, None, Some(baselines)) => Some(baselines.mean + self.subject.stats.bias),
            (Rule::Means | Rule::ZScore, Some(item), _) if !self.profile.is_empty() => {
                Some(model.center(item, 0.0).center)
            }
            _ => Some(model.data.mean()),
        }
    }
    /// Only sums have no denominator, and only where all ratings count does a removal let no other in.
    fn additive(&self) -> Option<&dyn Additive> {
        (self.all_vote() && self.model.settings.rule == Rule::Sum).then_some(self)
    }
}

impl Additive for Serving {
    fn share(&self, at: usize) -> Scores {
        let model = &self.model;
        let mut shares = Scores::unknown(model.data.n_items());
        if let Some(&(item, rating)) = self.subject.entries.get(at) {
            let speaks_for = model.transposed.as_ref().unwrap_or(&model.trained.table);
            let said = speaks_for.pairs(item).map(|(other, s)| (ItemIx(other), s * rating));
            said.for_each(|(other, share)| shares.set(other, share));
        }
        shares
    }

    fn needed(&self) -> usize {
        self.model.settings.min_k
    }
}
