use std::str::FromStr;
use std::sync::Arc;

use super::Simulator;
use super::run::PipelineRun;
use crate::answers::{PipelineQuery, PipelineView, Subject, Whose, World, quoted};
use crate::engine::RunState;
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};
use crate::pipeline::fault::Fault;
use crate::pipeline::session::{self, SessionEvent};
use crate::pipeline::{Diversity, Method, Plan, SessionPlan};

/// Names of controls that keys set.
pub const SESSION: &str = "session";
pub const BATCHED: &str = "known to batch";
pub const NIGHTS: &str = "nights";
pub const REQUEST: &str = "request";
pub const HOURS: &str = "hours";
pub const FAULT: &str = "fails";

/// Written where there is nothing.
pub const NOTHING: &str = "none";

/// The events that the control of the session says.
pub fn events(text: &str) -> Result<Vec<SessionEvent>, String> {
    if text == NOTHING {
        Ok(Vec::new())
    } else {
        session::parse(text)
    }
}

/// As the control of the session writes them.
pub fn events_text(events: &[SessionEvent]) -> String {
    if events.is_empty() {
        NOTHING.to_owned()
    } else {
        session::written(events)
    }
}

fn check_rules(path: &str) -> Result<(), String> {
    if path == NOTHING {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: it cannot be read ({e})"))?;
    Plan::parse(&text, path).map(|_| ()).map_err(|e| e.to_string())
}

fn number(name: &'static str, doc: &'static str, (min, max): (f64, f64), step: (f64, f64), default: f64) -> Control {
    Control {
        name,
        doc,
        kind: Kind::Number(Range {
            min,
            max,
            step: Step::By(step.0, step.1),
            unit: "",
        }),
        default: Value::Number(default),
    }
}

fn text(name: &'static str, doc: &'static str, check: fn(&str) -> Result<(), String>) -> Control {
    Control {
        name,
        doc,
        kind: Kind::Text(check),
        default: Value::Text(NOTHING.to_owned()),
    }
}

fn choice(name: &'static str, doc: &'static str, options: Vec<String>, default: &str) -> Control {
    Control {
        name,
        doc,
        kind: Kind::Choice(options),
        default: Value::Text(default.to_owned()),
    }
}

/// What all panes of the pipeline go by.
pub fn controls() -> Vec<Control> {
    let (session, diversity) = (SessionPlan::default(), Diversity::default());
    vec![
        text(
            SESSION,
            "What the user did since, the oldest first: click:50,skip:174; K W B P add one for the item under the cursor.",
            |text| events(text).map(|_| ()),
        ),
        number(
            "weight",
            "What the session counts for: w in s' = N(s) + w·Σ gain·decay^age·similarity.",
            (0.0, 10.0),
            (0.05, 0.25),
            session.weight,
        ),
        number(
            "decay",
            "What is left of an event after each later one.",
            (0.0, 1.0),
            (0.05, 0.2),
            session.decay,
        ),
        choice(
            "diversity",
            "How the first of the list are put in another order.",
            Method::ALL.map(|m| m.name().to_owned()).to_vec(),
            diversity.method.name(),
        ),
        number(
            "lambda",
            "Of diversity: 1 is relevance alone for mmr, 0 for xquad and calibrated.",
            (0.0, 1.0),
            (0.05, 0.2),
            diversity.lambda,
        ),
        text(
            "rules",
            "A plan (TOML) whose rules are followed; it is read anew at every request.",
            check_rules,
        ),
        number(
            HOURS,
            "Hours since the nightly batch; the clock stands still.",
            (0.0, 1000.0),
            (1.0, 12.0),
            6.0,
        ),
        choice(
            FAULT,
            "What fails, to see what becomes of the list.",
            Fault::ALL.map(|f| f.name().to_owned()).to_vec(),
            Fault::None.name(),
        ),
        number("list", "How many items are shown.", (1.0, 100.0), (1.0, 10.0), 20.0),
        number(
            BATCHED,
            "So many of the first events are known to the batch; b sets it.",
            (0.0, 1000.0),
            (1.0, 10.0),
            0.0,
        ),
        number(
            NIGHTS,
            "How many batches were run by hand; A runs one.",
            (0.0, 1e6),
            (1.0, 10.0),
            0.0,
        ),
        number(
            REQUEST,
            "The how many-th request: exploration draws anew for each.",
            (0.0, 1e9),
            (1.0, 10.0),
            0.0,
        ),
    ]
}

/// What the pipeline is asked, for all of its panes.
pub fn query(shared: &Shared) -> Result<PipelineQuery, String> {
    let settings = shared.settings(Simulator::ID, controls());
    let user = match &shared.selection.subject {
        Subject::Person(Whose::User(user)) => Some(*user),
        Subject::Person(Whose::Guest(_)) => None,
        Subject::Item(_) => return Err("a request is somebody's: pick a user (u)".to_owned()),
    };
    let session = events(&settings.text(SESSION))?;
    let fault = settings.text(FAULT);
    let rules = settings.text("rules");
    Ok(PipelineQuery {
        formula: Arc::clone(&shared.selection.formula),
        user,
        batched: (settings.number(BATCHED) as usize).min(session.len()),
        session,
        nights: settings.number(NIGHTS) as usize,
        hours: settings.number(HOURS),
        weighing: SessionPlan {
            weight: settings.number("weight"),
            decay: settings.number("decay"),
            ..SessionPlan::default()
        },
        diversity: Diversity {
            method: Method::from_str(&settings.text("diversity"))?,
            lambda: settings.number("lambda"),
            ..Diversity::default()
        },
        list: settings.number("list") as usize,
        rules: if rules == NOTHING { String::new() } else { rules },
        fault: Fault::ALL.into_iter().find(|f| f.name() == fault).unwrap_or_default(),
        request: settings.number(REQUEST) as u64,
        follow: shared.follow.clone(),
        seed: shared.selection.seed,
    })
}

/// The run that answers all of them.
pub fn source(setting: &Setting<'_>) -> Source<PipelineQuery, PipelineView> {
    let (world, pool) = (setting.world.clone(), setting.background_pool.clone());
    setting.run(RunState::Running, || PipelineRun::new(world, pool))
}

/// The two commands that build a store and ask it the same.
pub fn command(query: &PipelineQuery, world: &World, data: &[String]) -> Option<String> {
    let user = world.dataset.user_id(query.user?);
    let data: Vec<String> = data.iter().map(|d| quoted(d)).collect();
    let unknown = session::written(&query.session[query.batched..]);
    let more = match unknown.as_str() {
        "" => String::new(),
        events => format!(" --session {}", quoted(events)),
    };
    let rules = match query.rules.as_str() {
        "" => String::new(),
        path => format!(" --rules {}", quoted(path)),
    };
    // What the controls set is the plan's; a store that was built with this one has it.
    let plan = format!(
        "rank = \"{}\"\n[session]\nweight = {}\ndecay = {}\n[diversity]\nmethod = \"{}\"\nlambda = {}\n",
        query.formula,
        real(query.weighing.weight),
        real(query.weighing.decay),
        query.diversity.method.name(),
        real(query.diversity.lambda)
    );
    Some(format!(
        "printf %s {} > plan.toml && recscope pipeline build {} --store store.redb --config plan.toml --seed {} && recscope pipeline serve \
         --store store.redb --user {} -n {}{more}{rules} --trace",
        quoted(&plan),
        data.join(" "),
        query.seed,
        quoted(user),
        query.list,
    ))
}

/// As TOML writes a number with decimals.
fn real(value: f64) -> String {
    format!("{value:?}")
}

impl Ask for Simulator {
    type Query = PipelineQuery;
    type View = PipelineView;

    fn controls(_: &Shared) -> Vec<Control> {
        controls()
    }

    fn query(shared: &Shared) -> Result<PipelineQuery, String> {
        query(shared)
    }

    fn source(setting: &Setting<'_>) -> Source<PipelineQuery, PipelineView> {
        source(setting)
    }

    fn command(query: &PipelineQuery, _: &PipelineView, world: &World, data: &[String]) -> Option<String> {
        command(query, world, data)
    }
}

/// The same question, source and command for another pane that watches the pipeline.
macro_rules! watches_pipeline {
    ($pane:ty) => {
        impl $crate::panes::Ask for $pane {
            type Query = $crate::answers::PipelineQuery;
            type View = $crate::answers::PipelineView;

            fn query(shared: &$crate::panes::Shared) -> Result<Self::Query, String> {
                $crate::panes::simulator::query(shared)
            }

            fn source(setting: &$crate::panes::Setting<'_>) -> $crate::panes::Source<Self::Query, Self::View> {
                $crate::panes::simulator::source(setting)
            }

            fn command(
                query: &Self::Query,
                _: &Self::View,
                world: &$crate::answers::World,
                data: &[String],
            ) -> Option<String> {
                $crate::panes::simulator::command(query, world, data)
            }
        }
    };
}
pub(crate) use watches_pipeline;
