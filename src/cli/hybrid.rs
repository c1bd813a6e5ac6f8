use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::options::{DataOptions, ModelOptions, PersonOptions};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::hybrid::Spread;
use crate::answers::text::brief;
use crate::answers::{HybridQuery, HybridView, Moved, Swaps, hybrid};

/// A formula taken apart for somebody: what can be turned in it, how each part's scores are spread, the list with the rank of
/// each row by another formula, and the weights at which neighbors in the list change places.
#[derive(Debug, Args)]
pub struct Hybrid {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// The formula that old ranks are by [default: --model itself]
    #[arg(long, value_name = "FORMULA")]
    against: Option<String>,
    /// How many rows to list
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
    /// The weights at which any two neighbors in the list change places
    #[arg(long)]
    swap: bool,
    /// The same of one item with its two neighbors
    #[arg(long, value_name = "ITEM", conflicts_with = "swap", allow_hyphen_values = true)]
    swap_at: Option<String>,
}

impl Run for Hybrid {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let against = self
            .against
            .as_deref()
            .map(|text| context.catalog.parse(text))
            .transpose()?;
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let formula = formula.unwrap_or_else(|| world.default_formula());
        let swaps = match &self.swap_at {
            Some(item) => Swaps::Around(world.find_item(item)?),
            None if self.swap => Swaps::All,
            None => Swaps::None,
        };
        let mut query = HybridQuery {
            whose,
            against: against.unwrap_or_else(|| formula.clone()),
            formula,
            n: self.n,
            swaps,
        };
        context.fit(&world, &mut query.formula)?;
        context.fit(&world, &mut query.against)?;
        let view = hybrid::compute(&world, &query, &context.task)?;
        context.print(&view, &["rank", "old_rank", "id", "label", "score"], rows, text)
    }
}

fn rows(view: &HybridView) -> Vec<[String; 5]> {
    let row = |row: &hybrid::HybridRow| {
        [
            row.rank.to_string(),
            exact_or_empty(row.old_rank.map(|old| old as f64)),
            row.id.clone(),
            row.label.clone(),
            exact(row.score),
        ]
    };
    view.rows.iter().map(row).collect()
}

fn text(view: &HybridView) -> String {
    let whom = view
        .user
        .as_ref()
        .map_or_else(|| "a guest".to_owned(), |user| format!("user {}", clean(user)));
    let mut text = format!("{whom} by {} (unit {})\n\n", view.model, view.unit);
    text.push_str(&parts(view));
    let moved = view.against != view.model;
    if moved {
        let _ = writeln!(text, "against {}", view.against);
        let (overlap, rbo) = (rounded(view.overlap), rounded(view.rbo.value));
        let _ = writeln!(
            text,
            "overlap {overlap}, rank-biased overlap {rbo} (p {})\n",
            view.rbo.p
        );
    }
    let mut titles = vec![("#".to_owned(), Right)];
    if moved {
        titles.extend([("was".to_owned(), Right), ("moved".to_owned(), Left)]);
    }
    titles.extend([
        ("id".to_owned(), Either),
        ("label".to_owned(), Left),
        ("score".to_owned(), Right),
    ]);
    titles.extend(view.components.iter().map(|c| (brief(c, "…"), Right)));
    let mut table = Table::new(titles);
    for row in &view.rows {
        let mut cells = vec![row.rank.to_string()];
        if moved {
            cells.push(row.old_rank.map_or_else(|| "–".to_owned(), |old| counted(old as u64)));
            cells.push(match row.moved {
                Moved::New => "★".to_owned(),
                Moved::By(0) => "=".to_owned(),
                Moved::By(n) if n > 0 => format!("▲{n}"),
                Moved::By(n) => format!("▼{}", n.unsigned_abs()),
            });
        }
        cells.extend([clean(&row.id), clean(&row.label), aligned(row.score)]);
        cells.extend(row.parts.iter().map(|part| aligned(*part)));
        table.row(cells);
    }
    let _ = write!(
        text,
        "{table}\n{} of {} candidates\n",
        view.rows.len(),
        counted(view.candidates as u64)
    );
    if let Some(note) = &view.note {
        let _ = writeln!(text, "note: {note}");
    }
    text.push_str(&swaps(view));
    text
}

fn parts(view: &HybridView) -> String {
    let heads = [
        ("part", Left),
        ("name", Left),
        ("weight", Right),
        ("raw (mean ± sd)", Left),
        ("unit", Left),
        ("normalized (mean ± sd)", Left),
    ];
    let mut table = Table::new(heads);
    let said = |spread: Option<&Spread>| {
        spread.map_or_else(String::new, |s| {
            // What rounding left of a mean of 0 is no figure.
            let mean = if s.mean.abs() < 1e-12 * s.deviation {
                0.0
            } else {
                s.mean
            };
            let [low, high, mean, sd] = [s.low, s.high, mean, s.deviation].map(rounded);
            format!("{low} to {high} ({mean} ± {sd})")
        })
    };
    for part in &view.parts {
        let unused = if part.used { "" } else { " (not used)" };
        table.row([
            part.path.clone(),
            format!("{}{unused}", brief(&part.name, "…")),
            part.weight.map_or_else(String::new, rounded),
            said(part.raw.as_ref()),
            part.unit.clone(),
            said(part.normalized.as_ref()),
        ]);
    }
    if view.parts.is_empty() {
        return String::new();
    }
    format!("{table}\n")
}

fn swaps(view: &HybridView) -> String {
    if view.swaps.is_empty() {
        return String::new();
    }
    let heads = [
        ("#", Right),
        ("above", Left),
        ("below", Left),
        ("dial", Left),
        ("part", Left),
        ("now", Right),
        ("swap at", Right),
        ("score there", Right),
    ];
    let mut table = Table::new(heads);
    for swap in &view.swaps {
        let label = |id: &str| {
            let found = view.rows.iter().find(|row| row.id == id);
            clean(found.map_or(id, |row| row.label.as_str()))
        };
        let jump = if swap.meets { "" } else { " (a jump)" };
        table.row([
            swap.rank.to_string(),
            label(&swap.above),
            label(&swap.below),
            swap.dial.clone(),
            brief(&swap.part, "…"),
            rounded(swap.from),
            format!("{}{jump}", aligned(swap.to)),
            aligned(swap.score),
        ]);
    }
    format!("\n{table}")
}
