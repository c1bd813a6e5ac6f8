use std::sync::Arc;

use super::Reranked;
use crate::answers::{CommandLine, HybridQuery, HybridView, Swaps, Whose, World, command_line, hybrid};
use crate::data::Edits;
use crate::models::Formula;
use crate::panes::hybrid::{bound, person};
use crate::panes::{Ask, Setting, Shared, Source};

/// How long the list is.
const LENGTH: usize = 200;

/// Whose list, the formula now and before, the edits.
pub type RerankedQuery = (Whose, Arc<Formula>, Arc<Formula>, Arc<Edits>);

fn query_of((whose, formula, base, _): &RerankedQuery) -> HybridQuery {
    HybridQuery {
        whose: whose.clone(),
        formula: Formula::clone(formula),
        against: Formula::clone(base),
        n: LENGTH,
        swaps: Swaps::None,
    }
}

impl Ask for Reranked {
    type Query = RerankedQuery;
    type View = HybridView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        Ok((
            person(shared)?,
            Arc::clone(&selection.formula),
            bound::base(shared),
            Arc::clone(&selection.edits),
        ))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(|asked: &Self::Query, job| hybrid::compute(job.world, &query_of(asked), job.task))
    }

    fn command(query: &Self::Query, _view: &HybridView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Hybrid(&query_of(query))))
    }

    fn models((_, formula, ..): &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }
}
