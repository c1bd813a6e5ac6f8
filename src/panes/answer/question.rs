use std::sync::Arc;

use super::sheet::Sheet;
use super::{Answer, AnswerView, Answered, sheets};
use crate::answers::{
    AnswerError, CommandLine, CompareQuery, CompareSide, ContrastQuery, CounterfactualQuery, Entity, ExplainQuery,
    FragilityQuery, Subject, WhyNotQuery, World, command_line, compare, contrast, counterfactual, explain, fragility,
    why_not,
};
use crate::data::{Edits, ItemIx};
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::{Ask, Beside, Job, Pane, Setting, Shared, Source};

/// What can be asked of what is under the cursor of the list: the modes of the pane, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Why is it here?
    Why,
    /// What keeps it out of the list?
    WhyNot,
    /// Without which ratings would it not be in the list?
    Without,
    /// Why this and not that?
    Contrast,
    /// Which single steps change the list?
    Fragility,
    /// What is different for somebody else, or by another model?
    Compare,
}

impl Question {
    /// All of them, as the pane's modes count them.
    pub const ALL: [Self; 6] = [
        Self::Why,
        Self::WhyNot,
        Self::Without,
        Self::Contrast,
        Self::Fragility,
        Self::Compare,
    ];

    /// The question that the pane is turned to.
    pub fn asked(shared: &Shared) -> Self {
        let mode = shared.memories.get(&Answer::ID).map_or(0, |memory| memory.mode);
        Self::ALL[mode % Self::ALL.len()]
    }

    /// The mode of the pane in which it answers this.
    pub fn mode(self) -> usize {
        Self::ALL.iter().position(|question| *question == self).unwrap_or(0)
    }

    /// As a person asks.
    pub fn title(self) -> &'static str {
        match self {
            Self::Why => "Why?",
            Self::WhyNot => "Why not?",
            Self::Without => "What if without?",
            Self::Contrast => "This or that?",
            Self::Fragility => "How fragile?",
            Self::Compare => "What differs?",
        }
    }

    /// Whether the length of the list is part of it.
    pub fn has_length(self) -> bool {
        !matches!(self, Self::Why | Self::Contrast)
    }

    /// Turns the pane to this question.
    pub fn ask(self, shared: &mut Shared) {
        let memory = shared.memory_mut(Answer::ID);
        if memory.mode != self.mode() {
            (memory.mode, memory.cursor) = (self.mode(), 0);
        }
    }
}

/// A question, with all that its answer depends on.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    Why(ExplainQuery),
    WhyNot(WhyNotQuery),
    Without(CounterfactualQuery),
    Contrast(ContrastQuery),
    Fragility(FragilityQuery),
    Compare(CompareQuery),
}

/// A question, and the edits.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerQuery {
    pub asked: Asked,
    edits: Arc<Edits>,
}

/// The control of the list's length.
pub const LENGTH: &str = "n";

fn length_control() -> Control {
    Control {
        name: LENGTH,
        doc: "How long the list is that something is in or not.",
        kind: Kind::Number(Range {
            min: 1.0,
            max: 1e7,
            step: Step::By(1.0, 10.0),
            unit: "",
        }),
        default: Value::Number(10.0),
    }
}

/// How long the list is that the questions are about.
pub fn length(shared: &Shared) -> usize {
    let settings = shared.settings(Answer::ID, vec![length_control()]);
    settings.number(LENGTH) as usize
}

/// The question as the selection has it.
///
/// # Errors
/// A sentence with what is missing.
pub fn asked(shared: &Shared, question: Question) -> Result<Asked, String> {
    let selection = &shared.selection;
    let formula = || Formula::clone(&selection.formula);
    let why = || selection.why().ok_or("Move the cursor to an item to ask about it.");
    let n = length(shared);
    Ok(match question {
        Question::Why => {
            let (whose, item) = why()?;
            Asked::Why(ExplainQuery::new(whose, item, formula()))
        }
        Question::WhyNot => {
            let (whose, item) = why()?;
            Asked::WhyNot(WhyNotQuery {
                whose,
                item,
                formula: formula(),
                n,
            })
        }
        Question::Without => {
            let (whose, item) = why()?;
            Asked::Without(CounterfactualQuery {
                whose,
                item: Some(item),
                formula: formula(),
                n,
            })
        }
        Question::Contrast => {
            let (whose, item) = why()?;
            Asked::Contrast(ContrastQuery {
                whose,
                item,
                against: selection.second.filter(|second| *second != item),
                formula: formula(),
            })
        }
        Question::Fragility => {
            let whose = match &selection.subject {
                Subject::Person(whose) => whose.clone(),
                Subject::Item(_) => why()?.0,
            };
            Asked::Fragility(FragilityQuery {
                whose,
                formula: formula(),
                n,
            })
        }
        Question::Compare => {
            let a = CompareSide {
                subject: selection.subject.clone(),
                formula: formula(),
            };
            let b = other_side(shared, &a)?;
            Asked::Compare(CompareQuery { a, b, n })
        }
    })
}

/// What the subject with its list is compared with: what was picked, as far as it fits; else for a person the neighborhood, or
/// popularity where that answers already.
fn other_side(shared: &Shared, a: &CompareSide) -> Result<CompareSide, String> {
    let selection = &shared.selection;
    let by = |formula: Formula| CompareSide {
        subject: a.subject.clone(),
        formula,
    };
    let with = |subject: Subject| CompareSide {
        subject,
        formula: a.formula.clone(),
    };
    let fits = |other: &Subject| matches!(other, Subject::Person(_)) == matches!(a.subject, Subject::Person(_));
    match (&selection.beside, &a.subject) {
        (Some(Beside::Subject(other)), _) if fits(other) => Ok(with(other.clone())),
        (Some(Beside::Model(formula)), Subject::Person(_)) => Ok(by(Formula::clone(formula))),
        (_, Subject::Person(_)) => {
            let other = shared.usual_other();
            other.map(by).ok_or_else(|| "Pick what to compare with.".to_owned())
        }
        (_, Subject::Item(_)) => match selection.neighbor {
            Some(Entity::Item(item)) => Ok(with(Subject::Item(item))),
            _ => Err("Pick an item to compare this one with, by o.".to_owned()),
        },
    }
}

/// The command that prints the same; `second`: which item a contrast was found to be with.
pub fn command_of(asked: &Asked, second: Option<ItemIx>, world: &World, data: &[String]) -> String {
    let contrast;
    let question = match asked {
        Asked::Why(query) => CommandLine::Explain(query),
        Asked::WhyNot(query) => CommandLine::WhyNot(query),
        Asked::Without(query) => CommandLine::Counterfactual(query),
        Asked::Contrast(query) => {
            contrast = ContrastQuery {
                against: query.against.or(second),
                ..query.clone()
            };
            CommandLine::Contrast(&contrast)
        }
        Asked::Fragility(query) => CommandLine::Fragility(query),
        Asked::Compare(query) => CommandLine::Compare(query),
    };
    command_line(world, data, question)
}

/// The models that an answer needs.
pub fn models_of(asked: &Asked) -> Vec<Arc<Formula>> {
    let one = |formula: &Formula| vec![Arc::new(formula.clone())];
    match asked {
        Asked::Why(query) => one(&query.formula),
        Asked::WhyNot(query) => one(&query.formula),
        Asked::Without(query) => one(&query.formula),
        Asked::Contrast(query) => one(&query.formula),
        Asked::Fragility(query) => one(&query.formula),
        Asked::Compare(query) => [&query.a.formula, &query.b.formula]
            .map(|f| Arc::new(f.clone()))
            .to_vec(),
    }
}

impl Ask for Answer {
    type Query = AnswerQuery;
    type View = AnswerView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let asks = Question::asked(shared).has_length();
        if asks { vec![length_control()] } else { Vec::new() }
    }

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        Ok(AnswerQuery {
            asked: asked(shared, Question::asked(shared))?,
            edits: Arc::clone(&shared.selection.edits),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        Source::computed(compute)
    }

    fn command(query: &Self::Query, view: &AnswerView, world: &World, data: &[String]) -> Option<String> {
        let second = match &view.of {
            Answered::Contrast(view) => match view.cut.named.entity {
                Entity::Item(item) => Some(item),
                Entity::User(_) => None,
            },
            _ => None,
        };
        Some(command_of(&query.asked, second, world, data))
    }

    fn models(query: &Self::Query) -> Vec<Arc<Formula>> {
        models_of(&query.asked)
    }
}

fn compute(query: &AnswerQuery, job: &Job<'_, AnswerView>) -> Result<AnswerView, AnswerError> {
    let (world, cancel) = (job.world, &job.task.cancel);
    Ok(match &query.asked {
        Asked::Why(query) => AnswerView {
            of: Answered::Why(Box::new(explain::compute(world, query, cancel)?)),
            sheet: Sheet::default(),
        },
        Asked::WhyNot(query) => {
            let view = why_not::compute(world, query, cancel)?;
            AnswerView {
                sheet: sheets::why_not(&view),
                of: Answered::WhyNot(view),
            }
        }
        Asked::Without(query) => {
            let view = counterfactual::compute(world, query, cancel)?;
            AnswerView {
                sheet: sheets::without(&view),
                of: Answered::Without(view),
            }
        }
        Asked::Contrast(query) => {
            let view = contrast::compute(world, query, cancel)?;
            AnswerView {
                sheet: sheets::contrast(&view),
                of: Answered::Contrast(view),
            }
        }
        Asked::Fragility(query) => {
            let answer = |view| AnswerView {
                sheet: sheets::fragility(&view),
                of: Answered::Fragility(view),
            };
            answer(fragility::compute(world, query, cancel, &mut |part| {
                job.partial(answer(part));
            })?)
        }
        Asked::Compare(query) => {
            let view = compare::compute(world, query, job.task)?;
            AnswerView {
                sheet: sheets::compare(&view),
                of: Answered::Compare(view),
            }
        }
    })
}
