use std::sync::Arc;

use super::Neighborhood;
use super::settings::{controls, settings};
use crate::answers::{
    AnswerError, CommandLine, NeighborsQuery, NeighborsView, Subject, World, command_line, neighbors,
};
use crate::data::Edits;
use crate::panes::controls::Control;
use crate::panes::{Ask, Job, Setting, Shared, Source};

/// What is asked, and under which edits.
pub type NearQuery = (NeighborsQuery, Arc<Edits>);

impl Ask for Neighborhood {
    type Query = NearQuery;
    type View = NeighborsView;

    fn controls(shared: &Shared) -> Vec<Control> {
        controls(shared)
    }

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let (measure, k) = settings(shared);
        let query = NeighborsQuery {
            subject: selection.subject.clone(),
            measure,
            k,
            focus: selection
                .focus_item
                .filter(|_| matches!(selection.subject, Subject::Person(_))),
            interval: true,
        };
        Ok((query, Arc::clone(&selection.edits)))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(compute)
    }

    fn command((query, _): &Self::Query, _view: &NeighborsView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Neighbors(query)))
    }
}

/// The table first: the intervals take longer than a frame where rows are long.
fn compute((query, _): &NearQuery, job: &Job<'_, NeighborsView>) -> Result<NeighborsView, AnswerError> {
    let cancel = &job.task.cancel;
    let plain = NeighborsQuery {
        interval: false,
        ..query.clone()
    };
    job.partial(neighbors::compute(job.world, &plain, cancel)?);
    neighbors::compute(job.world, query, cancel)
}
