//! Factors in files: those that are asked for as one array, or the whole model as `--import` opens it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::Entry;
use crate::answers::{World, factors};
use crate::cli::CliError;
use crate::cli::context::Context;
use crate::cli::output::exact;
use crate::data::clean_label;
use crate::models::Formula;
use crate::models::export::{self, Export, npy};
use crate::task::atomic;

/// Where factors are written, and how.
#[derive(Debug, Args)]
pub(super) struct ExportOptions {
    /// FILE.npz: the whole model, as --import opens it; FILE.npy: the factors asked for (one row each, 64-bit), and
    /// their ids in FILE.ids.txt
    #[arg(long, value_name = "PATH")]
    export: Option<PathBuf>,
    /// PATH is a new folder with the whole model in files of this kind; parquet: userFactors and itemFactors, as Spark
    /// has them
    #[arg(long = "as", value_name = "KIND", requires = "export")]
    kind: Option<Kind>,
}

/// What the files of a folder are.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Npy,
    Csv,
    Parquet,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// What is printed, as an array.
    Asked(&'a Path),
    /// The whole model.
    Whole(&'a Path, Whole),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Whole {
    Archive,
    Folder(export::Format),
}

/// What was written.
#[derive(Serialize)]
struct Written {
    model: String,
    path: String,
    users: usize,
    items: usize,
    factors: usize,
    mean: f64,
}

impl ExportOptions {
    /// What is to be written, if anything.
    pub fn target(&self) -> Result<Option<Target<'_>>, CliError> {
        let Some(path) = self.export.as_deref() else {
            return Ok(None);
        };
        let kind = self.kind.map(|kind| match kind {
            Kind::Npy => export::Format::Npy,
            Kind::Csv => export::Format::Csv,
            Kind::Parquet => export::Format::Parquet,
        });
        if let Some(kind) = kind {
            return Ok(Some(Target::Whole(path, Whole::Folder(kind))));
        }
        let end = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        match end.as_deref() {
            Some("npy") => Ok(Some(Target::Asked(path))),
            Some("npz") => Ok(Some(Target::Whole(path, Whole::Archive))),
            _ => Err(CliError::Usage(format!(
                "--export {}: a name that ends with .npz (the whole model) or .npy (the factors asked for) is meant, or a \
                 new folder together with --as npy, csv or parquet",
                clean_label(&path.to_string_lossy())
            ))),
        }
    }
}

/// Writes what is printed, and the ids beside it.
pub(super) fn write_asked(path: &Path, entries: &[Entry]) -> Result<(), CliError> {
    let width = entries.first().map_or(0, |e| e.factors.len());
    let numbers: Vec<f64> = entries.iter().flat_map(|e| &e.factors).copied().collect();
    atomic::file(path, |to| npy::write_doubles(to, &[entries.len(), width], &numbers))
        .map_err(|e| CliError::writing(path, &e))?;
    let mut ids = path.as_os_str().to_owned();
    ids.push(".ids.txt");
    let ids = PathBuf::from(ids);
    atomic::file(&ids, |to| entries.iter().try_for_each(|e| writeln!(to, "{}", e.id)))
        .map_err(|e| CliError::writing(&ids, &e))
}

/// Writes all that the model learned.
pub(super) fn write_whole(
    (path, form): (&Path, Whole),
    world: &World,
    formula: &mut Formula,
    context: &Context,
) -> Result<Export, CliError> {
    let model = context.fit(world, formula)?;
    let known = factors::latent(&model, formula)?;
    let export = Export::of(&*model, known, &world.dataset, &context.task.cancel)
        .map_err(|cancelled| CliError::Failed(cancelled.to_string()))?;
    let done = match form {
        Whole::Archive => atomic::file(path, |to| export.write_npz(to)),
        Whole::Folder(format) => atomic::folder(path, |inside| export::write_folder(&export, inside, format)),
    };
    done.map_err(|e| CliError::writing(path, &e))?;
    Ok(export)
}

pub(super) fn say(
    export: &Export,
    path: &Path,
    world: &World,
    formula: &Formula,
    context: &Context,
) -> Result<(), CliError> {
    let written = Written {
        model: formula.to_string(),
        path: path.to_string_lossy().into_owned(),
        users: export.users.ids.len(),
        items: export.items.ids.len(),
        factors: export.items.width,
        mean: export.mean,
    };
    let row = |w: &Written| {
        let [users, items, factors] = [w.users, w.items, w.factors].map(|n| n.to_string());
        [[w.model.clone(), w.path.clone(), users, items, factors, exact(w.mean)]]
    };
    let text = |w: &Written| {
        let (name, path) = (world.dataset.name(), clean_label(&w.path));
        let Written {
            model,
            users,
            items,
            factors,
            ..
        } = w;
        format!("{model} of {name}: {factors} factors of {users} users and {items} items, written to {path}\n")
    };
    context.print(
        &written,
        &["model", "path", "users", "items", "factors", "mean"],
        row,
        text,
    )
}
