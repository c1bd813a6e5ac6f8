use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, ModelOptions, PersonOptions};
use super::table::{Either, Left, Right, Table, clean, rounded};
use super::{CliError, Run};
use crate::answers::{FragilityQuery, FragilityView, StepRow, SteppedRow, fragility};
use crate::task::Report;

/// How fragile somebody's list is: how many single steps of a rating change it.
///
/// A step is the next lower or the next higher rating of the scale (of a continuous one, a tenth of it); of counts, half and
/// twice as many; where all values are alike, the rating taken out. Each is tried out.
#[derive(Debug, Args)]
pub struct Fragility {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// How long the list is
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
}

impl Run for Fragility {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let mut query = FragilityQuery {
            whose,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        context.fit(&world, &mut query.formula)?;
        let progress = &context.task.progress;
        let view = fragility::compute(&world, &query, &context.task.cancel, &mut |part| {
            progress.say(|| Report::of("trying", part.tried as u64, part.steps as u64, "steps"));
        })?;
        let header = ["rank", "id", "label", "leaves", "moves"];
        context.print(&view, &header, rows, text)
    }
}

fn rows(view: &FragilityView) -> Vec<[String; 5]> {
    let row = view.items.iter().map(|row| {
        [
            row.rank.to_string(),
            row.id.clone(),
            row.label.clone(),
            row.leaves.to_string(),
            row.moves.to_string(),
        ]
    });
    row.collect()
}

/// So many ratings are listed for reading.
const LISTED: usize = 10;

fn text(view: &FragilityView) -> String {
    let mut text = format!("{}\nmodel {}\n", view.sentence(), view.model);
    let _ = match &view.most_fragile {
        Some(most) => writeln!(text, "most fragile: {} (item {})\n", most.label, clean(&most.id)),
        None => writeln!(text, "no single step takes anything out of the list\n"),
    };
    let mut table = Table::new([
        ("rank", Right),
        ("leaves", Right),
        ("moves", Right),
        ("id", Either),
        ("item", Left),
    ]);
    for row in &view.items {
        let (rank, leaves, moves) = (row.rank.to_string(), row.leaves.to_string(), row.moves.to_string());
        table.row([rank, leaves, moves, clean(&row.id), row.label.clone()]);
    }
    let _ = write!(text, "{table}");
    if view.ratings.is_empty() {
        return text;
    }
    text.push_str("\nthe ratings whose steps change most\n");
    let mut table = Table::new([("rating", Right), ("item", Left), ("what a step does", Left)]);
    for row in view.ratings.iter().take(LISTED) {
        table.row([rounded(row.rating), row.label.clone(), does(row)]);
    }
    let _ = write!(text, "{table}");
    if let Some(more) = view.ratings.len().checked_sub(LISTED).filter(|more| *more > 0) {
        let _ = writeln!(text, "and {more} more that change something");
    }
    text
}

/// What the steps of a rating do: `4: -12 +31; 5: another order`.
fn does(row: &SteppedRow) -> String {
    let one = |step: &StepRow| {
        let to = step.to.map_or_else(|| "out".to_owned(), rounded);
        let ids = |sign: &str, ids: &[String]| ids.iter().map(|id| format!("{sign}{}", clean(id))).collect::<Vec<_>>();
        let mut moved = [ids("-", &step.out), ids("+", &step.new)].concat();
        if moved.is_empty() {
            moved.push("another order".to_owned());
        }
        format!("{to}: {}", moved.join(" "))
    };
    row.steps.iter().map(one).collect::<Vec<_>>().join("; ")
}
