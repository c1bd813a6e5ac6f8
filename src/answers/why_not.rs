//! Why an item is not in somebody's list, and the smallest changes that would bring it in.

use std::sync::Arc;

use serde::Serialize;

use super::{AnswerError, Entity, Named, Subject, Whose, World};
use crate::data::{ItemIx, printable};
use crate::explain::why_not::{self, Lever, LeverKind, Verdict, What, WhyNotQuestion};
use crate::explain::{Contrast, why_not::WhyNot};
use crate::models::neighborhood::{Similarity, best_neighbors};
use crate::models::{About, Formula, Profile};
use crate::task::{Cancel, thousands};

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
    /// The way into the list, stage by stage, up to where it was lost.
    pub funnel: Vec<Stage>,
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

/// One stage on the way into a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// `catalog`, `unseen`, `scored` or `list`.
    pub stage: &'static str,
    /// How many items pass it.
    pub out: usize,
    /// Whether the item passes; `null` behind the stage at which it was lost.
    pub passes: Option<bool>,
}

/// The last of the list, or another item that one is compared with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CutRow {
    /// `null` where it is rated already.
    pub rank: Option<usize>,
    #[serde(flatten)]
    pub named: Named,
    pub score: f64,
}

/// A part of two scores.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContrastRow {
    /// The user or item that it is about, if any.
    #[serde(skip)]
    pub entity: Option<Entity>,
    /// The component of the hybrid that it belongs to, with those around it; absent for a lone model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub component: String,
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
    /// The whole formula after it, where it changes that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Verified by re-ranking: always.
    pub verified: bool,
    /// What it does.
    #[serde(skip)]
    pub does: Change,
}

/// What applying an answer changes.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// How long the list is.
    Length(usize),
    Formula(Arc<Formula>),
    /// Ratings given, changed or (with `None`) taken out.
    Ratings(Vec<(ItemIx, Option<f64>)>),
}

impl WhyNotView {
    /// Why it is not in the list, in a clause.
    pub fn sentence(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or("it has no score");
        match (self.verdict, self.rank) {
            (Verdict::InList, Some(rank)) => format!("it is in the list, at rank {rank}"),
            (Verdict::Rated, _) => "it is rated already, and what is rated is not recommended".to_owned(),
            (Verdict::OutScored, Some(rank)) => format!(
                "others score higher: it stands at rank {}, and the list has {}",
                thousands(rank as u64),
                self.n
            ),
            _ => format!("it has no score: {reason}"),
        }
    }
}

impl LeverRow {
    /// What is to be changed, in a clause, with numbers as `number` writes them.
    pub fn change(&self, number: impl Fn(f64) -> String) -> String {
        let figure = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), &number);
        let (from, to, label, what) = (
            figure(self.from),
            figure(self.to),
            printable(&self.label),
            printable(&self.what),
        );
        match self.kind {
            LeverKind::Length => format!("a list of {to} instead of {from}"),
            LeverKind::Weight => format!("the weight of {label}: {from} → {to}"),
            LeverKind::Threshold => format!("the threshold of {label}: {from} → {to}"),
            LeverKind::Keep => format!("stages that keep {to} instead of {from}"),
            LeverKind::Rating => format!("{label} (item {what}) rated {to} instead of {from}"),
            LeverKind::Unrate => format!("{label} (item {what}) not rated ({from})"),
            LeverKind::NewRating => format!("{label} (item {what}) rated {to}, too"),
        }
    }
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
    let candidates = serving.candidates(cancel)?.len();
    Ok(view(world, query, found, (serving.profile(), candidates)))
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

/// Stage by stage how many items are left, and whether this one is among them.
fn funnel(world: &World, found: &WhyNot, n: usize, (profile, candidates): (&Profile, usize)) -> Vec<Stage> {
    let all = world.dataset.n_items();
    let stages = [
        ("catalog", all, true),
        ("unseen", all - profile.len().min(all), found.verdict != Verdict::Rated),
        ("scored", candidates, found.score.is_some()),
        ("list", n.min(candidates), found.verdict == Verdict::InList),
    ];
    let mut lost = false;
    let stage = |(stage, out, passes): (&'static str, usize, bool)| {
        let passes = (!lost).then_some(passes);
        lost |= passes == Some(false);
        Stage { stage, out, passes }
    };
    stages.into_iter().map(stage).collect()
}

fn view(world: &World, query: &WhyNotQuery, found: WhyNot, known: (&Profile, usize)) -> WhyNotView {
    let profile = known.0;
    let gap = found.cut.zip(found.score).map(|(cut, score)| cut.score - score);
    WhyNotView {
        user: profile.user().map(|u| world.dataset.user_id(u).to_owned()),
        item: world.dataset.item_id(query.item).to_owned(),
        label: world.dataset.item_label(query.item).to_owned(),
        model: query.formula.to_string(),
        n: query.n,
        verdict: found.verdict,
        funnel: funnel(world, &found, query.n, known),
        reason: found.reason.map(|reason| reason.sentence().to_owned()),
        rank: found.rank,
        score: found.score,
        cut: found.cut.map(|cut| CutRow {
            rank: Some(cut.rank),
            named: world.named(Entity::Item(cut.item)),
            score: cut.score,
        }),
        gap,
        contrast: found.contrast.iter().map(|row| contrast_row(world, row)).collect(),
        levers: found.levers.into_iter().map(|lever| lever_row(world, lever)).collect(),
    }
}

/// The user or item that a part of two scores is about.
pub(super) fn entity(row: &Contrast) -> Option<Entity> {
    match row.part.about {
        About::Item(item) => Some(Entity::Item(item)),
        About::User(user) => Some(Entity::User(user)),
        _ => None,
    }
}

/// What stands above a part of two scores, as one text.
pub(super) fn component(row: &Contrast) -> String {
    row.above.join(" › ")
}

pub(super) fn contrast_row(world: &World, row: &Contrast) -> ContrastRow {
    ContrastRow {
        entity: entity(row),
        component: component(row),
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
    let does = match (lever.what.clone(), lever.formula.clone()) {
        (What::Item(item), _) => Change::Ratings(vec![(item, lever.to)]),
        (What::Named(_), Some(formula)) => Change::Formula(Arc::new(formula)),
        (What::Named(_), None) => Change::Length(lever.rank),
    };
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
        model: lever.formula.map(|formula| formula.to_string()),
        verified: true,
        does,
    }
}
