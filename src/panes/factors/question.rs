use std::sync::Arc;

use super::color::{Color, color_controls, color_of};
use super::maps::Maps;
use super::names;
use super::tools::{self, Area, End, Order, Place};
use super::{Factors, FactorsPaneView};
use crate::answers::factors::describe;
use crate::answers::map::near;
use crate::answers::map::path::path;
use crate::answers::map::person::Placing;
use crate::answers::map::shade::shade;
use crate::answers::{
    AnswerError, CommandLine, DescribeQuery, Entity, FactorsQuery, MapQuery, Projection, Subject, Whose, World,
    command_line, factors,
};
use crate::data::{Edits, ItemIx};
use crate::engine::Executor;
use crate::models::{Formula, MODELS, ParamValue};
use crate::panes::controls::{Control, Kind, Range, Settings, Step, Value, Values};
use crate::panes::{Ask, Job, Pane, Setting, Shared, Source};

/// What the pane asks.
#[derive(Clone, PartialEq)]
pub struct FactorsPaneQuery {
    subject: Subject,
    focus: Option<ItemIx>,
    /// The model whose list is marked on the map.
    formula: Arc<Formula>,
    shown: Arc<Formula>,
    projection: Projection,
    varimax: bool,
    /// The model is trained with other seeds too.
    stability: bool,
    color: Color,
    /// The way of the subject is shown.
    path: bool,
    /// What factors were called by hand.
    names: String,
    /// The model that the map is compared with.
    beside: Option<Arc<Formula>>,
    /// What of the map is listed, and how that is sorted.
    listed: Option<Area>,
    order: Order,
    /// What is pointed at.
    cross: Option<Place>,
    /// The ends of a ruler that were set.
    ends: Vec<End>,
    edits: Arc<Edits>,
}

/// The choice of the model that has factors inside the formula that answers every pane.
const AUTO: &str = "auto";

/// No other model beside the map.
const NONE: &str = "none";

/// How many factors can be asked for.
const MOST: f64 = 500.0;

/// How the map is made, as the control writes it: by which components, or by t-SNE.
const PROJECTIONS: [(&str, Projection); 4] = [
    ("1 × 2", Projection::Pca([0, 1])),
    ("1 × 3", Projection::Pca([0, 2])),
    ("2 × 3", Projection::Pca([1, 2])),
    ("t-SNE", Projection::Tsne),
];

/// The model that is chosen, before the number of its factors is set.
pub fn chosen(shared: &Shared, name: &str) -> Formula {
    let read = |name: &str| Formula::parse(name).ok();
    let inside = || shared.selection.formula.with_factors().cloned();
    let named = (name != AUTO).then(|| read(name)).flatten();
    named
        .or_else(inside)
        .or_else(|| read(factors::fallback(shared.words.kind)))
        .unwrap_or_default()
}

/// A choice among the models that have factors, and the one that it is set to: that may be one that was stopped.
fn models_control(name: &'static str, doc: &'static str, first: &str, values: &Values) -> Control {
    let names = MODELS.iter().filter(|m| m.fit.has_factors()).map(|m| m.name.to_owned());
    let mut choices: Vec<String> = std::iter::once(first.to_owned()).chain(names).collect();
    if let Some(Value::Text(set)) = values.get(name)
        && !choices.contains(set)
        && Formula::parse(set).is_ok_and(|formula| formula.with_factors() == Some(&formula))
    {
        choices.push(set.clone());
    }
    Control {
        name,
        doc,
        kind: Kind::Choice(choices),
        default: Value::Text(first.to_owned()),
    }
}

/// The choice of a model with factors; `auto` is the one inside the formula of all panes.
pub fn model_control(doc: &'static str, values: &Values) -> Control {
    models_control("model", doc, AUTO, values)
}

/// Those that appear with the keyboard.
const SELDOM: [&str; 4] = ["stability", "path", "beside", "names"];

fn all_controls(shared: &Shared) -> Vec<Control> {
    let values = shared.values(Factors::ID);
    let mut controls = vec![model_control(
        "The model whose factors are shown; auto: the first one with factors in the formula that answers every pane.",
        &values,
    )];
    let name = shared.settings(Factors::ID, controls.clone()).text("model");
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
        doc: "The two principal components of the item factors that span the map, or t-SNE, which keeps neighbors near.",
        kind: Kind::Choice(PROJECTIONS.iter().map(|(name, _)| (*name).to_owned()).collect()),
        default: Value::Text(PROJECTIONS[0].0.to_owned()),
    });
    let toggle = |name, doc| Control {
        name,
        doc,
        kind: Kind::Toggle,
        default: Value::Flag(false),
    };
    controls.push(toggle(
        "varimax",
        "Turns the factors until each says as much as it can of as few items as it can; scores stay as they are.",
    ));
    controls.push(toggle(
        "stability",
        "Trains the model with four more seeds: names of factors that don't come back are struck through.",
    ));
    controls.extend(color_controls(&values));
    controls.push(toggle(
        "path",
        "The way of the user across the map, as the ratings came.",
    ));
    controls.push(models_control(
        "beside",
        "Another model's map laid over this one (Procrustes): what moved most has a line to where that has it.",
        NONE,
        &values,
    ));
    controls.push(names::control(
        &values,
        &shown(shared, &shared.settings(Factors::ID, controls.clone())).unwrap_or_default(),
        is_on(&values, "varimax"),
    ));
    controls
}

impl Ask for Factors {
    type Query = FactorsPaneQuery;
    type View = FactorsPaneView;

    /// What is seldom set appears with the keyboard, or once it is set: a small pane has other uses for the room.
    fn controls(shared: &Shared) -> Vec<Control> {
        let values = shared.values(Self::ID);
        let has_keyboard = shared.pane == Self::ID;
        let is_shown =
            |control: &Control| has_keyboard || values.contains_key(control.name) || !SELDOM.contains(&control.name);
        all_controls(shared).into_iter().filter(is_shown).collect()
    }

    fn bind(shared: &mut Shared, control: &str, value: Option<&Value>) -> bool {
        let settings = shared.settings(Self::ID, all_controls(shared));
        let shown = shown(shared, &settings).unwrap_or_default();
        names::bind(shared, control, value, &shown, is_on(&settings.values, "varimax"))
    }

    fn replace_model(shared: &mut Shared, old: &str, new: &Formula) {
        let Ok(query) = Self::query(shared) else { return };
        let is_old = |formula: &Formula| formula.to_string() == old;
        let values = &mut shared.memory_mut(Self::ID).values;
        let new = Value::Text(new.to_string());
        if is_old(&query.shown) {
            values.remove("factors");
            values.insert("model".to_owned(), new.clone());
        }
        if query.beside.is_some_and(|beside| is_old(&beside)) {
            values.insert("beside".to_owned(), new);
        }
    }

    fn query(shared: &Shared) -> Result<Self::Query, String> {
        let selection = &shared.selection;
        let settings = shared.settings(Self::ID, all_controls(shared));
        let values = &settings.values;
        let shown = shown(shared, &settings)?;
        let wanted = settings.text("projection");
        let projection = PROJECTIONS
            .iter()
            .find(|(name, _)| *name == wanted)
            .map_or(Projection::Pca([0, 1]), |(_, projection)| projection.clone());
        Ok(FactorsPaneQuery {
            subject: selection.subject.clone(),
            focus: selection
                .focus_item
                .filter(|_| matches!(selection.subject, Subject::Person(_))),
            formula: Arc::clone(&selection.formula),
            projection,
            varimax: is_on(values, "varimax"),
            stability: is_on(values, "stability"),
            color: color_of(&settings),
            path: is_on(values, "path"),
            names: settings.text("names"),
            beside: Formula::parse(&settings.text("beside"))
                .ok()
                .filter(|_| settings.text("beside") != NONE)
                .map(Arc::new),
            listed: tools::listed(values),
            order: Order::remembered(values),
            cross: tools::cross(values),
            ends: tools::ends(values),
            shown: Arc::new(shown),
            edits: Arc::clone(&selection.edits),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<Self::Query, Self::View> {
        // A map belongs to a fit: whoever the subject is, it stays.
        let maps = Arc::new(Maps::new(setting.background_pool.clone()));
        let behind = Arc::clone(&setting.behind);
        Source::computed(move |asked, job| compute(&maps, &behind, asked, job))
    }

    fn command(query: &Self::Query, _view: &FactorsPaneView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Factors(&query_of(query))))
    }

    fn models(query: &Self::Query) -> Vec<Arc<Formula>> {
        let own = [Arc::clone(&query.formula), Arc::clone(&query.shown)];
        own.into_iter().chain(query.beside.clone()).collect()
    }
}

/// Whether a toggle that is off by default is on.
fn is_on(values: &Values, name: &str) -> bool {
    values.get(name) == Some(&Value::Flag(true))
}

/// The model that is shown, with as many factors as were asked for.
///
/// # Errors
/// What that model says against the number.
fn shown(shared: &Shared, settings: &Settings) -> Result<Formula, String> {
    let mut shown = chosen(shared, &settings.text("model"));
    if let (Formula::Model { params, .. }, true) = (&mut shown, settings.values.contains_key("factors")) {
        let n = settings.number("factors");
        if n >= 1.0 {
            params.set("factors", &format!("{n}"))?;
        }
    }
    Ok(shown)
}

fn query_of(asked: &FactorsPaneQuery) -> FactorsQuery {
    FactorsQuery {
        subject: asked.subject.clone(),
        focus: asked.focus,
        formula: Formula::clone(&asked.shown),
        varimax: asked.varimax,
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
    let factors = factors::compute(world, &query, &job.task.cancel)?;
    let mut view = FactorsPaneView {
        factors: Arc::new(factors),
        map: None,
        described: describe::known(world, &query.formula, query.varimax),
        names: Vec::new(),
        subject: match asked.subject {
            Subject::Item(item) => Some(item),
            Subject::Person(_) => None,
        },
        rated,
        place: None,
        before: None,
        recommended: marked(asked, job)?,
        shade: None,
        path: Vec::new(),
        listed: None,
        beside: None,
        near: None,
    };
    let wanted = MapQuery {
        formula: query.formula.clone(),
        projection: ruled(maps, behind, asked, job, &view)?,
        users: false,
    };
    let key = (query.formula.to_string(), wanted.projection.clone());
    view.map = maps.done.peek(&key);
    if let Some(other) = &asked.beside {
        view.beside = maps.compared.peek(&(key.clone(), other.to_string()));
    }
    finish(&mut view, asked, job)?;
    let lacks_stability = |view: &FactorsPaneView| {
        let seeds = view.described.as_ref().map(|d| d.seeds.len());
        seeds.is_none_or(|seeds| asked.stability && seeds < 2)
    };
    if view.map.is_none() {
        // Projecting everything takes longer than a frame: the bars come first. Whoever asks next waits for the same map.
        view.map = Some(maps.made(key.clone(), wanted.clone(), behind, job, &view)?);
        finish(&mut view, asked, job)?;
    }
    if lacks_stability(&view) {
        let mut steps = vec![false];
        if asked.stability {
            steps.push(true);
        }
        for retrain in steps {
            job.partial(view.clone());
            let wanted = DescribeQuery {
                formula: query.formula.clone(),
                varimax: query.varimax,
            };
            view.described = Some(maps.described(wanted, retrain, behind, job)?);
            finish(&mut view, asked, job)?;
        }
    }
    if let Some(other) = asked.beside.as_ref().filter(|_| view.beside.is_none()) {
        job.partial(view.clone());
        view.beside = match maps.beside(key, wanted, other, behind, job) {
            // Where the two share too little, the map stands alone.
            Err(AnswerError::Usage(_)) => None,
            beside => Some(beside?),
        };
    }
    Ok(view)
}

/// How the map is made: by a ruler once both its ends are set. Boxes are of the map that stands without it.
fn ruled(
    maps: &Arc<Maps>,
    behind: &Executor,
    asked: &FactorsPaneQuery,
    job: &Job<'_, FactorsPaneView>,
    so_far: &FactorsPaneView,
) -> Result<Projection, AnswerError> {
    let plain = asked.projection.clone();
    let [from, to] = asked.ends[..] else { return Ok(plain) };
    let has_box = asked.ends.iter().any(|end| matches!(end, End::Box(_)));
    let base = if has_box {
        let formula = Formula::clone(&asked.shown);
        let key = (formula.to_string(), plain.clone());
        let query = MapQuery {
            formula,
            projection: plain,
            users: false,
        };
        Some(match maps.done.peek(&key) {
            Some(map) => map,
            None => maps.made(key, query, behind, job, so_far)?,
        })
    } else {
        None
    };
    let entities = |end: End| {
        let mut entities = end.entities(base.as_deref());
        entities.sort();
        entities
    };
    Ok(Projection::Ruler(entities(from), entities(to)))
}

/// What follows from the map and the meaning of factors.
fn finish(
    view: &mut FactorsPaneView,
    asked: &FactorsPaneQuery,
    job: &Job<'_, FactorsPaneView>,
) -> Result<(), AnswerError> {
    let world = job.world;
    view.names = names::of(view.factors.factors.len(), view.described.as_deref(), &asked.names);
    let Some(map) = view.map.clone() else { return Ok(()) };
    if asked.listed.is_some() || asked.order != Order::default() {
        let all = || (0..map.points.len() as u32).collect();
        let mut places: Vec<u32> = asked.listed.map_or_else(all, |area| area.points(&map));
        asked.order.sort(&mut places, &map);
        view.listed = Some(places);
    }
    // While points move, nothing of them holds for long.
    let is_still = map.going.is_none();
    if let Some(at) = asked.cross.filter(|_| is_still) {
        let at = near::point_at(&map, tools::on_map(&map, at));
        let found = at.map(|at| near::near(world, &map, (&asked.shown, false), at, &job.task.cancel));
        view.near = found.transpose()?.map(Arc::new);
    }
    if let (Subject::Person(_), true) = (&asked.subject, is_still) {
        let plain = FactorsQuery {
            varimax: false,
            ..query_of(asked)
        };
        let placing = Placing::of(world, &map, &asked.shown, &job.task.cancel)?;
        let own = factors::compute(world, &plain, &job.task.cancel)?.factors;
        view.place = placing.place(&own);
        view.before = before(asked, world, &plain, job).and_then(|before| placing.place(&before));
    }
    if let Some(by) = asked.color.by(&asked.formula, &asked.subject) {
        view.shade = match shade(world, &map, &by, &job.task.cancel) {
            Ok(shade) => shade.map(Arc::new),
            // The list's model is still being fitted: without colors until then.
            Err(AnswerError::Fitting(_)) => None,
            Err(error) => return Err(error),
        };
    }
    if let (true, true, Subject::Person(Whose::User(user))) = (asked.path, is_still, &asked.subject) {
        view.path = path(world, &map, &asked.shown, *user, &job.task.cancel)?;
    }
    Ok(())
}

/// The factors of an edited user as stored.
fn before(
    asked: &FactorsPaneQuery,
    world: &World,
    query: &FactorsQuery,
    job: &Job<'_, FactorsPaneView>,
) -> Option<Vec<f64>> {
    let Subject::Person(Whose::User(user)) = asked.subject else {
        return None;
    };
    world.edits().of_user(user).next()?;
    let stored = world.with_edits(Arc::default());
    Some(factors::compute(&stored, query, &job.task.cancel).ok()?.factors)
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
