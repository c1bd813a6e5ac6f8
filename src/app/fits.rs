//! Models are fitted in the background, beside browsing and never in its way.

use std::sync::{Arc, Mutex, PoisonError};

use crate::answers::{AnswerError, World};
use crate::engine::{Asked, Executor, Generation, JobError, Lane, Phase, Snapshot, Waker};
use crate::models::{Formula, Stopped};
use crate::task::{Cancelled, Curves, Enough, Pool, Progress, Report, Task};

/// How far fitting is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FitStatus {
    /// How many of the formulas are done (fitted or failed).
    pub done: usize,
    pub fitting: Option<String>,
    pub report: Option<Report>,
    /// The loss and the quality epoch by epoch.
    pub curves: Curves,
    /// What could not be fitted, and why.
    pub failed: Vec<(String, String)>,
    /// What was stopped, and what is fitted of it.
    pub stopped: Vec<Stopped>,
    /// What there is to say of models that were trained elsewhere.
    pub noticed: Vec<String>,
}

/// The lane of fits. The newest wish counts; what was fitted before stays.
pub struct Fits {
    lane: Lane<FitStatus>,
    pool: Pool,
    enough: Enough,
    wanted: Vec<Arc<Formula>>,
    generation: Generation,
    shown: Arc<Snapshot<FitStatus>>,
    /// What was said already of what was noticed.
    said: Vec<String>,
    /// Of which question, how many that were stopped were told already.
    told: (Generation, usize),
    /// Goes up whenever something more is fitted, or the audience of what is wanted is prepared: panes that waited ask again.
    epoch: u64,
}

impl Fits {
    /// Nothing wanted yet. What learns epoch by epoch keeps what it has once `enough` is said.
    pub fn new(executor: &Executor, wake: Waker, pool: Pool, enough: Enough) -> Self {
        let lane = Lane::new(executor, wake);
        Self {
            shown: lane.latest().load(),
            said: Vec::new(),
            told: (Generation::default(), 0),
            lane,
            pool,
            enough,
            wanted: Vec::new(),
            generation: Generation::default(),
            epoch: 0,
        }
    }

    /// Wants these models fitted, the first first.
    pub fn want(&mut self, formulas: Vec<Arc<Formula>>, world: &World) {
        if formulas == self.wanted {
            return;
        }
        self.wanted.clone_from(&formulas);
        self.generation = self.generation.next();
        let (world, pool, enough) = (world.clone(), self.pool.clone(), self.enough.clone());
        self.lane.ask(self.generation, move |asked| {
            let model = formulas.first().cloned();
            // Reports come from the threads of the fit; the last one said is as good as any.
            let asked = &asked;
            let mut status = FitStatus::default();
            // What the arithmetic of a pair of neighbors would else wait for.
            world.near.baselines(&asked.cancel)?;
            for formula in formulas {
                let text = formula.to_string();
                status.fitting = Some(text.clone());
                status.report = None;
                status.curves = Curves::default();
                let stopped = status.stopped.iter().find(|stopped| formula.has_part(&stopped.asked));
                if let Some(stopped) = stopped {
                    status.failed.push((text, stopped.to_string()));
                } else if world.fits.get(&formula).is_none() {
                    asked.partial(status.clone())?;
                    let task = Task {
                        enough: enough.clone(),
                        ..fitting(asked, &status, &pool)
                    };
                    match world.fit(&formula, &task) {
                        Ok(_) => {}
                        Err(AnswerError::Cancelled(_)) => return Err(JobError::Cancelled),
                        // The explorer asks for what there is of it.
                        Err(AnswerError::Stopped(stopped)) => {
                            status.failed.push((text, stopped.to_string()));
                            status.stopped.push(*stopped);
                        }
                        Err(error) => status.failed.push((text, error.to_string())),
                    }
                }
                let noticed = formula
                    .imports()
                    .into_iter()
                    .filter_map(|import| import.notice_by_name());
                status.noticed.extend(noticed);
                status.done += 1;
                status.fitting = None;
                status.report = None;
                asked.partial(status.clone())?;
            }
            // The panes have what they waited for; what an item's users are found by comes after.
            if let Some(model) = model {
                prepare_audience(&world, &model, &fitting(asked, &status, &pool))?;
            }
            Ok(status)
        });
    }

    /// Takes what was published; says whether that changed anything.
    pub fn poll(&mut self) -> bool {
        let latest = self.lane.latest().load();
        if Arc::ptr_eq(&latest, &self.shown) {
            return false;
        }
        // Once all is settled the audience is prepared as well.
        let done = |s: &Snapshot<FitStatus>| (s.generation, s.phase.view().map(|v| v.done), s.phase.is_settled());
        if done(&latest) != done(&self.shown) {
            self.epoch += 1;
        }
        self.shown = latest;
        true
    }

    /// What was noticed since this was last asked: each is said once, until there is something else to say of the model.
    pub fn news(&mut self) -> Option<String> {
        let view = self.shown.phase.view()?;
        let new = view.noticed.iter().find(|notice| !self.said.contains(notice))?.clone();
        self.said.push(new.clone());
        Some(new)
    }

    /// What was stopped since this was last asked.
    pub fn stopped(&mut self) -> Vec<Stopped> {
        let generation = self.shown.generation;
        let before = if self.told.0 == generation { self.told.1 } else { 0 };
        let all = self.shown.phase.view().map_or(&[][..], |view| &view.stopped);
        self.told = (generation, all.len());
        all.get(before..).unwrap_or_default().to_vec()
    }

    /// How far it is.
    pub fn status(&self) -> FitStatus {
        self.shown.phase.view().cloned().unwrap_or_default()
    }

    /// Whether something is being fitted, or waits for it.
    pub fn is_busy(&self) -> bool {
        self.shown.generation < self.generation || matches!(self.shown.phase, Phase::Partial(_))
    }

    /// Goes up whenever something more is fitted.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// One line on what is being fitted, with how far it is; what is said in place of an answer.
    pub fn line(&self) -> String {
        let status = self.status();
        let what = status
            .fitting
            .unwrap_or_else(|| self.wanted.first().map_or_else(String::new, ToString::to_string));
        match status.report {
            None => format!("fitting {what}"),
            Some(report) => {
                let of = report.total.map_or(String::new(), |t| format!(" of {t}"));
                let figures = report.figures.iter();
                let figures: Vec<String> = figures.map(|(name, value)| format!(" · {name} {value:.4}")).collect();
                let figures = figures.concat();
                format!("{} · {}{of} {}{figures}", report.stage, report.done, report.unit)
            }
        }
    }

    /// Why a formula could not be fitted, where that was tried.
    pub fn failure(&self, formula: &Formula) -> Option<String> {
        let (failed, formula) = (self.status().failed, formula.to_string());
        failed.into_iter().find(|(f, _)| *f == formula).map(|(_, why)| why)
    }
}

/// Prepares the model for questions about all users at once; one that has no use for that is done at once.
fn prepare_audience(world: &World, formula: &Formula, task: &Task) -> Result<(), Cancelled> {
    if let Some(model) = world.fits.get(formula) {
        model.prepare_audience(&world.dataset, task)?;
    }
    Ok(())
}

/// A task whose reports are published, not too often, as the word of what `status` says is going on.
fn fitting(asked: &Asked<FitStatus>, status: &FitStatus, pool: &Pool) -> Task {
    let before = status.clone();
    let curves: Arc<Mutex<Curves>> = Arc::default();
    let heard = Arc::clone(&curves);
    let watched = asked.watched(pool, move |report| FitStatus {
        report: Some(report),
        curves: heard.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        ..before.clone()
    });
    // Of what is seen now and then, every epoch is a point of the curve.
    let seen = watched.progress;
    let progress = Progress::to(move |report| {
        curves.lock().unwrap_or_else(PoisonError::into_inner).add(&report);
        seen.say(|| report);
    });
    Task { progress, ..watched }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::tests_common;
    use std::time::Duration;

    #[test]
    fn what_is_wanted_is_fitted_and_what_cannot_be_says_why() {
        let executor = Executor::new("test", 1).unwrap();
        let world = tests_common::toy_world();
        let mut fits = Fits::new(&executor, Arc::new(|| {}), Pool::default(), Enough::default());
        let before = fits.epoch();
        let read = |text: &str| Arc::new(Formula::parse(text).unwrap());
        fits.want(vec![read("popularity"), read("0.5*popularity + 0.5*item-knn")], &world);
        assert!(fits.is_busy());
        assert!(executor.wait_idle(Duration::from_secs(60)));
        assert!(fits.poll() && !fits.is_busy());
        assert!(fits.epoch() > before);
        assert_eq!((fits.status().done, fits.status().fitting), (2, None));
        for formula in ["popularity", "item-knn", "0.5*popularity + 0.5*item-knn"] {
            assert!(world.fits.get(&Formula::parse(formula).unwrap()).is_some(), "{formula}");
        }
        assert!(!fits.poll());
        assert_eq!(fits.failure(&read("popularity")), None);
    }
}
