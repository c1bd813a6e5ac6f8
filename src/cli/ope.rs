use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::output::{exact, exact_or_empty};
use super::table::{Left, Right, Table, aligned, aligned_or_dash, counted, rounded};
use super::{CliError, Run};
use crate::bandit::ope::{ESTIMATORS, Knobs, Log, LogColumns, OffPolicy, Target, evaluate, read_expected};

/// What a policy would have earned, from the log of another.
#[derive(Debug, Args)]
#[command(after_help = help())]
pub struct Ope {
    /// A table of actions, rewards and propensities (the probability with which each action was taken)
    #[arg(value_name = "LOG")]
    table: PathBuf,
    /// Which column is what, by header or number: action=item_id,reward=click,propensity=6
    #[arg(long, value_name = "MAP")]
    columns: Option<String>,
    /// The policy in question: uniform, always:ARM, or table:FILE with the columns action and probability
    #[arg(long, value_name = "POLICY", default_value = "uniform")]
    target: String,
    /// The reward expected of each action, columns action and q_hat [default: its mean in LOG]
    #[arg(long, value_name = "FILE")]
    q_hat: Option<PathBuf>,
    /// The largest weight of clipped-ips
    #[arg(long, value_name = "WEIGHT", default_value_t = 10.0)]
    clip: f64,
    /// The weight beyond which switch-dr trusts the expected reward alone
    #[arg(long, value_name = "WEIGHT", default_value_t = 10.0)]
    tau: f64,
}

/// The estimators with their formulas.
fn help() -> String {
    let mut text =
        "w = p / propensity, p the probability that the policy gives an action, r the reward, q the expected \
                    reward; intervals hold 95 %\n"
            .to_owned();
    for spec in ESTIMATORS {
        let _ = write!(
            text,
            "\n  {:12} {}\n               {}",
            spec.name, spec.formula, spec.doc
        );
    }
    text
}

impl Run for Ope {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let columns = self.columns.as_deref().map_or(Ok(LogColumns::default()), str::parse);
        let columns = columns.map_err(CliError::Usage)?;
        let target: Target = self.target.parse().map_err(CliError::Usage)?;
        for (name, value) in [("--clip", self.clip), ("--tau", self.tau)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(CliError::Usage(format!("{name} must be a number above 0")));
            }
        }
        let mut log = Log::read(&self.table, &columns, &context.task)?;
        let probabilities = target.probabilities(&mut log, &context.task)?;
        let expected = match &self.q_hat {
            Some(file) => read_expected(file, &mut log, &context.task)?,
            None => Vec::new(),
        };
        // Actions that only q̂ knows are not taken.
        let mut probabilities = probabilities;
        probabilities.resize(log.actions.len(), 0.0);
        let knobs = Knobs {
            clip: self.clip,
            tau: self.tau,
        };
        let found = evaluate(&log, &probabilities, &expected, knobs)?;
        let header = ["name", "value", "stderr", "low", "high"];
        context.print(&found, &header, rows, text)
    }
}

pub(super) fn rows(found: &OffPolicy) -> Vec<[String; 5]> {
    let row = |e: &crate::bandit::ope::Estimated| {
        let [value, stderr, low, high] = [e.value, e.stderr, e.low, e.high].map(exact_or_empty);
        [e.name.to_owned(), value, stderr, low, high]
    };
    found.estimators.iter().map(row).collect()
}

pub(super) fn text(found: &OffPolicy) -> String {
    let mut text = format!(
        "{} rows, worth {} of equal weight; the largest weight is {}\n\n",
        counted(found.rows as u64),
        rounded(found.effective_n),
        rounded(found.max_weight)
    );
    let titles = [
        ("estimator", Left),
        ("value", Right),
        ("± se", Right),
        ("95 % interval", Left),
        ("", Left),
    ];
    let mut table = Table::new(titles);
    for estimated in &found.estimators {
        let interval = estimated.low.zip(estimated.high);
        table.row([
            estimated.name.to_owned(),
            aligned_or_dash(estimated.value),
            aligned_or_dash(estimated.stderr),
            interval.map_or_else(
                || "–".to_owned(),
                |(low, high)| format!("{} to {}", aligned(low), aligned(high)),
            ),
            estimated.note.unwrap_or("").to_owned(),
        ]);
    }
    let _ = write!(text, "{table}");
    if found.unlogged > 0.0 {
        let _ = writeln!(
            text,
            "\nthe policy takes actions that were never logged, with a probability of {}: of these weights tell nothing",
            exact(found.unlogged)
        );
    }
    text
}
