use std::sync::Arc;

use super::{Look, Parts, PartsView};
use crate::answers::{CommandLine, ExplainQuery, Whose, World, command_line, explain};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::{Ask, Setting, Shared, Source};

/// To whom, which item, by which model, with which edits.
pub type WhyQuery = (Whose, ItemIx, Arc<Formula>, Arc<Edits>);

/// The question as the answers know it.
fn query_of((whose, item, formula, _): &WhyQuery) -> ExplainQuery {
    ExplainQuery::new(whose.clone(), *item, Formula::clone(formula))
}

impl<L: Look> Ask for Parts<L> {
    type Query = WhyQuery;
    type View = PartsView;

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
        Source::computed(|asked: &Self::Query, job| {
            let query = query_of(asked);
            Ok(PartsView {
                explained: explain::compute(job.world, &query, &job.task.cancel)?,
                asked: Some((job.world.clone(), query)),
            })
        })
    }

    fn command(query: &Self::Query, _view: &PartsView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Explain(&query_of(query))))
    }

    fn models((_, _, formula, _): &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }
}
