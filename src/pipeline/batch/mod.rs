//! What is computed at night: candidates of every user, from several sources, streamed into a store.

mod before;
mod bundle;
mod error;
mod scorer;
mod writing;

use std::sync::Arc;

pub use bundle::{BundleJob, build_from_bundle};
pub use error::BatchError;
pub use scorer::Scorer;
pub use writing::{Built, MOST_NAMED};

use super::manifest::DataName;
use super::store::{Entry, Similar, Space, Store, StoreError, UserRecord, Writer, encode_row};
use super::{Catalog, Manifest, Plan};
use crate::data::{Dataset, Edits, ItemIx, UserIx};
use crate::models::neighborhood::{Measure, NeighborSearch, similar_items};
use crate::models::{Catalog as Models, FitStore, Profile};
use crate::task::{Cancel, Cancelled, Report, Task};
use before::{Before, Touched, profile_hash, rated};
use writing::{AT_ONCE, Clock, SAMPLE, Told, publish, written_beside};

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
    let written = (clock, users.len() as u64);
    publish(job.store, writer, manifest, (&catalog, &told), written)
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
