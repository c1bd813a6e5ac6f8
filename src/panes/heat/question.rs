use std::sync::Arc;

use super::Heat;
use super::run::{HeatQuery, HeatRun, HeatShown};
use crate::answers::tuning::{HeatPlan, METRICS, heat_plan, parse_settings};
use crate::answers::{CommandLine, World, command_line};
use crate::engine::RunState;
use crate::models::formula::KnobKind;
use crate::panes::controls::{Control, Kind, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The word for the values that a knob goes through where nobody names any.
const AUTO: &str = "auto";

/// What the formula can be set to, as far as there are values to try.
fn paths(shared: &Shared) -> Vec<String> {
    let knobs = shared.selection.formula.knobs().into_iter();
    let tried = knobs.filter(|knob| match &knob.kind {
        KnobKind::Dial(_) => true,
        KnobKind::Parameter { search, .. } => search.is_some(),
    });
    tried.map(|knob| knob.path).collect()
}

/// How many columns the grid has.
pub fn columns(shared: &Shared) -> usize {
    Heat::query(shared).map_or(0, |query| query.plan.across.values.len())
}

impl Ask for Heat {
    type Query = HeatQuery;
    type View = HeatShown;

    fn query(shared: &Shared) -> Result<HeatQuery, String> {
        if paths(shared).len() < 2 {
            let formula = &shared.selection.formula;
            return Err(format!(
                "{formula} has fewer than two weights or parameters to turn: choose another formula"
            ));
        }
        let formula = Arc::clone(&shared.selection.formula);
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let values = |name| match settings.text(name).as_str() {
            AUTO => Ok(None),
            text => parse_settings(text).map(Some),
        };
        let (down, across) = (values("down-values")?, values("across-values")?);
        let plan = heat_plan(
            &formula,
            (&settings.text("down"), down.as_deref()),
            (&settings.text("across"), across.as_deref()),
        );
        let metric = settings.text("figure");
        Ok(HeatQuery {
            plan: plan.map_err(|error| error.to_string())?,
            metric: METRICS.split(',').position(|name| name == metric).unwrap_or(0),
            formula,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<HeatQuery, HeatShown> {
        // Nobody may want it: it waits for a key.
        setting.run(RunState::Asks, || {
            HeatRun::new(setting.world, setting.background_pool.clone())
        })
    }

    fn command(query: &HeatQuery, view: &HeatShown, world: &World, data: &[String]) -> Option<String> {
        let HeatPlan { down, across, .. } = &query.plan;
        let mut options = vec![
            ("--model", query.formula.to_string()),
            ("--dial", down.dial.clone()),
            ("--values", down.values.join(",")),
            ("--and", across.dial.clone()),
            ("--and-values", across.values.join(",")),
            ("--metrics", METRICS.to_owned()),
        ];
        options.extend(view.measured.as_ref().map(|m| ("--test-users", m.users.to_string())));
        let question = CommandLine::Options {
            command: "sweep",
            reads: true,
            options: &options,
            seed: None,
        };
        Some(command_line(world, data, question))
    }

    fn controls(shared: &Shared) -> Vec<Control> {
        let paths = paths(shared);
        let Some(first) = paths.first() else { return Vec::new() };
        let choice = |name, doc, options: Vec<String>, default: &str| Control {
            name,
            doc,
            kind: Kind::Choice(options),
            default: Value::Text(default.to_owned()),
        };
        let down = choice("down", "What changes from row to row.", paths.clone(), first);
        let taken = down.value(&shared.values(Self::ID));
        let others: Vec<String> = paths
            .into_iter()
            .filter(|path| taken != Value::Text(path.clone()))
            .collect();
        let other = others.first().cloned().unwrap_or_default();
        let values = |name, doc| Control {
            name,
            doc,
            kind: Kind::Text(|text| {
                if text == AUTO {
                    return Ok(());
                }
                parse_settings(text).map(drop)
            }),
            default: Value::Text(AUTO.to_owned()),
        };
        let figures: Vec<String> = METRICS.split(',').map(str::to_owned).collect();
        let lead = figures[0].clone();
        vec![
            down,
            values(
                "down-values",
                "Through which values it goes: auto, 0..1:11 or 1,10,100.",
            ),
            choice("across", "What changes from column to column.", others, &other),
            values(
                "across-values",
                "Through which values it goes: auto, 0..1:11 or 1,10,100.",
            ),
            choice("figure", "Which figure is shown.", figures, &lead),
        ]
    }

    fn settle(shared: &mut Shared) {
        let last = columns(shared).saturating_sub(1);
        let memory = shared.memory_mut(Self::ID);
        memory.mode = memory.mode.min(last);
    }
}
