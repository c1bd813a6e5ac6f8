use std::sync::Arc;

use super::settings::{controls, settings};
use super::{Neighborhood, NeighborhoodView};
use crate::answers::{AnswerError, CommandLine, NeighborsQuery, Subject, World, command_line, neighbors};
use crate::data::Edits;
use crate::panes::controls::Control;
use crate::panes::{Ask, Job, Setting, Shared, Source};

/// What is asked, and under which edits.
pub type NearQuery = (NeighborsQuery, Arc<Edits>);

impl Ask for Neighborhood {
    type Query = NearQuery;
    type View = NeighborhoodView;

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

    fn command((query, _): &Self::Query, _view: &NeighborhoodView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Neighbors(query)))
    }
}

/// The table first: the intervals take longer than a frame where rows are long.
fn compute((query, _): &NearQuery, job: &Job<'_, NeighborhoodView>) -> Result<NeighborhoodView, AnswerError> {
    let cancel = &job.task.cancel;
    let plain = NeighborsQuery {
        interval: false,
        ..query.clone()
    };
    let view = |table| NeighborhoodView {
        table,
        asked: Some((job.world.clone(), query.clone())),
    };
    job.partial(view(neighbors::compute(job.world, &plain, cancel)?));
    let table = neighbors::compute(job.world, query, cancel)?;
    // For the arithmetic of every measure.
    job.world.near.baselines(cancel)?;
    Ok(view(table))
}
