use std::sync::Arc;

use super::{Look, Parts, PartsView};
use crate::answers::{CommandLine, ExplainQuery, TreeNode, Whose, World, command_line, explain};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::factors::names::own;
use crate::panes::{Ask, Setting, Shared, Source};

/// To whom, which item, by which model, with which edits, and what somebody called the factors.
pub type WhyQuery = (Whose, ItemIx, Arc<Formula>, Arc<Edits>, Vec<(usize, String)>);

/// The question as the answers know it.
fn query_of((whose, item, formula, ..): &WhyQuery) -> ExplainQuery {
    ExplainQuery::new(whose.clone(), *item, Formula::clone(formula))
}

/// Calls factors by the names that somebody gave them, `cerebral sci-fi (f3)`, in place of those that were found out.
pub(super) fn call(node: &mut TreeNode, names: &[(usize, String)]) {
    let factor = node.about.as_ref().filter(|about| about.kind == "factor");
    let number = factor.and_then(|about| about.id.parse::<usize>().ok());
    if let Some(number) = number
        && let Some((_, name)) = names.iter().find(|(factor, _)| factor + 1 == number)
    {
        node.label = format!("{name} (f{number})");
    }
    node.children.iter_mut().for_each(|child| call(child, names));
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
            own(shared, &selection.formula),
        ))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(|asked: &Self::Query, job| {
            let query = query_of(asked);
            let mut explained = explain::compute(job.world, &query, &job.task.cancel)?;
            call(&mut explained.tree, &asked.4);
            Ok(PartsView {
                explained,
                asked: Some((job.world.clone(), query)),
            })
        })
    }

    fn command(query: &Self::Query, _view: &PartsView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Explain(&query_of(query))))
    }

    fn models((_, _, formula, ..): &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }
}
