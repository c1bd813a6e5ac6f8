use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::Format;
use super::output::exact_or_empty;
use super::table::{Left, Right, Table, aligned_or_dash};
use super::{CliError, Run};
use crate::answers::paper::Paper;
use crate::answers::results::{Changed, Kept, changed, newest, open};

/// Figures that `evaluate --results FILE` kept, of every model the newest: as a table, for a paper (--format markdown or
/// latex), or what is other than in another file.
#[derive(Debug, Args)]
pub struct Results {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A file to compare with: what is other here
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
}

impl Run for Results {
    const HAS_MARKDOWN: bool = true;
    const HAS_LATEX: bool = true;

    fn run(self, context: &Context) -> Result<(), CliError> {
        let read = |path: &PathBuf| -> Result<Vec<Kept>, CliError> {
            let (kept, notes) = open(path).map_err(CliError::Failed)?;
            for note in notes.iter().filter(|_| !context.quiet) {
                use std::io::Write;
                writeln!(std::io::stderr(), "recscope: {note}")?;
            }
            Ok(kept)
        };
        let kept = read(&self.file)?;
        if let Some(other) = &self.against {
            let changes = ChangesView {
                changes: changed(&read(other)?, &kept),
            };
            let header = ["data", "split", "model", "metric", "before", "now"];
            return context.print(&changes, &header, rows_of_changes, text_of_changes);
        }
        let view = ResultsView { rows: newest(&kept) };
        if context.wants_markdown() || context.wants_latex() {
            let text: Vec<String> = groups(&view.rows)
                .into_iter()
                .map(|(name, rows)| {
                    let paper = Paper::of_kept(&rows);
                    if context.wants_latex() {
                        format!("% {name}\n{}", paper.latex())
                    } else {
                        format!("{name}\n\n{}", paper.markdown())
                    }
                })
                .collect();
            return context.output(Format::Text).text(text.join("\n"));
        }
        context.print(
            &view,
            &["data", "split", "seed", "model", "metric", "value"],
            rows,
            text,
        )
    }
}

#[derive(Serialize)]
struct ResultsView<'a> {
    rows: Vec<&'a Kept>,
}

#[derive(Serialize)]
struct ChangesView {
    changes: Vec<Changed>,
}

/// Rows that can be laid beside each other, under what they are of.
fn groups<'a>(rows: &[&'a Kept]) -> Vec<(String, Vec<&'a Kept>)> {
    let mut groups: Vec<(String, Vec<&'a Kept>)> = Vec::new();
    for row in rows {
        let setting = if row.setting.is_empty() {
            String::new()
        } else {
            format!(", {}", row.setting)
        };
        let name = format!(
            "{} ({}), {}, seed {}{setting}",
            row.data.name, row.data.identity, row.split, row.seed
        );
        let name = crate::data::clean_label(&name).into_owned();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, group)) => group.push(row),
            None => groups.push((name, vec![row])),
        }
    }
    groups
}

fn rows(view: &ResultsView<'_>) -> Vec<[String; 6]> {
    let mut rows = Vec::new();
    for row in &view.rows {
        for (metric, figure) in &row.metrics {
            rows.push([
                row.data.name.clone(),
                row.split.clone(),
                row.seed.to_string(),
                row.model.clone(),
                metric.clone(),
                exact_or_empty(figure.mean),
            ]);
        }
    }
    rows
}

fn text(view: &ResultsView<'_>) -> String {
    if view.rows.is_empty() {
        return "there are no results yet\n".to_owned();
    }
    let table = |(name, rows): (String, Vec<&Kept>)| {
        let paper = Paper::of_kept(&rows);
        let mut titles = vec![("model".to_owned(), Left)];
        titles.extend(paper.columns.iter().map(|column| (column.name.clone(), Right)));
        let mut table = Table::new(titles);
        for (model, cells) in paper.rows {
            let cells = cells.iter().map(|cell| aligned_or_dash(cell.value));
            table.row(std::iter::once(model).chain(cells));
        }
        format!("{name}\n\n{table}")
    };
    let tables: Vec<String> = groups(&view.rows).into_iter().map(table).collect();
    tables.join("\n")
}

fn rows_of_changes(view: &ChangesView) -> Vec<[String; 6]> {
    let row = |change: &Changed| {
        [
            change.data.clone(),
            change.split.clone(),
            change.model.clone(),
            change.metric.clone(),
            exact_or_empty(change.before),
            exact_or_empty(change.now),
        ]
    };
    view.changes.iter().map(row).collect()
}

fn text_of_changes(view: &ChangesView) -> String {
    if view.changes.is_empty() {
        return "no figure that both files have is other\n".to_owned();
    }
    let heads = [("model", Left), ("metric", Left), ("before", Right), ("now", Right)];
    let mut table = Table::new(heads);
    for change in &view.changes {
        table.row([
            change.model.clone(),
            change.metric.clone(),
            aligned_or_dash(change.before),
            aligned_or_dash(change.now),
        ]);
    }
    table.to_string()
}
