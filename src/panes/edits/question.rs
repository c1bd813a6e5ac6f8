use std::sync::Arc;

use super::Edits;
use crate::answers::{CommandLine, LedgerView, Subject, WhatIfQuery, Whose, World, command_line, ledger};
use crate::models::Formula;
use crate::panes::{Ask, Setting, Shared, Source};

/// Whose edits, and the model of the lists that they change.
#[derive(Clone, PartialEq)]
pub struct EditsQuery {
    pub whose: Whose,
    pub formula: Arc<Formula>,
    edits: Arc<crate::data::Edits>,
}

/// How long the lists are before and after.
const LENGTH: usize = 10;

impl EditsQuery {
    /// As it is selected.
    ///
    /// # Errors
    /// That `what` belongs to somebody, where an item is the subject.
    pub fn of(shared: &Shared, what: &str) -> Result<Self, String> {
        let selection = &shared.selection;
        let Subject::Person(whose) = &selection.subject else {
            return Err(format!("{what} are somebody's: pick a user (u) or a guest (n)."));
        };
        Ok(Self {
            whose: whose.clone(),
            formula: Arc::clone(&selection.formula),
            edits: Arc::clone(&selection.edits),
        })
    }

    /// The lists before and after.
    pub fn what_if(&self) -> WhatIfQuery {
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

    /// The command that compares them.
    pub fn command(&self, world: &World, data: &[String]) -> String {
        let (query, whose) = (&self.what_if(), &self.whose);
        command_line(world, data, CommandLine::WhatIf { query, whose })
    }
}

impl Ask for Edits {
    type Query = EditsQuery;
    type View = LedgerView;

    fn query(shared: &Shared) -> Result<EditsQuery, String> {
        EditsQuery::of(shared, "Edits")
    }

    fn source(_setting: &Setting<'_>) -> Source<EditsQuery, LedgerView> {
        Source::computed(|asked: &EditsQuery, job| Ok(ledger::compute(job.world, &asked.whose)))
    }

    fn command(query: &EditsQuery, view: &LedgerView, world: &World, data: &[String]) -> Option<String> {
        // Without edits there is nothing to compare.
        let is_edited = !view.rows.is_empty() || view.later + view.others > 0;
        is_edited.then(|| query.command(world, data))
    }
}
