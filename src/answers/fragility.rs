//! How fragile somebody's list is: how many single steps of a rating change it, and what leaves first.

use std::collections::BTreeMap;

use serde::Serialize;

use super::text::plural;
use super::{AnswerError, Entity, Named, Whose, World};
use crate::data::ItemIx;
use crate::explain::fragility::{self, Fragility, single_steps};
use crate::models::Formula;
use crate::task::Cancel;

/// How fragile somebody's list is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FragilityView {
    /// `null` for a guest.
    pub user: Option<String>,
    pub model: String,
    /// How long the list is.
    pub n: usize,
    /// How many single steps of a rating there are.
    pub steps: usize,
    /// How many of them were tried: all, once the answer is whole.
    pub tried: usize,
    /// After how many other items are in the list.
    pub changed: usize,
    /// After how many the same items are in it, in another order.
    pub reordered: usize,
    /// The item that most steps take out; `null` where none takes out anything.
    pub most_fragile: Option<Named>,
    /// The list, and how often each item is moved.
    pub items: Vec<StandRow>,
    /// The ratings, those first whose steps change most; those that change nothing are left out.
    pub ratings: Vec<SteppedRow>,
}

/// An item of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandRow {
    #[serde(skip)]
    pub entity: Entity,
    pub rank: usize,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// After how many steps it is not in the list.
    pub leaves: usize,
    /// After how many it is at another place, or not in the list.
    pub moves: usize,
}

/// A rating, and what its steps do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SteppedRow {
    #[serde(skip)]
    pub entity: Entity,
    /// The id as the file has it.
    pub id: String,
    pub label: String,
    /// As it is rated.
    pub rating: f64,
    pub steps: Vec<StepRow>,
}

/// What one step does.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepRow {
    /// The rating after it; `null` where it is taken out.
    pub to: Option<f64>,
    /// What is no longer in the list.
    pub out: Vec<String>,
    /// What is new in it.
    #[serde(rename = "in")]
    pub new: Vec<String>,
    /// Whether what stays stands in another order.
    pub reordered: bool,
}

impl SteppedRow {
    /// How many items its worst step exchanges.
    pub fn exchanged(&self) -> usize {
        self.steps
            .iter()
            .map(|s| s.out.len().max(s.new.len()))
            .max()
            .unwrap_or(0)
    }
}

impl FragilityView {
    /// How many steps change the list, in a sentence.
    pub fn sentence(&self) -> String {
        let so_far = if self.tried < self.steps {
            format!(" ({} of them tried so far)", plural(self.tried, "step"))
        } else {
            String::new()
        };
        format!(
            "Of {}{so_far}, {} {} other items among the first {}, and {} only {} their order.",
            plural(self.steps, "single step"),
            self.changed,
            if self.changed == 1 { "puts" } else { "put" },
            self.n,
            self.reordered,
            if self.reordered == 1 { "changes" } else { "change" },
        )
    }
}

/// What is asked: the whole input, beside the world.
#[derive(Clone, Debug, PartialEq)]
pub struct FragilityQuery {
    /// Whose list it is.
    pub whose: Whose,
    pub formula: Formula,
    pub n: usize,
}

/// Tries every single step; `so_far` is given what is known now and then. See [`fragility::find`].
///
/// # Errors
/// [`AnswerError::Fitting`] where the model isn't fitted; cancellation.
pub fn compute(
    world: &World,
    query: &FragilityQuery,
    cancel: &Cancel,
    so_far: &mut dyn FnMut(FragilityView),
) -> Result<FragilityView, AnswerError> {
    let serving = world.serving(&query.formula, &query.whose, cancel)?;
    let model = world.fitted(&query.formula)?;
    let profile = serving.profile();
    let trials = world.trials(&model, profile, cancel);
    let steps = single_steps(&world.dataset, profile);
    let rating = |item| profile.rating(item).unwrap_or_default();
    let user = profile.user().map(|u| world.dataset.user_id(u).to_owned());
    let view = |found: &Fragility| view(world, query, user.clone(), found, &rating);
    // Each report costs as much as there is to say: the more there is, the rarer they are.
    let mut next = 0;
    let found = fragility::find(&trials, &serving, query.n, &steps, |part| {
        let tried = part.outcomes.len();
        if tried >= next && tried < part.steps {
            next = tried + tried / 8 + 1;
            so_far(view(part));
        }
    })?;
    Ok(view(&found))
}

fn view(
    world: &World,
    query: &FragilityQuery,
    user: Option<String>,
    found: &Fragility,
    rating: &dyn Fn(ItemIx) -> f64,
) -> FragilityView {
    let data = &world.dataset;
    let ids = |items: Vec<ItemIx>| {
        items
            .into_iter()
            .map(|item| data.item_id(item).to_owned())
            .collect::<Vec<_>>()
    };
    let stands = found.stands().into_iter().enumerate();
    let stand = |(at, stand): (usize, fragility::Stand)| StandRow {
        entity: Entity::Item(stand.item),
        rank: at + 1,
        id: data.item_id(stand.item).to_owned(),
        label: data.item_label(stand.item).to_owned(),
        leaves: stand.leaves,
        moves: stand.moves,
    };
    let mut by_rating: BTreeMap<ItemIx, Vec<StepRow>> = BTreeMap::new();
    for outcome in found.outcomes.iter().filter(|o| o.list != found.list) {
        by_rating.entry(outcome.change.0).or_default().push(StepRow {
            to: outcome.change.1,
            out: ids(outcome.out(&found.list)),
            new: ids(outcome.added(&found.list)),
            reordered: kept(&found.list, &outcome.list) != kept(&outcome.list, &found.list),
        });
    }
    let row = |(item, steps): (ItemIx, Vec<StepRow>)| SteppedRow {
        entity: Entity::Item(item),
        id: data.item_id(item).to_owned(),
        label: data.item_label(item).to_owned(),
        rating: rating(item),
        steps,
    };
    let mut ratings: Vec<SteppedRow> = by_rating.into_iter().map(row).collect();
    ratings.sort_by_key(|row| std::cmp::Reverse(row.exchanged()));
    FragilityView {
        user,
        model: query.formula.to_string(),
        n: query.n,
        steps: found.steps,
        tried: found.outcomes.len(),
        changed: found.changed(),
        reordered: found.reordered(),
        most_fragile: found.most_fragile().map(|item| world.named(Entity::Item(item))),
        items: stands.map(stand).collect(),
        ratings,
    }
}

/// What of a list is in another one, in its own order.
fn kept<'a>(list: &'a [ItemIx], other: &[ItemIx]) -> Vec<&'a ItemIx> {
    list.iter().filter(|item| other.contains(item)).collect()
}
