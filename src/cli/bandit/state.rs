use crate::bandit::{State, decide, parse_policies, parse_state};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::output::exact_or_empty;
use crate::cli::table::{Left, Right, Table, aligned_or_dash, counted};

/// Prints what every policy makes of counts alone.
pub(super) fn print(counts: &str, policies: &str, horizon: u64, context: &Context) -> Result<(), CliError> {
    let policies = parse_policies(policies).map_err(|e| CliError::Usage(e.to_string()))?;
    let tally = parse_state(counts).map_err(|e| CliError::Usage(e.to_string()))?;
    let state = decide(&tally, &policies, horizon, context.seed).map_err(|e| CliError::Usage(e.to_string()))?;
    let header = ["policy", "figures_are", "arm", "successes", "pulls", "figure"];
    context.print(&state, &header, rows, text)
}

fn rows(state: &State) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for policy in &state.policies {
        for (arm, figure) in state.arms.iter().zip(&policy.figures) {
            rows.push([
                policy.name.clone(),
                policy.figures_are.to_owned(),
                arm.id.clone(),
                arm.successes.to_string(),
                arm.pulls.to_string(),
                exact_or_empty(*figure),
            ]);
        }
    }
    rows
}

fn text(state: &State) -> String {
    let mut titles = vec![("policy", Left), ("", Left)];
    titles.extend(state.arms.iter().map(|arm| (arm.id.as_str(), Right)));
    let mut table = Table::new(titles);
    let seen = state
        .arms
        .iter()
        .map(|arm| format!("{}/{}", counted(arm.successes), counted(arm.pulls)));
    table.row([String::new(), "successes/pulls".to_owned()].into_iter().chain(seen));
    for policy in &state.policies {
        let figures = policy.figures.iter().map(|&figure| aligned_or_dash(figure));
        let head = [policy.name.clone(), policy.figures_are.to_owned()];
        table.row(head.into_iter().chain(figures));
    }
    table.to_string()
}
