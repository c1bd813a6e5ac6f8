use std::sync::Arc;

use super::{Measures, MeasuresPaneView};
use crate::answers::{AnswerError, CommandLine, PairQuery, World, command_line, measures};
use crate::data::Edits;
use crate::panes::controls::Value;
use crate::panes::neighborhood::settings::{PANE, SIMILARITY, settings};
use crate::panes::{Ask, Job, Setting, Shared, Source};

/// The pair with the measure of the neighborhood, and the edits.
pub type MeasuresQuery = (PairQuery, Arc<Edits>);

impl Ask for Measures {
    type Query = MeasuresQuery;
    type View = MeasuresPaneView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let other = selection.neighbor.ok_or("no neighbor is in focus")?;
        let pair = PairQuery {
            subject: selection.subject.clone(),
            other,
            measure: settings(shared).0,
        };
        Ok((pair, Arc::clone(&selection.edits)))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(compute)
    }

    fn command((query, _): &Self::Query, _view: &MeasuresPaneView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Measures(query)))
    }
}

/// The values first: ranks take a look at everybody.
fn compute((query, _): &MeasuresQuery, job: &Job<'_, MeasuresPaneView>) -> Result<MeasuresPaneView, AnswerError> {
    let (world, cancel) = (job.world, &job.task.cancel);
    let view = |measures| MeasuresPaneView {
        measures,
        other: world.named(query.other),
        pair: query.clone(),
        world: Some(world.clone()),
    };
    job.partial(view(measures::compute(world, query, cancel)?));
    Ok(view(measures::with_ranks(world, query, cancel)?))
}

/// The measure under the cursor, where it is not the one that neighbors are measured by.
pub fn can_measure_by(shared: &Shared) -> bool {
    under(shared).is_some_and(|name| name != settings(shared).0.similarity.name())
}

/// Neighbors are measured by what is under the cursor.
pub fn measure_by(shared: &mut Shared, _: &World) {
    if let Some(name) = under(shared) {
        let values = &mut shared.memory_mut(PANE).values;
        values.insert(SIMILARITY.to_owned(), Value::Text(name.to_owned()));
    }
}

fn under(shared: &Shared) -> Option<&'static str> {
    use crate::models::neighborhood::SIMILARITY_NAMES;
    let memory = shared.memory(shared.pane);
    // Filtered rows are at other places.
    let row = memory.filter.is_empty().then_some(memory.cursor)?;
    SIMILARITY_NAMES.get(row).copied().filter(|_| shared.facts.has_view)
}
