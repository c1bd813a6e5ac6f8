use std::fmt::Write;

use clap::Args;

use super::abtest::{check_positive, check_share};
use super::context::Context;
use super::output::{exact, exact_or_empty};
use super::table::{Right, Table, aligned, aligned_or_dash, counted};
use super::{CliError, Run};
use crate::experiment::peeking::{Peeked, Rule, peek};
use crate::experiment::sequential::MOST_LOOKS;

/// How often experiments without an effect end in an alarm when somebody looks again and again.
#[derive(Debug, Args)]
pub struct Peek {
    /// Looks, equally spaced
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    looks: u64,
    /// Experiments
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    runs: u64,
    /// When a look is an alarm: fixed (|z| of a single test), pocock, obf (O'Brien and Fleming), msprt (always valid)
    #[arg(long, value_name = "RULE", default_value = "fixed")]
    rule: String,
    /// The level
    #[arg(long, default_value_t = 0.05)]
    alpha: f64,
    /// τ² of msprt, in variances of what one look adds
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    tau2: f64,
    /// The first look of msprt that may be an alarm
    #[arg(long, value_name = "LOOK", default_value_t = 1)]
    burn_in: u64,
}

impl Run for Peek {
    fn run(self, context: &Context) -> Result<(), CliError> {
        check_share("--alpha", self.alpha)?;
        check_positive("--tau2", self.tau2)?;
        let rule = match self.rule.as_str() {
            "fixed" => Rule::Fixed,
            "pocock" => Rule::Pocock,
            "obf" => Rule::OBrienFleming,
            "msprt" => Rule::Msprt {
                tau2: self.tau2,
                burn_in: self.burn_in as usize,
            },
            other => return Err(CliError::Usage(crate::data::unknown("rule called", other, Rule::NAMES))),
        };
        let looks = self.looks as usize;
        if matches!(rule, Rule::Pocock | Rule::OBrienFleming) && looks > MOST_LOOKS {
            return Err(CliError::Usage(format!(
                "boundaries are computed for at most {MOST_LOOKS} looks"
            )));
        }
        let view = peek(rule, looks, self.runs, self.alpha, context.seed, &context.task)?;
        context.print(&view, &["look", "false_alarms", "exact"], rows, text)
    }
}

fn rows(view: &Peeked) -> Vec<[String; 3]> {
    let row = |at: &crate::experiment::peeking::PeekedAt| {
        [at.look.to_string(), exact(at.false_alarms), exact_or_empty(at.exact)]
    };
    view.path.iter().map(row).collect()
}

fn text(view: &Peeked) -> String {
    let mut text = format!(
        "{} experiments without an effect, {} looks, rule {}: {} ± {} ended in an alarm; α = {}\n\n",
        counted(view.runs),
        counted(view.looks as u64),
        view.rule,
        aligned(view.false_alarms),
        aligned(view.stderr),
        view.alpha
    );
    let mut table = Table::new([("look", Right), ("false alarms", Right), ("exact", Right)]);
    let shown = [1, 2, 3, 4, 5, 10, 20, 50, 100];
    let last = view.path.len();
    for (number, at) in view.path.iter().enumerate() {
        if shown.contains(&(number + 1)) || number + 1 == last {
            table.row([
                counted(at.look as u64),
                aligned(at.false_alarms),
                aligned_or_dash(at.exact),
            ]);
        }
    }
    let _ = write!(text, "{table}");
    text
}
