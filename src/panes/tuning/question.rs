use std::sync::Arc;

use super::run::{TuningRun, TuningView};
use super::what::{TuningQuery, What, shows_triangle};
use super::{STEPS, Tuning, actions};
use crate::answers::tuning::METRICS;
use crate::answers::{CommandLine, Subject, World, command_line};
use crate::panes::background::begins;
use crate::panes::controls::{Control, Kind, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The dials that can be swept over.
fn dials(shared: &Shared) -> Vec<String> {
    shared
        .selection
        .formula
        .dials()
        .into_iter()
        .map(|dial| dial.path)
        .collect()
}

impl Ask for Tuning {
    type Query = TuningQuery;
    type View = TuningView;

    fn query(shared: &Shared) -> Result<TuningQuery, String> {
        let selection = &shared.selection;
        let what = if shows_triangle(shared) {
            What::Triangle
        } else {
            let dial = shared.settings(Self::ID, Self::controls(shared)).text("dial");
            if dial.is_empty() {
                return Err("this formula has nothing to turn, and nothing to sweep over".to_owned());
            }
            What::Sweep(dial)
        };
        Ok(TuningQuery {
            whose: match &selection.subject {
                Subject::Person(whose) => Some(whose.clone()),
                Subject::Item(_) => None,
            },
            formula: Arc::clone(&selection.formula),
            what,
            edits: Arc::clone(&selection.edits),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<TuningQuery, TuningView> {
        setting.run(begins(setting.world), || {
            TuningRun::new(setting.world, setting.background_pool.clone())
        })
    }

    fn command(query: &TuningQuery, view: &TuningView, world: &World, data: &[String]) -> Option<String> {
        let question = CommandLine::Sweep {
            formula: &query.formula,
            over: match &query.what {
                What::Triangle => Err(STEPS),
                What::Sweep(dial) => Ok(dial),
            },
            whose: query.whose.as_ref().filter(|_| query.what == What::Triangle),
            metrics: METRICS,
            users: view.measured.as_ref().map(|measured| measured.users),
        };
        Some(command_line(world, data, question))
    }

    fn controls(shared: &Shared) -> Vec<Control> {
        let dials = dials(shared);
        if shows_triangle(shared) || dials.is_empty() {
            return Vec::new();
        }
        vec![Control {
            name: "dial",
            doc: "The weight, normalization, threshold or width that is turned from end to end.",
            default: Value::Text(dials[0].clone()),
            kind: Kind::Choice(dials),
        }]
    }

    fn settle(shared: &mut Shared) {
        actions::settle(shared);
    }
}
