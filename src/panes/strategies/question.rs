use std::sync::Arc;

use super::Strategies;
use crate::answers::{
    CommandLine, StrategiesQuery, StrategiesView, Subject, Whose, World, command_line, joined, split, strategies,
};
use crate::data::Edits;
use crate::evaluate::onboarding::{Strategy, kind_column};
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source, learning};

/// What the pane asks.
#[derive(Clone, PartialEq)]
pub struct SideBySide {
    whose: Whose,
    strategies: Vec<Strategy>,
    stated: Vec<String>,
    edits: Arc<Edits>,
}

/// How many items of each list are looked up.
const LISTED: usize = 10;

impl SideBySide {
    fn query(&self) -> StrategiesQuery {
        StrategiesQuery {
            whose: self.whose.clone(),
            strategies: self.strategies.clone(),
            stated: self.stated.clone(),
            n: LISTED,
        }
    }
}

/// What the last kind of a list may become.
fn kinds(world: &World, text: &str) -> Vec<String> {
    let mut said = split(text);
    let typed = if text.trim_end().ends_with(',') {
        String::new()
    } else {
        said.pop().unwrap_or_default()
    };
    let Some(column) = kind_column(&world.dataset) else {
        return Vec::new();
    };
    let wanted = typed.to_lowercase();
    let fits = |name: &&str| {
        let name = name.to_lowercase();
        name.starts_with(&wanted) && name != wanted && !said.iter().any(|s| s.to_lowercase() == name)
    };
    let found: Vec<&str> = column.names().iter().filter(fits).take(6).collect();
    let line = |name: &str| joined(said.iter().map(String::as_str).chain([name]));
    found.into_iter().map(line).collect()
}

impl Ask for Strategies {
    type Query = SideBySide;
    type View = StrategiesView;

    fn controls(_: &Shared) -> Vec<Control> {
        vec![Control {
            name: "likes",
            doc: "Genres (or the like) that the newcomer says they like, with commas between them; empty for what ratings tell.",
            kind: Kind::Completed(|_| Ok(()), kinds),
            default: Value::Text(String::new()),
        }]
    }

    fn query(shared: &Shared) -> Result<SideBySide, String> {
        // Models are fitted for it: only when somebody new is there to be served.
        let Subject::Person(whose @ Whose::Guest(_)) = &shared.selection.subject else {
            return Err("Be a newcomer (n): what each strategy would show you stands here, side by side.".to_owned());
        };
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(SideBySide {
            whose: whose.clone(),
            strategies: learning::strategies(shared)?,
            stated: split(&settings.text("likes")),
            edits: Arc::clone(&shared.selection.edits),
        })
    }

    fn source(_: &Setting<'_>) -> Source<SideBySide, StrategiesView> {
        Source::computed(|query: &SideBySide, job| strategies::compute(job.world, &query.query(), job.task))
    }

    fn lacks(view: &StrategiesView) -> bool {
        view.strategies.iter().any(|strategy| strategy.is_fitting)
    }

    fn command(query: &SideBySide, _: &StrategiesView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Strategies(&query.query())))
    }

    fn models(query: &SideBySide) -> Vec<Arc<Formula>> {
        let formulas = query.strategies.iter().filter_map(|strategy| match strategy {
            Strategy::Model(formula) => Some(Arc::new(formula.clone())),
            Strategy::Stated | Strategy::Bandit => None,
        });
        formulas.collect()
    }
}
