use std::sync::Arc;

use super::{Factors, FactorsPaneView};
use crate::answers::{
    AnswerError, CommandLine, Entity, FactorsQuery, MapView, Subject, Whose, World, command_line, factors, map,
};
use crate::data::{Edits, ItemIx};
use crate::engine::Executor;
use crate::models::{Formula, MODELS, ParamValue};
use crate::panes::controls::{Control, Kind, Range, Settings, Step, Value};
use crate::panes::{Ask, Job, Pane, Setting, Shared, Source};
use crate::task::{Memo, Task};

/// What the pane asks.
#[derive(Clone, PartialEq)]
pub struct FactorsPaneQuery {
    subject: Subject,
    focus: Option<ItemIx>,
    /// The model whose list is marked on the map.
    formula: Arc<Formula>,
    shown: Arc<Formula>,
    /// The components that span the map, from 0.
    axes: [usize; 2],
    edits: Arc<Edits>,
}

/// The choice of the model that has factors inside the formula that answers every pane.
const AUTO: &str = "auto";

/// How many factors can be asked for.
const MOST: f64 = 500.0;

/// Which components span the map, as the control writes it.
const PROJECTIONS: [(&str, [usize; 2]); 3] = [("1 × 2", [0, 1]), ("1 × 3", [0, 2]), ("2 × 3", [1, 2])];

/// The model that is chosen, before the number of its factors is set.
fn chosen(shared: &Shared, name: &str) -> Formula {
    let read = |name: &str| Formula::parse(name).ok();
    let inside = || shared.selection.formula.with_factors().cloned();
    let named = (name != AUTO).then(|| read(name)).flatten();
    named
        .or_else(inside)
        .or_else(|| read(factors::fallback(shared.words.kind)))
        .unwrap_or_default()
}

fn model_control() -> Control {
    let names = MODELS.iter().filter(|m| m.fit.has_factors()).map(|m| m.name.to_owned());
    Control {
        name: "model",
        doc: "The model whose factors are shown; auto: the first one with factors in the formula that answers every pane.",
        kind: Kind::Choice(std::iter::once(AUTO.to_owned()).chain(names).collect()),
        default: Value::Text(AUTO.to_owned()),
    }
}

impl Ask for Factors {
    type Query = FactorsPaneQuery;
    type View = FactorsPaneView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let mut controls = vec![model_control()];
        let values = shared.values(Self::ID);
        let name = Settings {
            controls: &controls,
            values: &values,
        }
        .text("model");
        if let Formula::Model { params, .. } = chosen(shared, &name)
            && let Some(ParamValue::Whole(n)) = params.get("factors")
        {
            controls.push(Control {
                name: "factors",
                doc: "How many factors the model learns.",
                kind: Kind::Number(Range {
                    min: 1.0,
                    max: MOST,
                    step: Step::By(1.0, 10.0),
                    unit: "",
                }),
                default: Value::Number(n as f64),
            });
        }
        controls.push(Control {
            name: "projection",
            doc: "The two principal components of the item factors that span the map.",
            kind: Kind::Choice(PROJECTIONS.iter().map(|(name, _)| (*name).to_owned()).collect()),
            default: Value::Text(PROJECTIONS[0].0.to_owned()),
        });
        controls
    }

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let values = shared.values(Self::ID);
        let controls = Self::controls(shared);
        let settings = Settings {
            controls: &controls,
            values: &values,
        };
        let mut shown = chosen(shared, &settings.text("model"));
        if let (Formula::Model { params, .. }, true) = (&mut shown, values.contains_key("factors")) {
            let n = settings.number("factors");
            if n >= 1.0 {
                params.set("factors", &format!("{n}"))?;
            }
        }
        let wanted = settings.text("projection");
        let axes = PROJECTIONS
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or([0, 1], |(_, axes)| *axes);
        Ok(FactorsPaneQuery {
            subject: selection.subject.clone(),
            focus: selection
                .focus_item
                .filter(|_| matches!(selection.subject, Subject::Person(_))),
            formula: Arc::clone(&selection.formula),
            shown: Arc::new(shown),
            axes,
            edits: Arc::clone(&selection.edits),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        // A map belongs to a fit: whoever the subject is, it stays.
        let maps: Arc<Maps> = Arc::new(Memo::new(4));
        let behind = Arc::clone(&setting.behind);
        Source::computed(move |asked, job| compute(&maps, &behind, asked, job))
    }

    fn command(query: &Self::Query, _view: &FactorsPaneView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Factors(&query_of(query))))
    }

    fn models(query: &Self::Query) -> Vec<Arc<Formula>> {
        vec![Arc::clone(&query.formula), Arc::clone(&query.shown)]
    }
}

type Maps = Memo<(String, [usize; 2]), MapView>;

fn query_of(asked: &FactorsPaneQuery) -> FactorsQuery {
    FactorsQuery {
        subject: asked.subject.clone(),
        focus: asked.focus,
        formula: Formula::clone(&asked.shown),
    }
}

/// How many recommendations are marked on the map.
const MARKED: usize = 5;

fn compute(
    maps: &Arc<Maps>,
    behind: &Executor,
    asked: &FactorsPaneQuery,
    job: &Job<'_, FactorsPaneView>,
) -> Result<FactorsPaneView, AnswerError> {
    let query = query_of(asked);
    let world = job.world;
    let rated = match &asked.subject {
        Subject::Person(whose) => world.profile(whose).rows().iter().map(|r| r.item).collect(),
        Subject::Item(_) => Vec::new(),
    };
    let key = (query.formula.to_string(), asked.axes);
    let mut view = FactorsPaneView {
        factors: Arc::new(factors::compute(world, &query)?),
        map: maps.peek(&key),
        subject: match asked.subject {
            Subject::Item(item) => Some(item),
            Subject::Person(_) => None,
        },
        rated,
        before: before(asked, world),
        recommended: marked(asked, job)?,
    };
    if view.map.is_none() {
        // Projecting everything takes longer than a frame: the bars come first. Whoever asks next waits for the same map.
        job.partial(view.clone());
        let (maps, world, formula, axes) = (Arc::clone(maps), world.clone(), query.formula.clone(), asked.axes);
        let projected = behind.await_done(&job.task.cancel, move |cancel| {
            let task = Task {
                cancel: cancel.clone(),
                ..Task::default()
            };
            maps.get(&key, cancel, || map::compute(&world, &formula, axes, &task))
        })?;
        view.map = Some(projected?);
    }
    Ok(view)
}

/// The factors of an edited user as stored.
fn before(asked: &FactorsPaneQuery, world: &World) -> Option<Vec<f64>> {
    let Subject::Person(Whose::User(user)) = asked.subject else {
        return None;
    };
    world.edits().of_user(user).next()?;
    let stored = world.with_edits(Arc::default());
    Some(factors::compute(&stored, &query_of(asked)).ok()?.factors)
}

/// The top of a person's list with names; nothing where the model is not fitted yet.
fn marked(asked: &FactorsPaneQuery, job: &Job<'_, FactorsPaneView>) -> Result<Vec<(ItemIx, String)>, AnswerError> {
    let Subject::Person(whose) = &asked.subject else {
        return Ok(Vec::new());
    };
    match job.world.serving(&asked.formula, whose, &job.task.cancel) {
        Ok(serving) => {
            let best = serving.recommend(MARKED, false, &job.task.cancel)?;
            let named = |(item, _)| (item, job.world.label(Entity::Item(item)));
            Ok(best.into_iter().map(named).collect())
        }
        Err(AnswerError::Fitting(_)) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
