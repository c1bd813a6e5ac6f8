//! What is computed at night: candidates of every user, from several sources, streamed into a store.

mod bundle;
mod scorer;

use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Instant;

pub use bundle::{BundleJob, build_from_bundle};
pub use scorer::Scorer;

use super::manifest::{DataName, SourceName};
use super::plan::SourcePlan;
use super::store::{Build, Entry, Key, Similar, Space, Store, StoreError, UserRecord, Writer, encode_row, sealed};
use super::{Catalog, Manifest, Plan, PlanError};
use crate::data::{Dataset, Edits, ItemIx, LoadError, UserIx};
use crate::models::neighborhood::{Measure, NeighborSearch, similar_items};
use crate::models::{Catalog as Models, FitError, FitStore, Profile};
use crate::task::{Cancel, Cancelled, Report, Task};

/// What a batch is given.
pub struct Job<'a> {
    pub plan: &'a Plan,
    /// The models that its formulas may name.
    pub models: &'a Models,
    /// Of the data that candidates are computed for.
    pub fits: &'a FitStore,
    pub store: &'a dyn Store,
    /// Milliseconds since 1970.
    pub now: i64,
    pub how: How,
    /// Of how many users at most, spread evenly over all: fewer than all only to try things out.
    pub most: usize,
}

/// Whose candidates are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Everybody's.
    Full,
    /// Of those whose ratings are others than the published build knew; everybody else's stay as they are, under the
    /// published build's plan.
    Touched,
}

/// What came of a batch.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    pub version: u64,
    /// Users whose candidates were computed.
    pub written: u64,
    /// Bytes that the build takes where it is kept.
    pub bytes: u64,
    pub manifest: Manifest,
    /// Items that no user was recommended by any source: what the batch can't see. By id, at most [`MOST_NAMED`].
    pub unseen: Vec<String>,
    pub unseen_count: usize,
}

/// So many items are named that nobody was recommended.
pub const MOST_NAMED: usize = 100;
/// So many users are kept for trying out.
const SAMPLE: usize = 1000;
/// Users a piece of work.
const AT_ONCE: usize = 64;

/// Why a batch was not published. What was published before is as it was.
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A model can't be fitted; one sentence says why.
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<LoadError> for BatchError {
    fn from(error: LoadError) -> Self {
        FitError::from(error).into()
    }
}

impl From<FitError> for BatchError {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            FitError::Unfit(why) => Self::Unfit(why),
        }
    }
}

/// Seconds of stages, in their order.
struct Clock {
    last: Instant,
    seconds: Vec<(String, f64)>,
}

impl Clock {
    fn begin() -> Self {
        Self {
            last: Instant::now(),
            seconds: Vec::new(),
        }
    }

    fn end(&mut self, stage: &str) {
        let now = Instant::now();
        self.seconds
            .push((stage.to_owned(), now.duration_since(self.last).as_secs_f64()));
        self.last = now;
    }
}

/// Computes candidates and publishes them as a build of the store.
///
/// Fits what the plan names, then scores users in pieces on the task's pool while the piece before is being written. What
/// is kept in memory beside models and catalog is a few pieces. Cancelled, nothing is published.
///
/// # Errors
/// See [`BatchError`].
pub fn build(job: &Job<'_>, task: &Task) -> Result<Built, BatchError> {
    let mut clock = Clock::begin();
    let data = job.fits.dataset();
    let before = match job.how {
        How::Full => None,
        How::Touched => Some(Before::read(job.store)?),
    };
    let plan = match &before {
        None => job.plan.clone(),
        Some(before) => Plan::parse(&before.manifest.plan, "plan")?,
    };
    let scorer = Scorer::new(&plan, job.models, job.fits, task)?;
    clock.end("fit");
    let catalog = match &before {
        None => Catalog::of(data),
        Some(before) => Catalog::grown(&before.catalog, data),
    };
    let numbers: Vec<u32> = data
        .items()
        .map(|i| catalog.find(data.item_id(i)).unwrap_or(i.0))
        .collect();
    let rows = similarities(&plan, data, &catalog, &numbers, before.as_ref(), task)?;
    clock.end("similarities");
    let mut writer = job.store.begin(before.is_some())?;
    writer.put(rows)?;
    let touched = match &before {
        None => Touched {
            users: spread(rated(data), job.most),
            ..Touched::default()
        },
        Some(before) => before.touched(data, &numbers)?,
    };
    let users = &touched.users;
    let mut manifest = manifest(&scorer, &plan, data, job, before.as_ref());
    let version = next_version_of(job.now, before.as_ref());
    let work = Work {
        scorer: &scorer,
        data,
        numbers: &numbers,
        stamp: Stamp {
            version,
            built_at: job.now,
            model: manifest.model_hash(),
            dataset: manifest.data.identity,
        },
    };
    let mut told = Told::new(scorer.sources().to_vec(), &catalog);
    writer = stream(&work, users, writer, &mut told, task)?;
    clock.end("score");
    told.write_down(&mut manifest, before.is_some(), &touched);
    if before.is_none() {
        manifest.sample = sample(data, users);
    }
    manifest.seconds = clock.seconds;
    let (unseen_count, unseen) = told.unseen(&catalog);
    finish(job.store, writer, manifest, &catalog, clock.last).map(|(version, bytes, manifest)| Built {
        version,
        written: users.len() as u64,
        bytes,
        manifest,
        unseen,
        unseen_count,
    })
}

/// The record that the batch would write of a stored user with this profile, in place of the stored ratings, for a full build
/// whose manifest this is: numbers are those of the data.
///
/// # Errors
/// Cancelled.
pub fn record_of(
    scorer: &Scorer,
    (data, user): (&Dataset, Option<UserIx>),
    profile: Profile,
    (manifest, now): (&Manifest, i64),
    cancel: &Cancel,
) -> Result<UserRecord, Cancelled> {
    let said = |c: &crate::data::Attribute| Some((c.name.clone(), c.display(user?.at())?));
    let seen = profile.rows().iter().map(|r| r.item.0).collect();
    Ok(UserRecord {
        user: user.map_or_else(String::new, |u| data.user_id(u).to_owned()),
        version: now.max(0) as u64,
        built_at: now,
        model: manifest.model_hash(),
        dataset: manifest.data.identity,
        profile: 0,
        features: data.user_attributes().columns.iter().filter_map(said).collect(),
        candidates: scorer.candidates_of(profile, cancel)?,
        seen,
    })
}

/// Publishes the build that is there with this record instead of the one that it has of that user.
///
/// # Errors
/// The store's.
pub fn put_record(store: &dyn Store, record: &UserRecord) -> Result<u64, StoreError> {
    let mut writer = store.begin(true)?;
    writer.put(vec![Entry {
        space: Space::Users,
        id: record.user.clone(),
        bytes: record.encode(),
    }])?;
    writer.publish()
}

/// Writes what all requests share, and publishes.
fn finish(
    store: &dyn Store,
    mut writer: Box<dyn Writer>,
    mut manifest: Manifest,
    catalog: &Catalog,
    begun: Instant,
) -> Result<(u64, u64, Manifest), BatchError> {
    let shared = |id: &str, bytes| Entry {
        space: Space::Shared,
        id: id.to_owned(),
        bytes,
    };
    let catalog = postcard::to_stdvec(catalog).map_err(|e| StoreError::Unwritten(e.to_string()))?;
    writer.put(vec![
        shared(Manifest::CATALOG, sealed(&catalog)),
        shared(Manifest::KEY, manifest.encode()),
    ])?;
    let version = writer.publish()?;
    manifest
        .seconds
        .push(("write".to_owned(), begun.elapsed().as_secs_f64()));
    let bytes = store.open()?.size()?;
    Ok((version, bytes, manifest))
}

/// The number that records of this batch have in common.
fn next_version_of(now: i64, before: Option<&Before>) -> u64 {
    let after = before.map_or(0, |b| b.version + 1);
    after.max(now.max(0) as u64)
}

fn manifest(scorer: &Scorer, plan: &Plan, data: &Dataset, job: &Job<'_>, before: Option<&Before>) -> Manifest {
    let model_id = format!("{} seed {}", scorer.rank(), job.fits.seed());
    match before {
        Some(before) => Manifest {
            updated_at: job.now,
            model_id,
            ..before.manifest.clone()
        },
        None => Manifest {
            built_at: job.now,
            updated_at: job.now,
            model_id,
            data: DataName::of(data),
            plan: plan.text.clone(),
            user_columns: data.user_attributes().columns.iter().map(|c| c.name.clone()).collect(),
            ..Manifest::default()
        },
    }
}

/// Some users, spread evenly over all.
fn sample(data: &Dataset, users: &[UserIx]) -> Vec<String> {
    let n = users.len().min(SAMPLE);
    (0..n)
        .map(|k| data.user_id(users[k * users.len() / n]).to_owned())
        .collect()
}

/// At most `most` of some users, evenly over all.
fn spread(users: Vec<UserIx>, most: usize) -> Vec<UserIx> {
    match users.len() {
        n if n <= most => users,
        n => (0..most)
            .map(|k| users[(k as u128 * n as u128 / most as u128) as usize])
            .collect(),
    }
}

/// Everybody with a rating, in the order of the file.
fn rated(data: &Dataset) -> Vec<UserIx> {
    data.users().filter(|u| !data.user_row(*u).is_empty()).collect()
}

/// Whose candidates are computed, and what was known of them before.
#[derive(Default)]
struct Touched {
    users: Vec<UserIx>,
    /// How many of them had no record.
    new: u64,
    /// Bytes and candidates of the records that the others had.
    bytes: u64,
    candidates: u64,
}

/// What was published before.
struct Before {
    build: Arc<dyn Build>,
    version: u64,
    manifest: Manifest,
    catalog: Catalog,
}

impl Before {
    fn read(store: &dyn Store) -> Result<Self, BatchError> {
        let build = store.open()?;
        let shared = super::fetch::Shared::read(&*build)?;
        Ok(Self {
            version: build.version(),
            build,
            manifest: Arc::unwrap_or_clone(shared.manifest),
            catalog: Arc::unwrap_or_clone(shared.catalog),
        })
    }

    /// The users whose ratings are others than their record says, or who have none.
    fn touched(&self, data: &Dataset, numbers: &[u32]) -> Result<Touched, BatchError> {
        let users = rated(data);
        let mut touched = Touched::default();
        for some in users.chunks(AT_ONCE) {
            let keys: Vec<Key<'_>> = some
                .iter()
                .map(|u| Key {
                    space: Space::Users,
                    id: data.user_id(*u),
                })
                .collect();
            for (user, bytes) in some.iter().zip(self.build.read(&keys)?) {
                let known = bytes.as_ref().and_then(|b| UserRecord::decode(b).ok());
                if known
                    .as_ref()
                    .is_some_and(|record| record.profile == profile_hash(data, *user, numbers))
                {
                    continue;
                }
                touched.users.push(*user);
                touched.new += u64::from(bytes.is_none());
                touched.bytes += bytes.map_or(0, |b| b.len() as u64);
                touched.candidates += known.map_or(0, |record| record.candidates.len() as u64);
            }
        }
        Ok(touched)
    }
}

/// A number that stands for somebody's ratings.
fn profile_hash(data: &Dataset, user: UserIx, numbers: &[u32]) -> u64 {
    let mut cells: Vec<(u32, u64)> = data
        .user_row(user)
        .iter()
        .map(|(i, r)| (numbers[i as usize], r.to_bits()))
        .collect();
    cells.sort_unstable();
    cells.iter().fold(cells.len() as u64, |hash, (item, rating)| {
        let word = rating.rotate_left(17) ^ u64::from(*item);
        (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
    })
}

/// The rows of similar items: of all items, or of those that are new.
fn similarities(
    plan: &Plan,
    data: &Arc<Dataset>,
    catalog: &Catalog,
    numbers: &[u32],
    before: Option<&Before>,
    task: &Task,
) -> Result<Vec<Entry>, BatchError> {
    let measure = Measure {
        similarity: plan.session.similarity,
        min_support: 1,
        shrinkage: plan.session.similarity.default_shrinkage(),
    };
    let keep = plan.session.neighbors;
    let entry = |item: ItemIx, neighbors: Vec<crate::models::neighborhood::Neighbor>| {
        let similar = |n: &crate::models::neighborhood::Neighbor| Similar {
            item: numbers[n.index as usize],
            similarity: n.similarity as f32,
        };
        Entry {
            space: Space::Items,
            id: data.item_id(item).to_owned(),
            bytes: encode_row(&neighbors.iter().map(similar).collect::<Vec<_>>()),
        }
    };
    let Some(before) = before else {
        let rows = similar_items(data, measure, keep, task)?;
        return Ok(data.items().zip(rows).map(|(item, row)| entry(item, row)).collect());
    };
    let search = NeighborSearch::new(Arc::clone(data));
    let known = before.catalog.len();
    let new = data.items().filter(|i| numbers[i.at()] as usize >= known);
    let row = |item: ItemIx| -> Result<Entry, BatchError> {
        let near = search.all_of_item(&Edits::default(), item, measure, (&task.pool, &task.cancel))?;
        let near = near.into_iter().filter(|n| n.similarity > 0.0);
        Ok(entry(item, crate::models::neighborhood::best_neighbors(near, keep)))
    };
    debug_assert!(known <= catalog.len());
    new.map(row).collect()
}

/// What every record of a batch says alike.
#[derive(Clone, Copy)]
struct Stamp {
    version: u64,
    built_at: i64,
    model: u64,
    dataset: u64,
}

/// What records are made of.
struct Work<'a> {
    scorer: &'a Scorer,
    data: &'a Dataset,
    numbers: &'a [u32],
    stamp: Stamp,
}

impl Work<'_> {
    fn record(&self, user: UserIx, task: &Task) -> Result<UserRecord, Cancelled> {
        let data = self.data;
        let mut candidates = self.scorer.candidates(user, &task.cancel)?;
        for candidate in &mut candidates {
            candidate.item = self.numbers[candidate.item as usize];
        }
        let mut seen: Vec<u32> = data
            .user_row(user)
            .iter()
            .map(|(i, _)| self.numbers[i as usize])
            .collect();
        seen.sort_unstable();
        let said = |c: &crate::data::Attribute| Some((c.name.clone(), c.display(user.at())?));
        Ok(UserRecord {
            user: data.user_id(user).to_owned(),
            version: self.stamp.version,
            built_at: self.stamp.built_at,
            model: self.stamp.model,
            dataset: self.stamp.dataset,
            profile: profile_hash(data, user, self.numbers),
            features: data.user_attributes().columns.iter().filter_map(said).collect(),
            candidates,
            seen,
        })
    }
}

/// Scores users piece by piece while the piece before is being written; returns the writer.
fn stream(
    work: &Work<'_>,
    users: &[UserIx],
    writer: Box<dyn Writer>,
    told: &mut Told,
    task: &Task,
) -> Result<Box<dyn Writer>, BatchError> {
    written_beside(writer, |put| {
        let mut done = 0;
        for some in users.chunks(AT_ONCE * task.pool.threads()) {
            let records = task.pool.try_map(some.len(), |k| {
                let record = work.record(some[k], task)?;
                let bytes = record.encode();
                Ok::<_, Cancelled>((record, bytes))
            })?;
            let entries = records.into_iter().map(|(record, bytes)| told.entry(record, bytes));
            if !put(entries.collect()) {
                break;
            }
            done += some.len() as u64;
            task.progress
                .say(|| Report::of("recommending", done, users.len() as u64, "users"));
        }
        Ok(())
    })
}

/// What takes entries to be written; false once writing has broken off, which is told at the end.
type Put<'a> = &'a dyn Fn(Vec<Entry>) -> bool;

/// Lets a thread of its own write what `make` puts; returns the writer.
fn written_beside(
    mut writer: Box<dyn Writer>,
    make: impl FnOnce(Put<'_>) -> Result<(), BatchError>,
) -> Result<Box<dyn Writer>, BatchError> {
    std::thread::scope(|scope| {
        let (send, receive) = sync_channel::<Vec<Entry>>(2);
        let writing = scope.spawn(move || -> Result<Box<dyn Writer>, StoreError> {
            for entries in receive {
                writer.put(entries)?;
            }
            Ok(writer)
        });
        let made = make(&|entries| send.send(entries).is_ok());
        drop(send);
        let written = writing
            .join()
            .unwrap_or_else(|_| Err(StoreError::Unwritten("writing broke off".to_owned())));
        // Where writing broke off, that is why.
        let writer = written?;
        made.map(|()| writer)
    })
}

/// What is counted on the way.
struct Told {
    candidates: u64,
    bytes: u64,
    proposed: Vec<u64>,
    sources: Vec<SourcePlan>,
    recommended: Vec<bool>,
}

impl Told {
    fn new(sources: Vec<SourcePlan>, catalog: &Catalog) -> Self {
        Self {
            candidates: 0,
            bytes: 0,
            proposed: vec![0; sources.len()],
            sources,
            recommended: vec![false; catalog.len()],
        }
    }

    /// A record as it is written, counted.
    fn entry(&mut self, record: UserRecord, bytes: Vec<u8>) -> Entry {
        self.add(&record, bytes.len());
        Entry {
            space: Space::Users,
            id: record.user,
            bytes,
        }
    }

    fn add(&mut self, record: &UserRecord, bytes: usize) {
        self.candidates += record.candidates.len() as u64;
        self.bytes += bytes as u64;
        for candidate in &record.candidates {
            self.recommended[candidate.item as usize] = true;
            for (bit, count) in self.proposed.iter_mut().enumerate() {
                *count += u64::from(candidate.sources >> bit & 1);
            }
        }
    }

    /// Writes down what was counted: of all users, or of those who were touched beside what was known.
    fn write_down(&self, manifest: &mut Manifest, is_onto: bool, touched: &Touched) {
        manifest.candidates = (manifest.candidates + self.candidates).saturating_sub(touched.candidates);
        manifest.record_bytes = (manifest.record_bytes + self.bytes).saturating_sub(touched.bytes);
        if is_onto {
            manifest.users += touched.new;
            return;
        }
        manifest.users = touched.users.len() as u64;
        let named = self
            .sources
            .iter()
            .zip(&self.proposed)
            .map(|(source, proposed)| SourceName {
                name: source.name.clone(),
                formula: source.formula.text.clone(),
                quota: source.quota as u32,
                proposed: *proposed,
            });
        manifest.sources = named.collect();
    }

    fn unseen(&self, catalog: &Catalog) -> (usize, Vec<String>) {
        let unseen = || (0..catalog.len() as u32).filter(|i| !self.recommended[*i as usize]);
        (
            unseen().count(),
            unseen().take(MOST_NAMED).map(|i| catalog.id(i).to_owned()).collect(),
        )
    }
}
