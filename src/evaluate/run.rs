use std::sync::Arc;
use std::time::Instant;

use super::folds::{Fold, Folds};
use super::measure::{Measured, Options, measure};
use super::metrics::Metric;
use super::report::{Evaluation, FoldSize, ModelRow, Outcome, Tested};
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
        sizes.push(FoldSize {
            train: fold.train.n_ratings(),
            test: fold.n_test(),
            users: fold.users.len(),
        });
        if options.by_user {
            tested.extend(fold.users.iter().map(|u| Tested {
                user: u.user.map(|user| fold.train.user_id(user).to_owned()),
                fold: at + 1,
                test_items: u.n_relevant,
            }));
        }
        for row in rows.iter_mut().filter(|row| row.error.is_none()) {
            let stage = match folds.len() {
                1 => row.model.name.clone(),
                n => format!("{}, fold {} of {n}", row.model.name, at + 1),
            };
            row.run(&fold, metrics, options, &stage, task)?;
        }
    }
    Ok(Evaluation {
        split: folds.name().to_owned(),
        folds: sizes,
        rows: rows.into_iter().map(|row| row.finish(metrics)).collect(),
        tested,
    })
}

/// One model on its way through the folds.
struct Row<'a> {
    model: &'a FittableModel,
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
        stage: &str,
        task: &Task,
    ) -> Result<(), Cancelled> {
        task.cancel.check()?;
        task.progress
            .say(|| Report::of(format!("fitting {stage}"), 0, None, "fits"));
        let context = FitContext {
            dataset: Arc::clone(&fold.train),
            seed: options.seed,
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
        let values = measure(&model, fold, metrics, options, &format!("testing {stage}"), task)?;
        self.test_seconds += start.elapsed().as_secs_f64();
        for (of_metric, value) in self.values.iter_mut().zip(values) {
            of_metric.push(value);
        }
        Ok(())
    }

    fn finish(self, metrics: &[Metric]) -> ModelRow {
        let error = self.error;
        let outcome = |(metric, measured): (&Metric, Vec<Measured>)| {
            let reason = measured.iter().find_map(|m| m.value.as_ref().err().cloned());
            let reason = error.clone().or(reason);
            let values: Vec<Option<f64>> = measured.iter().map(|m| m.value.as_ref().ok().copied()).collect();
            let sum: f64 = values.iter().flatten().sum();
            let mean = (reason.is_none() && !values.is_empty()).then(|| sum / values.len() as f64);
            Outcome {
                metric: *metric,
                mean,
                values,
                reason,
                by_user: measured.into_iter().flat_map(|m| m.by_user).collect(),
            }
        };
        ModelRow {
            model: self.model.name.clone(),
            metrics: metrics.iter().zip(self.values).map(outcome).collect(),
            fit_seconds: self.fit_seconds,
            test_seconds: self.test_seconds,
            error,
        }
    }
}
