use std::sync::Arc;

use super::ColdStart;
use super::run::{BanditRun, BanditSettings, ByHand};
use crate::answers::{ColdStartView, CommandLine, World, command_line, joined, split};
use crate::bandit::{Among, LONGEST_HORIZON, PRESETS, Pick, parse_policies};
use crate::engine::RunState;
use crate::panes::controls::{Control, Kind, Range, Step, Value};
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

impl Ask for ColdStart {
    type Query = BanditSettings;
    type View = ColdStartView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let number = Control::number;
        vec![
            Control {
                name: "policies",
                doc: "The policies side by side, as for bandit --policies: thompson; ucb1; epsilon-greedy:epsilon=0.1.",
                kind: Kind::Text(check_policies),
                default: Value::Text("thompson; epsilon-greedy; ucb1".to_owned()),
            },
            Control {
                name: "from",
                doc: "Which items become arms: spread, hits, long-tail, close-race; or a well-known set of rates.",
                kind: Kind::Choice(sources()),
                default: Value::Text(sources()[0].clone()),
            },
            Control {
                name: "among",
                doc: "Only items that have this: genre=Comedy, or \"a=b\"=NAME where the column has a =; or all.",
                kind: Kind::Text(check_among),
                default: Value::Text(ALL.to_owned()),
            },
            number(
                "arms",
                "How many items of the dataset become arms.",
                (2.0, 100.0),
                Step::By(1.0, 10.0),
                10.0,
            ),
            number(
                "horizon",
                "Pulls by each policy.",
                (10.0, LONGEST_HORIZON as f64),
                Step::Decades,
                10_000.0,
            ),
            Control {
                name: "epsilon",
                doc: "The share of pulls at random, of every epsilon-greedy that names none of its own.",
                kind: Kind::Slider(Range {
                    min: 0.0,
                    max: 1.0,
                    step: Step::By(0.01, 0.1),
                    unit: "",
                }),
                default: Value::Number(0.1),
            },
            number(
                "warm-start",
                "Beside the others: Thompson sampling whose prior counts what similar items let expect as so many pulls; 0: no.",
                (0.0, 10_000.0),
                Step::By(5.0, 50.0),
                0.0,
            ),
            Control {
                name: "segments",
                doc: "Kinds of people with rates of their own, by a column of the users such as gender: a context; or none.",
                kind: Kind::Text(|_| Ok(())),
                default: Value::Text(NONE.to_owned()),
            },
            number(
                "delay",
                "Outcomes are known so many pulls later than at once.",
                (0.0, 100_000.0),
                Step::By(10.0, 100.0),
                0.0,
            ),
            number(
                "drift",
                "True rates drift: the standard deviation of a step before every pull.",
                (0.0, 1.0),
                Step::By(0.001, 0.01),
                0.0,
            ),
            number(
                "change-every",
                "After so many pulls every arm gets the rate of the one before it; 0: never.",
                (0.0, LONGEST_HORIZON as f64),
                Step::By(100.0, 1_000.0),
                0.0,
            ),
            Control {
                name: RATES,
                doc: "True rates set by hand, while it runs: ID=RATE, …; an ID that is no arm yet becomes one, ID=RATE~GUESS with what a warm start expects; \"A,B=RATE\" where it has a comma.",
                kind: Kind::Text(|text| rates(text).map(|_| ())),
                default: Value::Text(AS_FOUND.to_owned()),
            },
            Control {
                name: "speed",
                doc: "How fast a run goes on that was started by hand: slow enough to be watched, or all at once.",
                kind: Kind::Choice(SPEEDS.iter().map(|(name, _)| (*name).to_owned()).collect()),
                default: Value::Text(SPEEDS[3].0.to_owned()),
            },
            number(
                "seed",
                "Of all draws of the run.",
                (0.0, f64::from(u32::MAX)),
                Step::By(1.0, 10.0),
                shared.selection.seed as f64,
            ),
        ]
    }

    fn query(shared: &Shared) -> Result<BanditSettings, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
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
        let strength = settings.number("warm-start");
        if strength > 0.0 {
            let warm = parse_policies(&format!("thompson:strength={strength}")).map_err(|e| e.to_string())?;
            policies.extend(
                warm.into_iter()
                    .filter(|policy| !policies.contains(policy))
                    .collect::<Vec<_>>(),
            );
        }
        let speed = settings.text("speed");
        let among = settings.text("among");
        Ok(BanditSettings {
            policies,
            from: settings.text("from"),
            among: (among != ALL)
                .then(|| among.parse::<Among>())
                .transpose()
                .map_err(|e| e.to_string())?,
            segments: Some(settings.text("segments")).filter(|column| column != NONE && !column.is_empty()),
            delay: settings.number("delay") as u64,
            drift: settings.number("drift"),
            change_every: settings.number("change-every") as u64,
            rates: rates(&settings.text(RATES))?,
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
        command_of(settings, 1, world, data)
    }
}

/// The command that simulates these settings; none where arms were changed by hand, perhaps on the way.
pub fn command_of(settings: &BanditSettings, runs: u64, world: &World, data: &[String]) -> Option<String> {
    let policies: Vec<String> = settings.policies.iter().map(ToString::to_string).collect();
    settings.rates.is_empty().then(|| {
        let question = CommandLine::Bandit {
            policies: &policies.join("; "),
            arms: settings.preset(),
            n_arms: settings.arms,
            world: &settings.world_arguments(),
            horizon: settings.horizon,
            runs,
            seed: settings.seed,
        };
        command_line(world, data, question)
    })
}

/// Written where nothing is chosen.
const ALL: &str = "all";
const NONE: &str = "none";
/// The name of the control of rates, and what it says where they are as they were found.
pub const RATES: &str = "rates";
const AS_FOUND: &str = "as found";

fn sources() -> Vec<String> {
    let presets = PRESETS.iter().map(|preset| preset.name.to_owned());
    Pick::ALL.iter().map(ToString::to_string).chain(presets).collect()
}

fn check_among(text: &str) -> Result<(), String> {
    if text == ALL {
        return Ok(());
    }
    text.parse::<Among>().map(|_| ()).map_err(|e| format!("{e}; or {ALL}"))
}

/// Rates set by hand, as the control writes them.
pub fn rates(text: &str) -> Result<Vec<ByHand>, String> {
    if text == AS_FOUND {
        return Ok(Vec::new());
    }
    let one = |part: &String| {
        let (id, rate) = part
            .rsplit_once('=')
            .map(|(id, rate)| (id.trim(), rate.trim()))
            .filter(|(id, _)| !id.is_empty())
            .ok_or_else(|| format!("{part:?} is not ID=RATE"))?;
        let number = |text: &str| {
            let number = text.trim().parse::<f64>().ok().filter(|r| (0.0..=1.0).contains(r));
            number.ok_or_else(|| format!("{part:?}: rates are numbers from 0 to 1"))
        };
        let (rate, guess) = rate
            .split_once('~')
            .map_or((rate, None), |(rate, guess)| (rate, Some(guess)));
        Ok(ByHand {
            id: id.to_owned(),
            rate: number(rate)?,
            guess: guess.map(number).transpose()?,
        })
    };
    split(text).iter().map(one).collect()
}

/// The same as text.
pub fn rates_text(rates: &[ByHand]) -> String {
    if rates.is_empty() {
        return AS_FOUND.to_owned();
    }
    let one = |set: &ByHand| match set.guess {
        Some(guess) => format!("{}={}~{guess}", set.id, set.rate),
        None => format!("{}={}", set.id, set.rate),
    };
    let parts: Vec<String> = rates.iter().map(one).collect();
    joined(parts.iter().map(String::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Ids are trimmed where they are read, and never empty; else they may be anything.
        #[test]
        fn rates_are_read_back_whatever_the_id(
            written in prop::collection::vec(
                (prop_oneof![any::<String>(), "[ab,=~\" \n]{1,8}"], 0.0..=1.0, prop::option::of(0.0..=1.0)),
                0..5,
            ),
        ) {
            let set = |(id, rate, guess): (String, f64, Option<f64>)| ByHand { id: id.trim().to_owned(), rate, guess };
            let written: Vec<ByHand> = written.into_iter().map(set).filter(|set| !set.id.is_empty()).collect();
            prop_assert_eq!(rates(&rates_text(&written)), Ok(written));
        }
    }

    #[test]
    fn rates_are_typed_as_people_like() {
        let typed = "7=.5, \"earth, wind & fire\"=0.25 , \"a=b, c=1\", e=mc2 = 0";
        let ids = ["7", "earth, wind & fire", "a=b, c", "e=mc2"].map(str::to_owned);
        let set = |(id, rate)| ByHand { id, rate, guess: None };
        let expected: Vec<ByHand> = ids.into_iter().zip([0.5, 0.25, 1.0, 0.0]).map(set).collect();
        assert_eq!(rates(typed), Ok(expected));
        assert_eq!(rates("a=.5 ~ .25").map(|sets| sets[0].guess), Ok(Some(0.25)));
        for wrong in ["7", "7=2", "7=", "=0.5", "7=NaN", "7=.5~", "7=~.5", "7=.5~2"] {
            assert!(rates(wrong).is_err(), "{wrong}");
        }
    }
}
