//! Models that were trained elsewhere: factors and scores in files open under a name of their own.
//!
//! `--import NAME=PATH` [registers](register) a file or a folder; from then on NAME stands in formulas like any other model. The
//! files are read when the model is first asked for, and put in the order of the dataset by ids.
//!
//! - `source`: what PATH is, told by names alone.
//! - `arrays`, `table`, `parquet`: the formats.
//! - `side`: the factors of all users or items, checked, and brought to the dataset's order.
//! - `fold`: profiles that were not there in training.
//! - `pairs`: scores of single pairs of user and item.

mod arrays;
mod fold;
mod open;
mod pairs;
mod parquet;
mod side;
mod source;
mod table;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

use super::{FitContext, Fitted, MODELS, ModelSpec, Parameter, Params, Range, Training, Unit};
use source::{Source, Weighed};

/// A model that was trained elsewhere, known by name and place; not read yet.
pub struct Import {
    /// As written in formulas.
    pub name: &'static str,
    /// The file or folder, as it was typed.
    pub path: PathBuf,
    source: Source,
    /// What was noticed when it was last opened.
    notice: Mutex<Option<String>>,
}

/// All that are registered, in order.
static IMPORTS: RwLock<Vec<&'static ModelSpec>> = RwLock::new(Vec::new());

/// Makes what is at `path` known as the model `name`; of two of one name the later counts. Reads no more than names.
///
/// The registration lasts as long as the program, like the registry itself, and takes a few hundred bytes.
///
/// # Errors
/// One sentence: a name that cannot stand in a formula or is taken by a model, or nothing at `path` that could be a model.
pub fn register(name: &str, path: &Path) -> Result<(), String> {
    check_name(name)?;
    let source = Source::at(path)?;
    let spec = describe(name, path, source);
    let mut imports = IMPORTS.write().unwrap_or_else(PoisonError::into_inner);
    match imports.iter_mut().find(|known| known.name == spec.name) {
        Some(known) => *known = spec,
        None => imports.push(spec),
    }
    Ok(())
}

/// The models that were imported, in the order they were.
pub fn imports() -> Vec<&'static ModelSpec> {
    IMPORTS.read().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Whether `name` can be that of an import.
///
/// # Errors
/// One sentence on why not.
pub fn check_name(name: &str) -> Result<(), String> {
    let words = name
        .split('-')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric()));
    if !words || !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        let shown = crate::data::clean_label(name);
        return Err(format!(
            "{shown:?} cannot be the name of a model: letters, digits and single hyphens make one, a letter first"
        ));
    }
    let taken = MODELS.iter().any(|m| m.name == name) || ["switch", "cascade", "augment"].contains(&name);
    if taken {
        return Err(format!("{name} is a model already; give the import another name"));
    }
    Ok(())
}

const IDS: Parameter = Parameter {
    name: "ids",
    range: Range::Choice(&["given", "order"]),
    default: "given",
    doc: "whose row is whose: by the ids in the files, or by order of first appearance in the dataset",
};

const FOLD: Parameter = Parameter {
    name: "fold",
    range: Range::Choice(&["auto", "ridge", "als"]),
    default: "auto",
    doc: "how guests and edits become factors: ridge, regression on ratings; als, the weights of implicit's ALS; auto, als \
          where the file has an alpha or the data no ratings, else ridge",
};

const WEIGHTS: Parameter = Parameter {
    name: "weights",
    range: Range::Choice(&["ratings", "binary"]),
    default: "ratings",
    doc: "what weighs in fold=als: alpha times the rating, or alpha whatever the rating",
};

const fn regularization(default: &'static str) -> Parameter {
    Parameter {
        name: "reg",
        range: Range::Real(0.0, 1e9),
        default,
        doc: "how strongly the fold draws factors to 0; in ridge for each rating, as Spark's regParam",
    }
}

const fn alpha(default: &'static str) -> Parameter {
    Parameter {
        name: "alpha",
        range: Range::Real(0.0, 1e6),
        default,
        doc: "what a rating weighs in fold=als, where an unrated item weighs 1",
    }
}

const fn unit(default: &'static str) -> Parameter {
    Parameter {
        name: "unit",
        range: Range::Choice(&["score", "rating"]),
        default,
        doc: "what the scores are: ratings, or of no meaning but their order",
    }
}

/// What may be said of a model from these files; defaults are what the files say.
fn parameters(source: &Source) -> Vec<Parameter> {
    let said = source.said();
    let unit = unit(if said.is_rating { "rating" } else { "score" });
    if !source.has_factors() {
        return vec![unit];
    }
    let (reg, weight) = match said.weighed {
        Some(Weighed { alpha, regularization }) => (keep(regularization.to_string()), keep(alpha.to_string())),
        None => ("0.1", "1"),
    };
    vec![unit, FOLD, regularization(reg), alpha(weight), WEIGHTS, IDS]
}

/// For good: formulas point to it.
fn keep(text: String) -> &'static str {
    Box::leak(text.into_boxed_str())
}

/// The line that the registry would have. It is kept for good: formulas point to it.
fn describe(name: &str, path: &Path, source: Source) -> &'static ModelSpec {
    let shown = crate::data::clean_label(&path.to_string_lossy()).into_owned();
    let name = keep(name.to_owned());
    let factors = source.has_factors();
    let import: &'static Import = Box::leak(Box::new(Import {
        name,
        path: path.to_path_buf(),
        source,
        notice: Mutex::new(None),
    }));
    let parameters = Box::leak(parameters(&import.source).into_boxed_slice());
    let what = if factors { "Factors" } else { "Scores" };
    Box::leak(Box::new(ModelSpec {
        name,
        title: keep(format!("{what} trained elsewhere")),
        summary: keep(format!("{what} read from {shown}, with ids matched to the dataset's.")),
        formula: if factors {
            "score(u, i) = μ + b_u + b_i + p_u·q_i,  terms that the files lack are 0"
        } else {
            "score(u, i) = what the file says of the pair"
        },
        parameters,
        unit: |params: &Params| match params.word("unit") {
            "rating" => Unit::Rating,
            _ => Unit::Score,
        },
        paper: "",
        strengths: "Explores what another program trained, on one machine or many. Measured by evaluate it has seen what its \
                    training saw: keep the test ratings from it.",
        fit: Training::imported(import),
    }))
}

impl Import {
    /// Whether it has factors; else it is a list of scores.
    pub fn has_factors(&self) -> bool {
        self.source.has_factors()
    }

    /// What was noticed when it was last opened, in a sentence: ids that did not match.
    pub fn notice(&self) -> Option<String> {
        self.notice.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The same, with its name in front.
    pub fn notice_by_name(&self) -> Option<String> {
        self.notice().map(|notice| format!("{}: {notice}", self.name))
    }

    fn notes(&self, notice: Option<String>) {
        if let Some(notice) = &notice {
            tracing::warn!(name = self.name, %notice, "imported");
        }
        *self.notice.lock().unwrap_or_else(PoisonError::into_inner) = notice;
    }

    /// Reads it and puts it to work with the dataset.
    ///
    /// # Errors
    /// Cancelled, or one sentence with the file and what is wrong with it.
    pub(super) fn open(&'static self, spec: &'static ModelSpec, context: &FitContext, params: &Params) -> Fitted {
        open::open(self, spec, context, params)
    }
}
