//! A batch that was published, and what requests make of it.

use std::sync::Arc;
use std::time::Instant;

use super::view::{BatchView, FreshRow, PipelineQuery, PipelineView, details, flow, label_of};
use crate::answers::compare::PERSISTENCE;
use crate::answers::{AnswerError, World};
use crate::data::{Edits, UserIx};
use crate::explain::rank_biased_overlap;
use crate::models::Profile;
use crate::pipeline::batch::{Scorer, put_record, record_of};
use crate::pipeline::fault::{Breakable, Fault};
use crate::pipeline::store::{Key, Space, Store, UserRecord};
use crate::pipeline::{Act, Detail, Plan, Request, Response, Server, SessionEvent};
use crate::task::Cancel;

/// Freshness goes back so many events.
const PAST: usize = 12;
/// How much longer a slow stage takes, in milliseconds.
const SLOW_MS: f64 = 80.0;
/// How much older a stale build is, in hours.
const STALE_HOURS: f64 = 120.0;
/// The moment at which the nightly batch runs here, in milliseconds since 1970: 3 in the morning.
pub(super) const NIGHT_MS: i64 = 1_767_236_400_000;

/// A batch that was published.
pub(super) struct Batch {
    pub store: Arc<Breakable>,
    pub server: Server,
    /// The file that the server's rules are from; empty for none.
    pub rules: String,
    pub scorer: Scorer,
    pub view: Arc<BatchView>,
    /// Whose record knows which events of a session.
    pub touched: Option<(UserIx, Vec<SessionEvent>)>,
}

impl Batch {
    /// Brings the user's record in line with what the batch is to know of the session.
    pub fn follow(&mut self, world: &World, query: &PipelineQuery, cancel: &Cancel) -> Result<(), AnswerError> {
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

    pub fn view(&self, world: &World, query: &PipelineQuery, cancel: &Cancel) -> Result<PipelineView, AnswerError> {
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
