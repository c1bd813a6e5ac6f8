use std::sync::Arc;
use std::time::Instant;

use super::folds::{Fold, Folds};
use super::measure::{Measured, Options, measure};
use super::metrics::{Metric, Setting};
use super::report::{Evaluation, FoldSize, ModelRow, OfKnown, Outcome, Spread, Tested, Unknown};
use crate::models::{FitContext, FitError, FitStore, Fitted, Formula};
use crate::task::{Cancelled, Report, Task};

type Fit = dyn Fn(&FitContext) -> Fitted + Send + Sync;

/// A model that can be fitted again and again, to one fold after the other.
#[derive(Clone)]
pub struct FittableModel {
    name: String,
    fit: Arc<Fit>,
}

impl FittableModel {
    /// A model under the name that reports give it, and how to fit it.
    pub fn new(name: impl Into<String>, fit: impl Fn(&FitContext) -> Fitted + Send + Sync + 'static) -> Self {
        Self {
            name: name.into(),
            fit: Arc::new(fit),
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

/// Fits every model to the training set of every fold and measures it on the test ratings. Only one training set and one
/// fitted model stand in memory at a time; users are served in parallel; all but the seconds is the same for any number
/// of threads.
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
    for (at, fold) in folds.iter().enumerate() {
        let fold = match options.relevant {
            Some(condition) => Arc::new(Arc::unwrap_or_clone(fold).judged_by(condition)),
            None => fold,
        };
        sizes.push(FoldSize::of(&fold));
        if options.by_user {
            let judged = fold.users.iter().filter(|u| u.n_relevant > 0);
            tested.extend(judged.map(|u| Tested {
                user: u.user.map(|user| fold.train.user_id(user).to_owned()),
                fold: at + 1,
                test_items: u.n_relevant,
            }));
        }
        let setting = Setting::of(&fold.train, metrics, options.choices, options.seed, task)?;
        for row in rows.iter_mut().filter(|row| row.error.is_none()) {
            let stage = match folds.len() {
                1 => row.model.name.clone(),
                n => format!("{}, fold {} of {n}", row.model.name, at + 1),
            };
            for seed in 0..options.seeds {
                row.run(&fold, metrics, options, (seed, &setting), &stage, task)?;
            }
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

    fn run(
        &mut self,
        fold: &Arc<Fold>,
        metrics: &[Metric],
        options: &Options,
        (seed, setting): (u64, &Setting<'_>),
        stage: &str,
        task: &Task,
    ) -> Result<(), Cancelled> {
        if self.error.is_some() {
            return Ok(());
        }
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
        let fitted = (self.model.fit)(&context);
        self.fit_seconds += start.elapsed().as_secs_f64();
        let model = match fitted {
            Ok(model) => model,
            Err(FitError::Cancelled(cancelled)) => return Err(cancelled),
            Err(why @ FitError::Unfit(_)) => {
                self.error = Some(why.to_string());
                return Ok(());
            }
        };
        let start = Instant::now();
        let values = measure(
            &model,
            fold,
            metrics,
            options,
            setting,
            &format!("testing {stage}"),
            task,
        )?;
        self.test_seconds += start.elapsed().as_secs_f64();
        for (of_metric, value) in self.values.iter_mut().zip(values) {
            of_metric.push(value);
        }
        Ok(())
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
