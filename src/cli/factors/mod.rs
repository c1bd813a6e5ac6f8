mod describe;
mod export;

use std::fmt::Write;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, SubjectOptions};
use super::output::exact;
use super::table::{Left, Right, Table, aligned, bar, clean};
use super::{CliError, Run};
use crate::answers::{Entity, FactorsQuery, FactorsView, World, arithmetic, factors};
use crate::models::{Formula, LatentFactors};
use export::{ExportOptions, Target};

/// Latent factors.
#[derive(Debug, Args)]
pub struct Factors {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    subject: SubjectOptions,
    /// The model, as a formula; it must have factors
    #[arg(long, value_name = "FORMULA", default_value = "svd")]
    model: String,
    /// Also show the factors of this item, by its id
    #[arg(long, value_name = "ID", conflicts_with = "all", allow_hyphen_values = true)]
    focus: Option<String>,
    /// All items
    #[arg(long)]
    all: bool,
    /// All users instead of all items
    #[arg(long, requires = "all")]
    of_users: bool,
    /// What the factors mean: their ends, what they go with, names, and which come back from other seeds
    #[arg(long, conflicts_with_all = ["all", "focus"])]
    describe: bool,
    /// Factors turned by varimax, so that each says as much as it can of as few items as it can; scores stay as they are
    #[arg(long, conflicts_with_all = ["all", "export"])]
    varimax: bool,
    #[command(flatten)]
    export: ExportOptions,
}

/// The factors of everything of a kind.
#[derive(Serialize)]
struct AllFactors {
    kind: &'static str,
    model: String,
    mean: f64,
    entries: Vec<Entry>,
}

/// The factors of one user or item.
#[derive(Serialize)]
struct Entry {
    id: String,
    label: String,
    bias: f64,
    factors: Vec<f64>,
}

impl Run for Factors {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let mut formula = context.catalog.parse(&self.model)?;
        let target = self.export.target()?;
        let names_somebody = self.subject.person.is_given() || self.subject.item.is_given();
        if self.all && names_somebody {
            return Err(CliError::Usage("--all exports everything: name no user or item".into()));
        }
        if self.describe && (names_somebody || target.is_some()) {
            return Err(CliError::Usage(
                "--describe is about all factors of the model: name no user or item, and export without it".into(),
            ));
        }
        let world = context.world(&self.data)?;
        if self.describe {
            return describe::describe(&world, formula, self.varimax, context);
        }
        if let Some(Target::Whole(path, form)) = target {
            if names_somebody {
                let sentence =
                    "the whole model is exported: name no user or item, or a FILE.npy for the factors of one";
                return Err(CliError::Usage(sentence.into()));
            }
            let whole = export::write_whole((path, form), &world, &mut formula, context)?;
            if !self.all {
                return export::say(&whole, path, &world, &formula, context);
            }
        }
        if self.all {
            let (world, _) = self.subject.person.resolve(world)?;
            let all = everything(&world, &mut formula, self.of_users, context)?;
            if let Some(Target::Asked(path)) = target {
                export::write_asked(path, &all.entries)?;
            }
            let (name, n) = (world.dataset.name(), all.entries.len());
            let text = |all: &AllFactors| format!("{} of {name}: factors of {n} {}s\n", all.model, all.kind);
            return context.print(&all, &header(&all.entries), |all| all.entries.iter().map(row), text);
        }
        let (world, subject) = self.subject.resolve(world)?;
        let mut query = FactorsQuery {
            subject,
            focus: self.focus.as_deref().map(|id| world.find_item(id)).transpose()?,
            formula,
            varimax: self.varimax,
        };
        context.fit(&world, &mut query.formula)?;
        let view = factors::compute(&world, &query, &context.task.cancel)?;
        let entry = Entry {
            id: view.id.clone().unwrap_or_default(),
            label: view.label.clone(),
            bias: view.bias,
            factors: view.factors.clone(),
        };
        let entries = [entry];
        if let Some(Target::Asked(path)) = target {
            export::write_asked(path, &entries)?;
        }
        context.print(&view, &header(&entries), |_| entries.iter().map(row), text)
    }
}

fn everything(world: &World, formula: &mut Formula, users: bool, context: &Context) -> Result<AllFactors, CliError> {
    let model = context.fit(world, formula)?;
    let known = factors::latent(&model, formula)?;
    let entry = |entity: Entity, bias: f64, factors: Vec<f64>| Entry {
        id: world.id(entity).to_owned(),
        label: world.label(entity),
        bias,
        factors,
    };
    let entries = if users {
        let person = |user| {
            let profile = world.profile(&crate::answers::Whose::User(user));
            known.user(user)?;
            Some(entry(
                Entity::User(user),
                known.profile_bias(&profile),
                known.profile(&profile),
            ))
        };
        world.dataset.users().filter_map(person).collect()
    } else {
        items(world, known, &entry)
    };
    Ok(AllFactors {
        kind: if users { "user" } else { "item" },
        model: formula.to_string(),
        mean: known.mean(),
        entries,
    })
}

fn items(world: &World, known: &dyn LatentFactors, entry: &dyn Fn(Entity, f64, Vec<f64>) -> Entry) -> Vec<Entry> {
    let one = |item| Some(entry(Entity::Item(item), known.item_bias(item), known.item(item)?));
    world.dataset.items().filter_map(one).collect()
}

fn header(entries: &[Entry]) -> Vec<String> {
    let n = entries.first().map_or(0, |e| e.factors.len());
    let first = ["id", "label", "bias"].map(str::to_owned);
    first.into_iter().chain((1..=n).map(|f| format!("f{f}"))).collect()
}

fn row(entry: &Entry) -> Vec<String> {
    let first = [entry.id.clone(), entry.label.clone(), exact(entry.bias)];
    first
        .into_iter()
        .chain(entry.factors.iter().map(|f| exact(*f)))
        .collect()
}

fn text(view: &FactorsView) -> String {
    let id = view
        .id
        .as_ref()
        .map_or_else(String::new, |id| format!(" ({} {})", view.kind, clean(id)));
    let mut text = format!(
        "{}{id} by {}\nmean {}, bias {}\n\n",
        view.label,
        view.model,
        aligned(view.mean),
        aligned(view.bias)
    );
    let largest = view.factors.iter().fold(0.0f64, |l, f| l.max(f.abs()));
    let mut table = Table::new([("factor", Right), ("value", Right), ("", Left)]);
    for (at, factor) in view.factors.iter().enumerate() {
        let length = if largest > 0.0 { factor.abs() / largest } else { 0.0 };
        let sign = if *factor < 0.0 { "-" } else { "+" };
        table.row([
            (at + 1).to_string(),
            aligned(*factor),
            format!("{sign}{}", bar(length, 30)),
        ]);
    }
    let _ = write!(text, "{table}");
    if let Some((name, losses)) = &view.training {
        let losses: Vec<String> = losses.iter().map(|loss| aligned(*loss)).collect();
        let _ = writeln!(text, "\n{name} by epoch: {}", losses.join(" "));
    }
    if view.focus.is_some() {
        let order: Vec<usize> = (0..view.factors.len()).collect();
        let lines = arithmetic::of_factors(view, &order, usize::MAX).lines();
        let _ = writeln!(text, "\n{}", lines.join("\n"));
    }
    text
}
