use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, ModelOptions, PersonOptions};
use super::output::exact;
use super::table::{Either, Left, Right, Table, aligned, clean};
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::answers::{Moved, Named, RecommendRow, WhatIfQuery, WhatIfView, what_if};

/// Somebody's list before and after a file of edits.
#[derive(Debug, Args)]
pub struct WhatIf {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    /// The edits, a line each: rate ID 4.5, unrate ID, until 1998-01-31, scale 0.5; # begins a comment
    #[arg(long, value_name = "FILE")]
    edits: PathBuf,
    #[command(flatten)]
    model: ModelOptions,
    /// How long the lists are
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
}

impl Run for WhatIf {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let name = self.edits.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&self.edits).map_err(|e| {
            let name = crate::data::clean_label(&name).into_owned();
            CliError::Failed(format!(
                "{name}: it cannot be read ({e}); --edits wants a text file of edits"
            ))
        })?;
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let after = world.edited_by(&whose, &text, &name)?;
        let query = WhatIfQuery {
            whose,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        world.fit(&query.formula, &context.task)?;
        let view = what_if::compute(&world, &query, (&after.0, &after.1), &context.task)?;
        context.print(&view, &["list", "rank", "id", "label", "score"], rows, text_of)
    }
}

fn rows(view: &WhatIfView) -> Vec<[String; 5]> {
    let lists = [("before", &view.before), ("after", &view.after)];
    let row = |list: &str, row: &RecommendRow| {
        let (id, label) = (row.id.clone(), row.label.clone());
        [list.to_owned(), row.rank.to_string(), id, label, exact(row.score)]
    };
    lists
        .iter()
        .flat_map(|(name, list)| list.iter().map(|r| row(name, r)))
        .collect()
}

fn text_of(view: &WhatIfView) -> String {
    let verb = if view.edits == 1 { "is" } else { "are" };
    let mut text = format!(
        "{} {verb} different\nmodel {}\n\n",
        plural(view.edits, "rating"),
        view.model
    );
    let heads = [
        ("rank", Right),
        ("before", Right),
        ("score", Right),
        ("id", Either),
        ("label", Left),
    ];
    let mut table = Table::new(heads);
    for row in &view.after {
        let before = match row.moved {
            Some(Moved::By(by)) => (row.rank as i64 + by).to_string(),
            _ => "new".to_owned(),
        };
        table.row([
            row.rank.to_string(),
            before,
            aligned(row.score),
            clean(&row.id),
            row.label.clone(),
        ]);
    }
    let _ = write!(text, "{table}");
    let gone = view
        .before
        .iter()
        .filter(|was| view.after.iter().all(|is| is.id != was.id));
    let gone: Vec<String> = gone.map(|row| format!("{} (was {})", row.label, row.rank)).collect();
    let names = |named: &[Named]| named.iter().map(|n| n.label.clone()).collect::<Vec<_>>();
    let lines = [
        ("no longer listed", gone),
        ("neighbors gained", names(&view.neighbors.gained)),
        ("neighbors lost", names(&view.neighbors.lost)),
    ];
    text.push('\n');
    for (name, what) in lines {
        let _ = writeln!(
            text,
            "{name}: {}",
            if what.is_empty() {
                "none".to_owned()
            } else {
                what.join(", ")
            }
        );
    }
    text
}
