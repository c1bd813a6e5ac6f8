use std::sync::Arc;

use super::{Neighbors, NeighborsPaneView};
use crate::answers::{
    AnswerError, CommandLine, Entity, NeighborsQuery, NeighborsView, PairQuery, Subject, World, command_line,
    neighbors, pair,
};
use crate::data::{Edits, ItemIx};
use crate::models::neighborhood::Similarity;
use crate::panes::{Ask, Job, Setting, Shared, Source};
use crate::task::Memo;

/// How many neighbors are listed.
const NEAR: usize = 100;

/// Subject, focus, neighbor, edits.
pub type NearQuery = (Subject, Option<ItemIx>, Option<Entity>, Arc<Edits>);

fn query_of((subject, focus, ..): &NearQuery) -> NeighborsQuery {
    NeighborsQuery {
        focus: *focus,
        ..NeighborsQuery::new(subject.clone(), Similarity::Cosine, NEAR)
    }
}

/// The table is kept while the cursor walks over it, and only the pair is computed anew.
type Tables = Memo<(Subject, Option<ItemIx>, Arc<Edits>), NeighborsView>;

impl Ask for Neighbors {
    type Query = NearQuery;
    type View = NeighborsPaneView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let focus = selection
            .focus_item
            .filter(|_| matches!(selection.subject, Subject::Person(_)));
        Ok((
            selection.subject.clone(),
            focus,
            selection.neighbor,
            Arc::clone(&selection.edits),
        ))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        let tables: Tables = Memo::new(2);
        Source::computed(move |asked, job| compute(&tables, asked, job))
    }

    fn command(query: &Self::Query, _view: &NeighborsPaneView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Neighbors(&query_of(query))))
    }
}

fn compute(
    tables: &Tables,
    asked: &NearQuery,
    job: &Job<'_, NeighborsPaneView>,
) -> Result<NeighborsPaneView, AnswerError> {
    let (subject, focus, neighbor, edits) = asked;
    let (world, cancel) = (job.world, &job.task.cancel);
    let query = query_of(asked);
    let key = (subject.clone(), *focus, Arc::clone(edits));
    let table = tables.get(&key, cancel, || neighbors::compute(world, &query, cancel))?;
    let mut view = NeighborsPaneView { table, pair: None };
    let Some(other) = neighbor else { return Ok(view) };
    if !world.near.has_baselines() {
        // The arithmetic waits for what takes longer than a frame: the table comes first.
        job.partial(view.clone());
        world.near.baselines(cancel)?;
    }
    let pair = PairQuery {
        subject: subject.clone(),
        other: *other,
        measure: query.measure,
    };
    view.pair = Some(Arc::new(pair::compute(world, &pair, cancel)?));
    Ok(view)
}
