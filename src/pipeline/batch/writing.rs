//! How a build is written down, wherever its records come from: beside the work, counted, its time kept.

use std::sync::mpsc::sync_channel;
use std::time::Instant;

use super::before::Touched;
use super::error::BatchError;
use crate::pipeline::manifest::SourceName;
use crate::pipeline::plan::SourcePlan;
use crate::pipeline::store::{Entry, Space, Store, StoreError, UserRecord, Writer, sealed};
use crate::pipeline::{Catalog, Manifest};

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
pub(super) const SAMPLE: usize = 1000;
/// Users a piece of work.
pub(super) const AT_ONCE: usize = 64;

/// Seconds of stages, in their order.
pub(super) struct Clock {
    last: Instant,
    seconds: Vec<(String, f64)>,
}

impl Clock {
    pub fn begin() -> Self {
        Self {
            last: Instant::now(),
            seconds: Vec::new(),
        }
    }

    pub fn end(&mut self, stage: &str) {
        let now = Instant::now();
        self.seconds
            .push((stage.to_owned(), now.duration_since(self.last).as_secs_f64()));
        self.last = now;
    }
}

/// What takes entries to be written; false once writing has broken off, which is told at the end.
pub(super) type Put<'a> = &'a dyn Fn(Vec<Entry>) -> bool;

/// Lets a thread of its own write what `make` puts; returns the writer.
pub(super) fn written_beside(
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
pub(super) struct Told {
    candidates: u64,
    bytes: u64,
    proposed: Vec<u64>,
    sources: Vec<SourcePlan>,
    recommended: Vec<bool>,
}

impl Told {
    pub fn new(sources: Vec<SourcePlan>, catalog: &Catalog) -> Self {
        Self {
            candidates: 0,
            bytes: 0,
            proposed: vec![0; sources.len()],
            sources,
            recommended: vec![false; catalog.len()],
        }
    }

    /// A record as it is written, counted.
    pub fn entry(&mut self, record: UserRecord, bytes: Vec<u8>) -> Entry {
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
    pub fn write_down(&self, manifest: &mut Manifest, is_onto: bool, touched: &Touched) {
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

/// Writes what all requests share, and publishes; `written`: of how many users candidates were.
pub(super) fn publish(
    store: &dyn Store,
    mut writer: Box<dyn Writer>,
    mut manifest: Manifest,
    (catalog, told): (&Catalog, &Told),
    (clock, written): (Clock, u64),
) -> Result<Built, BatchError> {
    manifest.seconds = clock.seconds;
    let (unseen_count, unseen) = told.unseen(catalog);
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
        .push(("write".to_owned(), clock.last.elapsed().as_secs_f64()));
    let bytes = store.open()?.size()?;
    Ok(Built {
        version,
        written,
        bytes,
        manifest,
        unseen,
        unseen_count,
    })
}
