//! Answers requests from a store, whatever state it is in.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Instant, SystemTime};

use super::course::{BOOST, Course, DROP, Ended, FETCH, PLACE, Tweaks, Watch};
use super::fetch::{Fetched, RuleSet, Shared, Standby, fetch};
use super::placing::By;
use super::request::{Listed, Request, Response, RuleReport, Share, Way};
use super::rules::BoundAct;
use super::slot::Ledger;
use super::store::UserRecord;
use super::store::{Store, StoreError};
use super::{Catalog, Diversity, Manifest, Plan, PlanError, SessionPlan, why_not};
use crate::data::Dataset;

/// Answers requests. Shared between threads; what it knows of a build is read once a build.
pub struct Server {
    store: Arc<dyn Store>,
    /// The data that the store must have been built of.
    expected: Option<u64>,
    shared: RwLock<Option<Arc<Shared>>>,
    /// Rules that stand in a file instead of the build's plan.
    file: Option<Mutex<RulesFile>>,
    ledger: RwLock<Ledger>,
    /// What is weighed and ordered otherwise than the build's plan says.
    steered: RwLock<Option<(SessionPlan, Diversity)>>,
    /// What is shown where the store was down from the start.
    standby: Option<Standby>,
}

/// A plan's file that may be changed at any time.
struct RulesFile {
    path: PathBuf,
    stamp: Option<(SystemTime, u64)>,
    /// For which build they were bound.
    version: u64,
    plan: Option<Plan>,
    set: Arc<RuleSet>,
    error: Option<String>,
}

impl Server {
    /// Over this store. Nothing is read yet.
    pub fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            expected: None,
            shared: RwLock::default(),
            file: None,
            ledger: RwLock::default(),
            steered: RwLock::default(),
            standby: None,
        }
    }

    /// The same; where nothing was ever read from the store, the most popular items of this data are shown that the user
    /// has not rated.
    #[must_use]
    pub fn falling_back_on(mut self, data: Arc<Dataset>) -> Self {
        self.standby = Some(Standby::of(data));
        self
    }

    /// The same; a store that was built of data of another identity is not served.
    #[must_use]
    pub fn expecting(mut self, identity: u64) -> Self {
        self.expected = Some(identity);
        self
    }

    /// The same; rules are those of a plan's file, as it is at each request, and no longer those of the build. Everything
    /// else of that plan is the build's.
    ///
    /// # Errors
    /// What is wrong in the file now, with line and column. Later mistakes leave the rules of before in force and are said
    /// in the answer.
    pub fn with_rules(mut self, path: PathBuf) -> Result<Self, PlanError> {
        let mut file = RulesFile {
            path,
            stamp: None,
            version: 0,
            plan: None,
            set: Arc::default(),
            error: None,
        };
        file.read()?;
        self.file = Some(Mutex::new(file));
        Ok(self)
    }

    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// What the build that is served says of itself.
    ///
    /// # Errors
    /// The store's.
    pub fn manifest(&self) -> Result<Manifest, StoreError> {
        Ok((*self.shared()?.0.manifest).clone())
    }

    /// The items of the build that is served.
    ///
    /// # Errors
    /// The store's.
    pub fn with_catalog<T>(&self, look: impl FnOnce(&Catalog) -> T) -> Result<T, StoreError> {
        Ok(look(&self.shared()?.0.catalog))
    }

    /// What all requests share, with the build; where the store fails now, what was known before, with why.
    #[allow(clippy::type_complexity)]
    fn shared(&self) -> Result<(Arc<Shared>, Result<Arc<dyn super::store::Build>, StoreError>), StoreError> {
        let known = self.shared.read().unwrap_or_else(PoisonError::into_inner).clone();
        let build = match (self.store.open(), &known) {
            (Ok(build), _) => build,
            (Err(error), Some(known)) => return Ok((Arc::clone(known), Err(error))),
            (Err(error), None) => return Err(error),
        };
        if let Some(known) = known.as_ref().filter(|k| k.version == build.version()) {
            return Ok((Arc::clone(known), Ok(build)));
        }
        match (Shared::read(&*build), known) {
            (Ok(shared), _) => {
                let shared = Arc::new(shared);
                *self.shared.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&shared));
                Ok((shared, Ok(build)))
            }
            (Err(error), Some(known)) => Ok((known, Err(error))),
            (Err(error), None) => Err(error),
        }
    }

    /// The rules in force, and what is to be said of them.
    fn rules(&self, shared: &Shared) -> (Arc<RuleSet>, Vec<String>) {
        let Some(file) = &self.file else {
            return (Arc::clone(&shared.rules), shared.rules.notes.clone());
        };
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        // What is wrong is remembered with it.
        let _ = file.read();
        file.bind(shared);
        let mut notes = file.set.notes.clone();
        notes.extend(
            file.error
                .iter()
                .map(|e| format!("{e}; the rules of before stay in force")),
        );
        (Arc::clone(&file.set), notes)
    }

    /// Answers a request. Never an empty list where the build has a popular item that may be shown, and never a list of
    /// somebody else: where the user's own can't be had, [`Response::fallback`] says why.
    ///
    /// # Errors
    /// The store's, where nothing was ever read from it and there is no data to fall back on.
    pub fn respond(&self, request: &Request) -> Result<Response, StoreError> {
        let begun = Instant::now();
        let fetched = match (self.shared(), &self.standby) {
            (Ok((shared, build)), _) => fetch(self.steered(shared), build, request, self.expected),
            (Err(error), Some(standby)) => standby.fetched(request, &error),
            (Err(error), None) => return Err(error),
        };
        Ok(self.go(fetched, request, begun))
    }

    /// Answers a request as if this were the user's record in the store: what a system would say that computes candidates
    /// anew for every request.
    ///
    /// # Errors
    /// The store's, where nothing was ever read from it.
    pub fn respond_from(&self, record: UserRecord, request: &Request) -> Result<Response, StoreError> {
        let (shared, _) = self.shared()?;
        let begun = Instant::now();
        let fetched = Fetched::of(self.steered(shared), Some(record), None, Vec::new(), request);
        Ok(self.go(fetched, request, begun))
    }

    /// From now on sessions are weighed and lists made diverse so, whatever the build's plan says; `None`: as it says.
    pub fn steer(&self, steered: Option<(SessionPlan, Diversity)>) {
        *self.steered.write().unwrap_or_else(PoisonError::into_inner) = steered;
    }

    fn steered(&self, shared: Arc<Shared>) -> Arc<Shared> {
        match &*self.steered.read().unwrap_or_else(PoisonError::into_inner) {
            None => shared,
            Some((session, diversity)) => {
                let mut shared = Shared::clone(&shared);
                (shared.plan.session, shared.plan.diversity) = (session.clone(), diversity.clone());
                Arc::new(shared)
            }
        }
    }

    /// Goes on from what was fetched; where that ends in an empty list, from what there is instead.
    fn go(&self, fetched: Fetched, request: &Request, begun: Instant) -> Response {
        let mut fetched = fetched;
        loop {
            let mut watch = Watch::new(request, fetched.shared.plan.budget_ms, begun);
            let response = self.once(&fetched, request, &mut watch);
            match fetched.instead().filter(|_| response.items.is_empty()) {
                Some(other) => fetched = other,
                None => return response,
            }
        }
    }

    fn once(&self, fetched: &Fetched, request: &Request, watch: &mut Watch) -> Response {
        let what = fetched.fallback.as_ref().map_or_else(
            || format!("hit, {:.1} h old", fetched.age_hours),
            |fallback| format!("fallback, {}", fallback.reason),
        );
        watch.end(FETCH, (0, fetched.items.len()), what);
        watch.keep(FETCH, &fetched.items);
        let (rules, notes) = self.rules(&fetched.shared);
        let ledger = self.ledger.read().unwrap_or_else(PoisonError::into_inner);
        let course = Course {
            fetched,
            request,
            rules: &rules,
            ledger: &ledger,
            n: request.n.unwrap_or(fetched.shared.plan.list),
        };
        let ended = course.run(&Tweaks::default(), Some(watch));
        let mut response = answer(&course, &ended, watch);
        response.notes = notes;
        if watch.wants_all() {
            response.rules = rule_reports(&course, &ended, watch);
        }
        if let Some(item) = &request.why_not {
            response.why_not = Some(why_not::explain(&course, &ended, watch, item));
        }
        response
    }

    /// Takes note of what was shown: what stands in slots counts as not clicked until it is.
    pub fn note_shown(&self, response: &Response) {
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        for item in response.items.iter().filter(|i| i.by == "slot") {
            ledger.shown(item.rule.as_deref().unwrap_or_default(), &item.id, &response.user);
        }
    }

    /// Takes note of a click, watch or purchase; returns whether the item stood in a slot.
    pub fn note_click(&self, user: &str, item: &str) -> bool {
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        ledger.clicked(item, user).is_some()
    }

    /// Takes up shows and clicks of slots that a log tells of.
    pub fn note_past(&self, slot: &str, item: &str, shows: u64, clicks: u64) {
        let mut ledger = self.ledger.write().unwrap_or_else(PoisonError::into_inner);
        ledger.add(slot, item, shows, clicks);
    }

    /// The session's weights of the build that is served.
    ///
    /// # Errors
    /// The store's.
    pub fn session_plan(&self) -> Result<SessionPlan, StoreError> {
        Ok(self.shared()?.0.plan.session.clone())
    }
}

impl RulesFile {
    /// Reads it where it has changed.
    fn read(&mut self) -> Result<(), PlanError> {
        let stamp = std::fs::metadata(&self.path)
            .and_then(|m| Ok((m.modified()?, m.len())))
            .ok();
        if stamp.is_some() && stamp == self.stamp {
            return Ok(());
        }
        let name = self.path.display().to_string();
        let read = std::fs::read_to_string(&self.path).map_err(|e| PlanError {
            file: name.clone(),
            line: 1,
            column: 1,
            what: format!("it cannot be read ({e})"),
        });
        match read.and_then(|text| Plan::parse(&text, &name)) {
            Ok(plan) => {
                self.plan = Some(plan);
                self.version = 0;
                self.error = None;
                self.stamp = stamp;
                Ok(())
            }
            Err(error) => {
                self.error = Some(error.to_string());
                self.stamp = stamp;
                Err(error)
            }
        }
    }

    fn bind(&mut self, shared: &Shared) {
        if let Some(plan) = self.plan.as_ref().filter(|_| self.version != shared.version) {
            self.set = Arc::new(RuleSet::of(&plan.rules, &shared.catalog, &shared.manifest.user_columns));
            self.version = shared.version;
        }
    }
}

fn answer(course: &Course<'_>, ended: &Ended, watch: &Watch) -> Response {
    let fetched = course.fetched;
    let shared = &fetched.shared;
    let record = fetched.record.as_ref().filter(|_| fetched.fallback.is_none());
    let items = ended.placed.list.iter().enumerate();
    let items = items
        .map(|(at, (item, by))| listed(course, ended, watch, at + 1, *item, *by))
        .collect();
    let first = |order: &[u32]| {
        order
            .iter()
            .take(course.n)
            .map(|i| shared.catalog.id(*i).to_owned())
            .collect()
    };
    let mut stages = watch.reports.clone();
    let lists: Vec<Vec<String>> = watch.orders.iter().map(|(_, order)| first(order)).collect();
    if watch.wants_all() {
        for (at, report) in stages.iter_mut().enumerate() {
            let before = at
                .checked_sub(1)
                .and_then(|b| lists.get(b))
                .cloned()
                .unwrap_or_default();
            report.lists = lists.get(at).map(|after| (before, after.clone()));
        }
    }
    Response {
        user: course.request.user.clone(),
        version: shared.version,
        built_at: record.map_or(shared.manifest.built_at, |r| r.built_at),
        age_hours: fetched.age_hours,
        model_id: shared.manifest.model_id.clone(),
        items,
        stages,
        ms: watch.elapsed(),
        fallback: fetched.fallback.clone(),
        batch: if watch.wants_all() {
            lists.first().cloned().unwrap_or_default()
        } else {
            Vec::new()
        },
        ..Response::default()
    }
}

fn listed(course: &Course<'_>, ended: &Ended, watch: &Watch, rank: usize, item: u32, by: By) -> Listed {
    let shared = &course.fetched.shared;
    let candidate = ended.order.iter().find(|i| i.item == item);
    let names = shared.sources.iter().enumerate();
    let bits = candidate.map_or(0, |c| c.sources);
    let mut sources: Vec<String> = names
        .filter(|(bit, _)| bits & (1 << bit) != 0)
        .map(|(_, n)| n.clone())
        .collect();
    if course.fetched.fallback.is_some() && candidate.is_some() {
        sources = vec!["popular".to_owned()];
    }
    let (by_name, rule) = match by {
        By::Order => ("order", None),
        By::Pin(rule) => ("pin", Some(rule)),
        By::Slot(rule) => ("slot", Some(rule)),
        By::Min(rule) => ("min", Some(rule)),
    };
    let chosen = match by {
        By::Slot(rule) => ended.slots.get(&rule).map(|(_, chosen)| chosen.propensity),
        _ => None,
    };
    Listed {
        rank,
        id: shared.catalog.id(item).to_owned(),
        label: shared.catalog.label(item).to_owned(),
        score: candidate.map_or(0.0, |c| c.score),
        sources,
        by: by_name,
        propensity: chosen.unwrap_or(1.0),
        rule: rule.map(|at| course.rule_name(at)),
        trace: watch.wants_all().then(|| way(course, ended, watch, item)),
    }
}

/// How an item came to its place: all of it is kept by the watch or computed anew by the same sums.
fn way(course: &Course<'_>, ended: &Ended, watch: &Watch, item: u32) -> Way {
    let fetched = course.fetched;
    let catalog = &fetched.shared.catalog;
    let candidate = fetched.items.iter().find(|i| i.item == item);
    let weight = fetched.shared.plan.session.weight;
    let is_counted = !watch.skipped.contains(super::course::SESSION);
    let session = course
        .request
        .session
        .iter()
        .zip(&fetched.events)
        .filter(|_| is_counted && candidate.is_some());
    let share = |(event, weighed): (&super::SessionEvent, &super::session::Weighed)| {
        let share = weight * weighed.share(item);
        let full = weight * weighed.weight;
        Share {
            event: event.to_string(),
            label: weighed
                .item
                .map_or_else(|| event.item.clone(), |i| catalog.label(i).to_owned()),
            weight: full,
            similarity: if full == 0.0 { 0.0 } else { share / full },
            share,
        }
    };
    let rank =
        |(stage, order): &(&'static str, Vec<u32>)| order.iter().position(|i| *i == item).map(|at| (*stage, at + 1));
    let boosts = ended.boosts.iter().filter(|(i, ..)| *i == item);
    Way {
        stored_rank: candidate.map(|c| c.stored_rank),
        stored_score: candidate.map(|c| f64::from(c.stored)),
        normalized: candidate.map_or(0.0, |c| c.normalized),
        session: session.map(share).collect(),
        boosts: boosts
            .map(|(_, rule, factor)| (course.rule_name(*rule), *factor))
            .collect(),
        ranks: watch.orders.iter().filter_map(rank).collect(),
    }
}

/// What each rule did: the whole way is gone again without it.
fn rule_reports(course: &Course<'_>, ended: &Ended, watch: &Watch) -> Vec<RuleReport> {
    let catalog = &course.fetched.shared.catalog;
    let ground = course.ground(None);
    let before = |stage: &str| {
        let items = &course.fetched.items;
        let at = watch
            .orders
            .iter()
            .position(|(name, _)| *name == stage)
            .and_then(|at| at.checked_sub(1));
        let left: std::collections::HashSet<u32> =
            at.map_or_else(Default::default, |at| watch.orders[at].1.iter().copied().collect());
        items
            .iter()
            .filter(|i| left.contains(&i.item))
            .copied()
            .collect::<Vec<_>>()
    };
    let mut reports = Vec::new();
    for (at, rule) in course.rules.bound.iter().enumerate() {
        let Some(rule) = rule else { continue };
        let tweaks = Tweaks {
            without: Some(at),
            skipped: watch.skipped.clone(),
            ..Tweaks::default()
        };
        let other = course.run(&tweaks, None);
        let (list, without) = (&ended.placed.list, &other.placed.list);
        let longest = list.len().max(without.len());
        let differs = |place: &usize| list.get(*place).map(|i| i.0) != without.get(*place).map(|i| i.0);
        let gone = without.iter().filter(|(item, _)| !list.iter().any(|(i, _)| i == item));
        let (kind, stage) = match &rule.act {
            BoundAct::Drop(_) => ("drop", DROP),
            BoundAct::Boost(_) => ("boost", BOOST),
            BoundAct::Pin { .. } => ("pin", PLACE),
            BoundAct::Cap { .. } => ("cap", PLACE),
            BoundAct::Min { .. } => ("min", PLACE),
            BoundAct::Slot { .. } => ("slot", PLACE),
        };
        let capped = ended.placed.capped.iter().filter(|(_, r)| *r == at).count();
        let lost: Vec<&str> = ended
            .placed
            .lost
            .iter()
            .filter(|(r, _)| *r == at)
            .map(|(_, why)| why.as_str())
            .collect();
        reports.push(RuleReport {
            name: rule.name.clone(),
            kind,
            matched: ground.matched(rule, &before(stage), capped),
            moved: (0..longest).filter(differs).count(),
            without: gone.map(|(item, _)| catalog.id(*item).to_owned()).collect(),
            lost: (!lost.is_empty()).then(|| lost.join("; ")),
        });
    }
    reports
}
