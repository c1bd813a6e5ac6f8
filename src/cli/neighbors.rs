use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, SubjectOptions};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, aligned_or_dash, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::neighbors::NeighborRow;
use crate::answers::{
    BringsQuery, BringsRow, BringsView, Entity, NeighborsQuery, NeighborsView, Subject, World, brings, neighbors,
};
use crate::models::neighborhood::{Bootstrap, Measure, SIMILARITY_NAMES, Similarity};

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
    /// Also say what each similarity is worth: before shrinkage, and the 95 % bootstrap interval over common ratings
    #[arg(long)]
    interval: bool,
    /// Also show what this neighbor brings to the list of the k nearest, by its id: the list with and without it
    #[arg(long, value_name = "ID", allow_hyphen_values = true)]
    brings: Option<String>,
    /// How long that list is
    #[arg(short, value_name = "N", default_value_t = 10, requires = "brings")]
    n: usize,
}

/// The neighbors, and what one of them brings.
#[derive(Serialize)]
struct Answer {
    #[serde(flatten)]
    view: NeighborsView,
    #[serde(skip_serializing_if = "Option::is_none")]
    brings: Option<BringsView>,
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
            interval: self.interval,
        };
        let view = neighbors::compute(&world, &query, &context.task.cancel)?;
        let brought = self
            .brings
            .as_deref()
            .map(|id| brought(&world, &query, id, self.n, context));
        let answer = Answer {
            view,
            brings: brought.transpose()?,
        };
        if answer.brings.is_some() {
            let header = [
                "id",
                "label",
                "effect",
                "rank",
                "rank_without",
                "score",
                "score_without",
                "rating",
            ];
            return context.print(
                &answer,
                &header,
                |a| a.brings.iter().flat_map(|b| b.rows.iter().map(bring)),
                text,
            );
        }
        let mut header = vec!["id", "label", "similarity", "support", "ratings", "mean"];
        if self.interval {
            header.extend(["unshrunk", "low", "high"]);
        }
        context.print(
            &answer,
            &header,
            |a| a.view.neighbors.iter().map(|n| row(n, self.interval)),
            text,
        )
    }
}

fn brought(
    world: &World,
    query: &NeighborsQuery,
    id: &str,
    n: usize,
    context: &Context,
) -> Result<BringsView, CliError> {
    let neighbor = match query.subject {
        Subject::Person(_) => Entity::User(world.find_user(id)?),
        Subject::Item(_) => Entity::Item(world.find_item(id)?),
    };
    let query = BringsQuery {
        subject: query.subject.clone(),
        neighbor,
        measure: query.measure,
        k: query.k,
        n,
    };
    world.fit(&query.formula()?, &context.task)?;
    Ok(brings::compute(world, &query, &context.task)?)
}

fn row(n: &NeighborRow, interval: bool) -> Vec<String> {
    let (support, ratings) = (n.support.to_string(), n.ratings.to_string());
    let (similarity, mean) = (exact(n.similarity), exact_or_empty(n.mean));
    let mut cells = vec![n.id.clone(), n.label.clone(), similarity, support, ratings, mean];
    if interval {
        let worth = n.significance;
        let figures = [
            worth.map(|w| w.unshrunk),
            worth.and_then(|w| w.low),
            worth.and_then(|w| w.high),
        ];
        cells.extend(figures.map(exact_or_empty));
    }
    cells
}

fn bring(row: &BringsRow) -> [String; 8] {
    let rank = |rank: Option<usize>| rank.map_or_else(String::new, |rank| rank.to_string());
    [
        row.id.clone(),
        row.label.clone(),
        row.effect.name().to_owned(),
        rank(row.rank),
        rank(row.rank_without),
        exact_or_empty(row.score),
        exact_or_empty(row.score_without),
        exact_or_empty(row.rating),
    ]
}

fn text(answer: &Answer) -> String {
    let view = &answer.view;
    let of = view
        .subject
        .as_ref()
        .map_or_else(|| "a guest".to_owned(), |s| format!("{} {}", s.kind, s.label));
    let edited = if view.edited { ", edits counted in" } else { "" };
    let mut text = format!("neighbors of {of} by {}{edited}\n\n", view.similarity);
    let mut titles = vec![
        ("id", Either),
        ("label", Left),
        ("similarity", Right),
        ("in common", Right),
        (view.words.row.many, Right),
        ("mean", Right),
    ];
    if view.bootstrap.is_some() {
        titles.extend([("unshrunk", Right), ("low", Right), ("high", Right)]);
    }
    let mut table = Table::new(titles);
    for n in &view.neighbors {
        let mut cells = vec![
            clean(&n.id),
            n.label.clone(),
            aligned(n.similarity),
            counted(n.support),
            counted(n.ratings as u64),
            aligned_or_dash(n.mean),
        ];
        if view.bootstrap.is_some() {
            let worth = n.significance;
            let figures = [
                worth.map(|w| w.unshrunk),
                worth.and_then(|w| w.low),
                worth.and_then(|w| w.high),
            ];
            cells.extend(figures.map(aligned_or_dash));
        }
        table.row(cells);
    }
    let _ = write!(
        text,
        "{table}\n{} of {} shown\n",
        view.neighbors.len(),
        counted(view.defined as u64)
    );
    if let Some(bootstrap) = view.bootstrap {
        let _ = writeln!(
            text,
            "low and high: {} % of {} draws of the common {} (bootstrap, seed {}); – where nothing could vary",
            Bootstrap::LEVEL,
            bootstrap.draws,
            view.words.row.many,
            bootstrap.seed
        );
    }
    if let Some(brings) = &answer.brings {
        text.push_str(&brings_text(brings));
    }
    text
}

/// The list with and without the neighbor.
fn brings_text(view: &BringsView) -> String {
    let mut text = format!(
        "\nwhat {} brings to the first {} of {}{}\n\n",
        view.neighbor.label,
        view.n,
        view.model,
        if view.votes {
            ""
        } else {
            ": nothing, its similarity is not above 0"
        }
    );
    let rank = |rank: Option<usize>| rank.map_or_else(|| "–".to_owned(), |rank| counted(rank as u64));
    let mut table = Table::new([
        ("rank", Right),
        ("without", Right),
        ("effect", Left),
        ("id", Either),
        ("label", Left),
        ("score", Right),
        ("without", Right),
        ("rating", Right),
    ]);
    for row in &view.rows {
        table.row([
            rank(row.rank),
            rank(row.rank_without),
            row.effect.name().to_owned(),
            clean(&row.id),
            row.label.clone(),
            aligned_or_dash(row.score),
            aligned_or_dash(row.score_without),
            row.rating.map_or_else(|| "–".to_owned(), rounded),
        ]);
    }
    let _ = writeln!(
        text,
        "{table}\n{} scores are others without it",
        counted(view.changed as u64)
    );
    text
}
