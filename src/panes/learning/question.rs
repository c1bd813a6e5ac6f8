use super::Learning;
use super::run::{LearningRun, LearningView};
use crate::answers::{CommandLine, OnboardingQuery, World, command_line, onboarding};
use crate::models::Formula;
use crate::panes::controls::{Control, Kind, Range, Settings, Step, Value};
use crate::panes::newcomer::way;
use crate::panes::{Ask, Pane, Setting, Shared, Source};

fn check(text: &str) -> Result<(), String> {
    parsed(text).map(|_| ())
}

fn parsed(text: &str) -> Result<Vec<Formula>, String> {
    text.split(';')
        .map(|part| Formula::parse(part.trim()).map_err(|e| e.to_string()))
        .collect()
}

impl Ask for Learning {
    type Query = OnboardingQuery;
    type View = LearningView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let number = |name, doc, most, default| Control {
            name,
            doc,
            kind: Kind::Number(Range {
                min: 1.0,
                max: most,
                step: Step::By(1.0, 10.0),
                unit: "",
            }),
            default: Value::Number(default),
        };
        vec![
            Control {
                name: "strategies",
                doc: "The formulas side by side, as for coldstart --strategies; questions are chosen as Newcomer's are.",
                kind: Kind::Text(check),
                default: Value::Text(onboarding::first_strategies(shared.words.kind)),
            },
            number("questions", "How many questions everybody is asked.", 1000.0, 20.0),
            number("newcomers", "How many users are held out.", 10_000.0, 100.0),
        ]
    }

    fn query(shared: &Shared) -> Result<OnboardingQuery, String> {
        let (controls, values) = (Self::controls(shared), shared.values(Self::ID));
        let settings = Settings {
            controls: &controls,
            values: &values,
        };
        Ok(OnboardingQuery {
            strategies: parsed(&settings.text("strategies"))?,
            ask: way(shared),
            questions: settings.number("questions") as usize,
            users: settings.number("newcomers") as usize,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<OnboardingQuery, LearningView> {
        let (world, pool) = (setting.world.clone(), setting.background_pool.clone());
        setting.run(LearningRun::begins(setting.world), || LearningRun::new(world, pool))
    }

    fn command(query: &OnboardingQuery, _: &LearningView, world: &World, data: &[String]) -> Option<String> {
        Some(command_line(world, data, CommandLine::Onboarding(query)))
    }
}
