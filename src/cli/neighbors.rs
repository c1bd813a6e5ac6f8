use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, SubjectOptions};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, aligned_or_dash, clean, counted};
use super::{CliError, Run};
use crate::answers::neighbors::NeighborRow;
use crate::answers::{NeighborsQuery, NeighborsView, neighbors};
use crate::models::neighborhood::{Measure, SIMILARITY_NAMES, Similarity};

/// How alike.
#[derive(Debug, Args)]
pub struct SimilarityOptions {
    #[arg(long, value_name = "NAME", default_value = "cosine", help = names())]
    similarity: String,
    /// The fewest common ratings that make a similarity
    #[arg(long, value_name = "N", default_value_t = 1)]
    min_support: usize,
    /// Shrink similarities with few common ratings towards 0 [default: 100 for pearson-baseline, else 0]
    #[arg(long, value_name = "X")]
    shrinkage: Option<f64>,
}

/// The names of all similarities, for the help.
fn names() -> String {
    let (last, others) = SIMILARITY_NAMES.split_last().unwrap_or((&"", &[]));
    format!("{} or {last}", others.join(", "))
}

impl SimilarityOptions {
    pub fn measure(&self) -> Result<Measure, CliError> {
        let similarity = Similarity::find(&self.similarity).map_err(CliError::Usage)?;
        let shrinkage = self.shrinkage.unwrap_or_else(|| similarity.default_shrinkage());
        if !shrinkage.is_finite() || shrinkage < 0.0 {
            return Err(CliError::Usage("--shrinkage must be a number from 0".into()));
        }
        if self.min_support == 0 {
            return Err(CliError::Usage("--min-support must be at least 1".into()));
        }
        Ok(Measure {
            similarity,
            min_support: self.min_support,
            shrinkage,
        })
    }
}

/// Who or what is near.
#[derive(Debug, Args)]
pub struct Neighbors {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    subject: SubjectOptions,
    #[command(flatten)]
    similarity: SimilarityOptions,
    /// How many neighbors to list
    #[arg(short, value_name = "N", default_value_t = 10)]
    k: usize,
    /// Also show how each neighbor rated this item, by its id
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    focus: Option<String>,
}

impl Run for Neighbors {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let measure = self.similarity.measure()?;
        let (world, subject) = self.subject.resolve(context.world(&self.data)?)?;
        let query = NeighborsQuery {
            subject,
            measure,
            k: self.k,
            focus: self.focus.as_deref().map(|id| world.find_item(id)).transpose()?,
        };
        let view = neighbors::compute(&world, &query, &context.task.cancel)?;
        let header = ["id", "label", "similarity", "support", "ratings", "mean"];
        context.print(&view, &header, |v| v.neighbors.iter().map(row), text)
    }
}

fn row(n: &NeighborRow) -> [String; 6] {
    let (support, ratings) = (n.support.to_string(), n.ratings.to_string());
    let (similarity, mean) = (exact(n.similarity), exact_or_empty(n.mean));
    [n.id.clone(), n.label.clone(), similarity, support, ratings, mean]
}

fn text(view: &NeighborsView) -> String {
    let of = view
        .subject
        .as_ref()
        .map_or_else(|| "a guest".to_owned(), |s| format!("{} {}", s.kind, s.label));
    let edited = if view.edited { ", edits counted in" } else { "" };
    let mut text = format!("neighbors of {of} by {}{edited}\n\n", view.similarity);
    let titles = [
        ("id", Either),
        ("label", Left),
        ("similarity", Right),
        ("in common", Right),
        (view.words.row.many, Right),
        ("mean", Right),
    ];
    let mut table = Table::new(titles);
    for n in &view.neighbors {
        table.row([
            clean(&n.id),
            n.label.clone(),
            aligned(n.similarity),
            counted(n.support),
            counted(n.ratings as u64),
            aligned_or_dash(n.mean),
        ]);
    }
    let _ = write!(
        text,
        "{table}\n{} of {} shown\n",
        view.neighbors.len(),
        counted(view.defined as u64)
    );
    text
}
