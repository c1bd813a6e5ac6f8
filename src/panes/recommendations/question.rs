use std::sync::Arc;

use super::Recommendations;
use crate::answers::{CommandLine, RecommendQuery, RecommendView, Subject, Whose, World, command_line, recommend};
use crate::data::Edits;
use crate::models::Formula;
use crate::panes::{Ask, Setting, Shared, Source};

/// How long the list is.
const LENGTH: usize = 200;

/// Whose list, by which model, with which edits.
pub type ListQuery = (Subject, Arc<Formula>, Arc<Edits>);

fn query_of((subject, formula, _): &ListQuery) -> RecommendQuery {
    RecommendQuery {
        subject: subject.clone(),
        formula: Formula::clone(formula),
        n: LENGTH,
        include_seen: false,
    }
}

impl Ask for Recommendations {
    type Query = ListQuery;
    type View = RecommendView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        Ok((
            selection.subject.clone(),
            Arc::clone(&selection.formula),
            Arc::clone(&selection.edits),
        ))
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(|asked: &Self::Query, job| {
            let query = query_of(asked);
            let list = recommend::compute(job.world, &query, job.task, &mut |view| job.partial(view))?;
            // What the edits moved: against the list of the ratings as stored. Users of an item are too many for that.
            let is_edited_user = matches!(query.subject, Subject::Person(Whose::User(_))) && list.edited;
            if !is_edited_user {
                return Ok(list);
            }
            let stored = job.world.with_edits(Arc::default());
            let before = recommend::compute(&stored, &query, job.task, &mut |_| ())?;
            Ok(list.compared(&before))
        })
    }

    /// All users may be known once the model's audience is prepared.
    fn lacks(view: &RecommendView) -> bool {
        view.sampled
    }

    fn command(query: &Self::Query, _view: &RecommendView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Recommend(&query_of(query))))
    }

    fn models((_, formula, _): &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(formula)]
    }
}
