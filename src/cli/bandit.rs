use std::fmt::Write;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, Format};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, aligned_or_dash, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::{ColdStartView, cold_start};
use crate::bandit::{
    Arm, BanditError, BanditResult, PolicyChoice, Simulation, arms_from_dataset, parse_arms, parse_policies, simulate,
};
use crate::data::Dataset;

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
    /// The lowest rating that counts as liked [default: by the kind of feedback, see info]
    #[arg(long, value_name = "RATING")]
    like: Option<f64>,
    /// The policies, separated by semicolons: thompson; ucb1; epsilon-greedy:epsilon=0.1
    #[arg(long, value_name = "POLICIES", default_value = "thompson; epsilon-greedy; ucb1")]
    policies: String,
    /// Pulls per run
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    horizon: u64,
    /// Runs to average over
    #[arg(long, value_name = "N", default_value_t = 200)]
    runs: u64,
}

/// All runs, and where there is only one, how it stands at its horizon.
#[derive(Serialize)]
struct Printed {
    #[serde(flatten)]
    result: BanditResult,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<ColdStartView>,
}

impl Run for Bandit {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let policies = parse_policies(&self.policies).map_err(|e| CliError::Usage(e.to_string()))?;
        let (arms, dataset) = self.arms(context)?;
        let result = simulate(&arms, &policies, self.horizon, self.runs, context.seed, &context.task);
        let result = result.map_err(|error| match error {
            BanditError::Cancelled(cancelled) => CliError::from(cancelled),
            // All that can be wrong was written on the command line.
            other => CliError::Usage(other.to_string()),
        })?;
        let single = self.runs == 1 && context.output(Format::Text).format == Format::Json;
        let run = single.then(|| self.run_of(&arms, &policies, dataset.as_deref(), context));
        let run = run.transpose()?;
        let header = ["policy", "step", "regret_mean", "regret_stderr", "best_arm_share"];
        let printed = Printed { result, run };
        context.print(&printed, &header, |p| checkpoints(&p.result), |p| text(&p.result))
    }
}

impl Bandit {
    /// The arms, and the data that they are from.
    fn arms(&self, context: &Context) -> Result<(Vec<Arm>, Option<Arc<Dataset>>), CliError> {
        if let Some(rates) = &self.arms {
            let arms = parse_arms(rates).map_err(|e| CliError::Usage(e.to_string()))?;
            return Ok((arms, None));
        }
        if self.like.is_some_and(|l| !l.is_finite()) {
            return Err(CliError::Usage("--like must be a number".into()));
        }
        let dataset = context.world(&self.data)?.dataset;
        Ok((
            arms_from_dataset(&dataset, self.n_arms, self.like),
            Some(Arc::clone(&dataset)),
        ))
    }

    /// A single run at its horizon, with what is believed of every arm: it has no means to speak of.
    fn run_of(
        &self,
        arms: &[Arm],
        policies: &[PolicyChoice],
        dataset: Option<&Dataset>,
        context: &Context,
    ) -> Result<ColdStartView, CliError> {
        let simulation = Simulation::new(arms, policies, self.horizon, context.seed);
        let mut simulation = simulation.map_err(|e| CliError::Usage(e.to_string()))?;
        simulation.step_many(self.horizon, &context.task.cancel)?;
        let success = match dataset {
            None => "a success".to_owned(),
            Some(data) => cold_start::success(data, self.like),
        };
        Ok(ColdStartView::of(&simulation, false, dataset, success))
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
