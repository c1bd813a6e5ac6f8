//! The best formula that can be found within a budget: successive halving over all models and their parameters, then
//! weighted hybrids of the best of them.
//!
//! Formulas are compared on ratings held out within the training part ([`Validation`]). The test part is touched once, at
//! the end, by the winner and by what it has to beat. What is tried next follows from what came out before and the seed
//! alone (`planner`), so that a number of trials gives the same winner on any number of threads, and a search that was
//! stopped goes on from its file ([`Journal`]).

mod budget;
mod journal;
mod mix;
mod planner;
mod validation;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::metrics::Better;
use super::{Evaluation, FittableModel, Folds, Metric, Options, Paired, evaluate};
use crate::models::hybrid::{assemble, remembered};
use crate::models::{FitError, FitStore, Formula, Recommender};
use crate::task::{Cancel, Cancelled, Pool, Progress, Report, Task};

pub use budget::{Budget, baselines, every_model};
pub use journal::{Identity, Journal, Kept};
use planner::Planner;
pub use validation::{Measured, Validation};

/// Up to so many ratings, trials run side by side, each on one thread; above, one after the other on all.
const SIDE_BY_SIDE: usize = 300_000;
/// The scores of parts of hybrids are kept as long as they take no more than so many bytes.
const ROOM: usize = 1 << 30;
/// Fitted models are kept for hybrids: of so many of the best.
const KEPT: usize = 8;

/// A formula that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// From 1.
    pub trial: usize,
    pub formula: String,
    /// On which part of the users, the last rung being all of them.
    pub rung: usize,
    /// The metric on the ratings held out for validation; `None` where it could not be measured.
    pub validation: Option<f64>,
    /// What fitting and testing took.
    pub seconds: f64,
    /// Why there is no figure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A formula to be tried on a rung.
#[derive(Clone)]
pub(super) struct Job {
    formula: Formula,
    rung: usize,
}

impl Job {
    fn of(formula: &Formula, rung: usize) -> Self {
        Self {
            formula: formula.clone(),
            rung,
        }
    }
}

/// A formula on both parts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Baseline {
    pub model: String,
    /// On the ratings held out within training; `None` where it was not tried there.
    pub validation: Option<f64>,
    pub test: Option<f64>,
    /// How the winner does against it on the test part, user by user; `None` for metrics that users have no value of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winner_against: Option<Paired>,
}

/// What came out of a search.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tuned {
    pub winner: String,
    pub validation: f64,
    pub test: Option<f64>,
    pub baselines: Vec<Baseline>,
    pub metric: String,
    pub better: Better,
    pub split: String,
    /// How many trials were made, those of an earlier search that it went on from included.
    pub tried: usize,
    pub seconds: f64,
}

/// Why a search has no winner.
#[derive(Debug, thiserror::Error)]
pub enum TuneError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    #[error("{0}")]
    Failed(String),
}

/// What to search, and how.
pub struct Tuning<'a> {
    /// One fold, whose test part is touched at the end.
    pub folds: &'a Folds,
    pub validation: &'a Validation,
    pub metric: Metric,
    pub options: Options,
    /// The first trials: every model with its defaults, or as somebody wants it.
    pub first: Vec<Formula>,
    /// What the winner has to beat, besides the best of the first trials.
    pub baselines: Vec<Formula>,
    pub budget: Budget,
}

/// Fitted models, by formula.
type Fitted = HashMap<String, Arc<dyn Recommender>>;

/// A search under way.
struct Search<'a> {
    tuning: &'a Tuning<'a>,
    task: &'a Task,
    planner: Planner,
    begun: Instant,
    /// What an earlier search tried, by formula and rung.
    earlier: BTreeMap<(String, usize), Trial>,
    trials: Vec<Trial>,
    fitted: Fitted,
    /// Of which of them the scores of everybody are kept.
    remembered: HashSet<String>,
    /// The best on the last rung so far.
    best: Option<(Formula, f64)>,
}

/// Where trials go as they come, in their order.
pub type Sink<'a> = dyn FnMut(&Trial) -> Result<(), String> + Send + 'a;

impl Tuning<'_> {
    /// Searches, then measures the winner and the baselines on the test part. `earlier` trials are not made again; new ones
    /// are handed to `sink`, in their order.
    ///
    /// # Errors
    /// Cancelled, nothing could be measured within the budget, or a sentence of the sink.
    pub fn run(&self, earlier: Vec<Trial>, sink: &mut Sink<'_>, task: &Task) -> Result<(Tuned, Vec<Trial>), TuneError> {
        let last = self.validation.last();
        let mut search = Search {
            tuning: self,
            task,
            planner: Planner::new(self.first.clone(), self.metric, last, self.options.seed),
            begun: Instant::now(),
            earlier: earlier.into_iter().map(|t| ((t.formula.clone(), t.rung), t)).collect(),
            trials: Vec::new(),
            fitted: HashMap::new(),
            remembered: HashSet::new(),
            best: None,
        };
        loop {
            let mut jobs = search.planner.next();
            if let Budget::Trials(n) = self.budget {
                jobs.truncate(n.saturating_sub(search.trials.len()));
            }
            if jobs.is_empty() || !search.batch(&jobs, sink)? {
                break;
            }
        }
        let Some((winner, validation)) = search.best.take() else {
            let reason = search.trials.iter().find_map(|t| t.reason.clone());
            return Err(TuneError::Failed(reason.unwrap_or_else(|| {
                "the budget was over before the first model was measured: give it more".to_owned()
            })));
        };
        let tuned = search.test(&winner, validation)?;
        Ok((tuned, search.trials))
    }
}

impl Search<'_> {
    /// Runs trials, those that were made earlier excepted. Whether there is time for more.
    fn batch(&mut self, jobs: &[Job], sink: &mut Sink<'_>) -> Result<bool, TuneError> {
        let number = self.trials.len();
        let known: Vec<Option<Trial>> = jobs
            .iter()
            .map(|job| self.earlier.get(&(job.formula.to_string(), job.rung)).cloned())
            .collect();
        let open: Vec<usize> = (0..jobs.len()).filter(|at| known[*at].is_none()).collect();
        let mixes = open.iter().any(|at| is_mix(&jobs[*at].formula));
        if mixes {
            self.fit_parts(jobs)?;
        }
        let stop = self.task.cancel.child();
        let watch = Watch {
            deadline: self.deadline(),
            stop: stop.clone(),
        };
        let inner = self.inner_task(mixes, &watch);
        let order = Mutex::new(InOrder {
            waiting: BTreeMap::new(),
            next: 0,
            sink,
            failed: None,
        });
        let models: Mutex<Fitted> = Mutex::default();
        let found = |at: usize, trial: &Trial, is_new: bool| {
            let mut order = order.lock().unwrap_or_else(PoisonError::into_inner);
            order.put(at, trial, is_new);
            if order.failed.is_some() {
                stop.cancel();
            }
        };
        for (at, trial) in known.iter().enumerate() {
            if let Some(trial) = trial {
                found(at, trial, false);
            }
        }
        let run = |n: usize| -> Result<Option<Trial>, Cancelled> {
            let (at, job) = (open[n], &jobs[open[n]]);
            self.task.cancel.check()?;
            if watch.is_over() {
                return Ok(None);
            }
            self.say(number + at + 1, &job.formula);
            let measured = match self.measure(job, &inner) {
                Ok((measured, model)) => {
                    let keep = model.filter(|_| job.rung == self.tuning.validation.last());
                    if let Some(model) = keep {
                        let mut models = models.lock().unwrap_or_else(PoisonError::into_inner);
                        models.insert(job.formula.to_string(), model);
                    }
                    measured
                }
                // The time was over; or somebody wants nothing any more.
                Err(Cancelled) if !self.task.cancel.is_cancelled() => return Ok(None),
                Err(cancelled) => return Err(cancelled),
            };
            let trial = Trial {
                trial: number + at + 1,
                formula: job.formula.to_string(),
                rung: job.rung,
                validation: measured.value.as_ref().ok().copied(),
                seconds: measured.seconds,
                reason: measured.value.err(),
            };
            found(at, &trial, true);
            Ok(Some(trial))
        };
        let pool = if mixes || !self.is_small() {
            Pool::default()
        } else {
            self.task.pool.clone()
        };
        let made = pool.try_map_long(open.len(), run)?;
        let order = order.into_inner().unwrap_or_else(PoisonError::into_inner);
        if let Some(sentence) = order.finish() {
            return Err(TuneError::Failed(sentence));
        }
        let mut made = made.into_iter();
        let mut is_whole = true;
        for (job, known) in jobs.iter().zip(known) {
            let trial = match known {
                Some(trial) => Some(trial),
                None => made.next().flatten(),
            };
            let Some(trial) = trial else {
                is_whole = false;
                continue;
            };
            self.planner.take(job, trial.validation);
            self.note_best(job, trial.validation);
            self.trials.push(trial);
        }
        self.fitted
            .extend(models.into_inner().unwrap_or_else(PoisonError::into_inner));
        self.forget();
        Ok(is_whole && !watch.is_over())
    }

    fn is_small(&self) -> bool {
        let last = self.tuning.validation.last();
        self.tuning.validation.fold(last).train.n_ratings() <= SIDE_BY_SIDE
    }

    /// What a trial is given: on small data one thread, and nothing that says how far it is but whether time is over.
    fn inner_task(&self, mixes: bool, watch: &Watch) -> Task {
        let pool = if self.is_small() && !mixes {
            Pool::default()
        } else {
            self.task.pool.clone()
        };
        let watch = watch.clone();
        Task {
            cancel: watch.stop.clone(),
            progress: Progress::to(move |_| {
                if watch.is_over() {
                    watch.stop.cancel();
                }
            }),
            pool,
            ..self.task.clone()
        }
    }

    fn say(&self, trial: usize, formula: &Formula) {
        let higher = self.tuning.metric.spec().better == Better::Higher;
        let total = match self.tuning.budget {
            Budget::Trials(n) => Some(n as u64),
            Budget::Time(_) => None,
        };
        let name = if higher { "best" } else { "least" };
        self.task.progress.say(|| {
            let report = Report::of(format!("trying {formula}"), trial as u64 - 1, total, "trials");
            match &self.best {
                Some((_, value)) => report.with(name, *value),
                None => report,
            }
        });
    }

    /// When trials have to be over: what the test will take at the end is kept from the time.
    fn deadline(&self) -> Option<Instant> {
        let Budget::Time(time) = self.tuning.budget else {
            return None;
        };
        let best = self.best.as_ref().map(|(formula, _)| formula.to_string());
        let parts = self.best.iter().flat_map(|(formula, _)| formula.fittables());
        let names: Vec<String> = parts.map(ToString::to_string).chain(best).collect();
        let at_end = self.trials.iter().filter(|trial| names.contains(&trial.formula));
        let reserve = at_end.map(|trial| trial.seconds).sum::<f64>() * 2.0;
        let reserve = Duration::try_from_secs_f64(reserve).unwrap_or(time).min(time / 4);
        Some(self.begun + time.saturating_sub(reserve))
    }

    /// Fits and measures one formula; a hybrid from models that are fitted already.
    fn measure(&self, job: &Job, task: &Task) -> Result<(Measured, Option<Arc<dyn Recommender>>), Cancelled> {
        let Tuning {
            validation,
            metric,
            options,
            ..
        } = self.tuning;
        if !is_mix(&job.formula) || !job.formula.fittables().iter().all(|f| self.has(f)) {
            return validation.measure(&job.formula, job.rung, (*metric, options), task);
        }
        // Parts stay fitted to all users: a lower rung only tests fewer.
        let (parts, formula) = (self.fitted.clone(), job.formula.clone());
        let train = Arc::clone(&validation.fold(validation.last()).train);
        let model = FittableModel::new(formula.to_string(), move |_| {
            assemble(&formula, &train, &mut |part| {
                let found = parts.get(&part.to_string());
                let lacking = || FitError::Unfit(format!("{part} is not fitted"));
                found.cloned().ok_or_else(lacking)
            })
        });
        let measured = validation.measure_users(model, job.rung, (*metric, options), task)?;
        Ok((measured, None))
    }

    fn has(&self, formula: &Formula) -> bool {
        self.fitted.contains_key(&formula.to_string())
    }

    /// Fits the parts of hybrids that are not at hand, and sees to it that everybody is scored by each of them once, where
    /// there is room for that.
    fn fit_parts(&mut self, jobs: &[Job]) -> Result<(), Cancelled> {
        let (validation, task) = (self.tuning.validation, self.task);
        let fold = validation.fold(validation.last());
        let mut parts: Vec<&Formula> = Vec::new();
        for part in jobs.iter().flat_map(|job| job.formula.fittables()) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        let store = FitStore::new(Arc::clone(&fold.train), self.tuning.options.seed);
        for part in &parts {
            if self.has(part) {
                continue;
            }
            match store.fit(part, task) {
                Ok(model) => drop(self.fitted.insert(part.to_string(), model)),
                Err(FitError::Cancelled(cancelled)) => return Err(cancelled),
                // The trial says why.
                Err(_) => {}
            }
        }
        let room = fold.users.len() * fold.train.n_items() * 9 * KEPT.max(parts.len());
        if room <= ROOM {
            for part in parts {
                let name = part.to_string();
                if let Some(model) = self.fitted.get_mut(&name).filter(|_| !self.remembered.contains(&name)) {
                    *model = remembered(Arc::clone(model));
                    self.remembered.insert(name);
                }
            }
        }
        Ok(())
    }

    fn note_best(&mut self, job: &Job, validation: Option<f64>) {
        let Some(value) = validation.filter(|_| job.rung == self.tuning.validation.last()) else {
            return;
        };
        let higher = self.tuning.metric.spec().better == Better::Higher;
        let is_better = |best: f64| if higher { value > best } else { value < best };
        if self.best.as_ref().is_none_or(|(_, best)| is_better(*best)) {
            self.best = Some((job.formula.clone(), value));
        }
    }

    /// Drops fitted models that hybrids will hardly want.
    fn forget(&mut self) {
        let best = self.planner.ranked().into_iter().take(KEPT);
        let best = best.filter_map(|at| self.planner.families[at].best().map(ToString::to_string));
        let mut wanted: Vec<String> = best.collect();
        let winner = self.best.iter().flat_map(|(formula, _)| formula.fittables());
        wanted.extend(winner.map(ToString::to_string));
        self.fitted.retain(|name, _| wanted.contains(name));
        self.remembered.retain(|name| wanted.contains(name));
    }

    /// The winner and the baselines on the test part: the only time that it is touched.
    fn test(&self, winner: &Formula, validation: f64) -> Result<Tuned, TuneError> {
        let (tuning, last) = (self.tuning, self.tuning.validation.last());
        let mut models = vec![winner.clone()];
        let first = self.planner.families.iter().enumerate();
        let first = first.filter_map(|(at, _)| {
            let formula = tuning.first.get(at)?;
            Some((self.on_validation(formula, last)?, formula))
        });
        let higher = tuning.metric.spec().better == Better::Higher;
        let best = first.reduce(|a, b| {
            let is_better = if higher { b.0 > a.0 } else { b.0 < a.0 };
            if is_better { b } else { a }
        });
        for formula in best.map(|(_, f)| f).into_iter().chain(&tuning.baselines) {
            if !models.contains(formula) {
                models.push(formula.clone());
            }
        }
        let fittable: Vec<FittableModel> = models.iter().cloned().map(FittableModel::from).collect();
        let options = Options {
            by_user: true,
            ..tuning.options
        };
        let evaluation = evaluate(tuning.folds, &fittable, &[tuning.metric], &options, self.task)?;
        let baselines = models.iter().enumerate().skip(1);
        let baselines = baselines.map(|(at, formula)| Baseline {
            model: formula.to_string(),
            validation: self.on_validation(formula, last),
            test: mean(&evaluation, at),
            winner_against: against(&evaluation, at),
        });
        Ok(Tuned {
            winner: winner.to_string(),
            validation,
            test: mean(&evaluation, 0),
            baselines: baselines.collect(),
            metric: tuning.metric.to_string(),
            better: tuning.metric.spec().better,
            split: tuning.folds.name().to_owned(),
            tried: self.trials.len(),
            seconds: self.begun.elapsed().as_secs_f64(),
        })
    }

    fn on_validation(&self, formula: &Formula, last: usize) -> Option<f64> {
        let name = formula.to_string();
        let trial = self.trials.iter().find(|t| t.rung == last && t.formula == name);
        trial.and_then(|trial| trial.validation)
    }
}

/// Whether it is a weighted sum: made of parts that are fitted.
fn is_mix(formula: &Formula) -> bool {
    matches!(formula, Formula::Weighted { .. })
}

/// The figure of a row.
fn mean(evaluation: &Evaluation, at: usize) -> Option<f64> {
    evaluation.rows.get(at)?.metrics.first()?.mean
}

/// How the first row does against another, user by user.
fn against(evaluation: &Evaluation, at: usize) -> Option<Paired> {
    let by_user = |at: usize| Some(&evaluation.rows.get(at)?.metrics.first()?.by_user);
    Paired::of(by_user(0)?, by_user(at)?)
}

/// When trials have to be over, and what stops them then.
#[derive(Clone)]
struct Watch {
    deadline: Option<Instant>,
    stop: Cancel,
}

impl Watch {
    fn is_over(&self) -> bool {
        self.deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Hands trials on in their order, however they come in.
struct InOrder<'a, 'b> {
    /// Those that wait for one before them; whether they are new.
    waiting: BTreeMap<usize, (Trial, bool)>,
    next: usize,
    sink: &'a mut Sink<'b>,
    failed: Option<String>,
}

impl InOrder<'_, '_> {
    fn put(&mut self, at: usize, trial: &Trial, is_new: bool) {
        self.waiting.insert(at, (trial.clone(), is_new));
        while let Some((trial, is_new)) = self.waiting.remove(&self.next) {
            self.next += 1;
            self.hand_on(&trial, is_new);
        }
    }

    fn hand_on(&mut self, trial: &Trial, is_new: bool) {
        if is_new && self.failed.is_none() {
            self.failed = (self.sink)(trial).err();
        }
    }

    /// Hands on those that waited for one that never came; what went wrong, if anything did.
    fn finish(mut self) -> Option<String> {
        for (trial, is_new) in std::mem::take(&mut self.waiting).into_values() {
            self.hand_on(&trial, is_new);
        }
        self.failed
    }
}

#[cfg(test)]
mod tests;
