//! Bundles: what `spark/recscope_job.py` computed on a cluster, as a folder of tables.
//!
//! ```text
//! bundle.json       what it is, how large, by which parameters; written last
//! interactions/     user, item, rating, time: histories of a sample of the users
//! items/            id, title, attributes of all items
//! popularity/       item_index, id, count: item_index 0 is the most popular, over all users
//! als/userFactors/  id, features; als/itemFactors/ likewise
//! similar-llr/      item, neighbor, rank, llr; similar-cosine/ with cosine
//! candidates/       user, items, scores, seen: numbers of items, best first; a row a user
//! ```

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::LoadError;
use super::text::clean_label;

/// A folder that a job has written to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Bundle {
    pub folder: PathBuf,
    pub about: BundleAbout,
}

/// What a bundle says of itself.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BundleAbout {
    format: String,
    version: u32,
    /// The version of Spark that wrote it.
    #[serde(default)]
    pub spark: String,
    /// Users, items and pairs that the models were trained on; the sample is part of them.
    pub users: u64,
    pub items: u64,
    pub interactions: u64,
    #[serde(default)]
    pub seed: i64,
    pub als: BundleAls,
    pub candidates: BundleCandidates,
}

/// How ALS was trained.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BundleAls {
    pub rank: u32,
    /// Spark's regParam.
    pub regularization: f64,
    /// Values are confidence, not ratings.
    pub implicit: bool,
    pub alpha: f64,
}

/// Of what kind the candidates are.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BundleCandidates {
    /// What ranks them: als, llr or cosine.
    pub by: String,
    /// How many of a user, at most.
    pub keep: u32,
    /// How many users have some.
    pub users: u64,
}

/// The models of a bundle: their names in formulas, and their folders.
const MODELS: [(&str, &str); 3] = [
    ("spark-als", "als"),
    ("spark-llr", "similar-llr"),
    ("spark-cosine", "similar-cosine"),
];

const FORMAT: &str = "recscope bundle";
/// The version that is read.
const VERSION: u32 = 1;

impl Bundle {
    /// The file without which a folder is no bundle, or not a whole one.
    pub const MARK: &'static str = "bundle.json";

    pub fn is_at(folder: &Path) -> bool {
        folder.join(Self::MARK).is_file()
    }

    /// Reads what a bundle says of itself.
    ///
    /// # Errors
    /// It is none, not a whole one, or of a version that is not known; with what to do.
    pub fn open(folder: &Path) -> Result<Self, LoadError> {
        let path = folder.join(Self::MARK);
        let wrong = |path: &Path, problem: String| LoadError::File {
            file: clean_label(&path.to_string_lossy()).into_owned(),
            problem,
        };
        if !Self::is_at(folder) {
            let problem = format!(
                "there is no {} in it: it is no bundle of recscope_job.py, or not a whole one",
                Self::MARK
            );
            return Err(wrong(folder, problem));
        }
        let text = std::fs::read_to_string(&path).map_err(|e| wrong(&path, format!("it cannot be read ({e})")))?;
        let about: BundleAbout = serde_json::from_str(&text).map_err(|e| {
            let why = clean_label(&e.to_string()).into_owned();
            wrong(
                &path,
                format!("it does not say what a bundle says of itself ({why}); run the job again"),
            )
        })?;
        if about.format != FORMAT || about.version != VERSION {
            let problem = format!(
                "it is \"{}\" version {}, and \"{FORMAT}\" version {VERSION} is read",
                clean_label(&about.format),
                about.version
            );
            return Err(wrong(&path, problem));
        }
        Ok(Self {
            folder: folder.to_path_buf(),
            about,
        })
    }

    /// The models that are in it: their names in formulas, and where they are.
    pub fn models(&self) -> impl Iterator<Item = (&'static str, PathBuf)> + '_ {
        let all = MODELS.iter().map(|(name, folder)| (*name, self.folder.join(folder)));
        all.filter(|(_, folder)| folder.is_dir())
    }

    /// The folder of one of its tables.
    pub fn table(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The formula that ranked its candidates.
    pub fn ranked_by(&self) -> String {
        format!("spark-{}", self.about.candidates.by)
    }
}
