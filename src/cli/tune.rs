use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::context::Context;
use super::options::DataOptions;
use super::output::{exact, exact_or_empty};
use super::splitting::{SplitOptions, formulas};
use super::table::{Left, Right, Table, aligned, aligned_or_dash, counted};
use super::{CliError, Run};
use crate::data::Condition;
use crate::evaluate::metrics::Better;
use crate::evaluate::tuning::{
    Budget, Identity, Journal, Kept, Trial, TuneError, Tuned, Tuning, Validation, baselines, every_model,
};
use crate::evaluate::{Folds, Metric, Options};

/// The best formula that can be found within a budget: all models with their defaults first, then their parameters by
/// successive halving, then weighted hybrids of the best. They are compared on ratings held out within the training part;
/// the test part is touched once, by the winner and the baselines.
#[derive(Debug, Args)]
pub struct Tune {
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    split: SplitOptions,
    /// How long to search, the test at the end included: 60s, 10m, 1h [default: 60s]
    #[arg(long, value_name = "TIME", value_parser = Budget::time, conflicts_with = "trials")]
    budget: Option<Duration>,
    /// How many trials to make instead: the same winner on every machine
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    trials: Option<u64>,
    /// Search among these models only, beginning with the parameters that they have here, separated by semicolons
    #[arg(long, value_name = "FORMULAS")]
    models: Option<String>,
    /// What is to be as good as it can
    #[arg(long, value_name = "METRIC", default_value = "ndcg@10")]
    metric: String,
    /// Which held-out items are relevant, by their rating [default: all; of votes those above 0]
    #[arg(long, value_name = "CONDITION")]
    relevant: Option<Condition>,
    /// A file for the trials, a JSON line each, and the result; a search goes on from the trials that are in it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Run for Tune {
    fn run(self, context: &Context) -> Result<(), CliError> {
        let metric = Metric::parse(&self.metric).map_err(|error| CliError::Usage(error.to_string()))?;
        let named = formulas(self.models.as_deref(), &context.catalog)?;
        let folds = self.split.folds(&self.data, context)?;
        if folds.len() != 1 {
            return Err(CliError::Usage(format!(
                "{} has {} test parts, and tune touches only one, once: use random, stratified, leave-one-out or time",
                folds.name(),
                folds.len()
            )));
        }
        let outer = folds.get(0);
        let inner = self.split.split(context.seed)?;
        let validation = Validation::new(&inner, &outer.train)
            .map_err(|error| CliError::Failed(format!("nothing can be held out for validation: {error}")))?;
        let identity = Identity {
            data: format!("{:016x}", outer.train.identity()),
            split: folds.name().to_owned(),
            metric: metric.to_string(),
            relevant: self.relevant.map(|condition| condition.to_string()),
            seed: context.seed,
        };
        let opened = self.out.as_deref().map(|path| Journal::open(path, &identity));
        let (mut journal, kept) = opened.transpose().map_err(CliError::Failed)?.unzip();
        let kept = kept.unwrap_or_default();
        say(context, &kept)?;
        let tuning = Tuning {
            folds: &Folds::given(folds.name(), [outer]),
            validation: &validation,
            metric,
            options: Options {
                seed: context.seed,
                relevant: self.relevant,
                ..Options::default()
            },
            first: if named.is_empty() { every_model() } else { named },
            baselines: baselines(folds.feedback_kind()),
            budget: match self.trials {
                Some(n) => Budget::Trials(usize::try_from(n).unwrap_or(usize::MAX)),
                None => Budget::Time(self.budget.unwrap_or(Duration::from_secs(60))),
            },
        };
        let mut keep = |trial: &Trial| journal.as_mut().map_or(Ok(()), |journal| journal.trial(trial));
        let (tuned, trials) = tuning.run(kept.trials, &mut keep, &context.task)?;
        if let Some(journal) = &mut journal {
            journal.result(&tuned).map_err(CliError::Failed)?;
        }
        let view = TuneView {
            tuned,
            validation_split: validation.name().to_owned(),
            definition: metric.spec().definition,
            trials,
        };
        let header = ["trial", "formula", "rung", "validation", "seconds", "reason"];
        context.print(&view, &header, rows, |view| text(view, &validation))
    }
}

/// What came out, and everything that was tried.
#[derive(Serialize)]
struct TuneView {
    #[serde(flatten)]
    tuned: Tuned,
    /// How ratings are held out for validation.
    validation_split: String,
    definition: &'static str,
    trials: Vec<Trial>,
}

impl From<TuneError> for CliError {
    fn from(error: TuneError) -> Self {
        Self::Failed(error.to_string())
    }
}

/// A word on standard error of what an earlier search left.
fn say(context: &Context, kept: &Kept) -> Result<(), CliError> {
    if context.quiet {
        return Ok(());
    }
    let going_on =
        (!kept.trials.is_empty()).then(|| format!("going on from {} trials", counted(kept.trials.len() as u64)));
    for note in kept.notes.iter().cloned().chain(going_on) {
        use std::io::Write as _;
        writeln!(std::io::stderr(), "recscope: {note}")?;
    }
    Ok(())
}

fn rows(view: &TuneView) -> Vec<[String; 6]> {
    let row = |trial: &Trial| {
        [
            trial.trial.to_string(),
            trial.formula.clone(),
            trial.rung.to_string(),
            exact_or_empty(trial.validation),
            exact(trial.seconds),
            trial.reason.clone().unwrap_or_default(),
        ]
    };
    view.trials.iter().map(row).collect()
}

/// So many of the best trials are listed for reading.
const LISTED: usize = 12;

fn text(view: &TuneView, validation: &Validation) -> String {
    let TuneView { tuned, trials, .. } = view;
    let last = validation.last();
    let mut measured: Vec<&Trial> = trials
        .iter()
        .filter(|trial| trial.rung == last && trial.validation.is_some())
        .collect();
    let value = |trial: &Trial| trial.validation.unwrap_or_default();
    measured.sort_by(|a, b| match tuned.better {
        Better::Higher => value(b).total_cmp(&value(a)),
        Better::Lower => value(a).total_cmp(&value(b)),
    });
    let mut text = format!(
        "{}\n{} trials in {:.0} s; validation: {} within the training part of {}\n\n",
        tuned.winner,
        counted(tuned.tried as u64),
        tuned.seconds,
        view.validation_split,
        tuned.split
    );
    let mut best = Table::new([("trial", Right), ("validation", Right), ("s", Right), ("formula", Left)]);
    for trial in measured.iter().take(LISTED) {
        best.row([
            trial.trial.to_string(),
            aligned(value(trial)),
            format!("{:.2}", trial.seconds),
            trial.formula.clone(),
        ]);
    }
    let _ = writeln!(text, "{best}");
    let heads = [
        (tuned.metric.as_str(), Left),
        ("validation", Right),
        ("test", Right),
        ("winner better by", Right),
        ("±", Right),
    ];
    let mut test = Table::new(heads);
    let winner = (
        "the winner".to_owned(),
        aligned(tuned.validation),
        aligned_or_dash(tuned.test),
    );
    test.row([winner.0, winner.1, winner.2, String::new(), String::new()]);
    for baseline in &tuned.baselines {
        let sign = if tuned.better == Better::Higher { 1.0 } else { -1.0 };
        let difference = tuned.test.zip(baseline.test).map(|(own, other)| sign * (own - other));
        let half_width = baseline.winner_against.and_then(|paired| paired.half_width);
        test.row([
            baseline.model.clone(),
            aligned_or_dash(baseline.validation),
            aligned_or_dash(baseline.test),
            aligned_or_dash(difference),
            half_width.map_or_else(String::new, aligned),
        ]);
    }
    let _ = writeln!(text, "{test}");
    let _ = writeln!(text, "{}: {}", tuned.metric, view.definition);
    let failed = trials.iter().filter(|trial| trial.validation.is_none()).count();
    if let Some(reason) = trials.iter().find_map(|trial| trial.reason.as_ref()) {
        let _ = writeln!(
            text,
            "{} of the trials could not be measured, the first because {reason}",
            counted(failed as u64)
        );
    }
    text
}
