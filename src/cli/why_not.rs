use std::fmt::Write;

use clap::Args;

use super::context::Context;
use super::contrast;
use super::markdown;
use super::options::{DataOptions, Format, ItemOptions, ModelOptions, PersonOptions};
use super::output::exact;
use super::table::{Left, Right, Table, clean, counted, rounded};
use super::{CliError, Run};
use crate::answers::{CommandLine, LeverRow, Stage, WhyNotQuery, WhyNotView, command_line, why_not};
use crate::explain::why_not::Verdict;

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
        let mut query = WhyNotQuery {
            whose,
            item: item.ok_or_else(|| CliError::Usage("say which item is missed: --item ID".into()))?,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
        };
        context.fit(&world, &mut query.formula)?;
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
        view.sentence(),
        markdown::code(&view.model)
    );
    let row = |lever: &LeverRow| [lever.rank.to_string(), markdown::plain(&lever.change(rounded))];
    let rows: Vec<[String; 2]> = view.levers.iter().map(row).collect();
    markdown::block(&sentence, ["rank", "change"], &rows, command)
}

/// The stages on the way into the list on one line: how many items pass each, and where this one is lost.
fn way(view: &WhyNotView) -> String {
    let stage = |stage: &Stage| {
        let mark = match stage.passes {
            Some(true) => " ✔",
            Some(false) => " ✘ lost here",
            None => "",
        };
        format!("{} {}{mark}", stage.stage, counted(stage.out as u64))
    };
    let stages: Vec<String> = view.funnel.iter().map(stage).collect();
    stages.join(" → ")
}

fn text(view: &WhyNotView) -> String {
    let mut text = format!("{} (item {}): {}\n", view.label, clean(&view.item), view.sentence());
    let _ = writeln!(text, "model {}\nway   {}", view.model, way(view));
    if let (Some(cut), Some(score), Some(gap)) = (&view.cut, view.score, view.gap) {
        let (name, place) = (&cut.named.label, counted(cut.rank.unwrap_or_default() as u64));
        let (own, last, gap) = (rounded(score), rounded(cut.score), rounded(gap));
        let _ = writeln!(
            text,
            "score {own}; {name}, at rank {place}, has {last}: a gap of {gap}\n"
        );
        text.push_str(&contrast::table(&view.contrast, ("item", "cut")));
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
            .for_each(|lever| table.row([lever.rank.to_string(), lever.change(rounded)]));
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
