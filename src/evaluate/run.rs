use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::folds::{Fold, Folds};
use super::measure::{Measured, Options, measure};
use super::metrics::{Metric, Setting};
use super::report::{Evaluation, FoldSize, ModelRow, OfKnown, Outcome, Spread, Tested, Unknown};
use crate::models::{FitContext, FitError, FitStore, Fitted, Formula};
use crate::task::{Cancelled, Pool, Progress, Report, Task};

type Fit = dyn Fn(&FitContext) -> Fitted + Send + Sync;

/// A model that can be fitted again and again, to one fold after the other.
#[derive(Clone)]
pub struct FittableModel {
    name: String,
    fit: Arc<Fit>,
    /// Whether its lists may hold what is trained on.
    lists_seen: bool,
}

impl FittableModel {
    /// A model under the name that reports give it, and how to fit it.
    pub fn new(name: impl Into<String>, fit: impl Fn(&FitContext) -> Fitted + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            fit: Arc::new(fit),
            lists_seen: false,
        }
    }

    /// The same, its lists taken as they are: what is trained on keeps its place in them.
    #[must_use]
    pub fn listing_seen(self) -> Self {
        Self {
            lists_seen: true,
            ..self
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Under its canonical form; every fit starts from nothing, so that its seconds can be compared.
impl From<Formula> for FittableModel {
    fn from(formula: Formula) -> Self {
        Self::new(formula.to_string(), move |context: &FitContext| {
            FitStore::new(Arc::clone(&context.dataset), context.seed).fit(&formula, &context.task)
        })
    }
}

/// Up to so many ratings, the folds of a split are evaluated side by side.
const SIDE_BY_SIDE: usize = 300_000;
/// So many training sets stand in memory at most.
const FOLDS_AT_ONCE: usize = 8;

/// Fits every model to the training set of every fold and measures it on the test ratings.
///
/// With one fold, or many ratings, only one training set and one fitted model stand in memory at a time, and users are
/// served in parallel. The folds of few ratings stand side by side, and each thread fits and tests a model by itself: no
/// thread waits for another, and seconds are those of one thread. All but the seconds is the same for any number of threads.
///
/// A model that can't be fitted to some fold has no values and an error in its row; the others go on.
pub fn evaluate(
    folds: &Folds,
    models: &[FittableModel],
    metrics: &[Metric],
    options: &Options,
    task: &Task,
) -> Result<Evaluation, Cancelled> {
    let mut rows: Vec<Row<'_>> = models.iter().map(|m| Row::new(m, metrics.len())).collect();
    let mut sizes = Vec::with_capacity(folds.len());
    let mut tested = Vec::new();
    let has_few = folds
        .division()
        .is_some_and(|(data, _)| data.n_ratings() <= SIDE_BY_SIDE);
    let is_small = folds.len() > 1 && task.pool.threads() > 1 && has_few;
    let at_once = if is_small { FOLDS_AT_ONCE } else { 1 };
    let numbers: Vec<usize> = (0..folds.len()).collect();
    for group in numbers.chunks(at_once) {
        let parts = task.pool.map(group.len(), |n| match options.relevant {
            Some(condition) => Arc::new(Arc::unwrap_or_clone(folds.get(group[n])).judged_by(condition)),
            None => folds.get(group[n]),
        });
        let mut settings = Vec::with_capacity(group.len());
        for (at, fold) in group.iter().zip(&parts) {
            sizes.push(FoldSize::of(fold));
            if options.by_user {
                tested.extend(tested_in(fold, at + 1));
            }
            settings.push(Setting::of(&fold.train, metrics, options.choices, options.seed, task)?);
        }
        // Fold after fold, model after model, seed after seed: the order in which values stand.
        let of_fold =
            |part: usize| (0..rows.len()).flat_map(move |row| (0..options.seeds).map(move |s| (part, row, s)));
        let jobs: Vec<(usize, usize, u64)> = (0..parts.len())
            .flat_map(of_fold)
            .filter(|(_, row, _)| rows[*row].error.is_none())
            .collect();
        let done = AtomicUsize::new(0);
        let inner = Task {
            pool: if is_small { Pool::default() } else { task.pool.clone() },
            progress: if is_small {
                Progress::default()
            } else {
                task.progress.clone()
            },
            ..task.clone()
        };
        let run = |n: usize| {
            let (part, row, seed) = jobs[n];
            let model = &models[row];
            let stage = match folds.len() {
                1 => model.name.clone(),
                all => format!("{}, fold {} of {all}", model.name, group[part] + 1),
            };
            if is_small {
                let done = done.fetch_add(1, Ordering::Relaxed) as u64;
                task.progress
                    .say(|| Report::of(format!("evaluating {stage}"), done, jobs.len() as u64, "fits"));
            }
            let subject = (&parts[part], &settings[part]);
            fit_and_measure(model, subject, metrics, (options, seed), &stage, &inner)
        };
        let pool = if is_small { task.pool.clone() } else { Pool::default() };
        for ((_, row, _), done) in jobs.iter().zip(pool.try_map_long(jobs.len(), run)?) {
            rows[*row].take(done);
        }
    }
    Ok(Evaluation {
        split: folds.name().to_owned(),
        relevant: options.relevant.map(|condition| condition.to_string()),
        negatives: options.negatives,
        unknown: Unknown {
            users: sizes.iter().map(|s| s.unknown.users).sum(),
            items: sizes.iter().map(|s| s.unknown.items).sum(),
            rows: sizes.iter().map(|s| s.unknown.rows).sum(),
        },
        rows_in_training: sizes.iter().map(|s| s.rows_in_training).sum(),
        folds: sizes,
        rows: rows
            .into_iter()
            .map(|row| row.finish(metrics, options.seeds.max(1) as usize))
            .collect(),
        tested,
    })
}

/// The users of a fold whose lists are judged.
fn tested_in(fold: &Fold, number: usize) -> Vec<Tested> {
    let judged = fold.users.iter().filter(|u| u.n_relevant > 0);
    let tested = judged.map(|u| Tested {
        user: u.user.map(|user| fold.train.user_id(user).to_owned()),
        fold: number,
        test_items: u.n_relevant,
    });
    tested.collect()
}

/// What came of a model on a fold, with a seed.
struct Done {
    /// By metric; or why the model could not be fitted.
    values: Result<Vec<Measured>, String>,
    fit_seconds: f64,
    test_seconds: f64,
}

fn fit_and_measure(
    model: &FittableModel,
    (fold, setting): (&Arc<Fold>, &Setting<'_>),
    metrics: &[Metric],
    (options, seed): (&Options, u64),
    stage: &str,
    task: &Task,
) -> Result<Done, Cancelled> {
    task.cancel.check()?;
    task.progress
        .say(|| Report::of(format!("fitting {stage}"), 0, None, "fits"));
    let context = FitContext {
        dataset: Arc::clone(&fold.train),
        seed: options.seed.wrapping_add(seed),
        task: task.clone(),
        augmented_with: None,
    };
    let start = Instant::now();
    let fitted = (model.fit)(&context);
    let fit_seconds = start.elapsed().as_secs_f64();
    let fitted = match fitted {
        Ok(fitted) => fitted,
        Err(FitError::Cancelled(cancelled)) => return Err(cancelled),
        Err(why) => {
            return Ok(Done {
                values: Err(why.to_string()),
                fit_seconds,
                test_seconds: 0.0,
            });
        }
    };
    let start = Instant::now();
    let options = Options {
        include_seen: model.lists_seen,
        ..*options
    };
    let values = measure(
        &fitted,
        fold,
        metrics,
        &options,
        setting,
        &format!("testing {stage}"),
        task,
    )?;
    Ok(Done {
        values: Ok(values),
        fit_seconds,
        test_seconds: start.elapsed().as_secs_f64(),
    })
}

/// One model on its way through the folds.
struct Row<'a> {
    model: &'a FittableModel,
    /// By metric, then fold, then seed.
    values: Vec<Vec<Measured>>,
    fit_seconds: f64,
    test_seconds: f64,
    error: Option<String>,
}

impl<'a> Row<'a> {
    fn new(model: &'a FittableModel, n_metrics: usize) -> Self {
        Self {
            model,
            values: vec![Vec::new(); n_metrics],
            fit_seconds: 0.0,
            test_seconds: 0.0,
            error: None,
        }
    }

    /// Adds what comes next; nothing more after an error.
    fn take(&mut self, done: Done) {
        if self.error.is_some() {
            return;
        }
        self.fit_seconds += done.fit_seconds;
        self.test_seconds += done.test_seconds;
        match done.values {
            Ok(values) => {
                for (of_metric, value) in self.values.iter_mut().zip(values) {
                    of_metric.push(value);
                }
            }
            Err(why) => self.error = Some(why),
        }
    }

    fn finish(self, metrics: &[Metric], n_seeds: usize) -> ModelRow {
        let Self {
            model,
            values,
            fit_seconds,
            test_seconds,
            error,
        } = self;
        let outcome = |(metric, measured)| outcome(metric, measured, n_seeds, error.as_deref());
        ModelRow {
            model: model.name.clone(),
            metrics: metrics.iter().copied().zip(values).map(outcome).collect(),
            fit_seconds,
            test_seconds,
            error,
        }
    }
}

/// What came out for a metric, from what was measured fold after fold, with `n_seeds` seeds each.
fn outcome(metric: Metric, measured: Vec<Measured>, n_seeds: usize, error: Option<&str>) -> Outcome {
    let reason = measured.iter().find_map(|m| m.value.as_ref().err().cloned());
    let reason = error.map(str::to_owned).or(reason);
    // A model that failed at some fold has no mean, whatever came before.
    let all_there = |values: &[Option<f64>]| values.iter().copied().collect::<Option<Vec<f64>>>();
    let mean_of = |values: &[Option<f64>]| mean(&all_there(values).filter(|_| error.is_none())?);
    let by_fold = |value: &dyn Fn(&Measured) -> Option<f64>| -> Vec<Option<f64>> {
        let folds = measured.chunks(n_seeds);
        folds
            .map(|fold| mean(&fold.iter().map(value).collect::<Option<Vec<f64>>>()?))
            .collect()
    };
    let values = by_fold(&|m| m.value.as_ref().ok().copied());
    let knows_all = measured.iter().all(|m| m.known.is_none());
    let of_known = || {
        // A fold whose users are all known counts in full.
        let values = by_fold(&|m| m.known.as_ref().unwrap_or(&m.value).as_ref().ok().copied());
        OfKnown {
            mean: mean_of(&values),
            values,
        }
    };
    let of_seed = |seed: usize| {
        let folds = measured.iter().skip(seed).step_by(n_seeds);
        mean(
            &folds
                .map(|m| m.value.as_ref().ok().copied())
                .collect::<Option<Vec<f64>>>()?,
        )
    };
    let seeds: Option<Vec<f64>> = (0..n_seeds).map(of_seed).collect();
    Outcome {
        metric,
        mean: mean_of(&values),
        known: (!knows_all).then(of_known),
        seeds: seeds.filter(|_| error.is_none()).and_then(Spread::of),
        values,
        reason,
        by_user: measured.chunks(n_seeds).flat_map(mean_by_user).collect(),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The values of the users of one fold, each the mean over seeds.
fn mean_by_user(seeds: &[Measured]) -> Vec<f64> {
    let n_users = seeds.first().map_or(0, |s| s.by_user.len());
    let of = |user: usize| seeds.iter().map(|s| s.by_user[user]).sum::<f64>() / seeds.len() as f64;
    (0..n_users).map(of).collect()
}
