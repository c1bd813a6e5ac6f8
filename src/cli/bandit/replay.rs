use std::path::Path;

use crate::bandit::PolicyChoice;
use crate::bandit::ope::{Log, LogColumns, Replayed, replay};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::output::exact_or_empty;
use crate::cli::table::{Left, Right, Table, aligned_or_dash, counted};
use serde::Serialize;

/// How policies fare on a log.
#[derive(Serialize)]
struct View {
    rows: usize,
    actions: usize,
    policies: Vec<Replayed>,
}

/// Plays policies on a log of another and prints what they would have earned.
pub(super) fn print(
    log: &Path,
    columns: Option<&str>,
    policies: &[PolicyChoice],
    context: &Context,
) -> Result<(), CliError> {
    let columns = columns.map_or(Ok(LogColumns::default()), str::parse);
    let log = Log::read(log, &columns.map_err(CliError::Usage)?, &context.task)?;
    let view = View {
        policies: replay(&log, policies, context.seed, &context.task)?,
        rows: log.rows.len(),
        actions: log.actions.len(),
    };
    context.print(&view, &["policy", "matches", "mean", "stderr"], rows, text)
}

fn rows(view: &View) -> Vec<[String; 4]> {
    let row = |policy: &Replayed| {
        [
            policy.name.clone(),
            policy.matches.to_string(),
            exact_or_empty(policy.mean),
            exact_or_empty(policy.stderr),
        ]
    };
    view.policies.iter().map(row).collect()
}

fn text(view: &View) -> String {
    let mut table = Table::new([
        ("policy", Left),
        ("rows that match", Right),
        ("reward", Right),
        ("± se", Right),
    ]);
    for policy in &view.policies {
        table.row([
            policy.name.clone(),
            counted(policy.matches),
            aligned_or_dash(policy.mean),
            aligned_or_dash(policy.stderr),
        ]);
    }
    format!(
        "{} rows, {} actions\n\n{table}",
        counted(view.rows as u64),
        counted(view.actions as u64)
    )
}
