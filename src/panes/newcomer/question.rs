use std::sync::Arc;

use super::{Newcomer, SKIPPED};
use crate::answers::{
    AnswerError, CommandLine, NewcomerQuery, NewcomerView, Subject, Whose, World, command_line, newcomer, split,
};
use crate::data::Edits;
use crate::evaluate::onboarding::{ASKS, Ask as Way, Interviewer};
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Value, Values};
use crate::panes::{Ask, Pane, Setting, Shared, Source};
use crate::task::Memo;

/// What the pane asks.
#[derive(Clone, PartialEq)]
pub struct GameQuery {
    whose: Whose,
    ask: Way,
    /// The ids of what had no answer.
    skipped: Vec<String>,
    edits: Arc<Edits>,
}

impl GameQuery {
    /// The same of this data: an id that it does not have was skipped in another one.
    fn of(&self, world: &World) -> NewcomerQuery {
        let skipped = self.skipped.iter().filter_map(|id| world.dataset.find_item(id));
        NewcomerQuery {
            whose: self.whose.clone(),
            ask: self.ask,
            skipped: skipped.collect(),
        }
    }
}

/// How questions are chosen, as a control.
pub fn way_control() -> Control {
    Control {
        name: "ask",
        doc: "How the next question is chosen: what many know, opinions differ about, covers latent space, or was liked.",
        kind: Kind::Choice(ASKS.iter().map(|(_, name)| (*name).to_owned()).collect()),
        default: Value::Text(Way::default().name().to_owned()),
    }
}

/// What the control is set to.
pub fn way(shared: &Shared) -> Way {
    let settings = shared.settings(Newcomer::ID, vec![way_control()]);
    settings.text("ask").parse().unwrap_or_default()
}

/// The ids of what had no answer, kept among the values of the pane so that undo brings questions back.
pub fn skipped(values: &Values) -> Vec<String> {
    match values.get(SKIPPED) {
        Some(Value::Text(text)) => split(text),
        _ => Vec::new(),
    }
}

impl Ask for Newcomer {
    type Query = GameQuery;
    type View = NewcomerView;

    fn controls(_shared: &Shared) -> Vec<Control> {
        vec![way_control()]
    }

    fn query(shared: &Shared) -> Result<GameQuery, String> {
        let Subject::Person(whose @ Whose::Guest(_)) = &shared.selection.subject else {
            return Err("Be a newcomer: n starts one, and you are asked what you know.".to_owned());
        };
        Ok(GameQuery {
            whose: whose.clone(),
            ask: way(shared),
            skipped: skipped(&shared.values(Self::ID)),
            edits: Arc::clone(&shared.selection.edits),
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<GameQuery, NewcomerView> {
        // Looking through the data is for all questions.
        let interviewers: Arc<Memo<Way, Interviewer>> = Arc::new(Memo::new(ASKS.len()));
        let skies: Arc<Memo<(), Option<Arc<newcomer::Sky>>>> = Arc::new(Memo::new(1));
        Source::computed(move |query: &GameQuery, job| {
            let (world, way) = (job.world, query.ask);
            let prepared = interviewers.get(&way, &job.task.cancel, || newcomer::prepare(world, way, job.task))?;
            let sky = match skies.peek(&()) {
                Some(sky) => Some(sky),
                None if world.fits.get(&newcomer::survey_model()?).is_some() => {
                    let make = || Ok::<_, AnswerError>(newcomer::sky(world, job.task)?.map(Arc::new));
                    Some(skies.get(&(), &job.task.cancel, make)?)
                }
                None => None,
            };
            let sky = sky.and_then(|sky| (*sky).clone());
            newcomer::compute(world, &query.of(world), &prepared, sky.as_ref())
        })
    }

    fn lacks(view: &NewcomerView) -> bool {
        view.uncertainty.is_none()
    }

    fn command(query: &GameQuery, _: &NewcomerView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Newcomer(&query.of(world))))
    }

    fn models(_query: &GameQuery) -> Vec<Arc<Formula>> {
        newcomer::survey_model().map(Arc::new).into_iter().collect()
    }
}
