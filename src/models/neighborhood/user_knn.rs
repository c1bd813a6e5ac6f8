use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Baselines;
use super::lanes::Accumulated;
use super::prediction::{self, Center, Rule, Settings, Vote};
use super::rows::{EditedRows, QueryRow, Rows, Side, SideStats};
use super::search::{Neighbor, accumulate, accumulate_lines, best_neighbors, evaluate, rank_neighbors, rows_for};
use super::sums::RowStats;
use super::voters::Voters;
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::scores::{Tallies, Tally, keep_first};
use crate::models::{
    About, Explanation, Fit, FitContext, FitError, Fitted, ModelSpec, NoScore, Parameter, Params, PartKind, Profile,
    Recommender, Scores, Search, Served, ServedItem, Training, Unit,
};
use crate::task::{Cancel, Cancelled, Task};

/// User-based nearest neighbors.
pub static USER_KNN: ModelSpec = ModelSpec {
    name: "user-knn",
    title: "User-based nearest neighbors",
    summary: "Finds the users with the most similar ratings; an item scores by what they rated it, weighted by their \
              similarity.",
    formula: "sum: Σ s(u,v)·r(v,i) over the k most similar raters v of i; basic, means, zscore and baseline divide by \
              Σ s(u,v) and count deviations from means, z-scores or baselines",
    parameters: PARAMETERS,
    search: &[
        prediction::SIMILARITIES,
        Search::words("prediction", &["sum", "baseline", "means"]),
        Search::log("k", 10.0, 400.0),
        Search::log("shrinkage", 1.0, 500.0),
    ],
    unit: prediction::unit,
    paper: "Resnick et al. 1994, GroupLens: an open architecture for collaborative filtering of netnews; Herlocker et \
            al. 1999, An algorithmic framework for performing collaborative filtering",
    strengths: "Needs no training and follows every edit at once; explains scores by similar users. Weak for profiles with \
                few ratings and slow for very many users.",
    low_ratings: prediction::low_ratings,
    fit: Training::of::<UserKnn>(),
};

const PARAMETERS: &[Parameter] = &[
    prediction::SIMILARITY,
    prediction::PREDICTION,
    prediction::K,
    Parameter {
        doc: "most similar users kept for a profile, before k",
        ..prediction::NEIGHBORS
    },
    prediction::MIN_K,
    prediction::MIN_SUPPORT,
    prediction::SHRINKAGE,
    prediction::DAMPING,
];

/// Statistics of every user's row.
#[derive(Serialize, Deserialize)]
struct Trained {
    stats: SideStats,
    baselines: Option<Baselines>,
}

/// A fitted `user-knn`: the data, and statistics of every user's row.
struct UserKnn {
    data: Arc<Dataset>,
    settings: Settings,
    trained: Arc<Trained>,
    /// Of all ratings.
    overall: RowStats,
}

impl Fit for UserKnn {
    type Trained = Trained;

    fn train(context: &FitContext, params: &Params) -> Result<Trained, FitError> {
        let data = &context.dataset;
        let baselines = Settings::of(params).baselines(data, &context.task.cancel)?;
        context.task.cancel.check()?;
        let stats = SideStats::of(data, Side::Users);
        Ok(Trained { stats, baselines })
    }

    fn open(trained: Arc<Trained>, context: &FitContext, params: &Params) -> Fitted {
        Ok(Arc::new(Self {
            overall: trained.stats.total(),
            settings: Settings::of(params),
            trained,
            data: Arc::clone(&context.dataset),
        }))
    }
}

impl Recommender for UserKnn {
    fn unit(&self) -> Unit {
        self.settings.rule.unit()
    }

    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled> {
        let overlay = EditedRows::new(
            &self.data,
            Side::Users,
            profile.overlay(),
            self.trained.baselines.as_ref(),
        );
        let rows = self.rows(&overlay);
        let similarity_rows = self.similarity_rows(&overlay);
        let subject = rows.profile(&profile);
        let mut sums = similarity_rows.accumulator(&subject.entries, self.settings.measure.similarity);
        accumulate(&similarity_rows, &subject.entries, &mut sums, cancel)?;
        let mut ranked = evaluate(&similarity_rows, &subject, self.settings.measure, &sums);
        // Dropping s ≤ 0 before taking the k nearest is the same as after: those come last.
        ranked.retain(|n| n.similarity > 0.0);
        rank_neighbors(&mut ranked, self.settings.keep);
        let mut rank = vec![u32::MAX; rows.len()];
        for (at, neighbor) in ranked.iter().enumerate() {
            rank[neighbor.index as usize] = at as u32;
        }
        let centers = ranked.iter().map(|n| self.user_center(&rows.stats(n.index))).collect();
        Ok(Box::new(Serving {
            profile,
            overlay,
            subject,
            sums,
            ranked,
            rank,
            centers,
            model: self,
        }))
    }

    /// Where neighbors are kept before it is known who of them rated the item, nothing is gained.
    fn serve_item(
        self: Arc<Self>,
        item: ItemIx,
        edits: &Arc<Edits>,
        task: &Task,
    ) -> Result<Option<Box<dyn ServedItem>>, Cancelled> {
        if self.settings.keep < self.data.n_users() {
            return Ok(None);
        }
        let overlay = EditedRows::new(&self.data, Side::Users, edits, self.trained.baselines.as_ref());
        let voters = Voters::of(&self.rows(&overlay), item.0, &task.cancel)?;
        Ok(Some(Box::new(ServingItem {
            item,
            edits: Arc::clone(edits),
            overlay,
            voters,
            model: self,
        })))
    }

    fn memory_bytes(&self) -> usize {
        self.trained.stats.memory_bytes() + self.trained.baselines.as_ref().map_or(0, Baselines::memory_bytes)
    }
}

impl UserKnn {
    fn rows<'a>(&'a self, overlay: &'a EditedRows) -> Rows<'a> {
        Rows {
            data: &self.data,
            side: Side::Users,
            stats: &self.trained.stats,
            overlay,
            baselines: self.trained.baselines.as_ref(),
            center: self.trained.stats.center_for(self.settings.measure.similarity),
        }
    }

    /// The rows as the similarity sees them: with baselines only where it needs them.
    fn similarity_rows<'a>(&'a self, overlay: &'a EditedRows) -> Rows<'a> {
        let baselines = self.trained.baselines.as_ref();
        let all = (&*self.data, Side::Users, &self.trained.stats, baselines);
        rows_for(all, overlay, self.settings.measure.similarity)
    }

    /// The center of a user's ratings, apart from the baseline of the item.
    fn user_center(&self, user: &RowStats) -> Center {
        match self.settings.rule {
            Rule::Sum | Rule::Basic => Center::NONE,
            Rule::Means => Center::at(user.mean()),
            Rule::ZScore => self.overall.z_scores_of(user),
            Rule::Baseline => Center::at(self.trained.baselines.as_ref().map_or(0.0, |b| b.mean + user.bias)),
        }
    }

    /// Where the prediction of `item` starts for a user with these statistics.
    #[inline]
    fn start(&self, user: &RowStats, item: ItemIx) -> Center {
        match self.settings.rule {
            Rule::Sum => Center::NONE,
            Rule::Basic => Center::at(self.data.mean()),
            _ => with_bias(self.user_center(user), self.item_bias(item.0)),
        }
    }

    /// The baseline of the item, where the rule uses it; else 0.
    #[inline]
    fn item_bias(&self, item: u32) -> f64 {
        match (&self.trained.baselines, self.settings.rule) {
            (Some(b), Rule::Baseline) => b.item[item as usize],
            _ => 0.0,
        }
    }
}

struct Serving {
    model: Arc<UserKnn>,
    profile: Arc<Profile>,
    overlay: EditedRows,
    subject: QueryRow,
    /// With every user; for items that are scored as if they were not rated.
    sums: Accumulated,
    /// Users similar to the profile, most similar first.
    ranked: Vec<Neighbor>,
    /// By user the position in `ranked`; `u32::MAX` for none.
    rank: Vec<u32>,
    centers: Vec<Center>,
}

impl Serving {
    /// The votes of the k most similar raters of `item`, most similar first.
    fn votes(&self, item: ItemIx) -> Result<Vec<Vote>, NoScore> {
        let rows = self.model.rows(&self.overlay);
        if rows.line(item.0).is_empty() {
            return Err(NoScore::UnknownItem);
        }
        if self.profile.is_empty() {
            return Err(NoScore::EmptyProfile);
        }
        if let Some(rating) = self.profile.rating(item) {
            return Ok(self.votes_as_if_unrated(item, rating));
        }
        let line = rows.line(item.0).iter();
        let mut raters: Vec<(u32, f64)> = line
            .map(|(user, rating)| (self.rank[user as usize], rating))
            .filter(|(rank, _)| *rank != u32::MAX)
            .collect();
        let k = self.model.settings.k;
        keep_first(&mut raters, k, |a, b| a.0.cmp(&b.0));
        let bias = self.model.item_bias(item.0);
        let vote = |(rank, rating): (u32, f64)| {
            let neighbor = self.ranked[rank as usize];
            vote_of(neighbor, rating, with_bias(self.centers[rank as usize], bias))
        };
        Ok(raters.into_iter().map(vote).collect())
    }

    /// As `votes`, with similarities as if the profile had not rated the item.
    fn votes_as_if_unrated(&self, item: ItemIx, rating: f64) -> Vec<Vote> {
        let settings = &self.model.settings;
        let rows = self.model.similarity_rows(&self.overlay);
        let (offset, population) = (rows.offset(item.0), rows.population());
        let subject = self.subject.stats_without(item.0, rows.baselines);
        let similarity = |user: u32, theirs: Option<f64>| {
            let at = user as usize;
            let sums = match theirs {
                Some(theirs) => self.sums.without(at, rating - offset, theirs - offset),
                None => self.sums.at(at),
            };
            let similarity = settings
                .measure
                .of(&sums, &subject, &rows.stats(user), population)
                .ok()?;
            (similarity > 0.0 && Some(user) != self.subject.row).then_some(Neighbor {
                index: user,
                similarity,
                support: sums.n as u32,
            })
        };
        let line = rows.line(item.0);
        let mut near: Vec<Neighbor> = if settings.keep == usize::MAX {
            line.iter()
                .filter_map(|(user, theirs)| similarity(user, Some(theirs)))
                .collect()
        } else {
            let mut kept: Vec<Neighbor> = (0..rows.len() as u32)
                .filter_map(|user| similarity(user, line.get(user)))
                .collect();
            rank_neighbors(&mut kept, settings.keep);
            kept.retain(|n| line.ids.binary_search(&n.index).is_ok());
            kept
        };
        rank_neighbors(&mut near, settings.k);
        let (all, bias) = (self.model.rows(&self.overlay), self.model.item_bias(item.0));
        let vote = |n: Neighbor| {
            let theirs = line.get(n.index)?;
            let center = self.model.user_center(&all.stats(n.index));
            Some(vote_of(n, theirs, with_bias(center, bias)))
        };
        near.into_iter().filter_map(vote).collect()
    }

    /// The scores of what is not rated; of what is rated, as if the similarities were the same.
    fn scores_by_votes(&self, cancel: &Cancel) -> Result<Vec<(ItemIx, f64)>, Cancelled> {
        if self.profile.is_empty() {
            return Ok(Vec::new());
        }
        let model = &self.model;
        let rows = model.rows(&self.overlay);
        // The most similar come first, so each item's votes are added in the same order as in `score`.
        let mut tallies = vec![Tally::default(); model.data.n_items()];
        for (neighbor, center) in self.ranked.iter().zip(&self.centers) {
            for (item, rating) in rows.row(neighbor.index).iter() {
                let tally = &mut tallies[item as usize];
                if tally.used < model.settings.k {
                    let center = with_bias(*center, model.item_bias(item));
                    tally.add(neighbor.similarity, center.deviation(rating));
                }
            }
            cancel.check()?;
        }
        let scored = model.data.items().zip(tallies).filter_map(|(item, tally)| {
            let center = model.start(&self.subject.stats, item);
            Some((item, model.settings.score(center, tally).ok()?))
        });
        Ok(scored.collect())
    }

    /// Where the prediction for `item` starts.
    fn center(&self, item: ItemIx) -> Center {
        let baselines = self.model.trained.baselines.as_ref();
        self.model.start(&self.subject.stats_without(item.0, baselines), item)
    }
}

/// One item for many users. It is enough to compare each with those who rated the item: O(raters of both, summed over the
/// user's ratings) instead of O(all raters).
struct ServingItem {
    model: Arc<UserKnn>,
    item: ItemIx,
    edits: Arc<Edits>,
    overlay: EditedRows,
    voters: Voters,
}

impl ServedItem for ServingItem {
    fn score(&self, user: UserIx, cancel: &Cancel) -> Result<Option<f64>, Cancelled> {
        let (model, voters) = (&*self.model, &self.voters);
        let profile = Profile::of_edited_user(&model.data, user, &self.edits);
        if profile.is_empty() || profile.contains(self.item) {
            return Ok(None);
        }
        let (rows, similarity_rows) = (model.rows(&self.overlay), model.similarity_rows(&self.overlay));
        let (subject, measure) = (rows.profile(&profile), model.settings.measure);
        let mut sums = similarity_rows.accumulator_for(voters.users.len(), &subject.entries, measure.similarity);
        let line = |entry| voters.line(entry, model.data.distinct_values());
        accumulate_lines((&similarity_rows, line), &subject.entries, &mut sums, cancel)?;
        let population = similarity_rows.population();
        let near = voters.users.iter().enumerate().filter_map(|(at, &index)| {
            let pair = sums.at(at);
            if pair.n <= 0.0 {
                return None;
            }
            let similarity = measure.of(&pair, &subject.stats, &similarity_rows.stats(index), population);
            let neighbor = |similarity| Neighbor {
                // The place: those are in the order of the users.
                index: at as u32,
                similarity,
                support: pair.n as u32,
            };
            similarity.ok().filter(|s| *s > 0.0).map(neighbor)
        });
        let bias = model.item_bias(self.item.0);
        let mut tally = Tally::default();
        for near in best_neighbors(near, model.settings.k) {
            let (user, rating) = (voters.users[near.index as usize], voters.ratings[near.index as usize]);
            let center = with_bias(model.user_center(&rows.stats(user)), bias);
            tally.add(near.similarity, center.deviation(rating));
        }
        let center = model.start(&subject.stats, self.item);
        Ok(model.settings.score(center, tally).ok().map(|score| score + 0.0))
    }
}

fn vote_of(neighbor: Neighbor, rating: f64, center: Center) -> Vote {
    Vote {
        row: neighbor.index,
        similarity: neighbor.similarity,
        support: neighbor.support,
        rating,
        deviation: center.deviation(rating),
    }
}

/// A user's center for the ratings of one item: with the baseline of the item where that is used.
#[inline]
fn with_bias(user: Center, item_bias: f64) -> Center {
    Center {
        center: user.center + item_bias,
        ..user
    }
}

impl Served for Serving {
    fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        let votes = self.votes(item)?;
        self.model
            .settings
            .score(self.center(item), prediction::tally_of(&votes))
    }

    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled> {
        let mut scores = Scores::unknown(self.model.data.n_items());
        for (item, score) in self.scores_by_votes(cancel)? {
            scores.set(item, score);
        }
        for rated in self.profile.rows() {
            scores.set(rated.item, self.score(rated.item).unwrap_or(f64::NAN));
            cancel.check()?;
        }
        Ok(scores)
    }

    /// What is rated takes longer: its similarities are others.
    fn unrated_scores(&self, _votes: &mut Tallies, cancel: &Cancel) -> Result<Option<Vec<(ItemIx, f64)>>, Cancelled> {
        self.scores_by_votes(cancel).map(Some)
    }

    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        let votes = self.votes(item)?;
        let (model, center) = (&self.model, self.center(item));
        let (mean, baselines) = (("mean of the profile", center), model.trained.baselines.as_ref());
        let bias = self.subject.stats_without(item.0, baselines).bias;
        let parts = model
            .settings
            .center_parts(mean, baselines, (&self.profile, bias), item);
        let rows = model.rows(&self.overlay);
        model
            .settings
            .explain(USER_KNN.name, center, parts, &votes, |vote, share| {
                Explanation::leaf(PartKind::Neighbor, "", About::User(UserIx(vote.row)), share)
                    .number("mean", rows.stats(vote.row).mean())
            })
    }

    /// As Surprise: the global mean for an empty profile or an unknown item (with baselines the known terms); with too
    /// few neighbors `basic` the global mean, the others their center.
    fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        let model = &self.model;
        let known = item.filter(|i| !model.rows(&self.overlay).line(i.0).is_empty());
        match (model.settings.rule, known) {
            (Rule::Sum, _) => None,
            (Rule::Baseline, Some(item)) => Some(self.center(item).center),
            (Rule::Baseline, None) => Some(model.user_center(&self.subject.stats).center),
            (Rule::Means | Rule::ZScore, Some(item)) if !self.profile.is_empty() => {
                let own = self.subject.stats_without(item.0, None);
                Some(if own.n > 0.0 { own.mean() } else { model.data.mean() })
            }
            _ => Some(model.data.mean()),
        }
    }
}
