use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::DataOptions;
use super::output::exact;
use super::table::{Left, Right, Table, aligned, aligned_or_dash, counted};
use super::{CliError, Run};
use crate::answers::leaderboard::UserFigures;
use crate::data::export::write_csv_rows;
use crate::data::{Condition, LoadOptions, Source, clean_label, load_parts};
use crate::evaluate::metrics::{AlikeBy, CatalogOf, Choices, Unseen};
use crate::evaluate::{
    Evaluation, FittableModel, Fold, Folds, METRICS, Metric, Options, Outcome, Split, Unknown, evaluate,
};
use crate::models::{Catalog, Formula, default_formula};
use crate::task::Cancel;
use crate::task::atomic;

/// How well models predict and rank.
#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    data: DataOptions,
    /// How to split DATA: kfold:k=5, random:ratio=0.8, stratified:by=item,ratio=0.75, leave-one-out, time:ratio=0.8
    #[arg(long, value_name = "SPLIT", conflicts_with_all = ["train", "test"])]
    split: Option<String>,
    /// Ratings to learn from, in place of DATA
    #[arg(long, value_name = "FILE", conflicts_with = "data", requires = "test")]
    train: Option<PathBuf>,
    /// Ratings to test on
    #[arg(long, value_name = "FILE", requires = "train")]
    test: Option<PathBuf>,
    /// The models, separated by semicolons [default: the explorer's formula and popularity]
    #[arg(long, value_name = "FORMULAS")]
    models: Option<String>,
    #[arg(long, value_name = "METRICS", help = metrics_help())]
    metrics: Option<String>,
    /// Do not clip predictions to the scale before taking their errors
    #[arg(long)]
    no_clip: bool,
    /// Which test items are relevant, by their rating [default: all; of votes those above 0]
    #[arg(long, value_name = "CONDITION")]
    relevant: Option<Condition>,
    /// Fit every model with so many seeds, from --seed on, and say how its figures vary
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Over which items exposure is spread (gini, entropy)
    #[arg(long, value_name = "ITEMS", default_value = "all")]
    catalog: CatalogOf,
    /// What an item that nobody rated in training counts in bits: as one rating of N + 1, or as the least popular
    #[arg(long, value_name = "HOW", default_value = "one")]
    unseen: Unseen,
    /// By what items are alike (ild, serendipity)
    #[arg(long, value_name = "WHAT", default_value = "content")]
    ild_by: AlikeBy,
    /// Make lists of the relevant items and so many others, drawn for each user, instead of all unseen items: quicker, and
    /// not to be compared with figures over all items
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    negatives: Option<u64>,
    /// A new folder for the parts of the split: fold-1.train.csv, fold-1.test.csv, …
    #[arg(long, value_name = "DIR", conflicts_with_all = ["train", "test"])]
    save_split: Option<PathBuf>,
    /// Include the values of every user (JSON only)
    #[arg(long)]
    by_user: bool,
}

impl Run for Evaluate {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let usage = |why: &dyn std::fmt::Display| CliError::Usage(why.to_string());
        let metrics = match &self.metrics {
            Some(text) => Metric::parse_list(text).map_err(|e| usage(&e))?,
            None => Metric::defaults(),
        };
        let named = self.models(&context.catalog)?;
        let folds = self.folds(context)?;
        let models = if named.is_empty() { first_models(&folds) } else { named };
        if let Some(folder) = &self.save_split {
            let saved = atomic::folder(folder, |inside| save(&folds, inside, &context.task.cancel));
            saved.map_err(|e| CliError::writing(folder, &e))?;
        }
        let options = Options {
            seed: context.seed,
            seeds: self.seeds,
            relevant: self.relevant,
            clip: !self.no_clip,
            by_user: true,
            negatives: self.negatives.map(|n| n as usize),
            choices: Choices {
                catalog: self.catalog,
                unseen: self.unseen,
                alike_by: self.ild_by,
            },
        };
        let mut result = evaluate(&folds, &models, &metrics, &options, &context.task)?;
        let figures = UserFigures::of(&result);
        if !self.by_user {
            result.tested.clear();
            let outcomes = result.rows.iter_mut().flat_map(|r| &mut r.metrics);
            outcomes.for_each(|m| m.by_user.clear());
        }
        let failed = result.rows.iter().all(|r| r.error.is_some());
        if let Some(error) = result.rows.iter().find_map(|r| r.error.clone()).filter(|_| failed) {
            return Err(CliError::Failed(error));
        }
        let printed = Printed { result, figures };
        let header = ["model", "metric", "fold", "value", "reason"];
        let text = |p: &Printed| text(&p.result) + &by_user(&p.figures);
        context.print(&printed, &header, |p| rows(&p.result), text)
    }
}

/// An evaluation, and what the values of each user say of it.
#[derive(Serialize)]
struct Printed {
    #[serde(flatten)]
    result: Evaluation,
    #[serde(flatten)]
    figures: UserFigures,
}

impl Evaluate {
    /// Those that are named; none where that is left to the data.
    fn models(&self, catalog: &Catalog) -> Result<Vec<FittableModel>, CliError> {
        let Some(text) = &self.models else {
            return Ok(Vec::new());
        };
        let mut models = Vec::new();
        for part in split_formulas(text) {
            models.push(FittableModel::from(catalog.parse(&part)?));
        }
        if models.is_empty() {
            return Err(CliError::Usage("--models names no model".into()));
        }
        Ok(models)
    }

    fn folds(&self, context: &Context) -> Result<Folds, CliError> {
        // clap lets this pass: DATA forbids --train, so that it does not ask for it.
        if self.test.is_some() && self.train.is_none() {
            let sentence = "--test goes with --train FILE in place of DATA (or divide DATA by --split)";
            return Err(CliError::Usage(sentence.into()));
        }
        if let (Some(train), Some(test)) = (&self.train, &self.test) {
            let data = DataOptions {
                data: Some(train.clone()),
                ..self.data.clone()
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
        let text = self.split.as_deref().unwrap_or("random");
        let split = Split::parse(text)
            .map_err(|e| CliError::Usage(e.to_string()))?
            .with_seed(context.seed);
        let world = context.world(&self.data)?;
        split.folds(&world.dataset).map_err(|e| CliError::Failed(e.to_string()))
    }
}

/// Writes what each fold trains on and what it tests.
fn save(folds: &Folds, inside: &Path, cancel: &Cancel) -> io::Result<()> {
    let Some((data, assignment)) = folds.division() else {
        return Ok(());
    };
    for fold in 0..assignment.n_folds() {
        let is_train = |row| assignment.is_train(row, fold);
        let is_test = |row| assignment.is_test(row, fold);
        let is_known = |row| assignment.is_known(row);
        let parts: [(&str, &dyn Fn(usize) -> bool); 3] =
            [("train", &is_train), ("test", &is_test), ("known", &is_known)];
        for (part, keep) in parts {
            if part != "known" || (0..data.n_ratings()).any(keep) {
                let path = inside.join(format!("fold-{}.{part}.csv", fold + 1));
                atomic::file(&path, |to| write_csv_rows(data, keep, to, cancel))?;
            }
        }
    }
    Ok(())
}

/// The default for the kind of feedback, and what it has to beat.
fn first_models(folds: &Folds) -> Vec<FittableModel> {
    let kind = folds.feedback_kind();
    let texts = [default_formula(kind), "popularity"];
    texts
        .iter()
        .filter_map(|text| Formula::parse(text).ok())
        .map(FittableModel::from)
        .collect()
}

/// The help of `--metrics`, from the registry.
fn metrics_help() -> String {
    let names = |metrics: &mut dyn Iterator<Item = Metric>| {
        let names: Vec<String> = metrics.map(|m| m.to_string()).collect();
        names.join(", ")
    };
    let usual = Metric::defaults();
    let all = METRICS.iter().filter_map(|spec| Metric::parse(spec.name).ok());
    let further = names(&mut all.filter(|m| !usual.contains(m)));
    let usual = names(&mut usual.into_iter());
    format!(
        "The metrics, separated by commas, @ and a number being the length of lists: {usual} (all these by default), {further}"
    )
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

fn rows(result: &Evaluation) -> Vec<[String; 5]> {
    let mut rows = Vec::new();
    for row in &result.rows {
        for outcome in &row.metrics {
            let mut add = |fold: String, value: Option<f64>| {
                let reason = outcome.reason.clone().filter(|_| value.is_none()).unwrap_or_default();
                let value = value.map_or_else(String::new, exact);
                rows.push([row.model.clone(), outcome.metric.to_string(), fold, value, reason]);
            };
            add("mean".to_owned(), outcome.mean);
            for (at, value) in outcome.values.iter().enumerate() {
                add((at + 1).to_string(), *value);
            }
            if let Some(known) = &outcome.known {
                add("mean of known users".to_owned(), known.mean);
            }
            if let Some(seeds) = &outcome.seeds {
                for (at, value) in seeds.values.iter().enumerate() {
                    add(format!("seed {}", at + 1), Some(*value));
                }
                add("stdev of seeds".to_owned(), Some(seeds.stdev));
            }
        }
        rows.push([
            row.model.clone(),
            "fit_seconds".into(),
            "all".into(),
            exact(row.fit_seconds),
            String::new(),
        ]);
    }
    rows
}

fn text(result: &Evaluation) -> String {
    let sizes = result.folds.first().map_or_else(String::new, |f| {
        format!(
            ", {} rows to learn from, {} to test",
            counted(f.train as u64),
            counted(f.test as u64)
        )
    });
    let mut text = format!(
        "{}: {} fold{}{sizes}\n",
        result.split,
        result.folds.len(),
        if result.folds.len() == 1 { "" } else { "s" }
    );
    text += &cautions(result);
    text.push('\n');
    let metrics = result.rows.first().map_or(&[][..], |r| &r.metrics);
    let mut titles = vec![("model".to_owned(), Left)];
    titles.extend(metrics.iter().map(|m| (m.metric.to_string(), Right)));
    titles.push(("fit s".to_owned(), Right));
    titles.push(("test s".to_owned(), Right));
    let mut table = Table::new(titles);
    for row in &result.rows {
        let values = row.metrics.iter().map(|m| aligned_or_dash(m.mean));
        let seconds = [format!("{:.2}", row.fit_seconds), format!("{:.2}", row.test_seconds)];
        table.row(std::iter::once(row.model.clone()).chain(values).chain(seconds));
        let mut more = |title: &str, value: &dyn Fn(&Outcome) -> Option<f64>| {
            let values: Vec<Option<f64>> = row.metrics.iter().map(value).collect();
            if values.iter().any(Option::is_some) {
                let blanks = [String::new(), String::new()];
                let cells = values.into_iter().map(aligned_or_dash).chain(blanks);
                table.row(std::iter::once(format!("  {title}")).chain(cells));
            }
        };
        more("known users", &|m| m.known.as_ref().and_then(|k| k.mean));
        more("± over seeds", &|m| m.seeds.as_ref().map(|s| s.stdev));
    }
    let _ = writeln!(text, "{table}");
    for metric in metrics {
        let _ = writeln!(text, "{}: {}", metric.metric, metric.metric.spec().definition);
    }
    for row in &result.rows {
        if let Some(error) = &row.error {
            let _ = writeln!(text, "{}: {error}", row.model);
        } else if let Some(reason) = row.metrics.iter().find_map(|m| m.reason.as_ref()) {
            let _ = writeln!(text, "{}: – means that {reason}", row.model);
        }
    }
    text
}

/// What makes the figures other than they look: what training knows too much of, or nothing, and what counts as relevant.
fn cautions(result: &Evaluation) -> String {
    let mut text = String::new();
    if let Some(condition) = &result.relevant {
        let users: usize = result.folds.iter().map(|f| f.users_with_relevant).sum();
        let _ = writeln!(
            text,
            "relevant: {condition}; lists are of the {} users with such a test item",
            counted(users)
        );
    }
    if let Some(n) = result.negatives {
        let _ = writeln!(
            text,
            "lists are of the relevant items and {} drawn others: these figures are higher than over all items, and models \
             may stand in another order (Krichene and Rendle 2020)",
            counted(n)
        );
    }
    let Unknown { users, items, rows } = result.unknown;
    if rows > 0 {
        let _ = writeln!(
            text,
            "unknown to training: {} users and {} items, in {} test ratings",
            counted(users),
            counted(items),
            counted(rows)
        );
    }
    let early: usize = result.folds.iter().map(|f| f.rows_before_training).sum();
    let tested: usize = result.folds.iter().map(|f| f.test).sum();
    if early > 0 {
        let _ = writeln!(
            text,
            "{} of {} test ratings are older than ratings of the same users in training: models see the future (split by \
             time to avoid it)",
            counted(early),
            counted(tested)
        );
    }
    if result.rows_in_training > 0 {
        let _ = writeln!(
            text,
            "{} test ratings are in training too: models know the answer",
            counted(result.rows_in_training)
        );
    }
    text
}

/// How the users are spread, and every model against those before it.
fn by_user(figures: &UserFigures) -> String {
    let Some(first) = figures.spread.first() else {
        return String::new();
    };
    let titles = ["none found for", "quarter", "median", "three quarters"];
    let titles = titles.map(|title| (title, Right));
    let metric = (format!("{} by user", first.metric), Left);
    let mut spread = Table::new(std::iter::once(metric).chain(titles.map(|(t, lean)| (t.to_owned(), lean))));
    for one in &figures.spread {
        let quartiles = one.quartiles.map(aligned);
        spread.row(
            [one.model.clone(), counted(one.zero as u64)]
                .into_iter()
                .chain(quartiles),
        );
    }
    let titles = ["difference", "±", "higher", "lower", "same"].map(|title| (title, Right));
    let mut pairs = Table::new([("model", Left), ("against", Left)].into_iter().chain(titles));
    for pair in &figures.pairs {
        let difference = &pair.difference;
        let figures = [aligned(difference.mean), aligned_or_dash(difference.half_width)];
        let heads = [difference.higher, difference.lower, difference.same].map(|n| counted(n as u64));
        let names = [pair.model.clone(), pair.against.clone()];
        pairs.row(names.into_iter().chain(figures).chain(heads));
    }
    if figures.pairs.is_empty() {
        return format!("\n{spread}");
    }
    format!("\n{spread}\n{pairs}")
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
