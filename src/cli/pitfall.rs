use std::fmt::Write;

use clap::Args;

use super::abtest::check_positive;
use super::context::Context;
use super::output::exact;
use super::table::{Right, Table, aligned, counted, rounded};
use super::{CliError, Run};
use crate::experiment::pitfall::{Pitfall, PitfallView, PolicyDay};

/// Clickbait against what satisfies: who is ahead on which day, simulated and by the closed form.
#[derive(Debug, Args)]
pub struct PitfallCommand {
    /// How much of the exposure stays from day to day
    #[arg(long, value_name = "SHARE", default_value_t = Pitfall::default().memory)]
    memory: f64,
    /// How much satisfaction goes by exposure
    #[arg(long, value_name = "S", default_value_t = Pitfall::default().sensitivity)]
    sensitivity: f64,
    /// The share of bait of the policy that goes by clicks
    #[arg(long, value_name = "SHARE", default_value_t = Pitfall::default().share_a)]
    share_a: f64,
    /// That of the policy that goes by satisfaction
    #[arg(long, value_name = "SHARE", default_value_t = Pitfall::default().share_b)]
    share_b: f64,
    /// Days
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    days: u64,
    /// Simulated users of each policy
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    each: u64,
}

impl Run for PitfallCommand {
    fn run(self, context: &Context) -> Result<(), CliError> {
        check_positive("--sensitivity", self.sensitivity)?;
        for (name, value) in [
            ("--memory", self.memory),
            ("--share-a", self.share_a),
            ("--share-b", self.share_b),
        ] {
            if !(0.0..=1.0).contains(&value) {
                return Err(CliError::Usage(format!("{name} must lie between 0 and 1")));
            }
        }
        let pitfall = Pitfall {
            memory: self.memory,
            sensitivity: self.sensitivity,
            share_a: self.share_a,
            share_b: self.share_b,
            ..Pitfall::default()
        };
        let view = pitfall.simulate(self.each as usize, self.days as usize, context.seed, &context.task)?;
        let header = [
            "day",
            "policy",
            "engagement",
            "log_engagement",
            "satisfaction",
            "expected",
        ];
        context.print(&view, &header, rows, text)
    }
}

fn rows(view: &PitfallView) -> Vec<Vec<String>> {
    let of = |policy: &'static str, days: &[PolicyDay]| {
        let row = move |(at, day): (usize, &PolicyDay)| {
            let mut row = vec![(at + 1).to_string(), policy.to_owned()];
            row.extend([day.engagement, day.log_engagement, day.satisfaction, day.expected].map(exact));
            row
        };
        days.iter().enumerate().map(row).collect::<Vec<_>>()
    };
    of("a", &view.a).into_iter().chain(of("b", &view.b)).collect()
}

fn text(view: &PitfallView) -> String {
    let mut table = Table::new([
        ("day", Right),
        ("engagement A", Right),
        ("engagement B", Right),
        ("satisfaction A", Right),
        ("satisfaction B", Right),
    ]);
    let last = view.a.len();
    for (at, (a, b)) in view.a.iter().zip(&view.b).enumerate() {
        let day = at + 1;
        if day == 1 || day % 10 == 0 || day == last || Some(day) == view.crossover {
            let cells = [a.engagement, b.engagement, a.satisfaction, b.satisfaction].map(aligned);
            table.row(std::iter::once(counted(day as u64)).chain(cells));
        }
    }
    let mut text = format!(
        "{} users of each policy; A goes by clicks, B by satisfaction\n\n{table}\n",
        counted(view.users as u64)
    );
    let simulated = view
        .crossover
        .map_or_else(|| "never".to_owned(), |day| format!("day {day}"));
    let exact = view
        .crossover_exact
        .map_or_else(|| "never".to_owned(), |t| format!("after {t:.2} exposures"));
    let _ = writeln!(text, "B draws level: {simulated}, by the closed form {exact}");
    let _ = writeln!(
        text,
        "bait wins for ever where sensitivity is below {}",
        rounded(view.least_sensitivity)
    );
    for test in &view.tests {
        let ships = if test.p > 0.05 {
            "finds no difference"
        } else if test.lift > 0.0 {
            "ships B"
        } else {
            "ships A"
        };
        let _ = writeln!(
            text,
            "a test of {} days {ships} ({:+.1} %, p {})",
            test.days,
            100.0 * test.lift,
            rounded(test.p)
        );
    }
    text
}
