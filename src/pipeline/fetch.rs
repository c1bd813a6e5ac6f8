//! What a request takes from the store, checked: whole, of this user, of this data, and not too old.

use std::collections::HashSet;
use std::sync::Arc;

use super::condition::Facts;
use super::request::{Fallback, Request};
use super::rules::BoundRule;
use super::session::Weighed;
use super::stages::{Item, candidates, consumed};
use super::store::{Build, Candidate, Key, Similar, Space, StoreError, UserRecord, decode_row, unsealed};
use super::{Catalog, DataName, Manifest, Plan, Rule};
use crate::data::Dataset;

/// What all requests of a build share.
#[derive(Clone)]
pub(super) struct Shared {
    pub version: u64,
    pub manifest: Arc<Manifest>,
    pub catalog: Arc<Catalog>,
    pub plan: Plan,
    /// Names of the sources, by bit.
    pub sources: Vec<String>,
    pub rules: Arc<RuleSet>,
}

/// The rules of a plan over a catalog.
#[derive(Default)]
pub(super) struct RuleSet {
    /// `None` for what the catalog does not have.
    pub bound: Vec<Option<BoundRule>>,
    /// What is wrong with the others.
    pub notes: Vec<String>,
}

impl RuleSet {
    pub fn of(rules: &[Rule], catalog: &Catalog, user_columns: &[String]) -> Self {
        let mut set = Self::default();
        for (at, rule) in rules.iter().enumerate() {
            match BoundRule::of(rule, catalog, user_columns) {
                Ok(bound) => set.bound.push(Some(bound)),
                Err(why) => {
                    let (line, column) = rule.place;
                    set.notes.push(format!(
                        "rule {} (line {line}, column {column}) is left out: {why}",
                        at + 1
                    ));
                    set.bound.push(None);
                }
            }
        }
        set
    }
}

impl Shared {
    /// Reads it from a build.
    ///
    /// # Errors
    /// The store's, or that what is there is damaged.
    pub fn read(build: &dyn Build) -> Result<Self, StoreError> {
        let key = |id| Key {
            space: Space::Shared,
            id,
        };
        let found = build.read(&[key(Manifest::KEY), key(Manifest::CATALOG)])?;
        let damaged = || StoreError::Down("the build is damaged or half-written: build it again".to_owned());
        let mut found = found.into_iter().map(|bytes| bytes.ok_or_else(damaged));
        let (Some(manifest), Some(catalog)) = (found.next(), found.next()) else {
            return Err(damaged());
        };
        let manifest = Manifest::decode(&manifest?).map_err(|_| damaged())?;
        let catalog = catalog?;
        let catalog: Catalog =
            postcard::from_bytes(unsealed(&catalog).map_err(|_| damaged())?).map_err(|_| damaged())?;
        // It was checked when the build was made.
        let plan =
            Plan::parse(&manifest.plan, "plan").map_err(|e| StoreError::Down(format!("the build's plan: {e}")))?;
        Ok(Self {
            version: build.version(),
            sources: manifest.sources.iter().map(|s| s.name.clone()).collect(),
            rules: Arc::new(RuleSet::of(&plan.rules, &catalog, &manifest.user_columns)),
            plan,
            catalog: Arc::new(catalog),
            manifest: Arc::new(manifest),
        })
    }
}

/// What is shown where the store was down before anything was read from it: data of one's own.
pub(super) struct Standby {
    data: Arc<Dataset>,
    shared: Arc<Shared>,
}

impl Standby {
    pub fn of(data: Arc<Dataset>) -> Self {
        let plan = Plan::default();
        let catalog = Catalog::of(&data);
        let user_columns: Vec<String> = data.user_attributes().columns.iter().map(|c| c.name.clone()).collect();
        let rules = Arc::new(RuleSet::of(&plan.rules, &catalog, &user_columns));
        let manifest = Manifest {
            model_id: "popularity".to_owned(),
            data: DataName::of(&data),
            user_columns,
            ..Manifest::default()
        };
        let shared = Shared {
            version: 0,
            manifest: Arc::new(manifest),
            catalog: Arc::new(catalog),
            plan,
            sources: Vec::new(),
            rules,
        };
        Self {
            data,
            shared: Arc::new(shared),
        }
    }

    /// The most popular items that the user has not rated, and why there is nothing better.
    pub fn fetched(&self, request: &Request, error: &StoreError) -> Fetched {
        let mut seen: Vec<u32> = match self.data.find_user(&request.user) {
            Some(user) => self.data.user_row(user).ids.to_vec(),
            None => Vec::new(),
        };
        seen.sort_unstable();
        let record = UserRecord {
            user: request.user.clone(),
            built_at: request.now.saturating_mul(1000),
            seen,
            ..UserRecord::default()
        };
        let of_session = |event: &super::SessionEvent| (self.shared.catalog.find(&event.item), Vec::new());
        let rows = request.session.iter().map(of_session).collect();
        Fetched::of(
            Arc::clone(&self.shared),
            Some(record),
            Some(of_store(error)),
            rows,
            request,
        )
    }
}

/// What a request works on.
pub(super) struct Fetched {
    pub shared: Arc<Shared>,
    /// The user's, where there is one; one that is too old still says what the user has seen.
    pub record: Option<UserRecord>,
    pub fallback: Option<Fallback>,
    pub items: Vec<Item>,
    pub events: Vec<Weighed>,
    /// Items that the session is done with.
    pub consumed: HashSet<u32>,
    /// Events of items of which nothing similar is known.
    pub mute: usize,
    /// What was seen may be shown: nothing else is left.
    pub again: bool,
    pub age_hours: f64,
}

impl Fetched {
    /// What conditions look at.
    pub fn facts<'a>(&'a self, request: &'a Request) -> Facts<'a> {
        Facts {
            user: &request.user,
            features: self.record.as_ref().map_or(&[], |r| &r.features),
            ratings: self.record.as_ref().map_or(0, |r| r.seen.len()),
            session: request.session.len(),
            now: request.now,
            age_hours: self.age_hours,
            sources: &self.shared.sources,
        }
    }

    /// What the user had rated when the batch ran, ascending.
    pub fn seen(&self) -> &[u32] {
        let record = self.record.as_ref().filter(|_| !self.again);
        record.map_or(&[][..], |r| &r.seen)
    }

    pub fn is_seen(&self, item: u32) -> bool {
        self.consumed.contains(&item) || self.seen().binary_search(&item).is_ok()
    }

    /// What to try where a list is empty: popular items that the user has not seen, then those that were seen, too. `None`
    /// where that was tried.
    pub fn instead(&self) -> Option<Self> {
        let (again, reason, why) = match &self.fallback {
            _ if self.again => return None,
            None => (
                false,
                "exhausted",
                "the user is done with every candidate of the batch".to_owned(),
            ),
            Some(fallback) => {
                let why = "the user has met every item that may be shown: they are shown again";
                (true, "all-seen", format!("{}; {why}", fallback.why))
            }
        };
        let mut other = Self {
            shared: Arc::clone(&self.shared),
            record: self.record.clone(),
            fallback: Some(Fallback { reason, why }),
            items: Vec::new(),
            events: self.events.clone(),
            consumed: if again { HashSet::new() } else { self.consumed.clone() },
            again,
            ..*self
        };
        other.items = candidates(&popular(&self.shared, |item| !other.is_seen(item)));
        Some(other)
    }
}

/// Reads what a request needs in one round trip, or says why the answer falls back.
pub(super) fn fetch(
    shared: Arc<Shared>,
    build: Result<Arc<dyn Build>, StoreError>,
    request: &Request,
    expected: Option<u64>,
) -> Fetched {
    let read = build.and_then(|build| read(&*build, request));
    let (found, failed) = match read {
        Ok((bytes, rows)) => (Some((bytes, rows)), None),
        Err(error) => (None, Some(of_store(&error))),
    };
    let (bytes, rows) = found.unwrap_or_default();
    let rows: Vec<(Option<u32>, Vec<Similar>)> = request
        .session
        .iter()
        .enumerate()
        .map(|(at, event)| {
            let row = rows
                .get(at)
                .and_then(Option::as_ref)
                .and_then(|bytes| decode_row(bytes).ok());
            (shared.catalog.find(&event.item), row.unwrap_or_default())
        })
        .collect();
    let checked = match failed {
        Some(fallback) => (None, Some(fallback)),
        None => check(&shared, bytes.as_deref(), request, expected),
    };
    let (record, fallback) = checked;
    Fetched::of(shared, record, fallback, rows, request)
}

impl Fetched {
    /// What a request works on, from what was read for it.
    pub fn of(
        shared: Arc<Shared>,
        record: Option<UserRecord>,
        fallback: Option<Fallback>,
        rows: Vec<(Option<u32>, Vec<Similar>)>,
        request: &Request,
    ) -> Self {
        let built_at = record.as_ref().map_or(shared.manifest.built_at, |r| r.built_at);
        let list = match (&record, &fallback) {
            (Some(record), None) => candidates(&record.candidates),
            _ => candidates(&popular(&shared, |_| true)),
        };
        Self {
            consumed: consumed(&shared.catalog, &request.session),
            mute: rows.iter().filter(|(_, row)| row.is_empty()).count(),
            events: Weighed::of(&shared.plan.session, &request.session, rows),
            items: list,
            again: false,
            age_hours: hours_since(built_at, request.now),
            record,
            fallback,
            shared,
        }
    }
}

/// The user's record and the rows of the session's items, as bytes.
type Read = (Option<Vec<u8>>, Vec<Option<Vec<u8>>>);

fn read(build: &dyn Build, request: &Request) -> Result<Read, StoreError> {
    let mut keys = vec![Key {
        space: Space::Users,
        id: &request.user,
    }];
    keys.extend(request.session.iter().map(|event| Key {
        space: Space::Items,
        id: &event.item,
    }));
    let mut found = build.read(&keys)?.into_iter();
    Ok((found.next().flatten(), found.collect()))
}

pub(super) fn of_store(error: &StoreError) -> Fallback {
    let reason = match error {
        StoreError::Slow(_) => "store-slow",
        _ => "store-down",
    };
    Fallback {
        reason,
        why: error.to_string(),
    }
}

/// Whether the bytes are a record that may be served: whole, this user's, of this data, not too old.
fn check(
    shared: &Shared,
    bytes: Option<&[u8]>,
    request: &Request,
    expected: Option<u64>,
) -> (Option<UserRecord>, Option<Fallback>) {
    let fall = |reason, why: String| Some(Fallback { reason, why });
    let data = &shared.manifest.data;
    if let Some(expected) = expected.filter(|e| *e != data.identity) {
        let why = format!(
            "the store was built of other data ({}, {:016x}, not {expected:016x})",
            data.name, data.identity
        );
        return (None, fall("other-dataset", why));
    }
    let Some(bytes) = bytes else {
        let why = format!("the batch knew no user {:?}", crate::data::printable(&request.user));
        return (None, fall("unknown-user", why));
    };
    let Ok(record) = UserRecord::decode(bytes) else {
        return (
            None,
            fall(
                "half-written",
                "the user's record is damaged or half-written".to_owned(),
            ),
        );
    };
    let n = shared.catalog.len() as u32;
    let is_in = record.candidates.iter().all(|c| c.item < n) && record.seen.iter().all(|i| *i < n);
    if record.user != request.user || !is_in {
        let why = "the record under this user's key is somebody else's, or of another catalog";
        return (None, fall("half-written", why.to_owned()));
    }
    if record.dataset != data.identity {
        return (
            None,
            fall("other-dataset", "the user's record was built of other data".to_owned()),
        );
    }
    let age = hours_since(record.built_at, request.now);
    if age > shared.plan.max_age_hours {
        let why = format!(
            "the user's record is {age:.1} hours old, and the plan allows {}",
            shared.plan.max_age_hours
        );
        return (Some(record), fall("stale", why));
    }
    if record.candidates.is_empty() {
        return (
            Some(record),
            fall("unknown-user", "the batch had no candidate for this user".to_owned()),
        );
    }
    (Some(record), None)
}

/// The most popular items that may be shown, as many as a record has: their scores are their raters.
fn popular(shared: &Shared, may_be_shown: impl Fn(u32) -> bool) -> Vec<Candidate> {
    let items = shared.catalog.popular().iter().filter(|item| may_be_shown(**item));
    let items = items.take(shared.plan.keep);
    items
        .map(|item| Candidate {
            item: *item,
            score: shared.catalog.raters(*item) as f32,
            sources: 0,
        })
        .collect()
}

/// Hours from a moment in milliseconds to one in seconds; 0 where that is later.
fn hours_since(built_at: i64, now: i64) -> f64 {
    let ms = (now as f64) * 1e3 - built_at as f64;
    (ms / 3.6e6).max(0.0)
}
