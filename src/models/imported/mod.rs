//! Models trained elsewhere: factors or scores in files, opened as a model with a name of its own.
//!
//! `--import NAME=PATH` adds a file or a folder to the [`Catalog`](super::Catalog); formulas then use NAME like any
//! other model. The files are read when the model is first needed, and matched to the dataset by ids.
//!
//! - `source`: what kind of import PATH is, by names only.
//! - `arrays`, `table`, `parquet`: the formats.
//! - `side`: the factors of all users or items, checked, and put in the dataset's order.
//! - `fold`: profiles that were not trained on.
//! - `pairs`: scores of single (user, item) pairs.
//! - `item_rows`: for every item those that speak for it.

mod arrays;
#[cfg(test)]
mod bundle_tests;
mod fold;
mod item_rows;
mod open;
mod pairs;
mod parquet;
mod side;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::fit::Training;
use super::params::{ParamValue, Parameter, Params, Range};
use super::recommender::{FitContext, FitError, Fitted};
use super::scores::Unit;
use super::spec::{LowRatings, ModelSpec};
use source::{AlsSettings, Source};

/// A model that was trained elsewhere, by name and path. Naming it reads almost nothing.
#[derive(Debug)]
pub struct Import {
    pub name: String,
    /// The file or folder, as it was typed.
    pub path: PathBuf,
    pub summary: String,
    /// It came with the data, and does so again.
    pub of_data: bool,
    source: Source,
    /// See [`Import::notice`].
    notice: Mutex<Option<String>>,
}

const IDS: Parameter = Parameter {
    name: "ids",
    range: Range::Choice(&["given", "order"]),
    default: "given",
    doc: "how rows are matched: by the ids in the files, or by order of first appearance in the dataset",
};

const FOLD: Parameter = Parameter {
    name: "fold",
    range: Range::Choice(&["auto", "ridge", "als"]),
    default: "auto",
    doc: "how guests and edits are folded in: ridge, regression on ratings; als, the weights of implicit's ALS; auto, als \
          where the file has an alpha or the data no ratings, else ridge",
};

const WEIGHTS: Parameter = Parameter {
    name: "weights",
    range: Range::Choice(&["ratings", "binary"]),
    default: "ratings",
    doc: "the weight of a rating in fold=als: alpha times the rating, or alpha for all",
};

const REGULARIZATION: Parameter = Parameter {
    name: "reg",
    range: Range::Real(0.0, 1e9),
    default: "0.1",
    doc: "L2 regularization of the fold; in ridge per rating, as Spark's regParam",
};

const ALPHA: Parameter = Parameter {
    name: "alpha",
    range: Range::Real(0.0, 1e6),
    default: "1",
    doc: "the weight of a rating in fold=als, where an unrated item has 1",
};

const UNIT: Parameter = Parameter {
    name: "unit",
    range: Range::Choice(&["score", "rating"]),
    default: "score",
    doc: "what the scores are: ratings, or numbers of which only the order matters",
};

/// A path for display.
fn shown(path: &Path) -> String {
    crate::data::clean_label(&path.to_string_lossy()).into_owned()
}

/// An error about a file: `FILE: why`.
fn unfit(shown: &str, why: impl Display) -> FitError {
    FitError::Unfit(format!("{shown}: {why}"))
}

fn cannot_read(shown: &str, e: impl Display) -> FitError {
    unfit(shown, format_args!("it cannot be read ({e})"))
}

fn unit(params: &Params) -> Unit {
    match params.word("unit") {
        "rating" => Unit::Rating,
        _ => Unit::Score,
    }
}

/// The spec that all imports of factors share.
static FACTORS: ModelSpec = ModelSpec {
    name: "factors",
    title: "Factors trained elsewhere",
    summary: "",
    formula: "score(u, i) = μ + b_u + b_i + p_u·q_i,  terms that the files lack are 0",
    parameters: &[UNIT, FOLD, REGULARIZATION, ALPHA, WEIGHTS, IDS],
    search: &[],
    unit,
    paper: "",
    strengths: "Explores what another program trained, on one machine or many. Measured by evaluate it has seen what its \
                training saw: keep the test ratings from it.",
    low_ratings: |_| LowRatings::Heeded,
    fit: Training::elsewhere(true),
};

/// The spec that all imports of scores share.
static SCORES: ModelSpec = ModelSpec {
    name: "scores",
    title: "Scores trained elsewhere",
    formula: "score(u, i) = the file's score for the pair",
    parameters: &[UNIT],
    fit: Training::elsewhere(false),
    ..FACTORS
};

impl Import {
    /// What is at `path`, under a name. Reads names and single numbers only.
    pub(super) fn at(name: &str, path: &Path, of_data: bool) -> Result<Self, String> {
        let source = Source::at(path)?;
        let what = match source {
            Source::Map(_) => "A map of items",
            Source::ItemRows { .. } => "Similar items",
            _ if source.has_factors() => "Factors",
            _ => "Scores",
        };
        let shown = shown(path);
        Ok(Self {
            name: name.to_owned(),
            path: path.to_path_buf(),
            of_data,
            summary: format!("{what} read from {shown}, with ids matched to the dataset's."),
            source,
            notice: Mutex::new(None),
        })
    }

    /// Whether it is a map: the factors of an item are its x and y.
    pub fn is_map(&self) -> bool {
        matches!(self.source, Source::Map(_))
    }

    pub(super) fn spec(&self) -> &'static ModelSpec {
        match self.source {
            Source::ItemRows { .. } => &item_rows::SPEC,
            _ if self.source.has_factors() => &FACTORS,
            _ => &SCORES,
        }
    }

    /// The defaults that its files set.
    pub(super) fn defaults(&self) -> BTreeMap<&'static str, ParamValue> {
        let hints = self.source.hints();
        let mut defaults = BTreeMap::new();
        if hints.is_rating {
            defaults.insert("unit", ParamValue::Word("rating"));
        }
        if let Some(ridge) = hints.ridge {
            defaults.insert("reg", ParamValue::Real(ridge));
        }
        if matches!(self.source, Source::ItemRows { measure, .. } if item_rows::weighs_ratings(measure)) {
            defaults.insert("values", ParamValue::Word("ratings"));
        }
        if let Some(AlsSettings { alpha, regularization }) = hints.als {
            defaults.insert("alpha", ParamValue::Real(alpha));
            defaults.insert("reg", ParamValue::Real(regularization));
        }
        defaults
    }

    /// Which ids did not match when it was last opened, in a sentence.
    pub fn notice(&self) -> Option<String> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn notice_by_name(&self) -> Option<String> {
        self.notice().map(|notice| format!("{}: {notice}", self.name))
    }

    fn set_notice(&self, notice: Option<String>) {
        // What comes with a sample knows more than the sample.
        let notice = notice.filter(|_| !self.of_data);
        if let Some(notice) = &notice {
            tracing::warn!(name = self.name, %notice, "imported");
        }
        *self.notice.lock().unwrap_or_else(PoisonError::into_inner) = notice;
    }

    /// Reads it and matches it to the dataset.
    pub(super) fn open(&self, context: &FitContext, params: &Params) -> Fitted {
        open::open(self, context, params)
    }
}
