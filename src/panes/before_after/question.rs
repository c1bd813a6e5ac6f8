use std::sync::Arc;

use super::{BeforeAfter, BeforeAfterView, HISTORY};
use crate::answers::{CommandLine, RankHistoryQuery, Whose, World, command_line, rank_history, what_if};
use crate::data::ItemIx;
use crate::models::Formula;
use crate::panes::edits::question::EditsQuery;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// Whose list, and which item is followed through their history.
#[derive(Clone, PartialEq)]
pub struct BeforeAfterQuery {
    edits: EditsQuery,
    followed: Option<ItemIx>,
}

impl BeforeAfterQuery {
    fn history(&self) -> Option<RankHistoryQuery> {
        let Whose::User(user) = self.edits.whose else {
            return None;
        };
        self.followed.map(|item| RankHistoryQuery {
            user,
            item,
            formula: Formula::clone(&self.edits.formula),
            n: self.edits.what_if().n,
        })
    }
}

impl Ask for BeforeAfter {
    type Query = BeforeAfterQuery;
    type View = BeforeAfterView;

    fn query(shared: &Shared) -> Result<BeforeAfterQuery, String> {
        let edits = EditsQuery::of(shared, "Before and after")?;
        let follows = shared.memory(Self::ID).mode == HISTORY;
        let followed = shared.selection.focus_item.filter(|_| follows);
        if follows && (followed.is_none() || matches!(edits.whose, Whose::Guest(_))) {
            return Err("The history is of a user and an item: move the cursor to one.".to_owned());
        }
        Ok(BeforeAfterQuery { edits, followed })
    }

    fn source(_setting: &Setting<'_>) -> Source<BeforeAfterQuery, BeforeAfterView> {
        Source::computed(|asked: &BeforeAfterQuery, job| {
            if let Some(query) = asked.history() {
                let known = job.world.known(query.user, &job.world.events(query.user));
                let view = |view| BeforeAfterView::History { view, known };
                let mut partial = |so_far| job.partial(view(so_far));
                return rank_history::compute(job.world, &query, job.task, &mut partial).map(view);
            }
            let stored = job.world.with_edits(Arc::default());
            let after = (job.world, &asked.edits.whose);
            what_if::compute(&stored, &asked.edits.what_if(), after, job.task).map(BeforeAfterView::Lists)
        })
    }

    fn command(query: &BeforeAfterQuery, view: &BeforeAfterView, world: &World, data: &[String]) -> Option<String> {
        match view {
            BeforeAfterView::History { .. } => {
                let query = query.history()?;
                Some(command_line(world, data, CommandLine::RankHistory(&query)))
            }
            BeforeAfterView::Lists(view) if view.edits == 0 => None,
            BeforeAfterView::Lists(_) => Some(query.edits.command(world, data)),
        }
    }

    fn models(query: &BeforeAfterQuery) -> Vec<Arc<Formula>> {
        vec![Arc::clone(&query.edits.formula)]
    }
}
