use super::Experiment;
use super::run::{ExperimentRun, ExperimentSettings, ExperimentView};
use crate::answers::experiment::{LabQuery, TASTES};
use crate::answers::{CommandLine, World, command_line};
use crate::experiment::simulate::{Behavior, ClickModel, Design, METRICS, MetricSpec};
use crate::experiment::{Plan, PlanRule};
use crate::models::Formula;
use crate::panes::background::begins;
use crate::panes::controls::{Control, Kind, Step, Value};
use crate::panes::{Ask, Pane, PaneId, Setting, Shared, Source};

/// The control that shows the truth.
pub const TRUTH: &str = "truth";
/// Where tastes are not a model's.
const PLANTED: &str = "planted";
/// Items a list: four pages.
const LENGTH: usize = 20;

fn check_formula(text: &str) -> Result<(), String> {
    Formula::parse(text).map(|_| ()).map_err(|e| e.to_string())
}

fn check_taste(text: &str) -> Result<(), String> {
    if text == PLANTED { Ok(()) } else { check_formula(text) }
}

fn text(name: &'static str, doc: &'static str, check: fn(&str) -> Result<(), String>, default: &str) -> Control {
    Control {
        name,
        doc,
        kind: Kind::Text(check),
        default: Value::Text(default.to_owned()),
    }
}

fn choice(name: &'static str, doc: &'static str, options: Vec<&str>, default: &str) -> Control {
    Control {
        name,
        doc,
        kind: Kind::Choice(options.into_iter().map(str::to_owned).collect()),
        default: Value::Text(default.to_owned()),
    }
}

/// What is planned and may not be changed once something was seen.
fn of_plan() -> Vec<Control> {
    let goals = METRICS.iter().filter(|m| m.is_goal).map(|m| m.name).collect();
    vec![
        choice(
            "metric",
            "The metric that decides, chosen before anything is seen.",
            goals,
            "ctr",
        ),
        choice(
            "rule",
            "When it decides: fixed (one test at the end), pocock, obf (O'Brien and Fleming), msprt (always valid).",
            PlanRule::ALL.map(|(_, name)| name).to_vec(),
            "fixed",
        ),
        Control::number(
            "alpha",
            "The level of the rule.",
            (0.001, 0.5),
            Step::By(0.005, 0.05),
            0.05,
        ),
        Control::number(
            "days",
            "How long it lasts; a look at the end of each day.",
            (1.0, 120.0),
            Step::By(1.0, 7.0),
            14.0,
        ),
        Control::number(
            "tau",
            "The size of effects that the always valid band is narrowest for, relative to A.",
            (0.005, 1.0),
            Step::By(0.005, 0.05),
            0.05,
        ),
    ]
}

/// How people are.
fn of_people() -> Vec<Control> {
    let usual = Behavior::default();
    vec![
        Control::number(
            "effect",
            "How much likelier B's items are clicked than tastes say, relative: an effect planted on top of the lists.",
            (-0.9, 3.0),
            Step::By(0.01, 0.1),
            0.0,
        ),
        choice(
            "clicks",
            "How a page is read: each place on its own (position), or from the top until satisfied (cascade).",
            ClickModel::ALL.map(|(_, name)| name).to_vec(),
            "position",
        ),
        Control::number(
            "bait",
            "The share of a click that goes by an item's popularity in place of taste: it attracts, and need not satisfy.",
            (0.0, 1.0),
            Step::By(0.05, 0.25),
            usual.bait,
        ),
        Control::number(
            "click-rate",
            "The probability that a middling item is clicked when it is looked at.",
            (0.001, 0.9),
            Step::By(0.01, 0.1),
            usual.click_rate,
        ),
        Control::number(
            "strength",
            "How much tastes decide: what one standard deviation of taste adds to the logit of a click.",
            (0.0, 5.0),
            Step::By(0.1, 0.5),
            usual.strength,
        ),
        text(
            "taste",
            "The formula whose scores are what people truly like; or planted: at random.",
            check_taste,
            TASTES,
        ),
        Control::number(
            "people",
            "So many users of the data lend their histories, at most.",
            (10.0, 1e6),
            Step::Decades,
            2_000.0,
        ),
    ]
}

impl Ask for Experiment {
    type Query = ExperimentSettings;
    type View = ExperimentView;

    fn controls(shared: &Shared) -> Vec<Control> {
        let own = shared.selection.formula.to_string();
        let other = if own == "popularity" { "als" } else { "popularity" };
        let mut controls = vec![
            text(
                "control",
                "A: the formula that users have now; the explorer's, where nothing is said.",
                check_formula,
                &own,
            ),
            text(
                "treatment",
                "B: the formula that is to replace it.",
                check_formula,
                other,
            ),
            Control::number(
                "users",
                "How many users take part.",
                (100.0, 2e5),
                Step::Decades,
                40_000.0,
            ),
            Control::number(
                "share",
                "The share of users in B.",
                (0.01, 0.99),
                Step::By(0.05, 0.1),
                0.5,
            ),
        ];
        controls.extend(of_plan());
        controls.extend(of_people());
        controls.push(Control::number(
            "seed",
            "Of all draws.",
            (0.0, f64::from(u32::MAX)),
            Step::By(1.0, 10.0),
            shared.selection.seed as f64,
        ));
        controls.push(Control {
            name: TRUTH,
            doc: "Shows what the simulator knows and no system does.",
            kind: Kind::Toggle,
            default: Value::Flag(false),
        });
        controls
    }

    fn query(shared: &Shared) -> Result<ExperimentSettings, String> {
        let settings = shared.settings(Self::ID, Self::controls(shared));
        let parsed = |name: &str| Formula::parse(&settings.text(name)).map_err(|e| e.to_string());
        let own = settings.text("control") == shared.selection.formula.to_string();
        let taste = settings.text("taste");
        let seed = settings.number("seed") as u64;
        let share = settings.number("share");
        Ok(ExperimentSettings {
            lab: LabQuery {
                // A formula may name what was imported, which only the explorer knows.
                control: if own {
                    (*shared.selection.formula).clone()
                } else {
                    parsed("control")?
                },
                treatment: parsed("treatment")?,
                taste: (taste != PLANTED).then(|| parsed("taste")).transpose()?,
                people: settings.number("people") as usize,
                length: LENGTH,
                seed,
            },
            behavior: Behavior {
                clicks: settings.text("clicks").parse()?,
                click_rate: settings.number("click-rate"),
                strength: settings.number("strength"),
                bait: settings.number("bait"),
                effect: settings.number("effect"),
                ..Behavior::default()
            },
            design: Design {
                users: settings.number("users") as usize,
                share,
                before: 7,
                seed,
            },
            plan: Plan {
                metric: MetricSpec::find(&settings.text("metric")).unwrap_or(&METRICS[0]),
                rule: PlanRule::find(&settings.text("rule")).unwrap_or(PlanRule::Fixed),
                alpha: settings.number("alpha"),
                days: settings.number("days") as usize,
                share,
                tau: settings.number("tau"),
            },
            sessions: sessions(shared),
            truth: settings.values.get(TRUTH) == Some(&Value::Flag(true)),
        })
    }

    fn source(setting: &Setting<'_>) -> Source<ExperimentSettings, ExperimentView> {
        source(setting)
    }

    fn command(settings: &ExperimentSettings, _: &ExperimentView, world: &World, data: &[String]) -> Option<String> {
        Some(command_of(settings, false, world, data))
    }
}

/// One run for all panes that watch it.
pub fn source(setting: &Setting<'_>) -> Source<ExperimentSettings, ExperimentView> {
    let (world, pool) = (setting.world.clone(), setting.background_pool.clone());
    setting.run(begins(setting.world), || ExperimentRun::new(world, pool))
}

/// The pane that has the control, which this one must not name: panes use each other one way only.
const SESSIONS: PaneId = PaneId("interleaving");

/// The control of how many sessions are interleaved.
pub fn of_lab() -> Vec<Control> {
    vec![Control::number(
        "sessions",
        "How many sessions are shown both formulas in one list; and as many one of them.",
        (100.0, 1e6),
        Step::Decades,
        100_000.0,
    )]
}

fn sessions(shared: &Shared) -> u64 {
    let settings = shared.settings(SESSIONS, of_lab());
    settings.number("sessions") as u64
}

/// The command that simulates the same experiment, or interleaves the same formulas.
pub fn command_of(settings: &ExperimentSettings, interleaved: bool, world: &World, data: &[String]) -> String {
    let (lab, behavior, plan) = (&settings.lab, &settings.behavior, &settings.plan);
    let usual = Behavior::default();
    let mut options = vec![
        (if interleaved { "--a" } else { "--control" }, lab.control.to_string()),
        (
            if interleaved { "--b" } else { "--treatment" },
            lab.treatment.to_string(),
        ),
    ];
    if interleaved {
        options.push(("--sessions", settings.sessions.to_string()));
    } else {
        options.push(("--users", settings.design.users.to_string()));
        options.push(("--days", plan.days.to_string()));
        options.push(("--metric", plan.metric.name.to_owned()));
        options.push(("--rule", plan.rule.name().to_owned()));
    }
    let mut unless = |name: &'static str, value: f64, default: f64| {
        if value != default {
            options.push((name, value.to_string()));
        }
    };
    if !interleaved {
        unless("--share", settings.design.share, 0.5);
        unless("--alpha", plan.alpha, 0.05);
        unless("--tau", plan.tau, 0.05);
    }
    unless("--effect", behavior.effect, 0.0);
    unless("--bait", behavior.bait, usual.bait);
    unless("--click-rate", behavior.click_rate, usual.click_rate);
    unless("--strength", behavior.strength, usual.strength);
    unless("--people", lab.people as f64, 2_000.0);
    if behavior.clicks != usual.clicks {
        options.push(("--clicks", behavior.clicks.to_string()));
    }
    // Draws may have another seed than the fits.
    if settings.design.seed != world.seed() {
        options.push(("--draw-seed", settings.design.seed.to_string()));
    }
    let taste = lab
        .taste
        .as_ref()
        .map_or_else(|| PLANTED.to_owned(), ToString::to_string);
    if taste != TASTES {
        options.push(("--taste", taste));
    }
    let question = CommandLine::Options {
        command: if interleaved { "interleave" } else { "abtest" },
        reads: true,
        options: &options,
        seed: None,
    };
    command_line(world, data, question)
}
