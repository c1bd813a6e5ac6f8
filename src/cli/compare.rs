use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;

use super::context::Context;
use super::contrast;
use super::options::{DataOptions, ModelOptions, PersonOptions};
use super::output::{exact, exact_or_empty};
use super::table::{Either, Left, Right, Table, aligned, clean, rounded};
use super::{CliError, Run};
use crate::answers::contrast as contrast_answer;
use crate::answers::{
    CompareAllView, CompareQuery, CompareSide, CompareView, ContrastQuery, Subject, Whose, World, compare,
};
use crate::models::{Catalog, Formula};
use crate::pipeline::StoredLists;
use crate::pipeline::store::store_at;

/// Two lists side by side: of two users (--users A,B), of two items by the users whom they suit (--items A,B), by two
/// models (--models "F; G"), or in two builds (--stores). With --user ID, --items A,B compares the scores of two items for that person, part by part.
#[derive(Debug, Args)]
pub struct Compare {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    person: PersonOptions,
    /// Two models for one person, or with --all for everybody: "F; G"
    #[arg(long, value_name = "F; G")]
    models: Option<String>,
    /// Everybody's lists in two builds of `pipeline build`: what of them is exchanged
    #[arg(long, num_args = 2, value_names = ["PLACE", "PLACE"], conflicts_with_all = ["models", "user", "profile"])]
    stores: Option<Vec<String>>,
    /// Everybody's lists by two models: who changes most
    #[arg(long, requires = "models", conflicts_with_all = ["user", "profile"])]
    all: bool,
    #[command(flatten)]
    model: ModelOptions,
    /// How long the lists are
    #[arg(short, value_name = "N", default_value_t = 10)]
    n: usize,
}

impl Run for Compare {
    fn run(mut self, context: &Context) -> Result<(), CliError> {
        let users = named_here(&mut self.data.users);
        let items = named_here(&mut self.data.items);
        let models = self.models.as_deref().map(|text| two_models(text, &context.catalog));
        let models = models.transpose()?;
        if let Some([a, b]) = self.stores.as_deref() {
            if users.is_some() || items.is_some() {
                return Err(CliError::Usage(
                    "compare two builds, or two users, or two items: one at a time".into(),
                ));
            }
            let open = |place: &String| StoredLists::open(&*store_at(place)?);
            let (a, b) = (open(a)?, open(b)?);
            let view = compare::builds(&context.world(&self.data)?, [&a, &b], self.n, &context.task)?;
            return context.print(&view, &["user", "overlap", "rbo"], rows_of_all, text_of_all);
        }
        let formula = self.model.formula(&context.catalog)?;
        if [models.is_some(), users.is_some(), items.is_some()]
            .iter()
            .filter(|given| **given)
            .count()
            != 1
        {
            return Err(CliError::Usage(
                "say what to compare, one of --users A,B, --items A,B, --stores PLACE PLACE, and --user ID --models \"F; G\"".into(),
            ));
        }
        let (world, whose) = self.person.resolve(context.world(&self.data)?)?;
        if let (Some(whose), Some(text)) = (&whose, &items) {
            let (item, other) = two(text, |id| world.find_item(id).map_err(CliError::from))?;
            let mut query = ContrastQuery {
                whose: whose.clone(),
                item,
                against: Some(other),
                formula: formula.unwrap_or_else(|| world.default_formula()),
            };
            context.fit(&world, &mut query.formula)?;
            let view = contrast_answer::compute(&world, &query, &context.task.cancel)?;
            let header = ["label", "kind", "item", "cut", "difference"];
            return context.print(&view, &header, contrast::rows, contrast::text);
        }
        if let Some((a, b)) = models.as_ref().filter(|_| self.all) {
            let view = compare::everybody(&world, (a, b), self.n, &context.task)?;
            return context.print(&view, &["user", "overlap", "rbo"], rows_of_all, text_of_all);
        }
        let (a, b) = if let Some((f, g)) = models {
            let whose = whose.ok_or_else(|| CliError::Usage("say for whom: --user ID, --profile, or --all".into()))?;
            let side = |formula: Formula| CompareSide {
                subject: Subject::Person(whose.clone()),
                formula,
            };
            (side(f), side(g))
        } else {
            let (a, b) = subjects(&world, whose, users.as_deref(), items.as_deref())?;
            let side = |subject| CompareSide {
                subject,
                formula: formula.clone().unwrap_or_else(|| world.default_formula()),
            };
            (side(a), side(b))
        };
        let mut query = CompareQuery { a, b, n: self.n };
        context.fit(&world, &mut query.a.formula)?;
        context.fit(&world, &mut query.b.formula)?;
        let view = compare::compute(&world, &query, &context.task)?;
        context.print(&view, &["id", "label", "a", "b"], rows, text)
    }
}

/// `--users A,B` and `--items A,B` name two of them here, unless there is a file of that name: then it is the table of users
/// or items, as everywhere.
fn named_here(option: &mut Option<PathBuf>) -> Option<String> {
    let path = option.take_if(|path| !path.exists())?;
    Some(path.to_string_lossy().into_owned())
}

/// The two users or items; somebody named otherwise is the first, then `--users` names the second alone.
fn subjects(
    world: &World,
    whose: Option<Whose>,
    users: Option<&str>,
    items: Option<&str>,
) -> Result<(Subject, Subject), CliError> {
    if let Some(text) = items {
        let (a, b) = two(text, |id| world.find_item(id).map_err(CliError::from))?;
        return Ok((Subject::Item(a), Subject::Item(b)));
    }
    let text = users.unwrap_or_default();
    let user = |id: &str| Ok(Subject::Person(Whose::User(world.find_user(id)?)));
    match whose {
        Some(whose) => Ok((Subject::Person(whose), user(text)?)),
        None => two(text, user),
    }
}

/// Two ids with a comma between them; where ids hold commas, the first at which both are known.
fn two<T>(text: &str, find: impl Fn(&str) -> Result<T, CliError>) -> Result<(T, T), CliError> {
    let splits = || text.match_indices(',').map(|(at, _)| (&text[..at], &text[at + 1..]));
    if let Some(found) = splits().find_map(|(a, b)| Some((find(a).ok()?, find(b).ok()?))) {
        return Ok(found);
    }
    let text = crate::data::clean_label(text);
    let (a, b) = splits()
        .next()
        .ok_or_else(|| CliError::Usage(format!("{text:?} is not of the form A,B")))?;
    Ok((find(a)?, find(b)?))
}

pub(super) fn two_models(text: &str, catalog: &Catalog) -> Result<(Formula, Formula), CliError> {
    // A cascade has a semicolon in it.
    let splits = text.match_indices(';').map(|(at, _)| (&text[..at], &text[at + 1..]));
    let parsed = splits.map(|(a, b)| Ok((catalog.parse(a)?, catalog.parse(b)?)));
    let mut wrong = None;
    for pair in parsed {
        match pair {
            Ok(pair) => return Ok(pair),
            Err(error) => wrong = wrong.or(Some(error)),
        }
    }
    Err(wrong.unwrap_or_else(|| CliError::Usage("two formulas are wanted: \"F; G\"".into())))
}

fn rows(view: &CompareView) -> Vec<[String; 4]> {
    let place = |place: Option<usize>| place.map_or_else(String::new, |place| place.to_string());
    let row = view.rows.iter();
    row.map(|row| [row.id.clone(), row.label.clone(), place(row.a), place(row.b)])
        .collect()
}

fn rows_of_all(view: &CompareAllView) -> Vec<[String; 3]> {
    let users = view.users.iter();
    users
        .map(|row| [row.user.clone(), exact(row.overlap), exact_or_empty(Some(row.rbo))])
        .collect()
}

/// So many differences are listed for reading.
const LISTED: usize = 12;

fn text(view: &CompareView) -> String {
    let (overlap, rbo) = (100.0 * view.overlap, rounded(view.rbo.value));
    let mut text = format!(
        "a = {}, b = {}\noverlap {overlap:.0} %, rank-biased overlap {rbo} (p = {})\n\n",
        clean(&view.a),
        clean(&view.b),
        view.rbo.p
    );
    let place = |place: Option<usize>| place.map_or_else(|| "–".to_owned(), |place| place.to_string());
    let mut table = Table::new([("a", Right), ("b", Right), ("id", Either), ("label", Left)]);
    for row in &view.rows {
        table.row([place(row.a), place(row.b), clean(&row.id), row.label.clone()]);
    }
    let _ = write!(text, "{table}");
    if let Some(about) = &view.about {
        let _ = writeln!(
            text,
            "\nthe scores of {} ({} {}), part by part",
            about.label,
            about.kind,
            clean(&about.id)
        );
        let mut table = Table::new([("a", Right), ("b", Right), ("difference", Right), ("part", Left)]);
        for row in view.difference.iter().take(LISTED) {
            table.row([
                aligned(row.a),
                aligned(row.b),
                aligned(row.difference),
                clean(&row.label),
            ]);
        }
        let _ = write!(text, "{table}");
        if let Some(more) = view.difference.len().checked_sub(LISTED).filter(|more| *more > 0) {
            let _ = writeln!(text, "and {more} smaller ones");
        }
    }
    text
}

fn text_of_all(view: &CompareAllView) -> String {
    let (overlap, rbo) = (100.0 * view.overlap, rounded(view.rbo.value));
    let (churn, share) = (&view.churn.metric, 100.0 * view.churn.value);
    let mut text = format!(
        "a = {}, b = {}\nmeans over {} users: overlap {overlap:.1} %, {churn} {share:.1} %, rank-biased overlap {rbo} (p = {})\n\n",
        clean(&view.a),
        clean(&view.b),
        view.users.len(),
        view.rbo.p
    );
    let mut table = Table::new([("user", Either), ("overlap", Right), ("rbo", Right)]);
    for row in &view.users {
        table.row([
            clean(&row.user),
            format!("{:.0} %", 100.0 * row.overlap),
            aligned(row.rbo),
        ]);
    }
    let _ = write!(text, "{table}");
    text
}
