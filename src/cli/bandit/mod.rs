mod off_policy;
mod replay;
mod state;
mod world;

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, Format};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, aligned_or_dash, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::answers::{ColdStartView, cold_start};
use crate::bandit::{
    BanditError, BanditResult, POLICIES, PRESETS, PolicyChoice, Simulation, World, parse_policies, simulate,
};
use crate::data::Dataset;
use world::WorldOptions;

/// How policies fare on a cold start.
#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct Bandit {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    world: WorldOptions,
    /// The policies, separated by semicolons: thompson; ucb1; epsilon-greedy:epsilon=0.1
    #[arg(long, value_name = "POLICIES", default_value = "thompson; epsilon-greedy; ucb1")]
    policies: String,
    /// Pulls per run
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    horizon: u64,
    /// Runs to average over
    #[arg(long, value_name = "N", default_value_t = 200)]
    runs: u64,
    /// No simulation: what the policies do next, from successes/pulls of each arm: 30/50,12/25
    #[arg(long, value_name = "COUNTS", conflicts_with_all = ["data", "arms", "replay"])]
    state: Option<String>,
    /// No simulation: play the policies on a log of uniform propensities, read as ope reads it
    #[arg(long, value_name = "LOG", conflicts_with_all = ["data", "arms"])]
    replay: Option<PathBuf>,
    /// No regret: let this policy write a log of --horizon pulls, and say by it what --target earns, beside the truth
    #[arg(long, value_name = "POLICY", conflicts_with_all = ["state", "replay"])]
    off_policy: Option<String>,
    /// The arm that is always taken, for --off-policy: always:ID [default: the best]
    #[arg(long, value_name = "POLICY", requires = "off_policy")]
    target: Option<String>,
    /// The largest weight of clipped-ips, and where switch-dr trusts the expected reward, for --off-policy
    #[arg(long, value_name = "WEIGHT", default_value_t = 10.0, requires = "off_policy")]
    clip: f64,
}

/// All runs, and where there is only one, how it stands at its horizon.
#[derive(Serialize)]
struct Printed {
    #[serde(flatten)]
    result: BanditResult,
    /// The kinds of people, where rates differ between them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segments: Vec<Segment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<ColdStartView>,
}

/// People of one kind.
#[derive(Serialize)]
struct Segment {
    name: String,
    share: f64,
    /// Of each arm.
    rates: Vec<f64>,
}

/// The policies and the sets of rates that have a name.
fn help() -> String {
    let mut text = "Policies:\n".to_owned();
    for spec in POLICIES {
        let parameters: Vec<String> = spec
            .parameters
            .iter()
            .map(|p| format!("{}={}", p.name, p.default))
            .collect();
        let _ = writeln!(text, "  {:24} {}", spec.name, parameters.join(","));
    }
    text += "\nRates:\n";
    for preset in &PRESETS {
        let _ = writeln!(text, "  {:24} {}", preset.name, preset.doc);
    }
    text
}

impl Run for Bandit {
    fn run(self, context: &Context) -> Result<(), CliError> {
        if let Some(counts) = &self.state {
            return state::print(counts, &self.policies, self.horizon, context);
        }
        let policies = parse_policies(&self.policies).map_err(|e| CliError::Usage(e.to_string()))?;
        if let Some(log) = &self.replay {
            return replay::print(log, self.data.columns.as_deref(), &policies, context);
        }
        let (world, dataset) = self.world.world(&self.data, &policies, context)?;
        if let Some(logger) = &self.off_policy {
            let asked = off_policy::Asked {
                logger,
                target: self.target.as_deref(),
                rows: self.horizon,
                clip: self.clip,
            };
            return off_policy::print(&asked, &world, context);
        }
        let result = simulate(&world, &policies, self.horizon, self.runs, context.seed, &context.task);
        let result = result.map_err(|error| match error {
            BanditError::Cancelled(cancelled) => CliError::from(cancelled),
            // All that can be wrong was written on the command line.
            other => CliError::Usage(other.to_string()),
        })?;
        let single = self.runs == 1 && context.output(Format::Text).format == Format::Json;
        let run = single.then(|| self.run_of(&world, &policies, dataset.as_deref(), context));
        let run = run.transpose()?;
        let header = ["policy", "step", "regret_mean", "regret_stderr", "best_arm_share"];
        let printed = Printed {
            result,
            segments: segments(&world),
            run,
        };
        context.print(&printed, &header, |p| checkpoints(&p.result), |p| text(&p.result))
    }
}

impl Bandit {
    /// A single run at its horizon, with what is believed of every arm: it has no means to speak of.
    fn run_of(
        &self,
        world: &World,
        policies: &[PolicyChoice],
        dataset: Option<&Dataset>,
        context: &Context,
    ) -> Result<ColdStartView, CliError> {
        let simulation = Simulation::new(world, policies, self.horizon, context.seed);
        let mut simulation = simulation.map_err(|e| CliError::Usage(e.to_string()))?;
        simulation.step_many(self.horizon, &context.task.cancel)?;
        let success = match dataset {
            None => "a success".to_owned(),
            Some(data) => cold_start::success(data, self.world.like),
        };
        Ok(ColdStartView::of(&simulation, false, dataset, success))
    }
}

fn segments(world: &World) -> Vec<Segment> {
    let Some(crate::bandit::Course::Segments(segments)) = &world.course else {
        return Vec::new();
    };
    let segment = |(name, share, rates): (&str, f64, &[f64])| Segment {
        name: name.to_owned(),
        share,
        rates: rates.to_vec(),
    };
    segments.iter().map(segment).collect()
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
        "{}, {} a run, {}\n\n",
        plural(result.arms.len(), "arm"),
        plural(result.horizon, "pull"),
        if result.runs == 1 {
            "1 run".to_owned()
        } else {
            format!("means of {}", plural(result.runs, "run"))
        }
    );
    let guessed = result.arms.iter().any(|arm| arm.guess.is_some());
    let heads = [("arm", Either), ("label", Left), ("rate", Right), ("expected", Right)];
    let shown = heads.len() - usize::from(!guessed);
    let mut arms = Table::new(heads.into_iter().take(shown));
    for arm in &result.arms {
        let cells = [
            clean(&arm.id),
            clean(&arm.label),
            aligned(arm.mean),
            aligned_or_dash(arm.guess),
        ];
        arms.row(cells.into_iter().take(shown));
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
    let _ = write!(text, "{table}");
    // Where all arms are equally good there is nothing to lose.
    if let Some(bound) = result.lower_bound.filter(|bound| bound.coefficient > 0.0) {
        let _ = write!(
            text,
            "\nno good policy stays below {} · ln t for long ({} at the horizon; Lai and Robbins 1985)\n",
            rounded(bound.coefficient),
            rounded(bound.at_horizon)
        );
    }
    text
}
