use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::markdown;
use super::options::{DataOptions, Format, ItemOptions, ModelOptions, PersonOptions};
use super::output::exact;
use super::table::{Left, Right, Table, aligned, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::{CommandLine, LeverRow, WhyNotQuery, WhyNotView, command_line, why_not};
use crate::explain::why_not::{LeverKind, Verdict};

/// Why an item is not in somebody's list, and the smallest changes that would bring it in.
#[derive(Debug, Args)]
pub struct WhyNot {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    #[command(flatten)]
    item: ItemOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// How long the list is
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
}

impl Run for WhyNot {
    const HAS_MARKDOWN: bool = true;

    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        if !self.item.is_given() {
            return Err(CliError::Usage(
                "say which item is missed: --item ID, or --item-title TEXT".into(),
            ));
        }
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let item = self.item.resolve(&world)?;
        let query = WhyNotQuery {
            whose,
            item: item.ok_or_else(|| CliError::Usage("say which item is missed: --item ID".into()))?,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        world.fit(&query.formula, &context.task)?;
        let view = why_not::compute(&world, &query, &context.task.cancel)?;
        if context.wants_markdown() {
            let command = command_line(&world, &self.data.as_typed(), CommandLine::WhyNot(&query));
            return context.output(Format::Markdown).text(ticket(&view, &command));
        }
        context.print(&view, &["label", "kind", "item", "cut", "difference"], rows, text)
    }
}

fn rows(view: &WhyNotView) -> Vec<[String; 5]> {
    let rows = view.contrast.iter();
    rows.map(|row| {
        let label = row.label.clone();
        [
            label,
            row.kind.to_owned(),
            exact(row.item),
            exact(row.cut),
            exact(row.difference),
        ]
    })
    .collect()
}

/// The sentence, the changes that would bring the item in as a table, the command.
fn ticket(view: &WhyNotView, command: &str) -> String {
    let (label, item) = (markdown::plain(&view.label), markdown::code(&view.item));
    let sentence = format!(
        "**{label}** (item {item}): {} (by {}).",
        sentence(view),
        markdown::code(&view.model)
    );
    let row = |lever: &LeverRow| [lever.rank.to_string(), markdown::plain(&change(lever))];
    let rows: Vec<[String; 2]> = view.levers.iter().map(row).collect();
    markdown::block(&sentence, ["rank", "change"], &rows, command)
}

/// So many parts are listed one by one for reading.
const LISTED: usize = 10;

fn text(view: &WhyNotView) -> String {
    let mut text = format!("{} (item {}): {}\n", view.label, clean(&view.item), sentence(view));
    let _ = writeln!(text, "model {}", view.model);
    if let (Some(cut), Some(score), Some(gap)) = (&view.cut, view.score, view.gap) {
        let (name, place) = (&cut.named.label, counted(cut.rank as u64));
        let (own, last, gap) = (rounded(score), rounded(cut.score), rounded(gap));
        let _ = writeln!(
            text,
            "score {own}; {name}, at rank {place}, has {last}: a gap of {gap}\n"
        );
        let heads = [("item", Right), ("cut", Right), ("difference", Right), ("part", Left)];
        let mut table = Table::new(heads);
        let row = |label: String, item: f64, cut: f64, difference: f64| {
            [aligned(item), aligned(cut), aligned(difference), label]
        };
        for part in view.contrast.iter().take(LISTED) {
            table.row(row(clean(&part.label), part.item, part.cut, part.difference));
        }
        let rest = view.contrast.get(LISTED..).unwrap_or_default();
        let sum = |figure: fn(&crate::answers::ContrastRow) -> f64, rows: &[crate::answers::ContrastRow]| {
            rows.iter().map(figure).sum::<f64>()
        };
        let mut total = |label: String, rows: &[crate::answers::ContrastRow]| {
            table.row(row(
                label,
                sum(|r| r.item, rows),
                sum(|r| r.cut, rows),
                sum(|r| r.difference, rows),
            ));
        };
        if !rest.is_empty() {
            total(format!("{} more", rest.len()), rest);
        }
        total("sum".to_owned(), &view.contrast);
        let _ = write!(text, "{table}");
    }
    if view.verdict != Verdict::InList {
        text.push_str(if view.levers.is_empty() {
            "\nno single change that was tried would bring it in\n"
        } else {
            "\nsingle changes that would bring it in, each verified by re-ranking:\n"
        });
        let mut table = Table::new([("rank", Right), ("change", Left)]);
        view.levers
            .iter()
            .for_each(|lever| table.row([lever.rank.to_string(), change(lever)]));
        let _ = write!(
            text,
            "{}",
            if view.levers.is_empty() {
                String::new()
            } else {
                table.to_string()
            }
        );
    }
    text
}

fn sentence(view: &WhyNotView) -> String {
    let reason = view.reason.as_deref().unwrap_or("it has no score");
    match (view.verdict, view.rank) {
        (Verdict::InList, Some(rank)) => format!("it is in the list, at rank {rank}"),
        (Verdict::Rated, _) => "it is rated already, and what is rated is not recommended".to_owned(),
        (Verdict::OutScored, Some(rank)) => {
            format!(
                "others score higher: it stands at rank {} of a list of {}",
                counted(rank as u64),
                view.n
            )
        }
        _ => format!("it has no score: {reason}"),
    }
}

fn change(lever: &LeverRow) -> String {
    let figure = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), rounded);
    let (from, to, label) = (figure(lever.from), figure(lever.to), clean(&lever.label));
    match lever.kind {
        LeverKind::Length => format!("a list of {to} instead of {from}"),
        LeverKind::Weight => format!("the weight of {label}: {from} → {to}"),
        LeverKind::Threshold => format!("the threshold of {label}: {from} → {to}"),
        LeverKind::Keep => format!("stages that keep {to} instead of {from}"),
        LeverKind::Rating => format!("{label} (item {}) rated {to} instead of {from}", clean(&lever.what)),
        LeverKind::Unrate => format!("{label} (item {}) not rated ({from})", clean(&lever.what)),
        LeverKind::NewRating => format!("{label} (item {}) rated {to}, too", clean(&lever.what)),
    }
}
