use super::Peeking;
use super::run::{PeekingRun, PeekingSettings, PeekingView};
use crate::answers::{CommandLine, World, command_line};
use crate::engine::RunState;
use crate::experiment::peeking::Rule;
use crate::experiment::sequential::MOST_LOOKS;
use crate::panes::controls::{Control, Kind, Step, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

impl Ask for Peeking {
    type Query = PeekingSettings;
    type View = PeekingView;

    fn controls(shared: &Shared) -> Vec<Control> {
        vec![
            Control::number(
                "looks",
                "How often each test is looked at.",
                (1.0, 1_000.0),
                Step::By(1.0, 5.0),
                5.0,
            ),
            Control::number("tests", "How many A/A tests.", (100.0, 1e5), Step::Decades, 1_000.0),
            Control {
                name: "rule",
                doc: "When a look is an alarm: fixed (|z| of a single test), pocock, obf, msprt (always valid).",
                kind: Kind::Choice(Rule::NAMES.map(str::to_owned).to_vec()),
                default: Value::Text("fixed".to_owned()),
            },
            Control::number(
                "alpha",
                "The level of the rule.",
                (0.001, 0.5),
                Step::By(0.005, 0.05),
                0.05,
            ),
            Control::number(
                "tau2",
                "Of msprt: the variance of true effects, in variances of what one look adds.",
                (1e-5, 10.0),
                Step::By(0.01, 0.1),
                0.01,
            ),
            Control::number(
                "burn-in",
                "Of msprt: the first look that may be an alarm.",
                (1.0, 1_000.0),
                Step::By(1.0, 10.0),
                1.0,
            ),
            Control::number(
                "seed",
                "Of all draws.",
                (0.0, f64::from(u32::MAX)),
                Step::By(1.0, 10.0),
                shared.selection.seed as f64,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<PeekingSettings, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let looks = settings.number("looks") as usize;
        let rule = match settings.text("rule").as_str() {
            "pocock" => Rule::Pocock,
            "obf" => Rule::OBrienFleming,
            "msprt" => Rule::Msprt {
                tau2: settings.number("tau2"),
                burn_in: settings.number("burn-in") as usize,
            },
            _ => Rule::Fixed,
        };
        if matches!(rule, Rule::Pocock | Rule::OBrienFleming) && looks > MOST_LOOKS {
            return Err(format!("boundaries are computed for at most {MOST_LOOKS} looks"));
        }
        Ok(PeekingSettings {
            rule,
            looks,
            runs: settings.number("tests") as u64,
            alpha: settings.number("alpha"),
            seed: settings.number("seed") as u64,
        })
    }

    fn source(setting: &Setting<'_>) -> Source<PeekingSettings, PeekingView> {
        let pool = setting.background_pool.clone();
        setting.run(RunState::Running, || PeekingRun::new(pool))
    }

    fn command(settings: &PeekingSettings, _: &PeekingView, world: &World, data: &[String]) -> Option<String> {
        let mut options = vec![
            ("--looks", settings.looks.to_string()),
            ("--runs", settings.runs.to_string()),
            ("--rule", settings.rule.name().to_owned()),
            ("--alpha", settings.alpha.to_string()),
        ];
        if let Rule::Msprt { tau2, burn_in } = settings.rule {
            options.push(("--tau2", tau2.to_string()));
            options.push(("--burn-in", burn_in.to_string()));
        }
        let question = CommandLine::Options {
            command: "peek",
            reads: false,
            options: &options,
            seed: Some(settings.seed),
        };
        Some(command_line(world, data, question))
    }
}
