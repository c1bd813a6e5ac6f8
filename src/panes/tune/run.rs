//! The search in the background: every trial is seen as it comes, and none is made twice.

use std::sync::{Arc, Mutex, PoisonError};

use crate::answers::World;
use crate::answers::leaderboard::split_name;
use crate::engine::{Asked, JobError, Pace, Process, RunState};
use crate::evaluate::metrics::Better;
use crate::evaluate::tuning::{Budget, Trial, TuneError, Tuned, Tuning, Validation, baselines, every_model};
use crate::evaluate::{Folds, Metric, Options, Split};
use crate::models::Formula;
use crate::task::{Pool, Report};

/// What is searched, and how long.
#[derive(Clone, Debug, PartialEq)]
pub struct TuneQuery {
    pub budget: Budget,
    pub metric: Metric,
    /// Among these; all where there are none.
    pub models: Vec<Arc<Formula>>,
}

/// What the pane shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TuneView {
    pub state: TuneState,
    pub metric: Option<Metric>,
    pub budget: Option<Budget>,
    /// What was tried, best first: on all users, then on parts of them.
    pub trials: Arc<Vec<Trial>>,
    /// The rung of all users, once ratings are held out.
    pub last: Option<usize>,
    /// What came out in the end.
    pub tuned: Option<Tuned>,
    /// The last word of what is being done.
    pub report: Option<Report>,
    /// Why nothing could be found.
    pub problem: Option<String>,
}

/// Whether it goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TuneState {
    /// Nobody began it.
    #[default]
    Asks,
    Running,
    /// A person stopped it, or it is at its end.
    Rests,
}

impl TuneView {
    /// The best trial on all users.
    pub fn best(&self) -> Option<&Trial> {
        let last = self.last?;
        self.trials
            .first()
            .filter(|trial| trial.rung == last && trial.validation.is_some())
    }
}

/// A search, its trials and its result.
pub struct TuneRun {
    world: World,
    pool: Pool,
    /// The split of the leaderboard, and what is held out within its training part.
    parts: Option<Arc<(Folds, Validation)>>,
    wanted: Option<TuneQuery>,
    /// Of this metric.
    trials: Arc<Mutex<Vec<Trial>>>,
    tuned: Option<Tuned>,
    problem: Option<String>,
}

impl TuneRun {
    /// Nothing tried yet. What-if edits play no part.
    pub fn new(world: &World, pool: Pool) -> Self {
        Self {
            world: world.clone(),
            pool,
            parts: None,
            wanted: None,
            trials: Arc::default(),
            tuned: None,
            problem: None,
        }
    }

    /// Holds ratings out, the first time.
    fn prepare(&mut self) -> Result<Arc<(Folds, Validation)>, String> {
        if let Some(parts) = &self.parts {
            return Ok(Arc::clone(parts));
        }
        let said = |error: &dyn std::fmt::Display| format!("some ratings must be held out: {error}");
        let split = Split::parse(&split_name(self.world.seed())).map_err(|error| said(&error))?;
        let folds = split.folds(&self.world.dataset).map_err(|error| said(&error))?;
        let outer = folds.get(0);
        let validation = Validation::new(&split, &outer.train).map_err(|error| said(&error))?;
        let folds = Folds::given(folds.name(), [outer]);
        Ok(Arc::clone(self.parts.insert(Arc::new((folds, validation)))))
    }

    fn search(&mut self, query: &TuneQuery, asked: &Asked<TuneView>) -> Result<Tuned, TuneError> {
        asked.partial(self.view(RunState::Running))?;
        let parts = self.prepare().map_err(TuneError::Failed)?;
        let (folds, validation) = &*parts;
        let first: Vec<Formula> = query.models.iter().map(|model| Formula::clone(model)).collect();
        let tuning = Tuning {
            folds,
            validation,
            metric: query.metric,
            options: Options {
                seed: self.world.seed(),
                ..Options::default()
            },
            first: if first.is_empty() { every_model() } else { first },
            baselines: baselines(self.world.dataset.feedback().kind),
            budget: query.budget,
        };
        let shown = Shown {
            view: self.view(RunState::Running),
            trials: Arc::clone(&self.trials),
        };
        let reported = shown.clone();
        let task = asked.watched(&self.pool, move |report| reported.view(Some(report)));
        let earlier = lock(&self.trials).clone();
        let trials = Arc::clone(&self.trials);
        let mut keep = |trial: &Trial| {
            lock(&trials).push(trial.clone());
            // Whether anybody still wants it is asked all the time.
            let _ = asked.partial(shown.view(None));
            Ok(())
        };
        let (tuned, _) = tuning.run(earlier, &mut keep, &task)?;
        Ok(tuned)
    }
}

fn lock(trials: &Mutex<Vec<Trial>>) -> std::sync::MutexGuard<'_, Vec<Trial>> {
    trials.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is seen on the way.
#[derive(Clone)]
struct Shown {
    view: TuneView,
    trials: Arc<Mutex<Vec<Trial>>>,
}

impl Shown {
    fn view(&self, report: Option<Report>) -> TuneView {
        TuneView {
            trials: Arc::new(ranked(lock(&self.trials).clone(), self.view.metric)),
            report,
            ..self.view.clone()
        }
    }
}

/// The trials on all users first, of each rung the best first; those without a figure last. O(n log n).
fn ranked(mut trials: Vec<Trial>, metric: Option<Metric>) -> Vec<Trial> {
    let lower = metric.is_some_and(|metric| metric.spec().better == Better::Lower);
    let worth = |trial: &Trial| trial.validation.map(|value| if lower { -value } else { value });
    trials.sort_by(|a, b| match (worth(a), worth(b)) {
        (Some(x), Some(y)) => b.rung.cmp(&a.rung).then(y.total_cmp(&x)),
        (x, y) => y.is_some().cmp(&x.is_some()).then(a.trial.cmp(&b.trial)),
    });
    trials
}

impl Process for TuneRun {
    type Settings = TuneQuery;
    type View = TuneView;

    fn set(&mut self, settings: &TuneQuery) -> Result<(), String> {
        let before = self.wanted.replace(settings.clone());
        if before.as_ref().is_some_and(|before| before.metric != settings.metric) {
            // Figures of another metric are no use.
            lock(&self.trials).clear();
        }
        if before.as_ref() != Some(settings) {
            self.tuned = None;
        }
        Ok(())
    }

    fn run(&mut self, pace: Pace, asked: &Asked<TuneView>) -> Result<(), JobError> {
        let Some(query) = self.wanted.clone() else {
            return Ok(());
        };
        // What a control was set to is searched once a person says so, and what is at its end stays.
        if pace == Pace::Quick || self.tuned.is_some() {
            return Ok(());
        }
        self.problem = None;
        match self.search(&query, asked) {
            Ok(tuned) => self.tuned = Some(tuned),
            Err(TuneError::Cancelled(_)) => return Err(JobError::Cancelled),
            Err(TuneError::Failed(why)) => self.problem = Some(why),
        }
        Ok(())
    }

    fn reset(&mut self) {
        lock(&self.trials).clear();
        self.tuned = None;
    }

    fn view(&self, state: RunState) -> TuneView {
        let metric = self.wanted.as_ref().map(|query| query.metric);
        TuneView {
            state: match state {
                RunState::Asks => TuneState::Asks,
                RunState::Running => TuneState::Running,
                RunState::Paused => TuneState::Rests,
            },
            metric,
            budget: self.wanted.as_ref().map(|query| query.budget),
            trials: Arc::new(ranked(lock(&self.trials).clone(), metric)),
            last: self.parts.as_ref().map(|parts| parts.1.last()),
            tuned: self.tuned.clone(),
            report: None,
            problem: self.problem.clone(),
        }
    }
}
