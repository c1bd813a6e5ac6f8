use std::fmt::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, ModelOptions, PersonOptions};
use super::output::exact;
use super::table::{Either, Left, Right, Table, aligned, clean, rounded};
use super::{CliError, Run};
use crate::answers::text::{percent, plural};
use crate::answers::{Moved, Named, RecommendRow, WhatIfQuery, WhatIfView, what_if};

/// Somebody's list before and after edits: those of --rate and --unrate, then those of a file.
#[derive(Debug, Args)]
pub struct WhatIf {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    /// The edits, a line each: rate ID 4.5, unrate ID, until 1998-01-31, scale 0.5; # begins a comment
    #[arg(long, value_name = "FILE")]
    edits: Option<PathBuf>,
    #[command(flatten)]
    model: ModelOptions,
    /// How long the lists are
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
}

impl Run for WhatIf {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let world = context.world(&self.data)?;
        let (with_edits, edited) = self.person.required(world.clone())?;
        let (world, whose) = self.person.as_stored().required(world)?;
        let after = match &self.edits {
            Some(file) => {
                let name = file.to_string_lossy();
                with_edits.edited_by(&edited, &read(file)?, &name)?
            }
            None if self.person.edits.is_empty() => {
                let sentence = "say what is to be different: --edits FILE, --rate ID=RATING, or --unrate ID";
                return Err(CliError::Usage(sentence.into()));
            }
            None => (with_edits, edited),
        };
        let mut query = WhatIfQuery {
            whose,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        context.fit(&world, &mut query.formula)?;
        let view = what_if::compute(&world, &query, (&after.0, &after.1), &context.task)?;
        context.print(&view, &["list", "rank", "id", "label", "score"], rows, text_of)
    }
}

fn read(file: &Path) -> Result<String, CliError> {
    std::fs::read_to_string(file).map_err(|e| {
        let name = file.to_string_lossy();
        let name = crate::data::clean_label(&name);
        CliError::Failed(format!(
            "{name}: it cannot be read ({e}); --edits wants a text file of edits"
        ))
    })
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
        "{} {verb} different; {} of the list {} (RBO {}, p {})\nmodel {}\n\n",
        plural(view.edits, "rating"),
        percent(view.overlap),
        if view.overlap == 1.0 { "stays" } else { "is left" },
        rounded(view.rbo.value),
        view.rbo.p,
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
