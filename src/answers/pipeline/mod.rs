//! A pipeline to be touched and broken: a batch of one's own in a store, a session, a frozen clock, and how the list follows.

use std::sync::Arc;
use std::time::Instant;

use super::compare::PERSISTENCE;
use super::{AnswerError, World};
use crate::data::{Edits, UserIx};
use crate::explain::rank_biased_overlap;
use crate::models::{Formula, Profile};
use crate::pipeline::batch::{BatchError, Built, How, Job, Scorer, build, put_record, record_of};
use crate::pipeline::fault::{Breakable, Fault};
use crate::pipeline::follow::{Followed, Origin};
use crate::pipeline::store::{Key, Space, Store, StoreError, UserRecord, store_at};
use crate::pipeline::{Act, Detail, Manifest, Plan, Request, Response, Server, SessionEvent};
use crate::task::{Cancel, Progress, Report, Task};
use view::{details, flow, label_of};

pub use view::{BatchView, FlowRow, FreshRow, Latency, PipelineQuery, PipelineView, StageDetail};

mod view;

/// Above so many users only a sample of them gets candidates here.
const MOST_USERS: usize = 10_000;
/// Simulated requests that tell how long one takes.
const TRIED: usize = 200;
/// Freshness goes back so many events.
const PAST: usize = 12;
/// How much longer a slow stage takes, in milliseconds.
const SLOW_MS: f64 = 80.0;
/// How much older a stale build is, in hours.
const STALE_HOURS: f64 = 120.0;
/// The moment at which the nightly batch runs here, in milliseconds since 1970: 3 in the morning.
const NIGHT_MS: i64 = 1_767_236_400_000;

/// A store with a batch, kept from one question to the next.
pub struct PipelineLab {
    world: World,
    folder: Option<tempfile::TempDir>,
    built: Option<Batch>,
    followed: Option<Following>,
}

/// Events on their way.
struct Following {
    from: String,
    origin: Origin,
    followed: Followed,
}

/// A batch that was published.
struct Batch {
    formula: Arc<Formula>,
    nights: usize,
    similarity: (crate::models::neighborhood::Similarity, usize),
    store: Arc<Breakable>,
    server: Server,
    rules: String,
    scorer: Scorer,
    view: Arc<BatchView>,
    /// Whose record knows which events of a session.
    touched: Option<(UserIx, Vec<SessionEvent>)>,
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

impl PipelineLab {
    /// Nothing computed yet.
    pub fn new(world: World) -> Self {
        Self {
            world,
            folder: None,
            built: None,
            followed: None,
        }
    }

    /// Answers; a batch is computed first where the one that is there is another's. `partial` gets how far it is.
    ///
    /// # Errors
    /// A model that can't be fitted, a store that can't be written, cancellation.
    pub fn answer(
        &mut self,
        query: &PipelineQuery,
        task: &Task,
        partial: &(dyn Fn(PipelineView) + Send + Sync),
    ) -> Result<PipelineView, AnswerError> {
        let fits = |batch: &Batch| {
            let similarity = (query.weighing.similarity, query.weighing.neighbors);
            batch.formula == query.formula && batch.nights == query.nights && batch.similarity == similarity
        };
        if !self.built.as_ref().is_some_and(fits) {
            self.built = None;
            self.built = Some(self.build(query, task, partial)?);
        }
        if self.followed.as_ref().map(|f| &f.from) != query.follow.as_ref() {
            self.followed = None;
            if let Some(from) = &query.follow {
                self.followed = Some(Following {
                    origin: Origin::at(from)?,
                    from: from.clone(),
                    followed: Followed::default(),
                });
            }
            while self.look()? {
                task.cancel.check()?;
            }
        }
        let told = self.told(query);
        let Some(batch) = &mut self.built else {
            return Ok(PipelineView::default());
        };
        let mut query = query.clone();
        let n = told.len();
        query.session = told.into_iter().chain(query.session).collect();
        if query.batched > 0 {
            query.batched += n;
        }
        batch.follow(&self.world, &query, &task.cancel)?;
        let view = batch.view(&self.world, &query, &task.cancel)?;
        Ok(PipelineView {
            told: n,
            followed: self.followed.as_ref().map(|f| f.followed.in_words()),
            ..view
        })
    }

    /// Takes in what has come of what is followed; whether something has.
    ///
    /// # Errors
    /// It can't be read any more.
    pub fn look(&mut self) -> Result<bool, AnswerError> {
        let Some(Following { from, origin, followed }) = &mut self.followed else {
            return Ok(false);
        };
        let data = &self.world.dataset;
        // The batch here is of tonight, whatever the times of events say.
        let looked = origin.look(&mut |line| {
            followed.take(line, i64::MIN, |item| data.find_item(item).is_some());
        });
        let looked = looked.map_err(|e| AnswerError::Unfit(format!("{}: {e}", crate::data::printable(from))))?;
        Ok(looked.read > 0)
    }

    /// What was followed of the user.
    fn told(&self, query: &PipelineQuery) -> Vec<SessionEvent> {
        let (Some(following), Some(user)) = (&self.followed, query.user) else {
            return Vec::new();
        };
        following.followed.session(self.world.dataset.user_id(user))
    }

    fn build(
        &mut self,
        query: &PipelineQuery,
        task: &Task,
        partial: &(dyn Fn(PipelineView) + Send + Sync),
    ) -> Result<Batch, AnswerError> {
        let say = |report: Report| PipelineView {
            building: Some(report),
            hours: query.hours,
            ..PipelineView::default()
        };
        partial(say(Report::of("the nightly batch begins", 0, None, "users")));
        let folder = match self.folder.take() {
            Some(folder) => folder,
            None => tempfile::tempdir().map_err(|e| AnswerError::Unfit(format!("no place for the store: {e}")))?,
        };
        let path = folder.path().join("pipeline.redb");
        self.folder = Some(folder);
        let store = Arc::new(Breakable::new(store_at(&path.to_string_lossy())?));
        let plan = Plan {
            rank: None,
            sources: Vec::new(),
            session: query.weighing.clone(),
            ..Plan::default()
        };
        // Text and plan say the same: the formula is told apart from it.
        let plan = with_formula(plan, &query.formula)?;
        let (sender, receiver) = std::sync::mpsc::channel();
        let watched = Task {
            progress: Progress::to(move |report| {
                let _ = sender.send(report);
            }),
            ..task.clone()
        };
        let job = Job {
            plan: &plan,
            models: self.world.catalog(),
            fits: &self.world.fits,
            store: &*store,
            now: NIGHT_MS,
            how: How::Full,
            most: MOST_USERS,
        };
        let built = std::thread::scope(|scope| {
            scope.spawn(move || {
                let mut last: Option<Instant> = None;
                for report in receiver {
                    if last.is_none_or(|l| l.elapsed().as_millis() >= 60) {
                        last = Some(Instant::now());
                        partial(say(report));
                    }
                }
            });
            let built = build(&job, &watched);
            // The last sender: the listener ends.
            drop(watched);
            built
        })?;
        let scorer = Scorer::new(&plan, self.world.catalog(), &self.world.fits, task)?;
        let server = Server::new(Arc::clone(&store) as Arc<dyn Store>);
        let latency = latency(&server, &built.manifest, &task.cancel)?;
        let view = self.batch_view(built, store.kind(), latency);
        Ok(Batch {
            formula: Arc::clone(&query.formula),
            nights: query.nights,
            similarity: (query.weighing.similarity, query.weighing.neighbors),
            store,
            server,
            rules: String::new(),
            scorer,
            view: Arc::new(view),
            touched: None,
        })
    }

    fn batch_view(&self, built: Built, kind: &'static str, latency: Latency) -> BatchView {
        let data = &self.world.dataset;
        BatchView {
            kind,
            bytes: built.bytes,
            unseen: built.unseen_count,
            unseen_labels: built.unseen.iter().map(|id| label_of(&self.world, id)).collect(),
            without_record: data.n_users() - built.manifest.users as usize,
            manifest: built.manifest,
            latency,
        }
    }
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
    let within = |share: f64| {
        times
            .get(((times.len() as f64 * share).ceil() as usize).saturating_sub(1))
            .copied()
            .unwrap_or(0.0)
    };
    Ok(Latency {
        requests: times.len(),
        p50: within(0.5),
        p95: within(0.95),
        p99: within(0.99),
        hits: hits as f64 / times.len().max(1) as f64,
    })
}

impl Batch {
    /// Brings the user's record in line with what the batch is to know of the session.
    fn follow(&mut self, world: &World, query: &PipelineQuery, cancel: &Cancel) -> Result<(), AnswerError> {
        if self.rules != query.rules {
            let server = Server::new(Arc::clone(&self.store) as Arc<dyn Store>);
            self.server = match query.rules.as_str() {
                "" => server,
                path => server
                    .with_rules(path.into())
                    .map_err(|e| AnswerError::Usage(e.to_string()))?,
            };
            self.rules.clone_from(&query.rules);
        }
        self.server
            .steer(Some((query.weighing.clone(), query.diversity.clone())));
        if let Some(user) = query.user.filter(|u| self.lacks(world, *u)) {
            put_record(&*self.store, &self.record(world, Some(user), &[], cancel)?)?;
        }
        let known = query.session[..query.batched.min(query.session.len())].to_vec();
        let wanted = query.user.filter(|_| !known.is_empty()).map(|user| (user, known));
        if self.touched == wanted {
            return Ok(());
        }
        let others = self
            .touched
            .take()
            .filter(|(user, _)| wanted.as_ref().is_none_or(|(u, _)| u != user));
        for (user, events) in others
            .map(|(user, _)| (user, Vec::new()))
            .into_iter()
            .chain(wanted.clone())
        {
            let record = self.record(world, Some(user), &events, cancel)?;
            put_record(&*self.store, &record)?;
        }
        self.touched = wanted;
        Ok(())
    }

    /// Whether somebody with ratings has no record, as only a sample of the users has.
    fn lacks(&self, world: &World, user: UserIx) -> bool {
        let data = &world.dataset;
        let key = Key {
            space: Space::Users,
            id: data.user_id(user),
        };
        let read = || self.store.open()?.read(&[key]);
        self.view.without_record > 0 && !data.user_row(user).is_empty() && read().is_ok_and(|found| found == [None])
    }

    /// What the batch would write of somebody who has done this.
    fn record(
        &self,
        world: &World,
        user: Option<UserIx>,
        events: &[SessionEvent],
        cancel: &Cancel,
    ) -> Result<UserRecord, AnswerError> {
        let profile = profile(world, user, events);
        let data = &world.dataset;
        Ok(record_of(
            &self.scorer,
            (data, user),
            profile,
            (&self.view.manifest, NIGHT_MS),
            cancel,
        )?)
    }

    fn request(world: &World, query: &PipelineQuery) -> Request {
        let stale = if query.fault == Fault::Stale { STALE_HOURS } else { 0.0 };
        Request {
            user: query
                .user
                .map_or_else(|| "guest".to_owned(), |u| world.dataset.user_id(u).to_owned()),
            session: query.session[query.batched.min(query.session.len())..].to_vec(),
            now: NIGHT_MS / 1000 + ((query.hours + stale) * 3600.0) as i64,
            n: Some(query.list),
            draw: query.seed ^ query.request,
            detail: Detail::Trace,
            why_not: None,
            delay: (query.fault == Fault::SlowStage).then(|| ("seen".to_owned(), SLOW_MS)),
        }
    }

    fn view(&self, world: &World, query: &PipelineQuery, cancel: &Cancel) -> Result<PipelineView, AnswerError> {
        let other = Server::new(Arc::clone(&self.store) as Arc<dyn Store>).expecting(!self.view.manifest.data.identity);
        let request = Self::request(world, query);
        // What a server needs once is read before the store fails: nobody asks a server that has never answered.
        self.store.fail(Fault::None);
        self.server.respond(&Request {
            detail: Detail::List,
            ..request.clone()
        })?;
        let fresh = self.freshness(world, query, &request, cancel)?;
        self.store.fail(query.fault);
        let response = match query.fault {
            Fault::OtherData => other.respond(&request),
            _ => self.server.respond(&request),
        };
        self.store.fail(Fault::None);
        let response = response?;
        let listed: Vec<&str> = response.items.iter().map(|i| i.id.as_str()).collect();
        let batch: Vec<&str> = response.batch.iter().map(String::as_str).collect();
        let session = query.session.iter().enumerate();
        Ok(PipelineView {
            building: None,
            told: 0,
            followed: None,
            batch: Some(Arc::clone(&self.view)),
            flow: flow(world, &response),
            stages: details(world, &response),
            fresh,
            session: session
                .map(|(at, e)| (e.act, label_of(world, &e.item), at < query.batched))
                .collect(),
            hours: query.hours,
            fault: query.fault,
            budget: Plan::default().budget_ms,
            overlap: listed.iter().filter(|i| batch.contains(i)).count(),
            rbo: rank_biased_overlap(&batch, &listed, PERSISTENCE),
            response: Some(Arc::new(response)),
        })
    }

    /// After each of the last events: how near the lists are to the one computed anew, and what each costs.
    fn freshness(
        &self,
        world: &World,
        query: &PipelineQuery,
        request: &Request,
        cancel: &Cancel,
    ) -> Result<Vec<FreshRow>, AnswerError> {
        let ask = |session: &[SessionEvent]| Request {
            session: session.to_vec(),
            detail: Detail::List,
            delay: None,
            ..request.clone()
        };
        let ids = |response: &Response| -> Vec<String> { response.items.iter().map(|i| i.id.clone()).collect() };
        let timed = |respond: &dyn Fn() -> Result<Response, AnswerError>| -> Result<(Vec<String>, f64), AnswerError> {
            let begun = Instant::now();
            let response = respond()?;
            Ok((ids(&response), begun.elapsed().as_secs_f64() * 1e3))
        };
        let mut rows = Vec::new();
        for n in query.session.len().saturating_sub(PAST)..=query.session.len() {
            cancel.check()?;
            let events = &query.session[..n];
            let unknown = &events[query.batched.min(n)..];
            let (batch, batch_ms) = timed(&|| Ok(self.server.respond(&ask(&[]))?))?;
            let (session, session_ms) = timed(&|| Ok(self.server.respond(&ask(unknown))?))?;
            let (ideal, ideal_ms) = timed(&|| {
                let record = self.record(world, query.user, events, cancel)?;
                Ok(self.server.respond_from(record, &ask(&[]))?)
            })?;
            rows.push(FreshRow {
                events: n,
                batch: rank_biased_overlap(&batch, &ideal, PERSISTENCE),
                session: rank_biased_overlap(&session, &ideal, PERSISTENCE),
                ms: [batch_ms, session_ms, ideal_ms],
            });
        }
        Ok(rows)
    }
}

/// What a user's ratings would be if their events were ratings: bought and watched as high as can be, clicked halfway between
/// there and the mean, skipped as low as can be where values are a scale.
fn profile(world: &World, user: Option<UserIx>, events: &[SessionEvent]) -> Profile {
    let data = &world.dataset;
    let scale = data.scale();
    let rating = |act: Act| match act {
        Act::Buy | Act::Watch => Some(scale.max),
        Act::Click => Some(f64::midpoint(data.mean(), scale.max)),
        Act::Skip => (!data.is_implicit()).then_some(scale.min),
    };
    let told = events
        .iter()
        .filter_map(|e| Some((data.find_item(&e.item)?, rating(e.act)?)));
    match user {
        None => Profile::guest(told, &Arc::default()),
        Some(user) => {
            let mut edits = Edits::default();
            told.for_each(|(item, rating)| edits.set(data, user, item, Some(rating)));
            Profile::of_edited_user(data, user, &Arc::new(edits))
        }
    }
}
