//! What commands share that hold ratings out: where the parts come from, and the models that are measured on them.

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;

use super::CliError;
use super::context::Context;
use super::options::DataOptions;
use crate::data::{LoadOptions, Source, clean_label, load_parts};
use crate::evaluate::{Fold, Folds, Split};
use crate::models::{Catalog, Formula};

/// What is learned from, and what is tested.
#[derive(Debug, Args)]
pub struct SplitOptions {
    /// How to split DATA: kfold:k=5, random:ratio=0.8, stratified:by=item,ratio=0.75, leave-one-out, time:ratio=0.8
    #[arg(long, value_name = "SPLIT", conflicts_with_all = ["train", "test"])]
    split: Option<String>,
    /// Ratings to learn from, in place of DATA
    #[arg(long, value_name = "FILE", conflicts_with = "data", requires = "test")]
    train: Option<PathBuf>,
    /// Ratings to test on
    #[arg(long, value_name = "FILE", requires = "train")]
    test: Option<PathBuf>,
}

impl SplitOptions {
    /// The split by name, by the program's seed where it has none of its own; `random` where nothing is said.
    pub fn split(&self, seed: u64) -> Result<Split, CliError> {
        let split = Split::parse(self.split.as_deref().unwrap_or("random"));
        Ok(split.map_err(|e| CliError::Usage(e.to_string()))?.with_seed(seed))
    }

    /// The parts: of DATA, or from the two files.
    pub fn folds(&self, data: &DataOptions, context: &Context) -> Result<Folds, CliError> {
        // clap lets this pass: DATA forbids --train, so that it does not ask for it.
        if self.test.is_some() && self.train.is_none() {
            let sentence = "--test goes with --train FILE in place of DATA (or divide DATA by --split)";
            return Err(CliError::Usage(sentence.into()));
        }
        if let (Some(train), Some(test)) = (&self.train, &self.test) {
            let data = DataOptions {
                data: Some(train.clone()),
                ..data.clone()
            };
            let world = context.world(&data)?;
            let options = LoadOptions {
                items: None,
                users: None,
                ..data.load_options(context.seed)?
            };
            let parts = load_parts(&Source::named(test), &options, &context.task)?;
            let ratings = &parts.ratings;
            let id = |ids: &crate::data::Ids, at: u32| ids.get(at as usize).to_owned();
            let rows = (0..ratings.users.len()).map(|k| {
                (
                    id(&parts.users, ratings.users[k]),
                    id(&parts.items, ratings.items[k]),
                    ratings.values[k],
                )
            });
            let fold = Fold::from_pair(Arc::clone(&world.dataset), rows.collect());
            let file = |path: &std::path::Path| clean_label(&path.to_string_lossy()).into_owned();
            return Ok(Folds::given(format!("{} / {}", file(train), file(test)), vec![fold]));
        }
        let split = self.split(context.seed)?;
        let world = context.world(data)?;
        split.folds(&world.dataset).map_err(|e| CliError::Failed(e.to_string()))
    }
}

/// The models of `--models`; none where that is left to the data.
pub fn formulas(text: Option<&str>, catalog: &Catalog) -> Result<Vec<Formula>, CliError> {
    let Some(text) = text else {
        return Ok(Vec::new());
    };
    let mut formulas = Vec::new();
    for part in split_formulas(text) {
        formulas.push(catalog.parse(&part)?);
    }
    if formulas.is_empty() {
        return Err(CliError::Usage("--models names no model".into()));
    }
    Ok(formulas)
}

/// Parts between semicolons, except those within parentheses: `cascade(…; keep=200)` is one.
fn split_formulas(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0usize;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match parts.last_mut() {
            Some(part) if c != ';' || depth > 0 => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|p| !p.trim().is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_within_parentheses_belong_to_the_formula() {
        let parts = split_formulas("svd; cascade(item-knn > content; keep=20) ;; baseline");
        let parts: Vec<&str> = parts.iter().map(|p| p.trim()).collect();
        assert_eq!(parts, ["svd", "cascade(item-knn > content; keep=20)", "baseline"]);
    }
}
