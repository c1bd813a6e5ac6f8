use std::sync::Arc;

use super::{Questions, QuestionsView};
use crate::answers::{AnswerError, CompareQuery, ContrastQuery, Entity, Subject, Whose, World, contrast, text::brief};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::answer::question::{Asked, Question, asked, command_of, length};
use crate::panes::{Ask, Job, Pane, Setting, Shared, Source};

/// What the questions are about.
#[derive(Clone, Debug, PartialEq)]
pub struct QuestionsQuery {
    item: Option<ItemIx>,
    contrast: Option<ContrastQuery>,
    compare: Option<CompareQuery>,
    /// How long the list is.
    n: usize,
    /// The question that is asked now, as far as it can be.
    asked: Option<Asked>,
    edits: Arc<Edits>,
}

impl Ask for Questions {
    type Query = QuestionsQuery;
    type View = QuestionsView;

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        Ok(QuestionsQuery {
            item: shared.selection.why().map(|(_, item)| item),
            contrast: match asked(shared, Question::Contrast) {
                Ok(Asked::Contrast(query)) => Some(query),
                _ => None,
            },
            compare: match asked(shared, Question::Compare) {
                Ok(Asked::Compare(query)) => Some(query),
                _ => None,
            },
            n: length(shared),
            asked: asked(shared, Question::asked(shared)).ok(),
            edits: Arc::clone(&shared.selection.edits),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(compute)
    }

    /// That of the answer.
    fn command(query: &Self::Query, view: &QuestionsView, world: &World, data: &[String]) -> Option<String> {
        let asked = query.asked.as_ref()?;
        Some(command_of(asked, view.second, world, data))
    }

    fn models(query: &Self::Query) -> Vec<Arc<Formula>> {
        let contrast = query.contrast.iter();
        contrast.map(|query| Arc::new(query.formula.clone())).collect()
    }

    /// The cursor stands on the question that is asked.
    fn settle(shared: &mut Shared) {
        let at = Question::asked(shared).mode();
        let memory = shared.memory_mut(Questions::ID);
        if memory.filter.is_empty() {
            memory.cursor = at;
        }
    }
}

fn compute(query: &QuestionsQuery, job: &Job<'_, QuestionsView>) -> Result<QuestionsView, AnswerError> {
    let world = job.world;
    let label = |item: ItemIx| world.label(Entity::Item(item));
    let neighbor = |query: &ContrastQuery| contrast::neighbor_in_the_list(world, query, &job.task.cancel);
    let second = match query.contrast.as_ref().map(neighbor) {
        Some(Err(AnswerError::Fitting(_))) | None => None,
        Some(found) => found?,
    };
    let n = query.n;
    let item = query
        .item
        .map_or_else(|| "no item is under the cursor".to_owned(), label);
    let details = Question::ALL.map(|question| match question {
        Question::Why => item.clone(),
        Question::WhyNot => format!("not in the first {n}?"),
        Question::Without => format!("out of the first {n}?"),
        Question::Contrast => second.map_or_else(
            || "pick a second item by s".to_owned(),
            |other| format!("beside {}", label(other)),
        ),
        Question::Fragility => format!("first {n}, by steps"),
        Question::Compare => match &query.compare {
            Some(compare) => beside(world, compare),
            None => "pick what to compare with by o".to_owned(),
        },
    });
    let rows = Question::ALL.iter().zip(details);
    Ok(QuestionsView {
        label: query.item.map(label),
        rows: rows.map(|(question, detail)| (question.title(), detail)).collect(),
        second,
    })
}

/// What a list is compared with.
fn beside(world: &World, query: &CompareQuery) -> String {
    match &query.b.subject {
        _ if query.b.subject == query.a.subject => {
            format!("by {}", brief(&query.b.formula.to_string(), "…"))
        }
        Subject::Person(Whose::User(user)) => format!("for user {}", world.label(Entity::User(*user))),
        Subject::Person(Whose::Guest(_)) => "for a guest".to_owned(),
        Subject::Item(item) => format!("beside {}", world.label(Entity::Item(*item))),
    }
}

/// Turns the answer to the question under the cursor.
pub fn turn(shared: &mut Shared, at: usize) {
    if let Some(question) = Question::ALL.get(at) {
        question.ask(shared);
    }
}
