use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::abtest::CrowdOptions;
use super::context::Context;
use super::options::DataOptions;
use super::output::{exact, exact_or_empty};
use super::table::{counted, rounded};
use super::{CliError, Run};
use crate::answers::experiment::Lab;
use crate::experiment::interleave::{Interleaved, interleave};

/// Two formulas in one list, team by team, beside an A/B test on as many simulated sessions.
#[derive(Debug, Args)]
pub struct Interleave {
    #[command(flatten)]
    data: DataOptions,
    /// The formula of team A [default: that of the data's kind]
    #[arg(long, value_name = "FORMULA")]
    a: Option<String>,
    /// The formula of team B
    #[arg(long, value_name = "FORMULA")]
    b: String,
    /// Sessions
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    sessions: u64,
    #[command(flatten)]
    crowd: CrowdOptions,
}

/// What came of it, and of what.
#[derive(Debug, Serialize)]
struct InterleaveView {
    a: String,
    b: String,
    taste: String,
    people: usize,
    #[serde(flatten)]
    found: Interleaved,
}

impl Run for Interleave {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let behavior = self.crowd.behavior()?;
        let world = context.world(&self.data)?;
        let query = self.crowd.lab(context, &world, [self.a.as_deref(), Some(&self.b)])?;
        let lab = Lab::open(&world, &query, &context.task)?;
        let found = interleave(&lab.people, &behavior, self.sessions, query.seed, &context.task)?;
        let view = InterleaveView {
            a: query.control.to_string(),
            b: query.treatment.to_string(),
            taste: query.taste.map_or_else(|| "planted".to_owned(), |f| f.to_string()),
            people: lab.people.len(),
            found,
        };
        let header = [
            "sessions",
            "wins_a",
            "wins_b",
            "ties",
            "p",
            "z_ab",
            "p_ab",
            "needed",
            "needed_ab",
            "ratio",
        ];
        context.print(&view, &header, row, text)
    }
}

fn row(view: &InterleaveView) -> [Vec<String>; 1] {
    let found = &view.found;
    let counts = [found.sessions, found.wins_a, found.wins_b, found.ties].map(|n| n.to_string());
    let mut row = counts.to_vec();
    row.extend([found.p, found.ab.z, found.ab.p].map(exact));
    row.extend([found.needed, found.needed_ab, found.ratio].map(exact_or_empty));
    [row]
}

fn text(view: &InterleaveView) -> String {
    let found = &view.found;
    let mut text = format!(
        "A  {}\nB  {}\n{} sessions each; tastes by {}, {} people\n\n\
         interleaved: B wins {}, A wins {}, {} ties; sign test p {}\n\
         A/B: {} clicks a session against {}; z {}, p {}\n",
        view.a,
        view.b,
        counted(found.sessions),
        view.taste,
        counted(view.people as u64),
        counted(found.wins_b),
        counted(found.wins_a),
        counted(found.ties),
        rounded(found.p),
        rounded(found.ab.b),
        rounded(found.ab.a),
        rounded(found.ab.z),
        rounded(found.ab.p)
    );
    if let (Some(needed), Some(ab)) = (found.needed, found.needed_ab) {
        let _ = writeln!(
            text,
            "sessions for 80 % power: {} interleaved, {} in an A/B test",
            counted(needed.ceil() as u64),
            counted(ab.ceil() as u64)
        );
    }
    if let (Some(ratio), Some(low), Some(high)) = (found.ratio, found.ratio_low, found.ratio_high) {
        let _ = writeln!(
            text,
            "{}× as many ({} to {})",
            rounded(ratio),
            rounded(low),
            rounded(high)
        );
    }
    if let Some(note) = found.note {
        let _ = writeln!(text, "{note}");
    }
    text
}
