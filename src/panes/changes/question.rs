use std::sync::Arc;

use super::Changes;
use super::run::{ChangesRun, ChangesView};
use super::what::ChangesQuery;
use crate::answers::{CommandLine, World, command_line};
use crate::models::Formula;
use crate::panes::background::begins;
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::hybrid::bound;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The formula before it was turned and as it is now; where it is not turned, it and the model that lists are compared by.
fn models(shared: &Shared) -> Result<[Arc<Formula>; 2], String> {
    let now = Arc::clone(&shared.selection.formula);
    if bound::is_turned(shared) {
        return Ok([bound::base(shared), now]);
    }
    let other = shared.other_model().filter(|other| *other != now);
    let other = other.ok_or("Turn the formula, or choose a model to compare with (O on screen 4).")?;
    Ok([now, other])
}

impl Ask for Changes {
    type Query = ChangesQuery;
    type View = ChangesView;

    fn controls(_: &Shared) -> Vec<Control> {
        vec![Control {
            name: "list",
            doc: "How long the lists are that are compared.",
            kind: Kind::Number(Range {
                min: 1.0,
                max: 500.0,
                step: Step::By(1.0, 10.0),
                unit: "rows",
            }),
            default: Value::Number(10.0),
        }]
    }

    fn query(shared: &Shared) -> Result<ChangesQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(ChangesQuery {
            models: models(shared)?,
            n: settings.number("list").max(1.0) as usize,
            edits: Arc::clone(&shared.selection.edits),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<ChangesQuery, ChangesView> {
        setting.run(begins(setting.world), || {
            ChangesRun::new(setting.world.clone(), setting.background_pool.clone())
        })
    }

    fn command(query: &ChangesQuery, _: &ChangesView, world: &World, data: &[String]) -> Option<String> {
        let [a, b] = &query.models;
        let question = CommandLine::CompareAll {
            models: [a, b],
            n: query.n,
        };
        Some(command_line(world, data, question))
    }
}
