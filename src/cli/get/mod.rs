//! Public data sets, downloaded into the XDG data folder where a person says so; nothing else in the program reaches out to
//! a network.

mod download;
mod unpack;

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::datasets::{self, Listed, datasets_folder, downloaded};
use super::table::{Left, Table, clean};
use super::{CliError, Run};
use crate::task::atomic;
use download::Patience;

/// Download a public data set.
#[derive(Debug, Args)]
pub struct Get {
    /// Which one; none lists all
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Download it without being asked: you have read the license
    #[arg(long)]
    yes: bool,
    /// Another list of data sets, as TOML
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
}

/// A data set of the list, and whether it is there.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    listed: Listed,
    /// Where it is, if it was downloaded.
    path: Option<String>,
}

#[derive(Serialize)]
struct Catalog {
    datasets: Vec<Shown>,
}

impl Run for Get {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let all = datasets::list(self.list.as_deref())?;
        let Some(name) = &self.name else {
            let datasets = all.into_iter().map(Shown::of).collect();
            return say_all(&Catalog { datasets }, context);
        };
        let listed = datasets::find(&all, name)?;
        let Some(address) = &listed.address else {
            return Err(CliError::Failed(by_hand(&listed)));
        };
        let folder = datasets_folder().ok_or_else(no_folder)?;
        let place = folder.join(&listed.name);
        if !place.exists() {
            self.ask(&listed, address)?;
            fetch(&listed, address, &folder, context)?;
        }
        let text = |shown: &Shown| {
            let path = shown.path.as_deref().unwrap_or_default();
            format!(
                "{name} is in {}\nopen it: recscope {name}\n",
                clean(path),
                name = shown.listed.name
            )
        };
        let rows = |shown: &Shown| [[shown.listed.name.clone(), shown.path.clone().unwrap_or_default()]];
        context.print(&Shown::of(listed), &["name", "path"], rows, text)
    }
}

impl Shown {
    fn of(listed: Listed) -> Self {
        let path = downloaded(Path::new(&listed.name));
        Self {
            path: path.map(|p| p.to_string_lossy().into_owned()),
            listed,
        }
    }
}

impl Get {
    /// Shows what it is, how large, and under which license; asks, unless it was answered before.
    fn ask(&self, listed: &Listed, address: &str) -> Result<(), CliError> {
        let mut errors = std::io::stderr().lock();
        let note = listed
            .note
            .as_ref()
            .map_or_else(String::new, |note| format!("  note      {note}\n"));
        let about = format!(
            "{}\n  from      {address}\n  size      {}\n  license   {}\n  homepage  {}\n{note}",
            listed.title, listed.size, listed.license, listed.homepage
        );
        // Where standard error is closed nobody can read it, and nobody can answer.
        let _ = write!(errors, "{about}");
        if self.yes {
            return Ok(());
        }
        let input = std::io::stdin();
        if !input.is_terminal() {
            let sentence = format!("--yes says that you agree: recscope get {} --yes", listed.name);
            return Err(CliError::Usage(sentence));
        }
        let _ = write!(errors, "Download it? [y/N] ");
        let mut answer = String::new();
        let read = input.lock().read_line(&mut answer);
        let agrees = matches!(answer.trim().to_lowercase().as_str(), "y" | "yes");
        if read.is_err() || !agrees {
            return Err(CliError::Failed("nothing was downloaded".to_owned()));
        }
        Ok(())
    }
}

/// Downloads, checks and unpacks it; it is there whole or not at all.
fn fetch(listed: &Listed, address: &str, folder: &Path, context: &Context) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|e| CliError::writing(folder, &e))?;
    let last = address
        .rsplit('/')
        .next()
        .filter(|n| !n.is_empty() && !n.contains(['?', '\\']));
    let archive = folder.join(last.unwrap_or(&listed.name));
    let md5 = listed.md5.as_deref();
    download::download(address, &archive, md5, Patience::default(), &context.task)
        .map_err(|e| CliError::Failed(clean(&e.to_string())))?;
    let place = folder.join(&listed.name);
    let unpacked = atomic::folder(&place, |inside| unpack::unpack(&archive, inside));
    // What cannot be unpacked is of no use, and the next download begins anew.
    let removed = std::fs::remove_file(&archive);
    unpacked.map_err(|e| {
        let shown = clean(&archive.to_string_lossy());
        CliError::Failed(format!(
            "{shown}: what was downloaded cannot be unpacked ({e}); nothing is kept"
        ))
    })?;
    removed.map_err(|e| CliError::writing(&archive, &e))
}

/// What to do where nothing can be downloaded.
fn by_hand(listed: &Listed) -> String {
    let note = listed.note.as_deref().unwrap_or("see its homepage");
    format!(
        "{} is not for download by a program ({}; {}): {note} ({})",
        listed.name, listed.title, listed.license, listed.homepage
    )
}

fn no_folder() -> CliError {
    CliError::Failed("there is no home folder to put data into (set XDG_DATA_HOME)".to_owned())
}

fn say_all(catalog: &Catalog, context: &Context) -> Result<(), CliError> {
    let there = |shown: &Shown| if shown.path.is_some() { "yes" } else { "" }.to_owned();
    let rows = |catalog: &Catalog| -> Vec<[String; 5]> {
        let row = |s: &Shown| {
            let size = if s.listed.address.is_some() {
                &s.listed.size
            } else {
                "by hand"
            };
            [
                s.listed.name.clone(),
                there(s),
                size.to_owned(),
                s.listed.license.clone(),
                s.listed.title.clone(),
            ]
        };
        catalog.datasets.iter().map(row).collect()
    };
    let text = |catalog: &Catalog| {
        let mut table = Table::new([("name", Left), ("here", Left), ("size", Left), ("what", Left)]);
        for [name, there, size, _, title] in rows(catalog) {
            table.row([name, there, size, title]);
        }
        format!("{table}\nrecscope get NAME says the license, and asks\n")
    };
    context.print(catalog, &["name", "here", "size", "license", "title"], rows, text)
}
