use std::sync::Arc;

use super::{Hybrid, bound};
use crate::answers::{CommandLine, HybridQuery, HybridView, Subject, Swaps, Whose, World, command_line, hybrid};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::controls::{Control, Value};
use crate::panes::{Ask, Setting, Shared, Source};

/// How long the list is in which neighbors may change places.
const LENGTH: usize = 200;

/// Whose list, the formula now and before, the item whose neighbors in the list are looked at, the edits.
pub type FormulaQuery = (Whose, Arc<Formula>, Arc<Formula>, Option<ItemIx>, Arc<Edits>);

fn query_of((whose, formula, base, focus, _): &FormulaQuery) -> HybridQuery {
    HybridQuery {
        whose: whose.clone(),
        formula: Formula::clone(formula),
        against: Formula::clone(base),
        n: LENGTH,
        swaps: focus.map_or(Swaps::None, Swaps::Around),
    }
}

/// Whom the panes of a formula are about, or why they are about nobody.
fn person(shared: &Shared) -> Result<Whose, String> {
    match &shared.selection.subject {
        Subject::Person(whose) => Ok(whose.clone()),
        Subject::Item(_) => Err("a formula is turned under somebody's list: pick a user (u), or be a guest".to_owned()),
    }
}

/// What is asked of the formula.
///
/// # Errors
/// Why it is about nobody.
pub fn query(shared: &Shared, focus: Option<ItemIx>) -> Result<FormulaQuery, String> {
    let selection = &shared.selection;
    let whose = person(shared)?;
    let edits = Arc::clone(&selection.edits);
    Ok((whose, Arc::clone(&selection.formula), bound::base(shared), focus, edits))
}

/// The formula taken apart.
pub fn source() -> Source<FormulaQuery, HybridView> {
    Source::computed(|asked: &FormulaQuery, job| hybrid::compute(job.world, &query_of(asked), job.task))
}

/// The command that prints the same.
pub fn command(query: &FormulaQuery, world: &World, data: &[String]) -> String {
    command_line(world, data, CommandLine::Hybrid(&query_of(query)))
}

impl Ask for Hybrid {
    type Query = FormulaQuery;
    type View = HybridView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        query(shared, shared.selection.focus_item)
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        source()
    }

    fn command(query: &Self::Query, _view: &HybridView, world: &World, data: &[String]) -> Option<String> {
        Some(command(query, world, data))
    }

    fn models((_, formula, ..): &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }

    fn controls(shared: &Shared) -> Vec<Control> {
        bound::controls(shared)
    }

    fn bind(shared: &mut Shared, control: &str, value: Option<&Value>) -> bool {
        bound::turn(shared, control, value)
    }
}
