use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::markdown;
use super::options::{DataOptions, Format, ItemOptions, ModelOptions, PersonOptions};
use super::output::exact;
use super::table::{clean, counted, rounded};
use super::tree;
use super::{CliError, Run};
use crate::answers::arithmetic::{Arithmetic, number};
use crate::answers::text::plural;
use crate::answers::{AnswerError, CommandLine, ExplainQuery, ExplainView, TreeNode, command_line, explain, work};

/// Why an item has its score.
#[derive(Debug, Args)]
pub struct Explain {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    #[command(flatten)]
    item: ItemOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// Levels of the tree below the root [default: all]
    #[arg(long, value_name = "N")]
    depth: Option<usize>,
    /// Parts listed per node; the others are summed up
    #[arg(long, value_name = "M", default_value_t = 10)]
    top: usize,
    /// Write out the arithmetic of every part, down to the similarities
    #[arg(long)]
    show_work: bool,
}

/// An answer with how its numbers come about, where that is asked for.
#[derive(Debug, Serialize)]
pub(super) struct WithWork<'a, T> {
    #[serde(flatten)]
    pub view: &'a T,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub work: Option<Vec<Arithmetic>>,
}

impl<T> WithWork<'_, T> {
    /// The arithmetic for reading.
    pub fn written_out(&self) -> String {
        let mut text = String::new();
        for work in self.work.iter().flatten() {
            let _ = write!(text, "\n{}\n", clean(&work.title));
            work.lines()[1..].iter().for_each(|line| {
                let _ = writeln!(text, "  {line}");
            });
        }
        text
    }
}

impl Run for Explain {
    const HAS_MARKDOWN: bool = true;

    fn run(self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        if !self.item.is_given() {
            return Err(CliError::Usage(
                "say which item: --item ID, or --item-title TEXT".into(),
            ));
        }
        let (world, whose) = self.person.required(context.world(&self.data)?)?;
        let item = self.item.resolve(&world)?;
        let item = item.ok_or_else(|| CliError::Usage("say which item: --item ID".into()))?;
        let mut query = ExplainQuery {
            depth: self.depth.unwrap_or(usize::MAX),
            top: self.top,
            ..ExplainQuery::new(whose, item, formula.unwrap_or_else(|| world.default_formula()))
        };
        context.fit(&world, &mut query.formula)?;
        let view = explain::compute(&world, &query, &context.task.cancel).map_err(|error| match error {
            AnswerError::NoScore(reason) => CliError::Failed(format!(
                "{} gives item {} no score here: {} ({reason})",
                query.formula,
                crate::data::clean_label(world.dataset.item_id(item)),
                reason.sentence()
            )),
            other => other.into(),
        })?;
        if context.wants_markdown() {
            let command = command_line(&world, &self.data.as_typed(), CommandLine::Explain(&query));
            return context.output(Format::Markdown).text(ticket(&view, &command));
        }
        let cancel = &context.task.cancel;
        let work = || work::of_explanation(&world, &query, &view, cancel);
        let whole = WithWork {
            view: &view,
            work: self.show_work.then(work).transpose()?,
        };
        let header = ["level", "kind", "label", "ref_kind", "ref_id", "value"];
        context.print(&whole, &header, |whole| flattened(whole.view), text)
    }
}

/// The tree's nodes, each before its children.
fn flattened(view: &ExplainView) -> Vec<[String; 6]> {
    fn walk(node: &TreeNode, level: usize, rows: &mut Vec<[String; 6]>) {
        let about = node.about.as_ref();
        rows.push([
            level.to_string(),
            node.kind.to_owned(),
            node.label.clone(),
            about.map_or_else(String::new, |a| a.kind.to_owned()),
            about.map_or_else(String::new, |a| a.id.clone()),
            exact(node.value),
        ]);
        node.children.iter().for_each(|c| walk(c, level + 1, rows));
    }
    let mut rows = Vec::new();
    walk(&view.tree, 0, &mut rows);
    rows
}

/// The sentence, the tree as a table, the command.
fn ticket(view: &ExplainView, command: &str) -> String {
    let whom = view
        .user
        .as_ref()
        .map_or_else(|| "a guest".to_owned(), |u| format!("user {}", markdown::code(u)));
    let place = match view.rank {
        Some(rank) => format!(
            "is at rank {} of {} candidates",
            counted(rank as u64),
            counted(view.candidates as u64)
        ),
        None => "is rated already".to_owned(),
    };
    let sentence = format!(
        "**{}** (item {}) {place} for {whom}: {} gives it {} ({}), {}.",
        markdown::plain(&view.label),
        markdown::code(&view.item),
        markdown::code(&view.model),
        rounded(view.score),
        view.unit,
        markdown::plain(&view.sentence)
    );
    let rows: Vec<[String; 3]> = flattened(view)
        .into_iter()
        .map(|[level, kind, label, _, _, value]| {
            let indent = "› ".repeat(level.parse().unwrap_or(0));
            let value = value.parse().map_or(value, rounded);
            [value, format!("{indent}{}", markdown::plain(&label)), kind]
        })
        .collect();
    markdown::block(&sentence, ["share", "part", "kind"], &rows, command)
}

fn text(whole: &WithWork<'_, ExplainView>) -> String {
    let view = whole.view;
    let whom = view
        .user
        .as_ref()
        .map_or_else(|| "a guest".to_owned(), |u| format!("user {}", clean(u)));
    let mut text = format!("{} (item {}) for {whom}\n", view.label, clean(&view.item));
    let place = match (view.rank, view.percentile) {
        (Some(rank), Some(share)) => format!(
            "rank {} of {} candidates, above {share:.1} % of them",
            counted(rank as u64),
            counted(view.candidates as u64)
        ),
        _ => view
            .words
            .say("rated already, so it is not among the candidates")
            .into_owned(),
    };
    let _ = write!(text, "score {}", rounded(view.score));
    if let Some(prediction) = view.prediction {
        let _ = write!(text, ", prediction {}", rounded(prediction));
    }
    let _ = writeln!(
        text,
        ": {place}\n{}\nmodel {}\nunit  {}: {}",
        clean(&view.sentence),
        view.model,
        view.unit,
        view.meaning
    );
    if let Some(low) = &view.low_ratings {
        let _ = writeln!(text, "note  {low}");
    }
    let groups = view.neighbor_ratings.groups(view.words).into_iter();
    let groups: Vec<String> = groups.map(|(name, n)| format!("{n} {name}")).collect();
    let _ = writeln!(
        text,
        "the nearest users who {} it: {}\n",
        view.words.did,
        groups.join(", ")
    );
    let _ = write!(text, "{}", tree::drawn(&view.tree));
    let check = &view.check;
    let verdict = if check.holds {
        "the parts add up"
    } else {
        "THE PARTS DO NOT ADD UP"
    };
    let _ = writeln!(
        text,
        "\ncheck: {verdict}: {} sum to {}, off by {}, residual {}",
        plural(check.parts, "part"),
        number(check.sum),
        number(check.off),
        number(check.residual)
    );
    text + &whole.written_out()
}
