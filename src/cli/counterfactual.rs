use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::markdown;
use super::options::{DataOptions, Format, ItemOptions, ModelOptions, PersonOptions};
use super::output::exact;
use super::table::{Either, Left, Right, Table, clean, rounded};
use super::{CliError, Run};
use crate::answers::text::plural;
use crate::answers::{CommandLine, CounterfactualQuery, CounterfactualView, RatedRow, command_line, counterfactual};

/// The smallest set of somebody's own ratings whose removal takes an item out of their list.
#[derive(Debug, Args)]
pub struct Counterfactual {
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

impl Run for Counterfactual {
    const HAS_MARKDOWN: bool = true;

    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let mut query = CounterfactualQuery {
            whose,
            item: self.item.resolve(&world)?,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        context.fit(&world, &mut query.formula)?;
        let view = counterfactual::compute(&world, &query, &context.task.cancel)?;
        if context.wants_markdown() {
            let command = command_line(&world, &self.data.as_typed(), CommandLine::Counterfactual(&query));
            return context.output(Format::Markdown).text(ticket(&view, &command));
        }
        context.print(&view, &["id", "label", "rating"], rows, text)
    }
}

fn rows(view: &CounterfactualView) -> Vec<[String; 3]> {
    let set = view.set.iter().flatten();
    set.map(|row| [row.id.clone(), row.label.clone(), exact(row.rating)])
        .collect()
}

/// The sentence, the set as a table, the command.
fn ticket(view: &CounterfactualView, command: &str) -> String {
    let name = format!(
        "**{}** (item {})",
        markdown::plain(&view.label),
        markdown::code(&view.item)
    );
    let model = markdown::code(&view.model);
    let Some(set) = &view.set else {
        let reason = view.reason.as_deref().unwrap_or_default();
        return markdown::block::<1>(&format!("{name}: {reason}, by {model}."), [""], &[], command);
    };
    let sentence = format!("{name} {}, by {model} ({}).", view.sentence(), view.proof());
    let row = |row: &RatedRow| {
        [
            markdown::code(&row.id),
            markdown::plain(&row.label),
            rounded(row.rating),
        ]
    };
    let rows: Vec<[String; 3]> = set.iter().map(row).collect();
    markdown::block(&sentence, ["id", "label", "rating"], &rows, command)
}

fn text(view: &CounterfactualView) -> String {
    let name = format!("{} (item {})", view.label, clean(&view.item));
    let Some(set) = &view.set else {
        let reason = view.reason.as_deref().unwrap_or_default();
        return format!("{name}: {reason}\nmodel {}\n", view.model);
    };
    let mut text = format!("{name} {}:\n\n", view.sentence());
    let mut table = Table::new([("id", Either), ("label", Left), ("rating", Right)]);
    for row in set {
        table.row([clean(&row.id), row.label.clone(), rounded(row.rating)]);
    }
    let _ = writeln!(text, "{table}");
    let _ = match view.rank_after {
        Some(rank) => writeln!(
            text,
            "it would fall from rank {} to {rank}",
            view.rank.unwrap_or_default()
        ),
        None => writeln!(text, "it would have no score"),
    };
    if let Some(new) = &view.replaced_by {
        let _ = writeln!(text, "{} (item {}) would come in", new.label, clean(&new.id));
    }
    let proof = view.proof();
    let tried = plural(view.tried, "trial");
    let _ = writeln!(
        text,
        "{proof}\nverified by re-ranking ({tried} in all)\nmodel {}",
        view.model
    );
    text
}
