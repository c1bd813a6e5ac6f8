use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Instant;

use super::hybrid::assemble;
use super::{FitContext, FitError, Fitted, Formula, Recommender};
use crate::data::Dataset;
use crate::task::Task;

/// A model that was fitted, and what it cost.
#[derive(Clone)]
pub struct FitRecord {
    /// Its formula in canonical form.
    pub formula: String,
    /// The fitted model.
    pub model: Arc<dyn Recommender>,
    /// How long fitting took.
    pub seconds: f64,
}

/// The fitted models of one dataset, each fitted once, by formula. Hybrids are put together from them on demand.
pub struct FitStore {
    dataset: Arc<Dataset>,
    seed: u64,
    fitted: RwLock<HashMap<String, FitRecord>>,
    /// One lock a formula: whoever asks for what is being fitted waits for it instead of fitting it again.
    fitting: Mutex<HashMap<String, Arc<Mutex<()>>>>,
}

impl FitStore {
    /// Nothing fitted yet; `seed` is for everything random.
    pub fn new(dataset: Arc<Dataset>, seed: u64) -> Self {
        Self {
            dataset,
            seed,
            fitted: RwLock::default(),
            fitting: Mutex::default(),
        }
    }

    /// The data that everything here is fitted to.
    pub fn dataset(&self) -> &Arc<Dataset> {
        &self.dataset
    }

    /// The seed of everything random here.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The model, if all of its parts are fitted. Never fits and never waits for a fit.
    pub fn get(&self, formula: &Formula) -> Option<Arc<dyn Recommender>> {
        let fitted = self.fitted.read().unwrap_or_else(PoisonError::into_inner);
        let mut part = |f: &Formula| {
            let found = fitted.get(&f.to_string()).map(|r| Arc::clone(&r.model));
            found.ok_or_else(|| FitError::Unfit(format!("{f} is not fitted")))
        };
        assemble(formula, &self.dataset, &mut part).ok()
    }

    /// The model, with whatever is missing fitted now, on the calling thread and the task's pool.
    pub fn fit(&self, formula: &Formula, task: &Task) -> Fitted {
        assemble(formula, &self.dataset, &mut |f| self.fit_part(f, task))
    }

    /// Everything that is fitted, in order of formula.
    pub fn records(&self) -> Vec<FitRecord> {
        let fitted = self.fitted.read().unwrap_or_else(PoisonError::into_inner);
        let mut records: Vec<FitRecord> = fitted.values().cloned().collect();
        records.sort_by(|a, b| a.formula.cmp(&b.formula));
        records
    }

    /// Bytes held by everything that is fitted.
    pub fn memory_bytes(&self) -> usize {
        self.records().iter().map(|r| r.model.memory_bytes()).sum()
    }

    fn find(&self, name: &str) -> Option<Arc<dyn Recommender>> {
        let fitted = self.fitted.read().unwrap_or_else(PoisonError::into_inner);
        fitted.get(name).map(|r| Arc::clone(&r.model))
    }

    fn fit_part(&self, formula: &Formula, task: &Task) -> Fitted {
        let name = formula.to_string();
        let lock = {
            let mut fitting = self.fitting.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(fitting.entry(name.clone()).or_default())
        };
        let _fitting = lock.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = self.find(&name) {
            return Ok(model);
        }
        task.cancel.check()?;
        let start = Instant::now();
        let model = self.fit_alone(formula, task)?;
        let record = FitRecord {
            formula: name.clone(),
            model: Arc::clone(&model),
            seconds: start.elapsed().as_secs_f64(),
        };
        self.fitted
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, record);
        Ok(model)
    }

    fn fit_alone(&self, formula: &Formula, task: &Task) -> Fitted {
        let mut context = FitContext {
            dataset: Arc::clone(&self.dataset),
            seed: self.seed,
            task: task.clone(),
            augmented_with: None,
        };
        match formula {
            Formula::Model { spec, params } => spec.fit(&context, params),
            Formula::Augment { from, into } => {
                let Formula::Model { spec, params } = into.as_ref() else {
                    return Err(FitError::Unfit(format!("{into} takes no features")));
                };
                let source = self.fit(from, task)?;
                if source.factors().is_none() {
                    return Err(FitError::Unfit(format!(
                        "{from} has no latent factors that could become features"
                    )));
                }
                context.augmented_with = Some((from.to_string(), source));
                spec.fit(&context, params)
            }
            // Hybrids are put together from parts and never come here.
            _ => self.fit(formula, task),
        }
    }
}
