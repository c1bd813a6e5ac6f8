//! Why an item is not in somebody's list, and the smallest changes that would bring it in.

use serde::Serialize;

use super::{AnswerError, Entity, Named, Subject, Whose, World};
use crate::data::ItemIx;
use crate::explain::why_not::{self, Lever, LeverKind, Verdict, What, WhyNotQuestion};
use crate::explain::{Contrast, why_not::WhyNot};
use crate::models::neighborhood::{Similarity, best_neighbors};
use crate::models::{About, Formula, Profile};
use crate::task::Cancel;

/// Why an item is not in somebody's list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhyNotView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub item: String,
    pub label: String,
    pub model: String,
    /// How long the list is.
    pub n: usize,
    pub verdict: Verdict,
    /// Why it has no score, in a sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Among unseen candidates; `null` where it is none.
    pub rank: Option<usize>,
    pub score: Option<f64>,
    /// The last of the list, where others score higher; else `null`.
    pub cut: Option<CutRow>,
    /// The score of the last in the list less the item's.
    pub gap: Option<f64>,
    /// Both scores part by part; the differences sum to minus the gap.
    pub contrast: Vec<ContrastRow>,
    /// Single changes that bring it into the list, each verified by re-ranking.
    pub levers: Vec<LeverRow>,
}

/// The last of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CutRow {
    pub rank: usize,
    #[serde(flatten)]
    pub named: Named,
    pub score: f64,
}

/// A part of two scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContrastRow {
    pub label: String,
    /// As in an explanation: `rated`, `term`, `neighbor`, …
    pub kind: &'static str,
    /// What it adds to the item's score.
    pub item: f64,
    /// What it adds to that of the last in the list.
    pub cut: f64,
    pub difference: f64,
}

/// A single change that brings the item into the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeverRow {
    pub kind: LeverKind,
    /// The part of the formula, or the id of the item.
    pub what: String,
    pub label: String,
    /// `null` for what was not rated.
    pub from: Option<f64>,
    /// `null` for what is no longer rated.
    pub to: Option<f64>,
    /// The item's rank after it.
    pub rank: usize,
    /// Verified by re-ranking: always.
    pub verified: bool,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct WhyNotQuery {
    /// Whose list it is.
    pub whose: Whose,
    /// What is missed in it.
    pub item: ItemIx,
    pub formula: Formula,
    pub n: usize,
}

/// So many unrated items are tried as one more rating.
const COULD_RATE: usize = 40;

/// Finds why the item is not in the list, and what would bring it in.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn compute(world: &World, query: &WhyNotQuery, cancel: &Cancel) -> Result<WhyNotView, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    let model = world.fitted(&query.formula)?;
    let question = WhyNotQuestion {
        trials: world.trials(&model, serving.profile(), cancel),
        serving: &serving,
        fits: &world.fits,
        formula: &query.formula,
        item: query.item,
        n: query.n,
        could_rate: &could_rate(world, query.item, serving.profile(), cancel)?,
    };
    let found = why_not::find(&question)?;
    Ok(view(world, query, found, serving.profile()))
}

/// The unrated items that are most like the item.
fn could_rate(world: &World, item: ItemIx, profile: &Profile, cancel: &Cancel) -> Result<Vec<ItemIx>, AnswerError> {
    let near = world.near_to(&Subject::Item(item), Similarity::Cosine.into(), cancel)?;
    let unrated = near
        .iter()
        .filter(|n| n.similarity > 0.0 && !profile.contains(ItemIx(n.index)));
    let nearest = best_neighbors(unrated.copied(), COULD_RATE).into_iter();
    Ok(nearest.map(|n| ItemIx(n.index)).collect())
}

fn view(world: &World, query: &WhyNotQuery, found: WhyNot, profile: &Profile) -> WhyNotView {
    let gap = found.cut.zip(found.score).map(|(cut, score)| cut.score - score);
    WhyNotView {
        user: profile.user().map(|u| world.dataset.user_id(u).to_owned()),
        item: world.dataset.item_id(query.item).to_owned(),
        label: world.dataset.item_label(query.item).to_owned(),
        model: query.formula.to_string(),
        n: query.n,
        verdict: found.verdict,
        reason: found.reason.map(|reason| reason.sentence().to_owned()),
        rank: found.rank,
        score: found.score,
        cut: found.cut.map(|cut| CutRow {
            rank: cut.rank,
            named: world.named(Entity::Item(cut.item)),
            score: cut.score,
        }),
        gap,
        contrast: found.contrast.iter().map(|row| contrast_row(world, row)).collect(),
        levers: found.levers.into_iter().map(|lever| lever_row(world, lever)).collect(),
    }
}

fn contrast_row(world: &World, row: &Contrast) -> ContrastRow {
    ContrastRow {
        label: part_label(world, row),
        kind: row.part.kind.name(),
        item: row.first,
        cut: row.second,
        difference: row.difference(),
    }
}

/// What to call a part that two scores are compared by.
pub(super) fn part_label(world: &World, row: &Contrast) -> String {
    match row.part.about {
        About::Item(item) if row.part.label.is_empty() => world.label(Entity::Item(item)),
        About::User(user) if row.part.label.is_empty() => world.label(Entity::User(user)),
        _ => row.part.label.to_string(),
    }
}

fn lever_row(world: &World, lever: Lever) -> LeverRow {
    let (what, label) = match lever.what {
        What::Named(name) => (name.clone(), name),
        What::Item(item) => {
            let data = &world.dataset;
            (data.item_id(item).to_owned(), data.item_label(item).to_owned())
        }
    };
    LeverRow {
        kind: lever.kind,
        what,
        label,
        from: lever.from,
        to: lever.to,
        rank: lever.rank,
        verified: true,
    }
}
