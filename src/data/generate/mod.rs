//! Data sets with planted structure, for trying the program without anyone's data: the sample `films`, sets of the
//! shape of MovieLens 1M, 10M and 25M, and small sparse sets of counts, events and votes. For one seed they are the same bytes on every platform.

mod draw;
mod films;
mod shapes;
mod sparse;
mod tastes;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::task::{Cancelled, Task};

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Real films, invented people with planted tastes: the sample inside the program.
    Films,
    /// The shape of MovieLens 1M: 6,040 users, 3,706 items, 1,000,209 whole-star ratings.
    Ml1m,
    /// The shape of MovieLens 10M: 69,878 users, 10,677 items, 10,000,054 half-star ratings.
    Ml10m,
    /// The shape of MovieLens 25M: 162,541 users, 59,047 items, 25,000,095 half-star ratings.
    Ml25m,
    /// Play counts with the sparsity of Last.fm's.
    Counts,
    /// Purchases with the sparsity of Retailrocket's.
    Events,
    /// Votes for and against.
    Votes,
}

impl Preset {
    pub const ALL: [Self; 7] = [
        Self::Films,
        Self::Ml1m,
        Self::Ml10m,
        Self::Ml25m,
        Self::Counts,
        Self::Events,
        Self::Votes,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Films => "films",
            Self::Ml1m => "ml-1m",
            Self::Ml10m => "ml-10m",
            Self::Ml25m => "ml-25m",
            Self::Counts => sparse::COUNTS.name,
            Self::Events => sparse::EVENTS.name,
            Self::Votes => sparse::VOTES.name,
        }
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|p| p.name() == text);
        found.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|p| p.name()).collect();
            format!(
                "there is no preset \"{}\" (there are {})",
                super::clean_label(text),
                names.join(", ")
            )
        })
    }
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct GenerateSummary {
    pub preset: String,
    pub seed: u64,
    pub users: u64,
    pub items: u64,
    pub ratings: u64,
    pub files: Vec<String>,
}

/// Why nothing, or not everything, was written.
#[derive(Debug, thiserror::Error)]
pub enum GenerateError {
    #[error("{}: it cannot be written ({source})", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("the catalog of films inside the program is broken ({0})")]
    Catalog(String),
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for GenerateError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// The tastes that were planted into a data set: what each is called, and how much it likes each item, −2 to 2. `None` for data
/// that is not the sample `films`, which is known by the ids and titles of all its items.
pub fn planted_tastes(data: &super::Dataset) -> Option<Vec<(&'static str, Vec<f64>)>> {
    films::affinities(data.items().map(|item| (data.item_id(item), data.item_label(item))))
}

/// Writes a data set into the folder `out`, which is made where it does not exist; files of the same names are replaced.
///
/// # Errors
/// Where the folder cannot be written, or the task was cancelled (files then remain incomplete).
pub fn generate(preset: Preset, seed: u64, out: &Path, task: &Task) -> Result<GenerateSummary, GenerateError> {
    std::fs::create_dir_all(out).map_err(|source| GenerateError::Write {
        path: out.to_owned(),
        source,
    })?;
    match preset {
        Preset::Films => write_films(seed, out, task),
        Preset::Ml1m => shapes::write(&shapes::ML_1M, seed, out, task),
        Preset::Ml10m => shapes::write(&shapes::ML_10M, seed, out, task),
        Preset::Ml25m => shapes::write(&shapes::ML_25M, seed, out, task),
        Preset::Counts => sparse::write(&sparse::COUNTS, seed, out, task),
        Preset::Events => sparse::write(&sparse::EVENTS, seed, out, task),
        Preset::Votes => sparse::write(&sparse::VOTES, seed, out, task),
    }
}

fn write_films(seed: u64, out: &Path, task: &Task) -> Result<GenerateSummary, GenerateError> {
    let set = films::make(seed, task)?;
    let tastes: Vec<String> = tastes::COMMUNITIES.iter().map(|c| format!("- {}", c.name)).collect();
    let readme = include_str!("films_readme.md")
        .replace("{seed}", &seed.to_string())
        .replace("{users}", &set.users.lines().skip(1).count().to_string())
        .replace("{films}", &set.n_films.to_string())
        .replace("{ratings}", &set.n_ratings.to_string())
        .replace("{tastes}", &tastes.join("\n"));
    let marker = marker("films");
    let files = [
        ("ratings.csv", &set.ratings),
        ("films.csv", &set.films),
        ("users.csv", &set.users),
        ("planted-tastes.csv", &set.planted),
        ("dataset.toml", &marker),
        ("README.md", &readme),
    ];
    for (name, text) in files {
        write_file(&out.join(name), text.as_bytes())?;
    }
    Ok(GenerateSummary {
        preset: Preset::Films.name().to_owned(),
        seed,
        users: set.users.lines().skip(1).count() as u64,
        items: set.n_films,
        ratings: set.n_ratings,
        files: files.iter().map(|(name, _)| (*name).to_owned()).collect(),
    })
}

/// What tells the program that the data is invented.
fn marker(name: &str) -> String {
    format!("name = \"{name}\"\nsynthetic = true\n")
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), GenerateError> {
    let write = || File::create(path)?.write_all(bytes);
    write().map_err(|source| GenerateError::Write {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
#[path = "generate_tests.rs"]
mod tests;
