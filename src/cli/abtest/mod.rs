mod text;

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::options::DataOptions;
use super::table::clean;
use super::{CliError, Run};
use crate::answers::experiment::{Lab, LabQuery, Simulation, TASTES, TabledQuery, counted as of_counts, tabled};
use crate::experiment::simulate::{Behavior, ClickModel, Design, METRICS, MetricSpec};
use crate::experiment::{Counts, MEANS, OutcomeColumns, Outcomes, PROPORTIONS, Plan, PlanRule, Proportions, RATES};
use text::{TEST_COLUMNS, counted_rows, counted_text, day_rows, simulated_text, tabled_rows, tabled_text};

/// What two arms say: of counts (--a, --b), of a table of users (FILE), or simulated on DATA with a known truth (--treatment).
/// In a simulation --users N is how many take part (40,000), unless there is a file of that name: then it is the table of users.
#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct AbTest {
    #[command(flatten)]
    data: DataOptions,
    /// Clicks and views of the control
    #[arg(long, value_name = "CLICKS/VIEWS", requires = "b")]
    a: Option<Counts>,
    /// Clicks and views of the treatment
    #[arg(long, value_name = "CLICKS/VIEWS", requires = "a")]
    b: Option<Counts>,
    /// 1 less the level of the intervals
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// The variance of true differences that the mixture SPRT supposes, of counts
    #[arg(long, value_name = "VARIANCE", default_value_t = 1e-5)]
    tau2: f64,
    /// The arm of the table that others are held against [default: its first]
    #[arg(long, value_name = "NAME")]
    control_arm: Option<String>,
    /// The planned shares of users, in the order of the arms: 90,10 [default: equal]
    #[arg(long, value_name = "SHARES")]
    shares: Option<String>,
    /// Draws of permutation and bootstrap
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    draws: u64,
    #[command(flatten)]
    simulated: SimulatedOptions,
}

/// Options of a simulated experiment.
#[derive(Debug, Args)]
pub(super) struct SimulatedOptions {
    /// The formula of A [default: that of the data's kind]
    #[arg(long, value_name = "FORMULA", requires = "treatment", help_heading = "Simulation")]
    control: Option<String>,
    /// The formula of B
    #[arg(long, value_name = "FORMULA", help_heading = "Simulation")]
    treatment: Option<String>,
    /// Days
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u64).range(1..=200), help_heading = "Simulation")]
    days: u64,
    /// The share of users in B
    #[arg(long, value_name = "SHARE", default_value_t = 0.5, help_heading = "Simulation")]
    share: f64,
    #[command(flatten)]
    crowd: CrowdOptions,
    /// The metric that decides
    #[arg(long, value_name = "NAME", default_value = "ctr", help_heading = "Simulation")]
    metric: String,
    /// The rule that decides: fixed (at the end), pocock, obf (O'Brien and Fleming), msprt (always valid)
    #[arg(long, value_name = "RULE", default_value = "fixed", help_heading = "Simulation")]
    rule: String,
    /// The size of effects that the mixture SPRT supposes, relative
    #[arg(long, value_name = "LIFT", default_value_t = 0.05, help_heading = "Simulation")]
    tau: f64,
}

/// Who takes part in a simulation, and how they click.
#[derive(Debug, Args)]
pub(super) struct CrowdOptions {
    /// The formula whose scores are what people like, or planted: at random
    #[arg(long, value_name = "FORMULA", default_value = TASTES, help_heading = "Simulation")]
    taste: String,
    /// How people click: position or cascade
    #[arg(long, value_name = "MODEL", default_value = "position", help_heading = "Simulation")]
    clicks: ClickModel,
    /// The share of a click that goes by popularity in place of taste
    #[arg(long, value_name = "SHARE", default_value_t = 0.3, help_heading = "Simulation")]
    bait: f64,
    /// The probability that a middling item is clicked when it is looked at
    #[arg(long, value_name = "RATE", default_value_t = Behavior::default().click_rate, help_heading = "Simulation")]
    click_rate: f64,
    /// What one standard deviation of taste adds to the logit of a click
    #[arg(long, value_name = "LOGIT", default_value_t = Behavior::default().strength, help_heading = "Simulation")]
    strength: f64,
    /// How much likelier the items of B are clicked than tastes say, relative: a planted effect
    #[arg(
        long,
        value_name = "LIFT",
        default_value_t = 0.0,
        allow_hyphen_values = true,
        help_heading = "Simulation"
    )]
    effect: f64,
    /// The seed of all draws, where fits have another [default: --seed]
    #[arg(long, value_name = "N", help_heading = "Simulation")]
    draw_seed: Option<u64>,
    /// How many users of DATA lend their histories, at most
    #[arg(long, value_name = "N", default_value_t = 2_000, value_parser = clap::value_parser!(u64).range(1..), help_heading = "Simulation")]
    people: u64,
}

/// Items a list in simulations: four pages.
const LENGTH: usize = 20;
/// Users of a simulation where nothing is said.
const USERS: usize = 40_000;
/// The most that fit into memory on a small machine: 200 bytes each.
const MOST_USERS: usize = 5_000_000;

/// The tests with their formulas.
fn help() -> String {
    let mut text = "Tests of counts (p is a rate, x clicks, n views, d the difference B − A):\n".to_owned();
    for spec in PROPORTIONS {
        let _ = write!(
            text,
            "\n  {:14} {}\n                 {}",
            spec.name, spec.formula, spec.doc
        );
    }
    text.push_str("\n\nIntervals of one rate:\n");
    for spec in RATES {
        let _ = write!(text, "\n  {:15} {}", spec.name, spec.formula);
    }
    text.push_str(
        "\n\nTests of a table (--columns user=…,arm=…,metric=…[,pre=…][,per=…]; rows of a user are summed):\n",
    );
    for spec in MEANS {
        let _ = write!(
            text,
            "\n  {:14} {}\n                 {}",
            spec.name, spec.formula, spec.doc
        );
    }
    text.push_str("\n  srm            χ² of users an arm against the planned shares; an alarm at p < .001\n");
    text.push_str("\nMetrics of a simulation:\n");
    for metric in &METRICS {
        let _ = write!(text, "\n  {:14} {}", metric.name, metric.doc);
    }
    text
}

/// Refuses what is not within 0 and 1, both left out.
pub(super) fn check_share(name: &str, value: f64) -> Result<(), CliError> {
    if value > 0.0 && value < 1.0 {
        return Ok(());
    }
    Err(CliError::Usage(format!("{name} must lie between 0 and 1")))
}

/// Refuses what is no number above 0.
pub(super) fn check_positive(name: &str, value: f64) -> Result<(), CliError> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(CliError::Usage(format!("{name} must be a number above 0")))
}

impl Run for AbTest {
    fn run(self, context: &Context) -> Result<(), CliError> {
        check_share("--alpha", self.alpha)?;
        if let (Some(a), Some(b)) = (self.a, self.b) {
            if self.data.data.is_some() || self.simulated.treatment.is_some() {
                return Err(CliError::Usage(
                    "with --a and --b neither data nor a table is read".into(),
                ));
            }
            check_positive("--tau2", self.tau2)?;
            let (alpha, tau2) = (self.alpha, self.tau2);
            let view = of_counts(&Proportions { a, b, alpha, tau2 });
            return context.print(&view, &TEST_COLUMNS, counted_rows, counted_text);
        }
        if self.simulated.treatment.is_some() {
            return self.simulate(context);
        }
        let Some(table) = self.data.data.clone() else {
            return Err(CliError::Usage(
                "name what is to be tested: --a CLICKS/VIEWS --b CLICKS/VIEWS, a table, or DATA with --treatment FORMULA"
                    .into(),
            ));
        };
        self.table(table, context)
    }
}

impl AbTest {
    fn table(&self, table: PathBuf, context: &Context) -> Result<(), CliError> {
        let columns = self
            .data
            .columns
            .as_deref()
            .map_or(Ok(OutcomeColumns::default()), str::parse);
        let columns = columns.map_err(CliError::Usage)?;
        let shares = self.shares.as_deref().map(parse_shares).transpose()?;
        let outcomes = Outcomes::read(&table, &columns, &context.task)?;
        let query = TabledQuery {
            control: self.control_arm.clone(),
            shares,
            alpha: self.alpha,
            draws: self.draws as usize,
            seed: context.seed,
        };
        let view = tabled(&outcomes, &query, &context.task)?;
        let header: Vec<&str> = std::iter::once("arm").chain(TEST_COLUMNS).collect();
        context.print(&view, &header, tabled_rows, tabled_text)
    }

    fn simulate(mut self, context: &Context) -> Result<(), CliError> {
        let users = self.data.users_or_count("simulated users")?.unwrap_or(USERS);
        if users > MOST_USERS {
            return Err(CliError::Usage(format!(
                "--users is at most {MOST_USERS} in a simulation"
            )));
        }
        let options = &self.simulated;
        check_share("--share", options.share)?;
        check_positive("--tau", options.tau)?;
        let goals = || METRICS.iter().filter(|m| m.is_goal);
        let metric = MetricSpec::find(&options.metric).filter(|m| m.is_goal).ok_or_else(|| {
            let names = goals().map(|m| m.name);
            CliError::Usage(crate::data::unknown("metric called", &options.metric, names))
        })?;
        let rule = PlanRule::find(&options.rule).ok_or_else(|| {
            let names = PlanRule::ALL.map(|(_, name)| name);
            CliError::Usage(crate::data::unknown("rule called", &options.rule, names))
        })?;
        let behavior = options.crowd.behavior()?;
        let world = context.world(&self.data)?;
        let treatment = options.treatment.as_deref().unwrap_or_default();
        let query = options
            .crowd
            .lab(context, &world, [options.control.as_deref(), Some(treatment)])?;
        let design = Design {
            users,
            share: options.share,
            before: 7,
            seed: query.seed,
        };
        let plan = Plan {
            metric,
            rule,
            alpha: self.alpha,
            days: options.days as usize,
            share: options.share,
            tau: options.tau,
        };
        let lab = Lab::open(&world, &query, &context.task)?;
        let mut simulation = Simulation::new(lab, behavior, design, plan, &context.task)?;
        while simulation.step(&context.task)? {}
        let view = simulation.view();
        let columns = ["day", "metric", "a", "b"];
        context.print(&view, &columns, day_rows, simulated_text)
    }
}

impl CrowdOptions {
    /// How people behave.
    pub(super) fn behavior(&self) -> Result<Behavior, CliError> {
        if !(0.0..=1.0).contains(&self.bait) {
            return Err(CliError::Usage("--bait must lie between 0 and 1".into()));
        }
        check_share("--click-rate", self.click_rate)?;
        if !(0.0..=100.0).contains(&self.strength) {
            return Err(CliError::Usage("--strength must lie between 0 and 100".into()));
        }
        if !(self.effect > -1.0 && self.effect.is_finite()) {
            return Err(CliError::Usage("--effect must be a number above -1".into()));
        }
        Ok(Behavior {
            clicks: self.clicks,
            click_rate: self.click_rate,
            strength: self.strength,
            bait: self.bait,
            effect: self.effect,
            ..Behavior::default()
        })
    }

    /// Whose lists by which formulas; the data's own where none is named.
    pub(super) fn lab(
        &self,
        context: &Context,
        world: &crate::answers::World,
        arms: [Option<&str>; 2],
    ) -> Result<LabQuery, CliError> {
        let [control, treatment] = arms.map(|text| {
            let own = || Ok(world.default_formula());
            text.map_or_else(own, |text| context.catalog.parse(text))
        });
        let taste = (self.taste != "planted").then(|| context.catalog.parse(&self.taste));
        Ok(LabQuery {
            control: control?,
            treatment: treatment?,
            taste: taste.transpose()?,
            people: usize::try_from(self.people).unwrap_or(usize::MAX),
            length: LENGTH,
            seed: self.draw_seed.unwrap_or(context.seed),
        })
    }
}

fn parse_shares(text: &str) -> Result<Vec<f64>, CliError> {
    let share = |part: &str| part.trim().parse::<f64>().ok().filter(|s| *s > 0.0 && s.is_finite());
    let shares: Option<Vec<f64>> = text.split(',').map(share).collect();
    shares.ok_or_else(|| {
        CliError::Usage(format!(
            "--shares \"{}\" is not a list of numbers such as 90,10",
            clean(text)
        ))
    })
}
