use std::sync::Arc;

use super::ColdStart;
use super::run::{BanditRun, BanditSettings};
use crate::answers::{ColdStartView, CommandLine, World, command_line};
use crate::bandit::{LONGEST_HORIZON, parse_policies};
use crate::engine::RunState;
use crate::panes::controls::{Control, Kind, Range, Settings, Step, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// Pulls a second, as the control writes them.
const SPEEDS: [(&str, Option<f64>); 6] = [
    ("1 pull/s", Some(1.0)),
    ("10 pulls/s", Some(10.0)),
    ("100 pulls/s", Some(100.0)),
    ("1,000 pulls/s", Some(1_000.0)),
    ("10,000 pulls/s", Some(10_000.0)),
    ("all at once", None),
];

fn check_policies(text: &str) -> Result<(), String> {
    parse_policies(text).map(|_| ()).map_err(|e| e.to_string())
}

fn number(name: &'static str, doc: &'static str, range: Range, default: f64) -> Control {
    let kind = if name == "epsilon" {
        Kind::Slider(range)
    } else {
        Kind::Number(range)
    };
    Control {
        name,
        doc,
        kind,
        default: Value::Number(default),
    }
}

impl Ask for ColdStart {
    type Query = BanditSettings;
    type View = ColdStartView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let range = |min, max, step| Range {
            min,
            max,
            step,
            unit: "",
        };
        vec![
            Control {
                name: "policies",
                doc: "The policies side by side, as for bandit --policies: thompson; ucb1; epsilon-greedy:epsilon=0.1.",
                kind: Kind::Text(check_policies),
                default: Value::Text("thompson; epsilon-greedy; ucb1".to_owned()),
            },
            number(
                "arms",
                "How many items of the dataset become arms.",
                range(2.0, 100.0, Step::By(1.0, 10.0)),
                10.0,
            ),
            number(
                "horizon",
                "Pulls by each policy.",
                range(10.0, LONGEST_HORIZON as f64, Step::Decades),
                10_000.0,
            ),
            number(
                "epsilon",
                "The share of pulls at random, of every epsilon-greedy that names none of its own.",
                range(0.0, 1.0, Step::By(0.01, 0.1)),
                0.1,
            ),
            Control {
                name: "speed",
                doc: "How fast a run goes on that was started by hand: slow enough to be watched, or all at once.",
                kind: Kind::Choice(SPEEDS.iter().map(|(name, _)| (*name).to_owned()).collect()),
                default: Value::Text(SPEEDS[3].0.to_owned()),
            },
            number(
                "seed",
                "Of all draws of the run.",
                range(0.0, f64::from(u32::MAX), Step::By(1.0, 10.0)),
                shared.selection.seed as f64,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<BanditSettings, String> {
        let (controls, values) = (Self::controls(shared), shared.values(Self::ID));
        let settings = Settings {
            controls: &controls,
            values: &values,
        };
        let mut policies = parse_policies(&settings.text("policies")).map_err(|e| e.to_string())?;
        for policy in &mut policies {
            // One that names an epsilon keeps it.
            let is_default = policy.value("epsilon").is_some() && !policy.to_string().contains("epsilon=");
            if is_default {
                *policy = policy
                    .clone()
                    .with("epsilon", settings.number("epsilon"))
                    .map_err(|e| e.to_string())?;
            }
        }
        let speed = settings.text("speed");
        Ok(BanditSettings {
            policies,
            arms: settings.number("arms") as usize,
            horizon: settings.number("horizon") as u64,
            seed: settings.number("seed") as u64,
            speed: SPEEDS
                .iter()
                .find(|(name, _)| *name == speed)
                .and_then(|(_, speed)| *speed),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<BanditSettings, ColdStartView> {
        let dataset = Arc::clone(&setting.world.dataset);
        setting.run(RunState::Running, || BanditRun::new(dataset))
    }

    fn command(settings: &BanditSettings, _view: &ColdStartView, world: &World, data: &[String]) -> Option<String> {
        let policies: Vec<String> = settings.policies.iter().map(ToString::to_string).collect();
        let question = CommandLine::Bandit {
            policies: &policies.join("; "),
            n_arms: settings.arms,
            horizon: settings.horizon,
            runs: 1,
            seed: settings.seed,
        };
        Some(command_line(world, data, question))
    }
}
