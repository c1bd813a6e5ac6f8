use std::sync::Arc;

use super::Why;
use crate::answers::{CommandLine, ExplainQuery, ExplainView, Whose, World, command_line, explain};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::{Ask, Setting, Shared, Source};

/// To whom, which item, by which model, with which edits.
pub type WhyQuery = (Whose, ItemIx, Arc<Formula>, Arc<Edits>);

/// The question as the answers know it.
pub fn query_of((whose, item, formula, _): &WhyQuery) -> ExplainQuery {
    ExplainQuery::new(whose.clone(), *item, Formula::clone(formula))
}

impl Ask for Why {
    type Query = WhyQuery;
    type View = ExplainView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let (whose, item) = selection.why().ok_or("Move the cursor to an item to see why.")?;
        Ok((
            whose,
            item,
            Arc::clone(&selection.formula),
            Arc::clone(&selection.edits),
        ))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(|asked: &Self::Query, job| explain::compute(job.world, &query_of(asked), &job.task.cancel))
    }

    fn command(query: &Self::Query, _view: &ExplainView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Explain(&query_of(query))))
    }

    fn models((_, _, formula, _): &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }
}
