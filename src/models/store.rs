use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::hybrid::assemble;
use super::{FitContext, FitError, Fitted, Formula, ModelEntry, Params, Recommender};
use crate::cache::{Cache, Kind, Label};
use crate::data::Dataset;
use crate::task::{Memo, Report, Task};

/// A fitted model, and what fitting cost.
pub struct FitRecord {
    pub formula: String,
    pub model: Arc<dyn Recommender>,
    /// How long fitting took, now or when it was cached.
    pub seconds: f64,
    /// Whether it comes from the cache.
    pub cached: bool,
}

/// The fitted models of one dataset, each fitted once, by formula. Hybrids are assembled from them on demand.
///
/// With a cache, models that took long to fit are kept on disk, by formula, seed and data, and opened the next time.
pub struct FitStore {
    dataset: Arc<Dataset>,
    seed: u64,
    cache: Cache,
    /// By formula. Never evicted.
    fitted: Memo<String, FitRecord>,
    /// Why what was tried in vain cannot be fitted, by formula.
    failures: Mutex<BTreeMap<String, String>>,
}

impl FitStore {
    /// An empty store; `seed` is for everything random.
    pub fn new(dataset: Arc<Dataset>, seed: u64) -> Self {
        Self::cached(dataset, seed, Cache::none())
    }

    /// As [`FitStore::new`], with a cache.
    pub fn cached(dataset: Arc<Dataset>, seed: u64, cache: Cache) -> Self {
        Self {
            dataset,
            seed,
            cache,
            fitted: Memo::new(usize::MAX),
            failures: Mutex::default(),
        }
    }

    /// A store of the same data with another seed and the same cache; nothing is fitted in it yet.
    #[must_use]
    pub fn with_seed(&self, seed: u64) -> Self {
        Self::cached(Arc::clone(&self.dataset), seed, self.cache.clone())
    }

    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.dataset
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The model, if all of its parts are fitted. Never fits and never waits for a fit.
    pub fn get(&self, formula: &Formula) -> Option<Arc<dyn Recommender>> {
        let mut part = |f: &Formula| {
            let found = self.fitted.peek(&f.to_string());
            found
                .map(|r| Arc::clone(&r.model))
                .ok_or_else(|| FitError::Unfit(format!("{f} is not fitted")))
        };
        assemble(formula, &self.dataset, &mut part).ok()
    }

    /// The model; missing parts are fitted now, on the calling thread and the task's pool.
    pub fn fit(&self, formula: &Formula, task: &Task) -> Fitted {
        assemble(formula, &self.dataset, &mut |f| self.fit_part(f, task))
    }

    /// Why the model, or the first of its parts, could not be fitted, where that was tried.
    pub fn failure(&self, formula: &Formula) -> Option<String> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let mut parts = formula.fittables().into_iter();
        parts.find_map(|part| failures.get(&part.to_string()).cloned())
    }

    /// All fits, in order of formula.
    pub fn records(&self) -> Vec<Arc<FitRecord>> {
        let mut records = self.fitted.values();
        records.sort_by(|a, b| a.formula.cmp(&b.formula));
        records
    }

    pub fn memory_bytes(&self) -> usize {
        self.records().iter().map(|r| r.model.memory_bytes()).sum()
    }

    /// Fits a lone or augmented model, or waits if another thread is fitting it.
    fn fit_part(&self, formula: &Formula, task: &Task) -> Fitted {
        let fit = || self.fit_alone(formula, task);
        match self.fitted.get(&formula.to_string(), &task.cancel, fit) {
            Ok(record) => Ok(Arc::clone(&record.model)),
            Err(error) => {
                if let FitError::Unfit(why) = &error {
                    let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
                    failures.insert(formula.to_string(), why.clone());
                }
                Err(error)
            }
        }
    }

    fn fit_alone(&self, formula: &Formula, task: &Task) -> Result<FitRecord, FitError> {
        let mut context = FitContext {
            dataset: Arc::clone(&self.dataset),
            seed: self.seed,
            task: task.clone(),
            augmented_with: None,
        };
        let (source, target) = match formula {
            Formula::Augment { from, into } => (Some(from), into.as_ref()),
            _ => (None, formula),
        };
        // Hybrids are assembled from parts and never come here.
        let Formula::Model { model, params } = target else {
            return Err(FitError::Unfit(format!("{target} takes no features")));
        };
        let kept = (!formula.is_imported()).then(|| self.restore(formula, model, params, &context));
        if let Some(record) = kept.flatten() {
            return Ok(record);
        }
        task.cancel.check()?;
        if let Some(from) = source {
            let features = self.fit(from, task)?;
            if features.factors().is_none() {
                return Err(FitError::Unfit(format!(
                    "{from} has no latent factors that could become features"
                )));
            }
            context.augmented_with = Some((from.to_string(), features));
        }
        self.train(formula, model, params, &context)
    }

    fn train(
        &self,
        formula: &Formula,
        model: &ModelEntry,
        params: &Params,
        context: &FitContext,
    ) -> Result<FitRecord, FitError> {
        let start = Instant::now();
        let fitted = model.fit(context, params)?;
        let took = start.elapsed();
        context.task.timings.add(&format!("fitting {formula}"), took);
        // The files of an import may change.
        if self.cache.is_worth(took) && !formula.is_imported() {
            let (seconds, trained) = (took.as_secs_f64(), fitted.trained);
            let content = move |to: &mut crate::cache::Writer<'_>| {
                to.section()?.write_all(&seconds.to_le_bytes())?;
                trained.write(to.section()?)
            };
            self.cache.keep_later(self.label(formula), Box::new(content));
        }
        Ok(FitRecord {
            formula: formula.to_string(),
            model: fitted.model,
            seconds: took.as_secs_f64(),
            cached: false,
        })
    }

    /// An earlier fit; `None` if there is none, or none that can be used.
    fn restore(
        &self,
        formula: &Formula,
        model: &ModelEntry,
        params: &Params,
        context: &FitContext,
    ) -> Option<FitRecord> {
        let label = self.label(formula);
        let entry = self.cache.find(label.kind, &label.key, &label.stamp)?;
        let task = &context.task;
        task.progress
            .say(|| Report::of(format!("opening {formula} from the cache"), 0, None, "bytes"));
        let read = |section| match entry.section(section, task) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                tracing::info!(%formula, %why, "the cached fit is not used");
                None
            }
        };
        let stage = format!("opening {formula} from the cache");
        let (seconds, model) = task.timings.stage(&stage, || {
            let seconds = f64::from_le_bytes(read(0)?.try_into().ok()?);
            Some((seconds, model.restore(&read(1)?, context, params)))
        })?;
        if model.is_none() {
            tracing::info!(%formula, "the cached fit is invalid");
        }
        Some(FitRecord {
            formula: formula.to_string(),
            model: model?,
            seconds: Duration::try_from_secs_f64(seconds).ok()?.as_secs_f64(),
            cached: true,
        })
    }

    /// Everything a fit depends on, besides the program.
    fn label(&self, formula: &Formula) -> Label {
        let data = &self.dataset;
        let (users, items, ratings) = (data.n_users(), data.n_items(), data.n_ratings());
        Label {
            kind: Kind::Fit,
            name: format!("{formula} on {}", data.name()),
            key: format!(
                "{formula}\nseed {}\ndata {:016x}: {users} users, {items} items, {ratings} ratings",
                self.seed,
                data.identity()
            ),
            stamp: String::new(),
        }
    }
}
