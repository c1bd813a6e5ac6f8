use std::sync::Arc;

use super::Tune;
use super::run::{TuneQuery, TuneRun, TuneView};
use crate::answers::leaderboard::{LEAD, split_name};
use crate::answers::{CommandLine, World, command_line};
use crate::engine::RunState;
use crate::evaluate::tuning::Budget;
use crate::evaluate::{METRICS, Metric};
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The word for all models that are built in.
const ALL: &str = "all";
/// How long is searched where nothing is said.
const BUDGET: &str = "60s";

/// Reads formulas with semicolons between them.
fn models(text: &str) -> Result<Vec<Arc<Formula>>, String> {
    if text.trim() == ALL {
        return Ok(Vec::new());
    }
    let read = |text: &str| Formula::parse(text).map(Arc::new).map_err(|error| error.to_string());
    let named = text.split(';').map(str::trim).filter(|text| !text.is_empty());
    let found: Vec<Arc<Formula>> = named.map(read).collect::<Result<_, _>>()?;
    if found.is_empty() {
        return Err("write formulas with semicolons between them, or all".to_owned());
    }
    Ok(found)
}

/// A metric of lists by its name.
fn metric(text: &str) -> Result<Metric, String> {
    Metric::parse(text).map_err(|error| error.to_string())
}

impl Ask for Tune {
    type Query = TuneQuery;
    type View = TuneView;

    fn query(shared: &Shared) -> Result<TuneQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(TuneQuery {
            budget: Budget::parse(&settings.text("budget"))?,
            metric: metric(&settings.text("metric"))?,
            models: models(&settings.text("models"))?,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<TuneQuery, TuneView> {
        // It takes as long as it is given: a person says when.
        setting.run(RunState::Asks, || {
            TuneRun::new(setting.world, setting.background_pool.clone())
        })
    }

    fn command(query: &TuneQuery, _: &TuneView, world: &World, data: &[String]) -> Option<String> {
        let mut options = vec![("--split", split_name(world.seed()))];
        options.push(match query.budget {
            Budget::Time(_) => ("--budget", query.budget.to_string()),
            Budget::Trials(n) => ("--trials", n.to_string()),
        });
        options.push(("--metric", query.metric.to_string()));
        if !query.models.is_empty() {
            let models: Vec<String> = query.models.iter().map(ToString::to_string).collect();
            options.push(("--models", models.join("; ")));
        }
        let question = CommandLine::Options {
            command: "tune",
            reads: true,
            options: &options,
            seed: None,
        };
        Some(command_line(world, data, question))
    }

    fn controls(_: &Shared) -> Vec<Control> {
        let text = |name, doc, kind, default: &str| Control {
            name,
            doc,
            kind,
            default: Value::Text(default.to_owned()),
        };
        let metrics = |_: &World, text: &str| -> Vec<String> {
            let names = METRICS
                .iter()
                .map(|spec| spec.name)
                .filter(|name| name.starts_with(text));
            names.map(str::to_owned).collect()
        };
        vec![
            text(
                "budget",
                "How long is searched: 60s, 10m, or 200 trials.",
                Kind::Text(|text| Budget::parse(text).map(drop)),
                BUDGET,
            ),
            text(
                "metric",
                "What is to be as good as it can.",
                Kind::Completed(|text| metric(text).map(drop), metrics),
                LEAD,
            ),
            text(
                "models",
                "Among which models: all, or formulas with semicolons between them.",
                Kind::Text(|text| models(text).map(drop)),
                ALL,
            ),
        ]
    }
}
