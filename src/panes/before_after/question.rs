use std::sync::Arc;

use super::{BeforeAfter, BeforeAfterView, HISTORY};
use crate::answers::{
    CommandLine, RankHistoryQuery, Subject, WhatIfQuery, Whose, World, command_line, rank_history, what_if,
};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// How long the lists are.
const LENGTH: usize = 10;

/// Whose list, and which item is followed through their history.
#[derive(Clone, PartialEq)]
pub struct BeforeAfterQuery {
    whose: Whose,
    formula: Arc<Formula>,
    edits: Arc<Edits>,
    followed: Option<ItemIx>,
}

impl BeforeAfterQuery {
    fn what_if(&self) -> WhatIfQuery {
        WhatIfQuery {
            // A guest's ratings are edits, all of them.
            whose: match &self.whose {
                Whose::Guest(_) => Whose::Guest(Arc::default()),
                user @ Whose::User(_) => user.clone(),
            },
            formula: Formula::clone(&self.formula),
            n: LENGTH,
        }
    }

    fn history(&self) -> Option<RankHistoryQuery> {
        let Whose::User(user) = self.whose else { return None };
        self.followed.map(|item| RankHistoryQuery {
            user,
            item,
            formula: Formula::clone(&self.formula),
            n: LENGTH,
        })
    }
}

impl Ask for BeforeAfter {
    type Query = BeforeAfterQuery;
    type View = BeforeAfterView;

    fn query(shared: &Shared) -> Result<BeforeAfterQuery, String> {
        let selection = &shared.selection;
        let Subject::Person(whose) = &selection.subject else {
            return Err("Before and after are somebody's: pick a user (u) or a guest (n).".to_owned());
        };
        let follows = shared.memory(Self::ID).mode == HISTORY;
        let followed = selection.focus_item.filter(|_| follows);
        if follows && (followed.is_none() || matches!(whose, Whose::Guest(_))) {
            return Err("The history is of a user and an item: move the cursor to one.".to_owned());
        }
        Ok(BeforeAfterQuery {
            whose: whose.clone(),
            formula: Arc::clone(&selection.formula),
            edits: Arc::clone(&selection.edits),
            followed,
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<BeforeAfterQuery, BeforeAfterView> {
        Source::computed(|asked: &BeforeAfterQuery, job| {
            if let Some(query) = asked.history() {
                let known = match asked.whose {
                    Whose::User(user) => job.world.known(user, &job.world.events(user)),
                    Whose::Guest(_) => 0,
                };
                let view = |view| BeforeAfterView::History { view, known };
                let mut partial = |so_far| job.partial(view(so_far));
                return rank_history::compute(job.world, &query, job.task, &mut partial).map(view);
            }
            let stored = job.world.with_edits(Arc::default());
            let after = (job.world, &asked.whose);
            what_if::compute(&stored, &asked.what_if(), after, job.task).map(BeforeAfterView::Lists)
        })
    }

    fn command(query: &BeforeAfterQuery, view: &BeforeAfterView, world: &World, data: &[String]) -> Option<String> {
        match view {
            BeforeAfterView::History { .. } => {
                let query = query.history()?;
                Some(command_line(world, data, CommandLine::RankHistory(&query)))
            }
            BeforeAfterView::Lists(view) if view.edits == 0 => None,
            BeforeAfterView::Lists(_) => {
                let (query, whose) = (&query.what_if(), &query.whose);
                Some(command_line(world, data, CommandLine::WhatIf { query, whose }))
            }
        }
    }

    fn models(query: &BeforeAfterQuery) -> Vec<Arc<Formula>> {
        vec![Arc::clone(&query.formula)]
    }
}
