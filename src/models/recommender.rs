use std::sync::{Arc, OnceLock};

use super::scores::{Tallies, best};
use super::{Audience, Explanation, Ladder, NoScore, Profile, Reach, Scores, Unit};
use crate::data::{Dataset, Edits, ItemIx, LoadError, UserIx};
use crate::task::{Cancel, Cancelled, Steps, Task};

/// A fitted model: read-only, shared between threads, able to serve any profile.
pub trait Recommender: Send + Sync {
    /// The unit of its scores.
    fn unit(&self) -> Unit;

    /// Prepares to serve one profile: whatever all its answers share (its similarities, its folded factors, the pools
    /// of a hybrid) is computed here, once. May take a while; checks `cancel`.
    fn serve(self: Arc<Self>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Box<dyn Served>, Cancelled>;

    /// The size of what was fitted, in bytes.
    fn memory_bytes(&self) -> usize;

    /// The latent factors, for models that have them.
    fn factors(&self) -> Option<&dyn LatentFactors> {
        None
    }

    /// Computes what [`Recommender::audience`] needs of every user, once; may take a while. Returns whether there are
    /// audiences. `data` is what the model was fitted to.
    fn prepare_audience(&self, _data: &Dataset, _task: &Task) -> Result<bool, Cancelled> {
        Ok(false)
    }

    /// The scores of `item` for all stored users; `None` where the model can do no better than to serve one after the
    /// other, or was not prepared.
    fn audience(&self, _data: &Dataset, _item: ItemIx, _task: &Task) -> Result<Option<Audience>, Cancelled> {
        Ok(None)
    }

    /// Prepares to score one item for very many stored users, under these edits; `None` where the model can do no better than
    /// to serve one after the other.
    fn serve_item(
        self: Arc<Self>,
        _item: ItemIx,
        _edits: &Arc<Edits>,
        _task: &Task,
    ) -> Result<Option<Box<dyn ServedItem>>, Cancelled> {
        Ok(None)
    }

    /// What every user's scores reach; `None` where not prepared.
    fn reaches(&self) -> Option<&[Option<Reach>]> {
        None
    }

    /// Where everybody's ladders are kept, once a hybrid that normalizes by rank has made them to prepare its audience; `None`
    /// for models without an audience, or with one that nobody ranks.
    fn ladders(&self) -> Option<&OnceLock<Vec<Ladder>>> {
        None
    }

    /// If what was learned gives no ranking (all scores are equal or unknown): why, and what to try, in a sentence or
    /// two.
    fn note(&self) -> Option<String> {
        None
    }

    /// The loss after each epoch, for models trained iteratively, with its name (`RMSE on the ratings`).
    fn training_curve(&self) -> Option<(&'static str, &[f64])> {
        None
    }
}

/// A model scoring one item for whoever has not rated it.
pub trait ServedItem: Send + Sync {
    /// The score of the item for a stored user, bit for bit that of serving the user; `None` where there is none, or the user
    /// has rated it.
    fn score(&self, user: UserIx, cancel: &Cancel) -> Result<Option<f64>, Cancelled>;
}

/// A model serving one profile.
///
/// The profile's own stored row never helps to score it, and an item that it rates is scored as if it were not rated.
pub trait Served: Send + Sync {
    /// The score that ranks `item`: finite, never clipped.
    fn score(&self, item: ItemIx) -> Result<f64, NoScore>;

    /// The scores of all items: `scores.get(i)` equals `score(i)` bit for bit, and is unknown where that is an error.
    fn score_all(&self, cancel: &Cancel) -> Result<Scores, Cancelled>;

    /// The known scores of what the profile has not rated, items in any order: the same bits as in `score_all`, for models
    /// where few items have a score and the others need not be looked at, or where what is rated takes longer to score. What
    /// is rated may be missing, or stand there with any score. `votes` is a buffer, empty before and after. `None` for all
    /// other models.
    fn unrated_scores(&self, _votes: &mut Tallies, _cancel: &Cancel) -> Result<Option<Vec<(ItemIx, f64)>>, Cancelled> {
        Ok(None)
    }

    /// Explains the score of `item`. The root is a `component` whose value equals `score(item)` bit for bit.
    fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore>;

    /// The same score as a sum over the profile's own ratings (children of kind `rated`), with a `residual` for what is
    /// not due to any of them; `Ok(None)` for models without such a view.
    fn explain_by_history(&self, _item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        Ok(None)
    }

    /// Each part's share of the score of `item`, for hybrids: they sum to it, in the order of the formula, 0 for a part
    /// without a score. Empty for a lone model.
    fn parts(&self, _item: ItemIx) -> Vec<f64> {
        Vec::new()
    }

    /// What is predicted where `score` is an error (for models of unit `rating`): the known terms, the profile's
    /// center, or the global mean, as in Surprise. `item` is `None` if it isn't in the catalog.
    fn fallback(&self, _item: Option<ItemIx>) -> Option<f64> {
        None
    }

    /// The scores as sums over the ratings, for models where removing a rating subtracts exactly its share.
    fn additive(&self) -> Option<&dyn Additive> {
        None
    }
}

/// Scores that are sums over the profile's ratings, where no share depends on the other ratings.
///
/// After removing any of the ratings, the unrated items are ordered by what remains of their sums.
pub trait Additive {
    /// The share of the rating in row `at` of the profile in every item's sum; unknown for items that it has no say in.
    fn share(&self, at: usize) -> Scores;

    /// How many ratings must have a share in an item for it to have a score.
    fn needed(&self) -> usize {
        1
    }

    /// An item's sum divided by its score: the same for all items.
    fn scale(&self) -> f64 {
        1.0
    }
}

/// A model serving one profile, with the scores of all items computed at most once: shared by all panes.
pub struct Serving {
    profile: Arc<Profile>,
    unit: Unit,
    served: Box<dyn Served>,
    scores: OnceLock<Arc<Scores>>,
    /// The known scores of what the profile has not rated, items ascending.
    candidates: OnceLock<Vec<(ItemIx, f64)>>,
}

/// The rank of an item among the unrated candidates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// From 1; `None` where it is rated or has no score.
    pub rank: Option<usize>,
    pub candidates: usize,
    /// How many candidates have a lower score.
    pub lower: usize,
}

impl Serving {
    pub fn open(model: &Arc<dyn Recommender>, profile: Arc<Profile>, cancel: &Cancel) -> Result<Self, Cancelled> {
        Ok(Self {
            served: Arc::clone(model).serve(Arc::clone(&profile), cancel)?,
            unit: model.unit(),
            profile,
            scores: OnceLock::new(),
            candidates: OnceLock::new(),
        })
    }

    pub fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The score of one item; −0 becomes 0, as in [`Serving::scores`].
    pub fn score(&self, item: ItemIx) -> Result<f64, NoScore> {
        self.served.score(item).map(|score| score + 0.0)
    }

    /// The scores of all items, computed on first use. Concurrent calls may both compute; one result is kept.
    pub fn scores(&self, cancel: &Cancel) -> Result<&Arc<Scores>, Cancelled> {
        if let Some(scores) = self.scores.get() {
            return Ok(scores);
        }
        let scores = Arc::new(self.served.score_all(cancel)?);
        Ok(self.scores.get_or_init(|| scores))
    }

    /// The known scores of what the profile has not rated, items ascending; collected on first use.
    pub fn candidates(&self, cancel: &Cancel) -> Result<&[(ItemIx, f64)], Cancelled> {
        if let Some(candidates) = self.candidates.get() {
            return Ok(candidates);
        }
        let unseen = self.unseen(self.scores(cancel)?);
        let candidates = unseen.collect();
        Ok(self.candidates.get_or_init(|| candidates))
    }

    /// The known scores of what the profile has not rated, items ascending.
    fn unseen<'a>(&'a self, scores: &'a Scores) -> impl Iterator<Item = (ItemIx, f64)> + 'a {
        let mut seen = self.profile.rows().iter().map(|r| r.item).peekable();
        scores.iter().filter(move |(item, _)| {
            while seen.next_if(|s| s < item).is_some() {}
            seen.peek() != Some(item)
        })
    }

    pub fn explain(&self, item: ItemIx) -> Result<Explanation, NoScore> {
        self.served.explain(item)
    }

    /// The share of each part of a hybrid; see [`Served::parts`].
    pub fn parts(&self, item: ItemIx) -> Vec<f64> {
        self.served.parts(item)
    }

    /// What is predicted where there is no score; see [`Served::fallback`].
    pub fn fallback(&self, item: Option<ItemIx>) -> Option<f64> {
        self.served.fallback(item)
    }

    /// The same score as a sum over the profile's own ratings, if the model has such a view.
    pub fn explain_by_history(&self, item: ItemIx) -> Result<Option<Explanation>, NoScore> {
        self.served.explain_by_history(item)
    }

    /// Why `item` has its score: as a sum over the profile's own ratings where `by_history` asks for that and the model knows
    /// such a view, else as the model explains it.
    pub fn explain_by(&self, item: ItemIx, by_history: bool) -> Result<Explanation, NoScore> {
        let history = if by_history {
            self.explain_by_history(item)?
        } else {
            None
        };
        history.map_or_else(|| self.explain(item), Ok)
    }

    /// The scores as sums; see [`Served::additive`].
    pub fn additive(&self) -> Option<&dyn Additive> {
        self.served.additive()
    }

    /// The `n` best items that the profile has not rated (or all items with `include_seen`), best first.
    pub fn recommend(&self, n: usize, include_seen: bool, cancel: &Cancel) -> Result<Vec<(ItemIx, f64)>, Cancelled> {
        Ok(if include_seen {
            best(self.scores(cancel)?.iter(), n)
        } else {
            match self.candidates.get() {
                Some(candidates) => best(candidates.iter().copied(), n),
                None => best(self.unseen(self.scores(cancel)?), n),
            }
        })
    }

    /// As [`Serving::recommend`], looking only at what has a score where the model can; `votes` is a buffer for that.
    pub(super) fn recommend_from(
        &self,
        (n, include_seen): (usize, bool),
        votes: &mut Tallies,
        cancel: &Cancel,
    ) -> Result<Vec<(ItemIx, f64)>, Cancelled> {
        match self.unrated(votes, cancel)? {
            Some(unrated) if !include_seen => Ok(best(unrated, n)),
            _ => self.recommend(n, include_seen, cancel),
        }
    }

    /// The scores of the candidates in any order, looking only at what has a score where the model can; `votes` is a buffer for
    /// that.
    pub(super) fn candidate_scores(&self, votes: &mut Tallies, cancel: &Cancel) -> Result<Vec<f64>, Cancelled> {
        Ok(match self.unrated(votes, cancel)? {
            Some(unrated) => unrated.map(|(_, score)| score).collect(),
            None => self.unseen(self.scores(cancel)?).map(|(_, score)| score).collect(),
        })
    }

    /// What [`Served::unrated_scores`] gives, finite and without what is rated.
    fn unrated(
        &self,
        votes: &mut Tallies,
        cancel: &Cancel,
    ) -> Result<Option<impl Iterator<Item = (ItemIx, f64)>>, Cancelled> {
        let wanted = |(item, score): &(ItemIx, f64)| score.is_finite() && !self.profile.contains(*item);
        let known = self.served.unrated_scores(votes, cancel)?;
        Ok(known.map(|known| {
            known
                .into_iter()
                .filter(wanted)
                .map(|(item, score)| (item, score + 0.0))
        }))
    }

    /// The rank of `item` among the unrated candidates. One pass over them.
    pub fn standing(&self, item: ItemIx, cancel: &Cancel) -> Result<Standing, Cancelled> {
        let candidates = self.candidates(cancel)?;
        let mut standing = Standing {
            rank: None,
            candidates: candidates.len(),
            lower: 0,
        };
        let Some(own) = self.scores(cancel)?.get(item) else {
            return Ok(standing);
        };
        standing.lower = candidates.iter().filter(|(_, score)| *score < own).count();
        if !self.profile.contains(item) {
            let before = candidates.partition_point(|(other, _)| *other < item);
            let higher = candidates.iter().filter(|(_, score)| *score > own).count();
            let tied = candidates[..before].iter().filter(|(_, score)| *score == own).count();
            standing.rank = Some(higher + tied + 1);
        }
        Ok(standing)
    }

    /// The prediction for `item` of a model of unit `rating`, before clipping, with the reason if the model had no
    /// score and fell back; `None` for models of other units. `item` is `None` if it isn't in the catalog.
    pub fn predict(&self, item: Option<ItemIx>, dataset: &Dataset) -> Option<(f64, Option<NoScore>)> {
        if self.unit != Unit::Rating {
            return None;
        }
        let Some(item) = item.filter(|i| !dataset.item_row(*i).is_empty()) else {
            return Some((self.served.fallback(item)?, Some(NoScore::UnknownItem)));
        };
        if self.profile.is_empty() {
            return Some((self.served.fallback(Some(item))?, Some(NoScore::UnknownUser)));
        }
        match self.served.score(item) {
            Ok(score) => Some((score, None)),
            Err(reason) => Some((self.served.fallback(Some(item))?, Some(reason))),
        }
    }
}

/// The latent factors of a model, for the map, the factor bars and export.
pub trait LatentFactors: Send + Sync {
    fn n_factors(&self) -> usize;

    /// The factors of an item, copied (they may be stored in 32 bits); `None` if it was not trained on.
    fn item(&self, item: ItemIx) -> Option<Vec<f64>>;

    /// The trained factors of a stored user; `None` where there are none.
    fn user(&self, user: UserIx) -> Option<Vec<f64>>;

    /// The factors of any profile: the trained ones for a stored unedited user, folded in for others.
    fn profile(&self, profile: &Profile) -> Vec<f64>;

    /// The bias of an item, in the unit of the score; 0 for models without, as in the other two.
    fn item_bias(&self, _item: ItemIx) -> f64 {
        0.0
    }

    fn profile_bias(&self, _profile: &Profile) -> f64 {
        0.0
    }

    /// The constant that all scores share.
    fn mean(&self) -> f64 {
        0.0
    }

    /// λ a rating, where new profiles are folded in by ridge regression: [`LatentFactors::profile`] and
    /// [`LatentFactors::profile_bias`] minimize Σ (r − μ − b_i − b_u − p_u·q_i)² + λ·n·(|p_u|² + b_u²) over the n ratings.
    fn ridge(&self) -> Option<f64> {
        None
    }
}

/// The input of fitting besides the parameters.
#[derive(Clone)]
pub struct FitContext {
    pub dataset: Arc<Dataset>,
    pub seed: u64,
    pub task: Task,
    /// Features that another model adds to the items (feature augmentation): the name and the fitted model.
    pub augmented_with: Option<(String, Arc<dyn Recommender>)>,
}

/// A fitted model, or why there is none.
pub type Fitted = Result<Arc<dyn Recommender>, FitError>;

/// Why a model could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// It cannot be fitted to this data with these parameters; one sentence says why and what to do.
    #[error("{0}")]
    Unfit(String),
    /// It was said to be enough: what was learned is fitted, under a formula of its own.
    #[error(transparent)]
    Stopped(Box<Stopped>),
}

/// A fit that was stopped, and what it has learned.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{asked} was stopped after {} of {} epochs: what it has learned is {kept}", .steps.done, .steps.of)]
pub struct Stopped {
    /// The formula of what was to be fitted.
    pub asked: String,
    /// That of what is fitted: the same with fewer epochs.
    pub kept: String,
    pub steps: Steps,
}

impl From<LoadError> for FitError {
    fn from(error: LoadError) -> Self {
        match error {
            LoadError::Cancelled => Self::Cancelled(Cancelled),
            other => Self::Unfit(other.to_string()),
        }
    }
}
