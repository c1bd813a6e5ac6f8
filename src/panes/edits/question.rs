use std::sync::Arc;

use super::Edits;
use crate::answers::{CommandLine, LedgerView, Subject, WhatIfQuery, Whose, World, command_line, ledger};
use crate::models::Formula;
use crate::panes::{Ask, Setting, Shared, Source};

/// Whose edits, and the model of the lists that they change.
#[derive(Clone, PartialEq)]
pub struct LedgerQuery {
    whose: Whose,
    formula: Arc<Formula>,
    edits: Arc<crate::data::Edits>,
}

impl Ask for Edits {
    type Query = LedgerQuery;
    type View = LedgerView;

    fn query(shared: &Shared) -> Result<LedgerQuery, String> {
        let selection = &shared.selection;
        let Subject::Person(whose) = &selection.subject else {
            return Err("Edits are somebody's: pick a user (u) or a guest (n).".to_owned());
        };
        Ok(LedgerQuery {
            whose: whose.clone(),
            formula: Arc::clone(&selection.formula),
            edits: Arc::clone(&selection.edits),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<LedgerQuery, LedgerView> {
        Source::computed(|asked: &LedgerQuery, job| Ok(ledger::compute(job.world, &asked.whose)))
    }

    fn command(query: &LedgerQuery, view: &LedgerView, world: &World, data: &[String]) -> Option<String> {
        // Without edits there is nothing to compare.
        if view.rows.is_empty() && view.later + view.others == 0 {
            return None;
        }
        let whose = &query.whose;
        let query = WhatIfQuery {
            whose: whose.clone(),
            formula: Formula::clone(&query.formula),
            n: 10,
        };
        Some(command_line(world, data, CommandLine::WhatIf { query: &query, whose }))
    }
}
