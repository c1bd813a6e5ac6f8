use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::hybrid::assemble;
use super::{FitContext, FitError, Fitted, Formula, ModelEntry, Params, Recommender, Stopped};
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
        let stopped = context.task.enough.take_stopped();
        let kept = stopped.and_then(|steps| formula.stopped_after(steps.done));
        // What is kept of it goes by another name, in the cache as well.
        let (asked, formula) = (formula, kept.as_ref().unwrap_or(formula));
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
        let record = FitRecord {
            formula: formula.to_string(),
            model: fitted.model,
            seconds: took.as_secs_f64(),
            cached: false,
        };
        let Some(steps) = stopped.filter(|_| kept.is_some()) else {
            return Ok(record);
        };
        let stopped = Stopped {
            asked: asked.to_string(),
            kept: record.formula.clone(),
            steps,
        };
        self.fitted
            .get(&stopped.kept, &context.task.cancel, || Ok::<_, FitError>(record))?;
        Err(FitError::Stopped(Box::new(stopped)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::UserIx;
    use crate::models::Serving;
    use crate::models::tests_common::{serve_user, synthetic};
    use crate::task::{Cancel, Progress};

    /// What is kept of a fit that was stopped is, to the last bit, what fewer epochs give; and nothing takes it for the whole.
    #[test]
    fn a_fit_that_was_stopped_is_that_of_fewer_epochs() {
        let data = synthetic(40, 30);
        let scores = |store: &FitStore, formula: &Formula| {
            let of = |user: u32| {
                let serving: Serving = serve_user(&store.get(formula).unwrap(), &data, user);
                serving.scores(&Cancel::new()).unwrap().iter().collect::<Vec<_>>()
            };
            data.users().map(|UserIx(user)| of(user)).collect::<Vec<_>>()
        };
        for (text, after, kept) in [
            ("svd", 3, "svd:epochs=3"),
            ("svdpp:factors=4", 2, "svdpp:factors=4,epochs=2"),
            ("biased-als", 2, "biased-als:epochs=2"),
            ("nmf", 3, "nmf:epochs=3"),
            ("als", 2, "als:epochs=2"),
            ("bpr", 3, "bpr:epochs=3"),
            ("lmf", 3, "lmf:epochs=3"),
            ("warp", 3, "warp:epochs=3"),
            ("two-tower:factors=4", 3, "two-tower:factors=4,epochs=3"),
            (
                "two-tower:factors=4,validation=0.2",
                3,
                "two-tower:factors=4,epochs=3,validation=0.2",
            ),
        ] {
            let asked = Formula::parse(text).unwrap();
            let store = FitStore::new(Arc::clone(&data), 7);
            let mut task = Task::unattended();
            let (enough, reports) = (task.enough.clone(), Mutex::new(0));
            task.progress = Progress::to(move |report| {
                let mut reports = reports.lock().unwrap();
                *reports += usize::from(report.unit == "epochs");
                if *reports == after {
                    enough.say();
                }
            });
            let Err(FitError::Stopped(stopped)) = store.fit(&asked, &task) else {
                panic!("{text} was not stopped")
            };
            assert_eq!((stopped.asked.as_str(), stopped.kept.as_str()), (text, kept));
            assert_eq!(stopped.steps.done, after, "{text}");
            assert!(store.get(&asked).is_none() && store.failure(&asked).is_none(), "{text}");
            let kept = Formula::parse(kept).unwrap();
            let whole = FitStore::new(Arc::clone(&data), 7);
            whole.fit(&kept, &Task::unattended()).unwrap();
            assert_eq!(scores(&store, &kept), scores(&whole, &kept), "{text}");
            // A second try is not stopped by the word that was said to the first.
            store
                .fit(
                    &asked,
                    &Task {
                        progress: Progress::default(),
                        ..task
                    },
                )
                .unwrap();
            assert!(store.get(&asked).is_some());
        }
        let sum = Formula::parse("0.5*svd + 0.5*switch(ratings<5 ? als : augment(svd -> content))").unwrap();
        let other = Formula::parse("svd:epochs=3").unwrap();
        let replaced = sum.replacing("svd", &other);
        assert_eq!(
            replaced.to_string(),
            "0.5*svd:epochs=3 + 0.5*switch(ratings<5 ? als : augment(svd:epochs=3 -> content))"
        );
        assert!(sum.has_part("svd") && !replaced.has_part("svd") && !sum.has_part("content"));
    }
}
