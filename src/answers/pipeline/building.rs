//! The nightly batch while it runs: on a thread of its own, so that it goes on whoever asks for something else meanwhile.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::batch::{Batch, NIGHT_MS};
use super::view::{BatchView, Latency, PipelineQuery, label_of};
use crate::answers::{AnswerError, World};
use crate::models::Formula;
use crate::models::neighborhood::Similarity;
use crate::pipeline::batch::{BatchError, How, Job, Scorer, build};
use crate::pipeline::fault::Breakable;
use crate::pipeline::store::{Store, StoreError, store_at};
use crate::pipeline::{Act, Manifest, Plan, Request, Server, SessionEvent, SessionPlan};
use crate::task::{Cancel, Progress, Report, Task, within};

/// Above so many users only a sample of them gets candidates here.
const MOST_USERS: usize = 10_000;
/// Simulated requests that tell how long one takes.
const TRIED: usize = 200;
/// How often it is looked how far a batch is.
const LOOK: Duration = Duration::from_millis(20);

/// What a batch is made of: where one of these changes, it is another batch. Everything else is for requests to know.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Recipe {
    formula: Arc<Formula>,
    nights: usize,
    similarity: Similarity,
    neighbors: usize,
}

impl Recipe {
    pub fn of(query: &PipelineQuery) -> Self {
        Self {
            formula: Arc::clone(&query.formula),
            nights: query.nights,
            similarity: query.weighing.similarity,
            neighbors: query.weighing.neighbors,
        }
    }

    /// What is another than in the batch of before, in words.
    fn other_than(&self, before: &Self) -> &'static str {
        if self.formula != before.formula {
            "another formula"
        } else if self.nights != before.nights {
            "another night"
        } else {
            "another similarity"
        }
    }
}

/// A batch that is being computed; dropped, it is stopped.
pub(super) struct Building {
    pub recipe: Recipe,
    cancel: Cancel,
    /// How far it is.
    report: Arc<Mutex<Report>>,
    thread: Option<JoinHandle<Result<Batch, AnswerError>>>,
}

impl Building {
    /// Begins one in a store at `path`, and says so; `before` is what was being computed until now.
    ///
    /// # Errors
    /// No thread can be had.
    pub fn begin(
        world: &World,
        path: String,
        recipe: Recipe,
        before: Option<&Recipe>,
        (task, say): (&Task, &dyn Fn(Report)),
    ) -> Result<Self, AnswerError> {
        let stage = before.map_or_else(
            || "the nightly batch begins".to_owned(),
            |before| format!("the nightly batch begins anew: {}", recipe.other_than(before)),
        );
        let first = Report::of(stage, 0, None, "users");
        say(first.clone());
        let report = Arc::new(Mutex::new(first));
        let (cancel, said) = (Cancel::new(), Arc::clone(&report));
        let watched = Task {
            cancel: cancel.clone(),
            progress: Progress::to(move |report| *said.lock().unwrap_or_else(PoisonError::into_inner) = report),
            ..task.clone()
        };
        let (world, made) = (world.clone(), recipe.clone());
        let thread = std::thread::Builder::new()
            .name("batch".to_owned())
            .spawn(move || published(&world, &path, &made, &watched))
            .map_err(|e| AnswerError::Unfit(format!("no thread for the batch: {e}")))?;
        Ok(Self {
            recipe,
            cancel,
            report,
            thread: Some(thread),
        })
    }

    /// Waits for it, and says from time to time how far it is; `None` where whoever waits gives up: it goes on.
    ///
    /// # Errors
    /// A model that can't be fitted, a store that can't be written.
    pub fn wait(&mut self, cancel: &Cancel, say: &dyn Fn(Report)) -> Option<Result<Batch, AnswerError>> {
        let mut last = None;
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            let report = self.report.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if last.as_ref() != Some(&report) {
                say(report.clone());
                last = Some(report);
            }
            if cancel.wait(LOOK).is_err() {
                return None;
            }
        }
        let ended = self.thread.take()?.join();
        Some(ended.unwrap_or_else(|_| Err(AnswerError::Unfit("the batch broke off".to_owned()))))
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        self.cancel.cancel();
        if let Some(thread) = self.thread.take() {
            // Its store is free again after that; what came of it nobody wants.
            let _ = thread.join();
        }
    }
}

impl From<BatchError> for AnswerError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Unfit(other.to_string()),
        }
    }
}

impl From<StoreError> for AnswerError {
    fn from(error: StoreError) -> Self {
        Self::Unfit(error.to_string())
    }
}

/// Computes a batch and tries it out.
fn published(world: &World, path: &str, recipe: &Recipe, task: &Task) -> Result<Batch, AnswerError> {
    let store = Arc::new(Breakable::new(store_at(path)?));
    let plan = Plan {
        rank: None,
        sources: Vec::new(),
        session: SessionPlan {
            similarity: recipe.similarity,
            neighbors: recipe.neighbors,
            ..SessionPlan::default()
        },
        ..Plan::default()
    };
    // Text and plan say the same: the formula is told apart from it.
    let plan = with_formula(plan, &recipe.formula)?;
    let job = Job {
        plan: &plan,
        models: world.catalog(),
        fits: &world.fits,
        store: &*store,
        now: NIGHT_MS,
        how: How::Full,
        most: MOST_USERS,
    };
    let built = build(&job, task)?;
    let scorer = Scorer::new(&plan, world.catalog(), &world.fits, task)?;
    let server = Server::new(Arc::clone(&store) as Arc<dyn Store>);
    let latency = latency(&server, &built.manifest, &task.cancel)?;
    let view = BatchView {
        kind: store.kind(),
        bytes: built.bytes,
        unseen: built.unseen_count,
        unseen_labels: built.unseen.iter().map(|id| label_of(world, id)).collect(),
        without_record: world.dataset.n_users() - built.manifest.users as usize,
        manifest: built.manifest,
        latency,
    };
    Ok(Batch {
        store,
        server,
        rules: String::new(),
        scorer,
        view: Arc::new(view),
        touched: None,
    })
}

/// The plan that ranks by a formula.
fn with_formula(plan: Plan, formula: &Formula) -> Result<Plan, AnswerError> {
    // A formula holds no quotation mark; ids of imports are names.
    let text = format!("rank = {:?}\n", formula.to_string());
    let read = Plan::parse(&text, "plan").map_err(|e| AnswerError::Unfit(e.to_string()))?;
    Ok(Plan {
        rank: read.rank,
        text,
        ..plan
    })
}

/// How long requests of some users take, each with a session of two popular items.
fn latency(server: &Server, manifest: &Manifest, cancel: &Cancel) -> Result<Latency, AnswerError> {
    let popular = server
        .with_catalog(|c| -> Vec<String> { c.popular().iter().take(50).map(|i| c.id(*i).to_owned()).collect() })?;
    let (mut times, mut hits) = (Vec::new(), 0);
    for at in 0..TRIED {
        cancel.check()?;
        let (Some(user), false) = (
            manifest.sample.get(at * 7919 % manifest.sample.len().max(1)),
            popular.is_empty(),
        ) else {
            break;
        };
        let event = |nth: usize| SessionEvent {
            act: Act::Click,
            item: popular[(at + nth * 31) % popular.len()].clone(),
        };
        let request = Request {
            user: user.clone(),
            session: vec![event(0), event(1)],
            now: NIGHT_MS / 1000,
            ..Request::default()
        };
        let asked = Instant::now();
        let response = server.respond(&request)?;
        times.push(asked.elapsed().as_secs_f64() * 1e3);
        hits += usize::from(response.fallback.is_none());
    }
    times.sort_by(f64::total_cmp);
    Ok(Latency {
        requests: times.len(),
        p50: within(&times, 0.5),
        p95: within(&times, 0.95),
        p99: within(&times, 0.99),
        hits: hits as f64 / times.len().max(1) as f64,
    })
}
