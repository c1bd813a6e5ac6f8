//! Why an item is not in a list, and the smallest single changes that would bring it in.
//!
//! - `formula`: a weight, a switch's threshold, the width of a cascade.
//! - `ratings`: one rating changed, removed or added.
//!
//! Every change is verified by re-ranking before it is reported.

mod formula;
mod ratings;
#[cfg(test)]
mod tests;

use super::contrast::{Contrast, contrast_of};
use super::trial::Trials;
use crate::data::ItemIx;
use crate::models::{FitStore, Formula, NoScore, Serving};
use crate::task::Cancelled;

/// Where an item was lost on its way into the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    InList,
    Rated,
    /// The model cannot score it, or has nothing to go by in the profile.
    UnknownToModel,
    NoNeighbors,
    /// An earlier stage of a cascade did not keep it.
    BelowCut,
    /// Others score higher.
    OutScored,
}

/// The whole input.
#[derive(Clone, Copy)]
pub struct WhyNotQuestion<'a> {
    pub trials: Trials<'a>,
    /// Serves the unchanged profile.
    pub serving: &'a Serving,
    /// The fitted parts, of which changed formulas are assembled; nothing is fitted.
    pub fits: &'a FitStore,
    pub formula: &'a Formula,
    pub item: ItemIx,
    /// How long the list is.
    pub n: usize,
    /// Unrated items to try as a new rating, the most promising first.
    pub could_rate: &'a [ItemIx],
}

/// Why an item is not in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyNot {
    pub verdict: Verdict,
    /// Why it has no score.
    pub reason: Option<NoScore>,
    pub rank: Option<usize>,
    pub score: Option<f64>,
    /// The last item of the list, where others score higher.
    pub cut: Option<Cut>,
    /// The item's explanation against that of the last item of the list: the differences sum to minus the gap.
    pub contrast: Vec<Contrast>,
    pub levers: Vec<Lever>,
}

/// The last item of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cut {
    pub rank: usize,
    pub item: ItemIx,
    pub score: f64,
}

/// A single change that brings the item into the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    pub kind: LeverKind,
    pub what: What,
    /// `None` for what was not rated.
    pub from: Option<f64>,
    /// `None` for what is no longer rated.
    pub to: Option<f64>,
    /// The item's rank after it.
    pub rank: usize,
    /// The whole formula after it, where it changes that.
    pub formula: Option<Formula>,
}

/// What is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeverKind {
    /// How long the list is.
    Length,
    /// The weight of a part of the formula.
    Weight,
    /// The threshold of a switch.
    Threshold,
    /// How many items the stages of a cascade keep.
    Keep,
    /// A rating of the profile, changed.
    Rating,
    /// A rating of the profile, removed.
    Unrate,
    /// An additional rating.
    NewRating,
}

/// What a lever is about.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A part of the formula, or the list.
    Named(String),
    Item(ItemIx),
}

/// Finds the verdict, the contrast and the levers.
pub fn find(question: &WhyNotQuestion<'_>) -> Result<WhyNot, Cancelled> {
    let (serving, item, cancel) = (question.serving, question.item, question.trials.cancel);
    let score = serving.score(item);
    let rank = serving.standing(item, cancel)?.rank;
    let verdict = verdict(question, score.err(), rank);
    let mut whole = WhyNot {
        verdict,
        reason: score.err(),
        rank,
        score: score.ok(),
        cut: None,
        contrast: Vec::new(),
        levers: Vec::new(),
    };
    if verdict == Verdict::OutScored {
        let list = serving.recommend(question.n, false, cancel)?;
        let last = list.last().copied();
        whole.cut = last.map(|(item, score)| Cut {
            rank: list.len(),
            item,
            score,
        });
        whole.contrast = last.map_or_else(Vec::new, |(last, _)| contrast_of((serving, item), (serving, last)));
    }
    if verdict != Verdict::InList {
        whole.levers = levers(question, &whole)?;
    }
    Ok(whole)
}

fn verdict(question: &WhyNotQuestion<'_>, reason: Option<NoScore>, rank: Option<usize>) -> Verdict {
    if question.serving.profile().contains(question.item) {
        return Verdict::Rated;
    }
    match reason {
        Some(NoScore::NoNeighbors) => Verdict::NoNeighbors,
        Some(NoScore::BelowCut) => Verdict::BelowCut,
        Some(_) => Verdict::UnknownToModel,
        None if rank.is_some_and(|rank| rank <= question.n) => Verdict::InList,
        None => Verdict::OutScored,
    }
}

fn levers(question: &WhyNotQuestion<'_>, found: &WhyNot) -> Result<Vec<Lever>, Cancelled> {
    let mut levers = Vec::new();
    if let Some(rank) = found.rank {
        levers.push(Lever {
            kind: LeverKind::Length,
            what: What::Named("the list".to_owned()),
            from: Some(question.n as f64),
            to: Some(rank as f64),
            rank,
            formula: None,
        });
    }
    if found.verdict != Verdict::Rated {
        levers.extend(formula::levers(question)?);
        levers.extend(ratings::levers(question, found.cut.map(|cut| cut.item))?);
    } else if let Some(lever) = ratings::unrated(question, question.item)? {
        levers.push(lever);
    }
    Ok(levers)
}

impl WhyNotQuestion<'_> {
    /// The rank, if it is within the list.
    fn listed(&self, rank: Option<usize>) -> Option<usize> {
        rank.filter(|rank| *rank <= self.n)
    }

    /// The item's rank by another formula; `None` where it is not in the list, or not all parts are fitted.
    fn rank_by(&self, formula: &Formula) -> Result<Option<usize>, Cancelled> {
        let Some(model) = self.fits.get(formula) else {
            return Ok(None);
        };
        let trial = self.trials.with_model(&model).ask(&[])?;
        Ok(self.listed(trial.rank(self.item, self.trials.cancel)?))
    }
}
