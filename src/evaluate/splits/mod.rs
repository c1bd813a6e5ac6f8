//! Ways to divide ratings into training and test: one file and one registry line each.
//!
//! A split is written like a model, `kfold:k=5,seed=0`, and read by [`Split::parse`]. It says for every rating, by its
//! position in the order of the file, in which fold it is tested; [`Folds`] makes the folds of it one at a time.

mod draws;
mod kfold;
mod leave_one_out;
mod random;
mod stratified;
mod strong;
mod time;

use std::fmt;
use std::sync::Arc;

use super::folds::{Assignment, Folds};
use crate::data::{Dataset, unknown};
use crate::models::{Parameter, Params};

/// Why ratings could not be divided, or a split not read: one sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SplitError(pub String);

/// Everything there is to know of a kind of split.
pub struct SplitSpec {
    /// As written: `kfold`.
    pub name: &'static str,
    pub summary: &'static str,
    pub parameters: &'static [Parameter],
    pub assign: fn(&Dataset, &Params) -> Result<Assignment, SplitError>,
}

/// The registry: one line a split.
pub static SPLITS: &[&SplitSpec] = &[
    &kfold::SPEC,
    &random::SPEC,
    &stratified::SPEC,
    &leave_one_out::SPEC,
    &time::SPEC,
    &strong::SPEC,
];

/// A split with its parameters. Displays in canonical form, defaults left out.
#[derive(Clone)]
pub struct Split {
    spec: &'static SplitSpec,
    params: Params,
}

impl Split {
    /// Reads a split: `name`, or `name:key=value,key=value`.
    pub fn parse(text: &str) -> Result<Self, SplitError> {
        let (name, settings) = match text.split_once(':') {
            Some((name, settings)) => (name.trim(), Some(settings)),
            None => (text.trim(), None),
        };
        let Some(spec) = SPLITS.iter().find(|s| s.name == name) else {
            return Err(SplitError(unknown("split", name, SPLITS.iter().map(|s| s.name))));
        };
        let mut params = Params::defaults(spec.parameters);
        for setting in settings.into_iter().flat_map(|s| s.split(',')) {
            let Some((key, value)) = setting.split_once('=') else {
                return Err(SplitError(format!(
                    "{name}: expected key=value, found {:?}",
                    setting.trim()
                )));
            };
            params
                .set(key.trim(), value.trim())
                .map_err(|why| SplitError(format!("{name}: {why}")))?;
        }
        Ok(Self { spec, params })
    }

    pub fn spec(&self) -> &'static SplitSpec {
        self.spec
    }

    /// The same split, with `seed` where it is random and names no seed of its own.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        let is_open = self.spec.parameters.iter().any(|p| p.name == "seed") && self.params.get("seed").is_none();
        if is_open {
            // Any u64 is allowed, so this cannot fail.
            let _ = self.params.set("seed", &seed.to_string());
        }
        self
    }

    /// Divides the ratings of `dataset`. A seed that is still open is 0.
    pub fn assign(&self, dataset: &Dataset) -> Result<Assignment, SplitError> {
        let assignment = (self.spec.assign)(dataset, &self.params)?;
        let n = dataset.n_ratings();
        for fold in 0..assignment.n_folds() {
            let test = assignment.test_size(fold);
            if test == 0 || assignment.train_size(fold) == 0 {
                let what = if test == 0 { "test" } else { "train on" };
                return Err(SplitError(format!("{self} leaves nothing to {what} of {n} ratings")));
            }
        }
        Ok(assignment)
    }

    /// The folds of `dataset`, made one at a time.
    pub fn folds(&self, dataset: &Arc<Dataset>) -> Result<Folds, SplitError> {
        let assignment = self.assign(dataset)?;
        Ok(Folds::of_assignment(self.to_string(), Arc::clone(dataset), assignment))
    }
}

impl PartialEq for Split {
    fn eq(&self, other: &Self) -> bool {
        self.spec.name == other.spec.name && self.params == other.params
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec.name)?;
        for (n, (key, value)) in self.params.changed().enumerate() {
            write!(f, "{}{key}={value}", if n == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Split({self})")
    }
}

/// Of each group of `rows` (its number, what they are sorted by, the position in the file) the first round(ratio·n), half
/// to even, are trained on.
fn hold_out_of_each<T>(rows: &[(u32, T, u32)], ratio: f64) -> Assignment {
    let mut is_test = vec![false; rows.len()];
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        let n_train = (ratio * group.len() as f64).round_ties_even() as usize;
        for &(.., row) in &group[n_train..] {
            is_test[row as usize] = true;
        }
    }
    Assignment::hold_out(is_test)
}

#[cfg(test)]
mod tests;
