use std::sync::Arc;

use super::Brings;
use crate::answers::{BringsQuery, BringsView, CommandLine, World, brings, command_line};
use crate::data::Edits;
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::neighborhood::settings::settings;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// What is asked, and under which edits.
pub type BringsPaneQuery = (BringsQuery, Arc<Edits>);

impl Ask for Brings {
    type Query = BringsPaneQuery;
    type View = BringsView;

    fn controls(_: &Shared) -> Vec<Control> {
        vec![Control {
            name: "list",
            doc: "How long the list is.",
            kind: Kind::Number(Range {
                min: 1.0,
                max: 500.0,
                step: Step::By(1.0, 10.0),
                unit: "rows",
            }),
            default: Value::Number(10.0),
        }]
    }

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let (measure, k) = settings(shared);
        let own = shared.settings(Self::ID, Self::controls(shared));
        let query = BringsQuery {
            subject: selection.subject.clone(),
            neighbor: selection.neighbor.ok_or("no neighbor is in focus")?,
            measure,
            k,
            n: own.number("list").max(1.0) as usize,
        };
        Ok((query, Arc::clone(&selection.edits)))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(|(query, _): &BringsPaneQuery, job| brings::compute(job.world, query, job.task))
    }

    fn command((query, _): &Self::Query, _view: &BringsView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Brings(query)))
    }

    fn models((query, _): &Self::Query) -> Vec<Arc<Formula>> {
        query.formula().map(Arc::new).into_iter().collect()
    }
}
