use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::{DataOptions, Format};
use super::output::exact;
use super::splitting::{SplitOptions, formulas};
use super::table::{Left, Right, Table, aligned, aligned_or_dash, counted};
use super::{CliError, Run};
use crate::answers::leaderboard::UserFigures;
use crate::answers::paper::Paper;
use crate::answers::results::{self, Changed, DataName, Kept};
use crate::answers::text::brief;
use crate::data::export::write_csv_rows;
use crate::data::{Condition, Dataset, LoadOptions, Source, clean_label, load_parts};
use crate::evaluate::metrics::{AlikeBy, Better, CatalogOf, Choices, Dialect, Unseen};
use crate::evaluate::slices::{self, SliceRow};
use crate::evaluate::{
    Evaluation, FittableModel, Folds, METRICS, Metric, ModelRow, Options, Outcome, Place, Unknown, evaluate, listed,
    strange,
};
use crate::models::{Formula, default_formula};
use crate::task::Cancel;
use crate::task::atomic;

/// How well models predict and rank.
#[derive(Debug, Args)]
pub struct Evaluate {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    split: SplitOptions,
    /// The models, separated by semicolons [default: the explorer's formula and popularity]
    #[arg(long, value_name = "FORMULAS")]
    models: Option<String>,
    #[arg(long, value_name = "METRICS", help = metrics_help())]
    metrics: Option<String>,
    /// Take the metrics of another program, under its names and as it defines them; --metrics then names some of them
    #[arg(long, value_name = "PROGRAM")]
    dialect: Option<Dialect>,
    /// Lists that were made elsewhere, a row a place: user, item, rank (repeatable). They are measured as they are
    #[arg(long, value_name = "FILE")]
    lists: Vec<PathBuf>,
    /// A file to add the figures to, a JSON line a model; what is other than before is told
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
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
    /// The first metric that users have values of, over groups of users: by ratings, popularity, category, attributes
    #[arg(long)]
    slices: bool,
}

impl Run for Evaluate {
    const HAS_MARKDOWN: bool = true;
    const HAS_LATEX: bool = true;

    fn run(self, context: &Context) -> Result<(), CliError> {
        let usage = |why: &dyn std::fmt::Display| CliError::Usage(why.to_string());
        let metrics = match (self.dialect, &self.metrics) {
            (Some(dialect), Some(text)) => dialect.parse_list(text).map_err(|e| usage(&e))?,
            (Some(dialect), None) => dialect.defaults(),
            (None, Some(text)) => Metric::parse_list(text).map_err(|e| usage(&e))?,
            (None, None) => Metric::defaults(),
        };
        let named = formulas(self.models.as_deref(), &context.catalog)?;
        let named: Vec<FittableModel> = named.into_iter().map(FittableModel::from).collect();
        let folds = self.split.folds(&self.data, context)?;
        let mut models = if named.is_empty() && self.lists.is_empty() {
            first_models(&folds)
        } else {
            named
        };
        for file in &self.lists {
            models.push(lists(file, &folds, context)?);
        }
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
            ..Options::default()
        };
        let mut result = evaluate(&folds, &models, &metrics, &options, &context.task)?;
        let figures = UserFigures::of(&result);
        let sliced = if self.slices {
            Some(sliced(&result, &folds, self.relevant)?)
        } else {
            None
        };
        let paper = (context.wants_markdown() || context.wants_latex())
            .then(|| Paper::of(&result.rows.iter().collect::<Vec<_>>()));
        if !self.by_user {
            result.tested.clear();
            let outcomes = result.rows.iter_mut().flat_map(|r| &mut r.metrics);
            outcomes.for_each(|m| m.by_user.clear());
        }
        let failed = result.rows.iter().all(|r| r.error.is_some());
        if let Some(error) = result.rows.iter().find_map(|r| r.error.clone()).filter(|_| failed) {
            return Err(CliError::Failed(error));
        }
        if let Some(file) = &self.results {
            let kept = Kept::of(&result, &data_name(&folds), context.seed, &self.setting());
            let changes = results::append(file, &kept).map_err(CliError::Failed)?;
            say_changes(&changes, context)?;
        }
        if let Some(paper) = paper {
            let text = if context.wants_latex() {
                paper.latex()
            } else {
                paper.markdown()
            };
            return context.output(Format::Text).text(text);
        }
        let printed = Printed {
            result,
            figures,
            slices: sliced,
        };
        let header = ["model", "metric", "fold", "value", "reason"];
        let text = |p: &Printed| {
            text(&p.result) + &by_user(&p.figures) + &p.slices.as_ref().map_or_else(String::new, text_of_slices)
        };
        context.print(&printed, &header, |p| rows(&p.result), text)
    }
}

impl Evaluate {
    /// What, besides data, split and seed, makes figures what they are, as it is asked for; empty where nothing is.
    fn setting(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        words.extend(self.relevant.map(|condition| format!("relevant {condition}")));
        words.extend(self.negatives.map(|n| format!("negatives {n}")));
        words.extend((self.seeds > 1).then(|| format!("seeds {}", self.seeds)));
        words.extend(self.no_clip.then(|| "no clip".to_owned()));
        words.extend(self.dialect.map(|dialect| format!("dialect {}", dialect.name())));
        let choices = [
            (self.catalog != CatalogOf::default(), "catalog rated"),
            (self.unseen != Unseen::default(), "unseen max"),
            (self.ild_by != AlikeBy::default(), "ild by factors"),
        ];
        words.extend(
            choices
                .into_iter()
                .filter(|(is_set, _)| *is_set)
                .map(|(_, word)| word.to_owned()),
        );
        words.join(", ")
    }
}

/// Reads lists; what of them cannot be measured is told.
fn lists(file: &Path, folds: &Folds, context: &Context) -> Result<FittableModel, CliError> {
    let name = clean_label(&file.to_string_lossy()).into_owned();
    // Columns go by name where the header has a rank, else by their order.
    let is_named = std::fs::File::open(file).is_ok_and(|opened| {
        let mut head = String::new();
        let _ = io::BufRead::read_line(&mut io::BufReader::new(io::Read::take(opened, 4096)), &mut head);
        head.to_lowercase().contains("rank")
    });
    let columns = if is_named {
        "user=user,item=item,rating=rank,time=none"
    } else {
        "user=1,item=2,rating=3,time=none"
    };
    let options = LoadOptions {
        columns: Some(columns.parse().map_err(CliError::Usage)?),
        ..LoadOptions::default()
    };
    let parts = load_parts(&Source::named(file), &options, &context.task)?;
    let ratings = &parts.ratings;
    let place = |k: usize| Place {
        user: parts.users.get(ratings.users[k] as usize).to_owned(),
        item: parts.items.get(ratings.items[k] as usize).to_owned(),
        rank: ratings.values[k],
    };
    let places: Vec<Place> = (0..ratings.users.len()).map(place).collect();
    if let Some(fold) = folds.iter().next().filter(|_| !context.quiet) {
        let strange = strange(&places, &fold.train);
        let counts = [
            (strange.users, "lists of users whom training does not know are left out"),
            (
                strange.places,
                "places of items that training does not know are left out: those below move up",
            ),
            (strange.repeated, "places repeat an item of their list and are left out"),
            (strange.seen, "places hold what their user rated in training: no hits"),
        ];
        for (n, what) in counts.into_iter().filter(|(n, _)| *n > 0) {
            writeln!(io::stderr(), "recscope: {name}: {} {what}", counted(n))?;
        }
    }
    Ok(listed(name, Arc::new(places)))
}

/// Which data the figures are of.
fn data_name(folds: &Folds) -> DataName {
    let of = |data: &Dataset| DataName {
        name: data.name().to_owned(),
        identity: format!("{:016x}", data.identity()),
    };
    match folds.division() {
        Some((data, _)) => of(data),
        None => of(&folds.get(0).train),
    }
}

/// What is other than before, on standard error.
fn say_changes(changes: &[Changed], context: &Context) -> Result<(), CliError> {
    for change in changes.iter().filter(|_| !context.quiet) {
        let figures = [change.before, change.now].map(aligned_or_dash);
        let (model, metric) = (&change.model, &change.metric);
        writeln!(
            io::stderr(),
            "recscope: {model}: {metric} was {}, is {}",
            figures[0],
            figures[1]
        )?;
    }
    Ok(())
}

/// An evaluation, and what the values of each user say of it.
#[derive(Serialize)]
struct Printed {
    #[serde(flatten)]
    result: Evaluation,
    #[serde(flatten)]
    figures: UserFigures,
    #[serde(skip_serializing_if = "Option::is_none")]
    slices: Option<Sliced>,
}

/// A metric over groups of users.
#[derive(Serialize)]
struct Sliced {
    metric: String,
    models: Vec<String>,
    rows: Vec<SliceRow>,
}

/// The first metric that users have values of, over groups of them.
fn sliced(result: &Evaluation, folds: &Folds, relevant: Option<Condition>) -> Result<Sliced, CliError> {
    if folds.len() != 1 {
        return Err(CliError::Usage(format!(
            "--slices is of the users of one test part, and {} has {}",
            folds.name(),
            folds.len()
        )));
    }
    let first = result.rows.iter().find(|row| row.error.is_none());
    let outcomes = first.map_or(&[][..], |row| &row.metrics);
    let Some(at) = outcomes.iter().position(|outcome| !outcome.by_user.is_empty()) else {
        return Err(CliError::Usage(
            "--slices wants a metric of lists, as ndcg@10 is".into(),
        ));
    };
    let fold = match relevant {
        Some(condition) => Arc::new(Arc::unwrap_or_clone(folds.get(0)).judged_by(condition)),
        None => folds.get(0),
    };
    // Whoever has no relevant item plays no part; the order is that of the values.
    let judged = fold.users.iter().filter(|user| user.n_relevant > 0);
    let users: Vec<_> = judged.map(|user| user.user).collect();
    let values = |row: &'_ ModelRow| {
        row.metrics
            .get(at)
            .map_or(Vec::new(), |outcome| outcome.by_user.clone())
    };
    let by_user: Vec<Vec<f64>> = result.rows.iter().map(values).collect();
    let by_user: Vec<&[f64]> = by_user.iter().map(Vec::as_slice).collect();
    let metric = outcomes[at].metric;
    let higher = metric.spec().better == Better::Higher;
    Ok(Sliced {
        metric: metric.to_string(),
        models: result.rows.iter().map(|row| row.model.clone()).collect(),
        rows: slices::means(&slices::slices(&fold.train, &users), &by_user, higher),
    })
}

fn text_of_slices(sliced: &Sliced) -> String {
    let heads = [
        (format!("{} by", sliced.metric), Left),
        (String::new(), Left),
        ("users".to_owned(), Right),
    ];
    let models = sliced.models.iter().map(|model| (brief(model, "…"), Right));
    let mut table = Table::new(heads.into_iter().chain(models));
    for row in &sliced.rows {
        let means = row.means.iter().zip(&row.worst).map(|(mean, worst)| {
            let mark = if *worst { "worst " } else { "" };
            format!("{mark}{}", aligned_or_dash(*mean))
        });
        let names = [row.by.clone(), row.slice.clone(), counted(row.users as u64)];
        table.row(names.into_iter().chain(means));
    }
    format!("\n{table}")
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

/// How far chance explains that models are other than the best.
fn chance(figures: &UserFigures) -> String {
    let Some(first) = figures.against_best.first() else {
        return String::new();
    };
    let titles = [("against the best".to_owned(), Left), ("p".to_owned(), Right)];
    let mut table = Table::new(titles);
    for row in &figures.against_best {
        table.row([row.model.clone(), aligned(row.p_holm)]);
    }
    format!(
        "\n{table}{} against {}: paired t-tests over users, two-sided, adjusted by Holm for {} comparisons\n",
        first.metric, first.best, first.comparisons
    )
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
    format!("\n{spread}\n{pairs}{}", chance(figures))
}
