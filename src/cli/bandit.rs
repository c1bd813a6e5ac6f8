use std::fmt::Write;

use clap::Args;

use super::options::{DataOptions, Format};
use super::output::{exact, exact_or_empty};
use super::session::Context;
use super::table::{Either, Left, Right, Table, aligned, aligned_or_dash, clean, counted, rounded};
use super::{CliError, Run};
use crate::bandit::{Arm, BanditError, BanditResult, arms_from_dataset, parse_arms, parse_policies, simulate};

/// How policies fare on a cold start.
#[derive(Debug, Args)]
pub struct Bandit {
    #[command(flatten)]
    data: DataOptions,
    /// Success rates of the arms, in place of DATA: 0.10,0.12,0.30
    #[arg(long, value_name = "RATES", conflicts_with = "data")]
    arms: Option<String>,
    /// How many arms to take from DATA
    #[arg(long, value_name = "N", default_value_t = 10)]
    n_arms: usize,
    /// A rating from which on an item counts as liked [default: the middle of the scale]
    #[arg(long, value_name = "RATING")]
    like: Option<f64>,
    /// The policies, with semicolons between them: thompson; ucb1; epsilon-greedy:epsilon=0.1
    #[arg(long, value_name = "POLICIES", default_value = "thompson; epsilon-greedy; ucb1")]
    policies: String,
    /// Pulls a run
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    horizon: u64,
    /// Runs that the figures are means of
    #[arg(long, value_name = "N", default_value_t = 200)]
    runs: u64,
}

impl Run for Bandit {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let policies = parse_policies(&self.policies).map_err(|e| CliError::Usage(e.to_string()))?;
        let arms = self.arms(context)?;
        let result = simulate(&arms, &policies, self.horizon, self.runs, context.seed, &context.task);
        let result = result.map_err(|error| match error {
            BanditError::Cancelled(cancelled) => CliError::from(cancelled),
            // All that can be wrong was written on the command line.
            other => CliError::Usage(other.to_string()),
        })?;
        let output = context.output(Format::Text);
        match output.format {
            Format::Json => output.object(&result),
            Format::Csv => {
                let header = ["policy", "step", "regret_mean", "regret_stderr", "best_arm_share"];
                output.csv(&header, checkpoints(&result))
            }
            Format::Text => output.text(text(&result)),
        }
    }
}

impl Bandit {
    fn arms(&self, context: &Context) -> Result<Vec<Arm>, CliError> {
        if let Some(rates) = &self.arms {
            return parse_arms(rates).map_err(|e| CliError::Usage(e.to_string()));
        }
        if self.like.is_some_and(|l| !l.is_finite()) {
            return Err(CliError::Usage("--like must be a number".into()));
        }
        let world = context.world(&self.data)?;
        Ok(arms_from_dataset(&world.dataset, self.n_arms, self.like))
    }
}

fn checkpoints(result: &BanditResult) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    for policy in &result.policies {
        for (at, step) in policy.checkpoints.iter().enumerate() {
            rows.push([
                policy.name.clone(),
                step.to_string(),
                exact(policy.regret_mean[at]),
                exact_or_empty(policy.regret_stderr[at]),
                exact(policy.best_arm_share[at]),
            ]);
        }
    }
    rows
}

fn text(result: &BanditResult) -> String {
    let mut text = format!(
        "{} arms, {} pulls a run, means of {} runs\n\n",
        result.arms.len(),
        counted(result.horizon),
        counted(result.runs)
    );
    let mut arms = Table::new([("arm", Either), ("label", Left), ("rate", Right)]);
    for arm in &result.arms {
        arms.row([clean(&arm.id), clean(&arm.label), aligned(arm.mean)]);
    }
    let _ = writeln!(text, "{arms}");
    let titles = [
        ("policy", Left),
        ("step", Right),
        ("regret", Right),
        ("± se", Right),
        ("best arm", Right),
    ];
    let mut table = Table::new(titles);
    for policy in &result.policies {
        for (at, step) in policy.checkpoints.iter().enumerate() {
            table.row([
                if at == 0 { policy.name.clone() } else { String::new() },
                counted(*step),
                aligned(policy.regret_mean[at]),
                aligned_or_dash(policy.regret_stderr[at]),
                format!("{:.1} %", 100.0 * policy.best_arm_share[at]),
            ]);
        }
    }
    let bound = result.lower_bound;
    let _ = write!(
        text,
        "{table}\nno good policy stays below {} · ln t for long ({} at the horizon; Lai and Robbins 1985)\n",
        rounded(bound.coefficient),
        rounded(bound.at_horizon)
    );
    text
}
