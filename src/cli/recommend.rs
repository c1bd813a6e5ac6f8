use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, Format, ModelOptions, SubjectOptions};
use super::output::{csv_field, exact};
use super::table::{Either, Left, Right, Table, aligned, clean, counted};
use super::{CliError, Run, json};
use crate::answers::text::brief;
use crate::answers::{RecommendQuery, RecommendRow, RecommendView, Subject, Whose, World, everyone, recommend};
use crate::data::UserIx;

/// The best items for somebody, or the best users for an item.
#[derive(Debug, Args)]
#[command(after_help = "--users all writes everyone's list (a file that is called so is written ./all).")]
pub struct Recommend {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    subject: SubjectOptions,
    #[command(flatten)]
    model: ModelOptions,
    /// How many rows to list
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
    /// Include items already rated
    #[arg(long)]
    include_seen: bool,
}

impl Run for Recommend {
    fn run(mut self, context: &Context) -> Result<(), CliError> {
        let formula = self.model.formula(&context.catalog)?;
        let everyone = self.data.users.as_deref() == Some(Path::new("all"));
        if everyone {
            self.data.users = None;
            if self.subject.person.is_given() || self.subject.item.is_given() {
                return Err(CliError::Usage(
                    "--users all writes everyone's list: name no user or item".into(),
                ));
            }
        }
        let world = context.world(&self.data)?;
        let (world, subject) = if everyone {
            let (world, _) = self.subject.person.resolve(world)?;
            (world, Subject::Person(Whose::Guest(Arc::default())))
        } else {
            self.subject.resolve(world)?
        };
        let mut query = RecommendQuery {
            subject,
            formula: formula.unwrap_or_else(|| world.default_formula()),
            n: self.n,
            include_seen: self.include_seen,
        };
        context.fit(&world, &mut query.formula)?;
        if everyone {
            return all(&world, &query, context);
        }
        let view = recommend::compute(&world, &query, &context.task, &mut |_| ())?;
        let output = context.output(Format::Text);
        match output.format {
            Format::Json => output.object(&view),
            Format::Csv => {
                if let Some(note) = view.note.as_ref().filter(|_| !context.quiet) {
                    let _ = writeln!(std::io::stderr(), "recscope: note: {note}");
                }
                output.csv(&["rank", "id", "label", "score"], view.items.iter().map(csv_row))
            }
            Format::Text | Format::Markdown | Format::Latex => output.text(text(&world, &view)),
        }
    }
}

fn csv_row(row: &RecommendRow) -> [String; 4] {
    [
        row.rank.to_string(),
        row.id.clone(),
        row.label.clone(),
        exact(row.score),
    ]
}

fn text(world: &World, view: &RecommendView) -> String {
    let whom = match (&view.user, &view.item) {
        (Some(user), _) => format!("items for user {}", clean(user)),
        (None, Some(item)) => {
            let label = world
                .dataset
                .find_item(item)
                .map_or("?", |i| world.dataset.item_label(i));
            format!("users for {label} (item {})", clean(item))
        }
        (None, None) => "items for a guest".to_owned(),
    };
    let edited = if view.edited { ", edits counted in" } else { "" };
    let sampled = match view.sample_error() {
        Some(error) => format!(", among a sample of the users ({error})"),
        None => String::new(),
    };
    let mut text = format!("{whom} by {} (unit {}){edited}{sampled}\n\n", view.model, view.unit);
    let parted = view.items.iter().any(|r| !r.parts.is_empty());
    let mut titles = vec![
        ("#".to_owned(), Right),
        ("id".to_owned(), Either),
        ("label".to_owned(), Left),
        ("score".to_owned(), Right),
    ];
    if parted {
        titles.extend(view.components.iter().map(|c| (brief(c, "…"), Right)));
    }
    let mut table = Table::new(titles);
    for row in &view.items {
        let seen = if row.seen {
            format!(" ({})", view.words.did)
        } else {
            String::new()
        };
        let first = [
            row.rank.to_string(),
            clean(&row.id),
            format!("{}{seen}", row.label),
            aligned(row.score),
        ];
        table.row(first.into_iter().chain(row.parts.iter().map(|p| aligned(*p))));
    }
    let _ = write!(
        text,
        "{table}\n{} of {} candidates\n",
        view.items.len(),
        counted(view.candidates as u64)
    );
    if let Some(note) = &view.note {
        let _ = writeln!(text, "note: {note}");
    }
    text
}

/// One user of `--users all`.
#[derive(Serialize)]
struct UserList<'a> {
    user: &'a str,
    items: &'a [RecommendRow],
}

/// Everyone's list, written as it comes.
fn all(world: &World, query: &RecommendQuery, context: &Context) -> Result<(), CliError> {
    let output = context.output(Format::Text);
    let format = output.format;
    let mut out = output.stream();
    let name = |user: UserIx| world.dataset.user_id(user);
    let mut each: Box<dyn FnMut(UserIx, Vec<RecommendRow>) -> Result<(), CliError>> = match format {
        Format::Csv => {
            let mut writer = csv::Writer::from_writer(out);
            writer.write_record(["user", "rank", "item", "label", "score"])?;
            Box::new(move |user, rows| {
                for row in &rows {
                    let [rank, id, label, score] = csv_row(row);
                    let fields = [name(user).to_owned(), rank, id, label, score].map(csv_field);
                    writer.write_record(fields)?;
                }
                Ok(())
            })
        }
        Format::Text | Format::Markdown | Format::Latex => Box::new(move |user, rows| {
            let list = rows.iter().map(|r| format!("{} ({})", r.label, aligned(r.score)));
            let line = format!(
                "{}: {}",
                world.dataset.user_label(user),
                list.collect::<Vec<_>>().join(", ")
            );
            Ok(writeln!(out, "{line}")?)
        }),
        Format::Json => return all_json(world, query, context, out),
    };
    everyone::compute(world, query, &context.task, &mut |user, rows| each(user, rows))
}

/// As one object, without holding it.
fn all_json(
    world: &World,
    query: &RecommendQuery,
    context: &Context,
    mut out: impl std::io::Write,
) -> Result<(), CliError> {
    let (schema, model) = (json::SCHEMA, json::compact(&query.formula.to_string())?);
    let unit = query.formula.unit();
    write!(
        out,
        "{{\n  \"schema\": {schema},\n  \"model\": {model},\n  \"unit\": \"{unit}\",\n  \"users\": ["
    )?;
    let mut first = true;
    everyone::compute(world, query, &context.task, &mut |user, rows| -> Result<(), CliError> {
        let list = UserList {
            user: world.dataset.user_id(user),
            items: &rows,
        };
        let text = json::compact(&list)?;
        let comma = if std::mem::take(&mut first) { "" } else { "," };
        Ok(write!(out, "{comma}\n    {text}")?)
    })?;
    write!(out, "\n  ]\n}}\n")?;
    Ok(out.flush()?)
}
