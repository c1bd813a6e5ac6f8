use std::sync::Arc;

use super::{CoRated, CoRatedView};
use crate::answers::{
    AnswerError, CommandLine, Entity, PairQuery, Subject, TermsQuery, World, command_line, joined, split, terms,
};
use crate::data::Edits;
use crate::panes::controls::{Control, Kind, Value};
use crate::panes::neighborhood::settings::settings;
use crate::panes::{Ask, Job, Pane, Setting, Shared, Source, Target};

/// The pair, the ids of what is taken out, the edits.
#[derive(Clone, PartialEq)]
pub struct CoRatedQuery {
    pair: PairQuery,
    without: Vec<String>,
    edits: Arc<Edits>,
}

/// The control that holds what is left out.
const WITHOUT: &str = "without";

/// Whether something is under the cursor that can be left out or taken back.
pub fn can_leave_out(shared: &Shared) -> bool {
    matches!(shared.facts.target, Some(Target::Entity(_)))
}

/// Leaves what is under the cursor out of both rows, or takes it back.
pub fn leave_out(shared: &mut Shared, world: &World) {
    let Some(Target::Entity(entity)) = shared.facts.target else {
        return;
    };
    let id = world.id(entity).to_owned();
    let values = &mut shared.memory_mut(CoRated::ID).values;
    let mut ids = values
        .get(WITHOUT)
        .map_or_else(Vec::new, |v| split(&crate::panes::controls::text_of(v)));
    match ids.iter().position(|other| *other == id) {
        Some(at) => {
            ids.remove(at);
        }
        None => ids.push(id),
    }
    if ids.is_empty() {
        values.remove(WITHOUT);
    } else {
        values.insert(WITHOUT.to_owned(), Value::Text(joined(ids.iter().map(String::as_str))));
    }
}

/// What is taken out, as far as it is there.
fn query_of(asked: &CoRatedQuery, world: &World) -> TermsQuery {
    let find = |id: &String| match asked.pair.other {
        Entity::User(_) => world.find_item(id).map(Entity::Item).ok(),
        Entity::Item(_) => world.find_user(id).map(Entity::User).ok(),
    };
    TermsQuery {
        pair: asked.pair.clone(),
        without: asked.without.iter().filter_map(find).collect(),
    }
}

impl Ask for CoRated {
    type Query = CoRatedQuery;
    type View = CoRatedView;

    /// The key on a row is the way to leave something out: only then is there something to be edited.
    fn controls(shared: &Shared) -> Vec<Control> {
        let is_used = shared.values(Self::ID).contains_key(WITHOUT);
        let control = Control {
            name: WITHOUT,
            doc: "Ids that are taken out of both rows, with commas between them.",
            kind: Kind::Text(|_| Ok(())),
            default: Value::Text(String::new()),
        };
        is_used.then_some(control).into_iter().collect()
    }

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let (measure, _) = settings(shared);
        let other = selection.neighbor.ok_or("no neighbor is in focus")?;
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(CoRatedQuery {
            pair: PairQuery {
                subject: selection.subject.clone(),
                other,
                measure,
            },
            without: split(&settings.text(WITHOUT)),
            edits: Arc::clone(&selection.edits),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(compute)
    }

    fn command(query: &Self::Query, view: &CoRatedView, world: &World, data: &[String]) -> Option<String> {
        // What is not common to the two is not left out of anything.
        let without = view.terms.without.iter().map(|named| named.entity).collect();
        let query = TermsQuery {
            without,
            ..query_of(query, world)
        };
        Some(command_line(world, data, CommandLine::Terms(&query)))
    }
}

fn compute(asked: &CoRatedQuery, job: &Job<'_, CoRatedView>) -> Result<CoRatedView, AnswerError> {
    let (pair, terms) = terms::compute(job.world, &query_of(asked, job.world), &job.task.cancel)?;
    let is_of_persons = matches!(asked.pair.subject, Subject::Person(_));
    Ok(CoRatedView {
        pair,
        terms,
        is_of_persons,
    })
}
