//! What a request takes from the store, checked: whole, of this user, of this data, and not too old.

use std::collections::HashSet;
use std::sync::Arc;

use super::condition::Facts;
use super::request::{Fallback, Request};
use super::rules::BoundRule;
use super::session::Weighed;
use super::stages::{Item, candidates, consumed};
use super::store::{Build, Candidate, Key, Similar, Space, StoreError, UserRecord, decode_row, unsealed};
use super::{Catalog, Manifest, Plan, Rule};

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

    pub fn is_seen(&self, item: u32) -> bool {
        let seen = self.record.as_ref().map_or(&[][..], |r| &r.seen);
        self.consumed.contains(&item) || seen.binary_search(&item).is_ok()
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
            _ => candidates(&popular(&shared)),
        };
        Self {
            consumed: consumed(&shared.catalog, &request.session),
            mute: rows.iter().filter(|(_, row)| row.is_empty()).count(),
            events: Weighed::of(&shared.plan.session, &request.session, rows),
            items: list,
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

/// The most popular items, as many as a record has: their scores are their raters.
fn popular(shared: &Shared) -> Vec<Candidate> {
    let items = shared.catalog.popular().iter().take(shared.plan.keep);
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
