use super::Learning;
use super::run::{LearningView, LearningWork};
use crate::answers::{CommandLine, OnboardingQuery, World, command_line, onboarding};
use crate::evaluate::onboarding::Strategy;
use crate::models::Catalog;
use crate::panes::background::begins;
use crate::panes::controls::{Control, Kind, Step, Value};
use crate::panes::newcomer::way;
use crate::panes::once::OnceRun;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The strategies side by side, as a control: the panes that show them have the same.
fn strategies_control(shared: &Shared) -> Control {
    Control {
        name: "strategies",
        doc: "The strategies side by side: formulas, stated, bandit; questions are chosen as Newcomer's are.",
        kind: Kind::Text(check),
        default: Value::Text(onboarding::first_strategies(shared.words.kind)),
    }
}

/// What that control is set to.
///
/// # Errors
/// What is wrong with it.
pub fn strategies(shared: &Shared) -> Result<Vec<Strategy>, String> {
    let settings = shared.settings(Learning::ID, vec![strategies_control(shared)]);
    parsed(&settings.text("strategies"))
}

fn check(text: &str) -> Result<(), String> {
    parsed(text).map(|_| ())
}

fn parsed(text: &str) -> Result<Vec<Strategy>, String> {
    let parsed = Strategy::parse_all(text, &Catalog::default()).map_err(|e| e.to_string())?;
    if parsed.is_empty() {
        return Err("name a strategy".to_owned());
    }
    Ok(parsed)
}

impl Ask for Learning {
    type Query = OnboardingQuery;
    type View = LearningView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let number = |name, doc, most, default| Control::number(name, doc, (1.0, most), Step::By(1.0, 10.0), default);
        vec![
            strategies_control(shared),
            number("questions", "How many questions everybody is asked.", 1000.0, 20.0),
            number("newcomers", "How many users are held out.", 10_000.0, 100.0),
        ]
    }

    fn query(shared: &Shared) -> Result<OnboardingQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(OnboardingQuery {
            strategies: strategies(shared)?,
            ask: way(shared),
            questions: settings.number("questions") as usize,
            users: settings.number("newcomers") as usize,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<OnboardingQuery, LearningView> {
        let (world, pool) = (setting.world.clone(), setting.background_pool.clone());
        setting.run(begins(setting.world), || OnceRun::new(LearningWork(world), pool))
    }

    fn command(query: &OnboardingQuery, _: &LearningView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Onboarding(query)))
    }
}
