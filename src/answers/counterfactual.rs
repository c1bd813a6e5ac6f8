//! The smallest set of somebody's own ratings whose removal takes an item out of their list.

use serde::Serialize;

use super::text::plural;
use super::{AnswerError, Entity, Named, Whose, World};
use crate::data::ItemIx;
use crate::explain::counterfactual;
use crate::models::Formula;
use crate::task::Cancel;

/// The smallest set of somebody's own ratings whose removal takes an item out of their list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CounterfactualView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub item: String,
    pub label: String,
    pub model: String,
    /// How long the list is.
    pub n: usize,
    /// The item's rank now.
    pub rank: Option<usize>,
    /// The ratings to remove, the most influential first; `null` where no such set was found.
    pub set: Option<Vec<RatedRow>>,
    /// Why there is no set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Every smaller set was tried, or excluded by a bound.
    pub minimal: bool,
    /// Where it isn't proved minimal: no set of fewer ratings than this takes the item out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded_below: Option<usize>,
    /// The best-ranked item that is new in the list; `null` where none is.
    pub replaced_by: Option<Named>,
    /// The item's rank without them; `null` where it has no score then.
    pub rank_after: Option<usize>,
    /// How many sets were tried by serving the profile without them.
    pub tried: usize,
}

impl CounterfactualView {
    /// What would be, in a clause about the item; why nothing would, where there is no set.
    pub fn sentence(&self) -> String {
        match &self.set {
            Some(set) => format!(
                "would not be among the first {} without {}",
                self.n,
                plural(set.len(), "rating")
            ),
            None => self.reason.clone().unwrap_or_default(),
        }
    }

    /// How far it is proved that the set is the smallest, in a clause.
    pub fn proof(&self) -> String {
        match self.excluded_below {
            None => "minimal: all smaller sets were tried or are excluded by a bound".to_owned(),
            Some(0 | 1) => "not proved minimal".to_owned(),
            Some(size) => format!(
                "not proved minimal, but no set of fewer than {} suffices",
                plural(size, "rating")
            ),
        }
    }
}

/// An item with its rating by somebody.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RatedRow {
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// How they rated it.
    pub rating: f64,
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct CounterfactualQuery {
    /// Whose list it is.
    pub whose: Whose,
    /// The first recommended where none is named.
    pub item: Option<ItemIx>,
    pub formula: Formula,
    pub n: usize,
}

/// Searches for the set, and verifies it by serving the profile without it.
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted, [`AnswerError::Unknown`] where nothing is recommended;
/// cancellation.
pub fn compute(world: &World, query: &CounterfactualQuery, cancel: &Cancel) -> Result<CounterfactualView, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    let model = world.fitted(&query.formula)?;
    let first = || Ok(serving.recommend(1, false, cancel)?.first().map(|(item, _)| *item));
    let item = query.item.map_or_else(first, |item| Ok::<_, AnswerError>(Some(item)))?;
    let Some(item) = item else {
        let nothing = format!(
            "{} recommends nothing here; choose an item, or another model",
            query.formula
        );
        return Err(AnswerError::Unknown(nothing));
    };
    let rank = serving.standing(item, cancel)?.rank;
    let mut view = CounterfactualView {
        user: serving.profile().user().map(|u| world.dataset.user_id(u).to_owned()),
        item: world.dataset.item_id(item).to_owned(),
        label: world.dataset.item_label(item).to_owned(),
        model: query.formula.to_string(),
        n: query.n,
        rank,
        set: None,
        reason: None,
        minimal: false,
        excluded_below: None,
        replaced_by: None,
        rank_after: None,
        tried: 0,
    };
    if rank.is_none_or(|rank| rank > query.n) {
        view.reason = Some(format!("it is not among the first {} anyway", query.n));
        return Ok(view);
    }
    let trials = world.trials(&model, serving.profile(), cancel);
    let found = counterfactual::find(&trials, &serving, item, query.n)?;
    view.minimal = found.is_minimal();
    view.excluded_below = (!view.minimal).then_some(found.excluded_below);
    view.replaced_by = found.replaced_by.map(|item| world.named(Entity::Item(item)));
    view.rank_after = found.rank_after;
    view.tried = found.tried;
    let ratings = serving.profile().len();
    if found.set.is_none() {
        view.reason = Some(if found.excluded_below > ratings {
            "whatever ratings of theirs are taken out, it stays in the list".to_owned()
        } else {
            format!(
                "no such set was found; none of fewer than {} ratings exists",
                found.excluded_below
            )
        });
    }
    let row = |item: ItemIx| RatedRow {
        entity: Entity::Item(item),
        id: world.dataset.item_id(item).to_owned(),
        label: world.dataset.item_label(item).to_owned(),
        rating: serving.profile().rating(item).unwrap_or_default(),
    };
    view.set = found.set.map(|set| set.into_iter().map(row).collect());
    Ok(view)
}
