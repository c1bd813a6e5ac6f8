use super::PitfallPane;
use crate::answers::{CommandLine, World, command_line};
use crate::experiment::pitfall::{Pitfall, PitfallView};
use crate::panes::controls::{Control, Kind, Range, Step, Value};
use crate::panes::{Ask, Pane, Setting, Shared, Source};

/// The knobs, and how long it is watched.
#[derive(Clone, Debug, PartialEq)]
pub struct PitfallQuery {
    pitfall: Pitfall,
    users: usize,
    days: usize,
    seed: u64,
}

impl Ask for PitfallPane {
    type Query = PitfallQuery;
    type View = PitfallView;

    fn controls(_shared: &Shared) -> Vec<Control> {
        let usual = Pitfall::default();
        let control = |name, doc, (min, max), step, default, slides: bool| {
            let range = Range {
                min,
                max,
                step,
                unit: "",
            };
            Control {
                name,
                doc,
                kind: if slides {
                    Kind::Slider(range)
                } else {
                    Kind::Number(range)
                },
                default: Value::Number(default),
            }
        };
        vec![
            control(
                "memory",
                "How much of what was consumed stays with somebody from day to day.",
                (0.0, 0.99),
                Step::By(0.01, 0.1),
                usual.memory,
                true,
            ),
            control(
                "sensitivity",
                "How much satisfaction goes by what was consumed; the pitfall is where it is large enough.",
                (0.005, 1.0),
                Step::By(0.005, 0.05),
                usual.sensitivity,
                true,
            ),
            control(
                "bait-a",
                "The share of bait of the policy that goes by clicks.",
                (0.0, 1.0),
                Step::By(0.05, 0.25),
                usual.share_a,
                false,
            ),
            control(
                "bait-b",
                "That of the policy that goes by satisfaction.",
                (0.0, 1.0),
                Step::By(0.05, 0.25),
                usual.share_b,
                false,
            ),
            control(
                "days",
                "How long it is watched.",
                (2.0, 1_000.0),
                Step::By(1.0, 10.0),
                60.0,
                false,
            ),
            control(
                "users",
                "Simulated users of each policy.",
                (10.0, 100_000.0),
                Step::Decades,
                2_000.0,
                false,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<PitfallQuery, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        Ok(PitfallQuery {
            pitfall: Pitfall {
                memory: settings.number("memory"),
                sensitivity: settings.number("sensitivity"),
                share_a: settings.number("bait-a"),
                share_b: settings.number("bait-b"),
                ..Pitfall::default()
            },
            users: settings.number("users") as usize,
            days: settings.number("days") as usize,
            seed: shared.selection.seed,
        })
    }

    fn source(_setting: &Setting<'_>) -> Source<PitfallQuery, PitfallView> {
        Source::computed(|query: &PitfallQuery, job| {
            Ok(query.pitfall.simulate(query.users, query.days, query.seed, job.task)?)
        })
    }

    fn command(query: &PitfallQuery, _: &PitfallView, world: &World, data: &[String]) -> Option<String> {
        let pitfall = &query.pitfall;
        let options = [
            ("--memory", pitfall.memory.to_string()),
            ("--sensitivity", pitfall.sensitivity.to_string()),
            ("--share-a", pitfall.share_a.to_string()),
            ("--share-b", pitfall.share_b.to_string()),
            ("--days", query.days.to_string()),
            ("--each", query.users.to_string()),
        ];
        let question = CommandLine::Options {
            command: "pitfall",
            reads: false,
            options: &options,
            seed: Some(query.seed),
        };
        Some(command_line(world, data, question))
    }
}
