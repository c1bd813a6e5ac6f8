use std::sync::Arc;

use super::{CoRated, CoRatedView};
use crate::answers::{AnswerError, CommandLine, Entity, PairQuery, Subject, TermsQuery, World, command_line, terms};
use crate::data::Edits;
use crate::panes::controls::{Control, Kind, Settings, Value};
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

/// Ids in one line: with commas between them; one that has a comma, a quotation mark or blanks at its ends is in quotation
/// marks, those inside it doubled.
fn joined(ids: &[String]) -> String {
    let one = |id: &String| {
        if id.contains([',', '"']) || id.trim() != id || id.is_empty() {
            format!("\"{}\"", id.replace('"', "\"\""))
        } else {
            id.clone()
        }
    };
    ids.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The ids of [`joined`].
fn split(text: &str) -> Vec<String> {
    let (mut ids, mut id) = (Vec::new(), String::new());
    let (mut quoted, mut was_quoted) = (false, false);
    let mut letters = text.chars().peekable();
    let mut take = |id: &mut String, was_quoted: bool| {
        let found = if was_quoted { id.clone() } else { id.trim().to_owned() };
        id.clear();
        if was_quoted || !found.is_empty() {
            ids.push(found);
        }
    };
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => id.push('"'),
            '"' if quoted => quoted = false,
            '"' if id.trim().is_empty() => {
                id.clear();
                (quoted, was_quoted) = (true, true);
            }
            ',' if !quoted => {
                take(&mut id, was_quoted);
                was_quoted = false;
            }
            // Between a closing quotation mark and the comma.
            ' ' if was_quoted && !quoted => {}
            letter => id.push(letter),
        }
    }
    take(&mut id, was_quoted);
    ids
}

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
        values.insert(WITHOUT.to_owned(), Value::Text(joined(&ids)));
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
        let (controls, values) = (Self::controls(shared), shared.values(Self::ID));
        let settings = Settings {
            controls: &controls,
            values: &values,
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_are_joined_and_split_again(ids in prop::collection::vec("[a-c,\" 1]{1,6}", 0..5)) {
            prop_assert_eq!(split(&joined(&ids)), ids);
        }
    }

    #[test]
    fn people_type_ids_as_they_like() {
        assert_eq!(split("1, 2 ,,3"), ["1", "2", "3"]);
        assert_eq!(
            split("the beatles, \"earth, wind & fire\""),
            ["the beatles", "earth, wind & fire"]
        );
        assert_eq!(split(""), Vec::<String>::new());
    }
}
