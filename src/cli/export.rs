use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::DataOptions;
use super::table::{clean, counted};
use super::{CliError, Run};
use crate::data::Dataset;
use crate::data::export::{write_csv, write_parquet, write_recbole_items, write_recbole_ratings, write_recbole_users};
use crate::task::Cancel;
use crate::task::atomic;

/// Write what was read, after filters, as a file that other programs read.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    data: DataOptions,
    /// FILE.csv, FILE.parquet, or FILE.inter (RecBole's atomic files: titles and attributes go to FILE.item and FILE.user)
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What was written.
#[derive(Serialize)]
struct Written {
    name: String,
    files: Vec<String>,
    users: usize,
    items: usize,
    ratings: usize,
    /// What such a file has no place for.
    left_out: Vec<&'static str>,
}

#[derive(Clone, Copy)]
enum Kind {
    Csv,
    Parquet,
    RecBole,
}

impl Run for Export {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let kind = kind_of(&self.out)?;
        let world = context.world(&self.data)?;
        let data = &*world.dataset;
        let files = write(data, kind, &self.out, &context.task.cancel)?;
        let written = Written {
            name: data.name().to_owned(),
            files: files.iter().map(|f| f.to_string_lossy().into_owned()).collect(),
            users: data.users_with_ratings(),
            items: data.items_with_ratings(),
            ratings: data.n_ratings(),
            left_out: left_out(data, kind),
        };
        let rows = |w: &Written| w.files.clone().into_iter().map(|file| [file]);
        context.print(&written, &["file"], rows, text)
    }
}

fn kind_of(path: &Path) -> Result<Kind, CliError> {
    let end = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    match end.as_deref() {
        Some("csv") => Ok(Kind::Csv),
        Some("parquet") => Ok(Kind::Parquet),
        Some("inter") => Ok(Kind::RecBole),
        _ => Err(CliError::Usage(format!(
            "--out {}: a name that ends with .csv, .parquet or .inter is meant",
            clean(&path.to_string_lossy())
        ))),
    }
}

/// Writes the files, each whole or not at all; the ratings last.
fn write(data: &Dataset, kind: Kind, out: &Path, cancel: &Cancel) -> Result<Vec<PathBuf>, CliError> {
    let file = |path: &Path, write: &dyn Fn(&mut dyn io::Write) -> io::Result<()>| {
        atomic::file(path, |to| write(to)).map_err(|e| CliError::writing(path, &e))
    };
    let mut files = vec![out.to_owned()];
    match kind {
        Kind::Csv => file(out, &|to| write_csv(data, to, cancel))?,
        Kind::Parquet => {
            let written = atomic::file(out, |to| write_parquet(data, to, cancel));
            written.map_err(|e| CliError::writing(out, &e))?;
        }
        Kind::RecBole => {
            type Table = fn(&Dataset, &mut dyn io::Write) -> io::Result<bool>;
            let tables: [(&str, Table); 2] = [("item", write_recbole_items), ("user", write_recbole_users)];
            for (end, table) in tables {
                let path = out.with_extension(end);
                let mut bytes = Vec::new();
                if table(data, &mut bytes).map_err(|e| CliError::writing(&path, &e))? {
                    file(&path, &|to| to.write_all(&bytes))?;
                    files.push(path);
                }
            }
            file(out, &|to| write_recbole_ratings(data, to, cancel))?;
        }
    }
    Ok(files)
}

fn left_out(data: &Dataset, kind: Kind) -> Vec<&'static str> {
    if matches!(kind, Kind::RecBole) {
        return Vec::new();
    }
    let has_titles = data
        .items()
        .any(|i| data.item_label(i) != crate::data::printable(data.item_id(i)));
    let unrated = data.n_items() > data.items_with_ratings() || data.n_users() > data.users_with_ratings();
    let parts = [
        (has_titles, "titles"),
        (!data.item_attributes().columns.is_empty(), "attributes of items"),
        (!data.user_attributes().columns.is_empty(), "attributes of users"),
        (unrated, "users and items without ratings"),
    ];
    parts
        .iter()
        .filter(|(there, _)| *there)
        .map(|(_, what)| *what)
        .collect()
}

fn text(written: &Written) -> String {
    let [ratings, users, items] = [written.ratings, written.users, written.items].map(|n| counted(n as u64));
    let files: Vec<String> = written.files.iter().map(|f| clean(f)).collect();
    let mut text = format!(
        "{}: {ratings} ratings of {users} users and {items} items, written to {}\n",
        written.name,
        files.join(", ")
    );
    if !written.left_out.is_empty() {
        let left_out = written.left_out.join(", ");
        let _ = writeln!(text, "left out, since such a file has no place for them: {left_out}");
    }
    text
}
