//! Where a batch leaves what requests need: one trait, and two real stores behind it.
//!
//! A store holds *builds*: each is a set of keys and bytes that never changes once it is published. Publishing is atomic: a
//! reader finds the build of before or the new one, whole, and a builder that is killed at any moment leaves the one of
//! before. Builds are read through a [`Build`], so that a request never mixes two of them.

mod embedded;
mod records;
mod redis;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use embedded::Embedded;
pub use records::{Candidate, Damaged, MOST_SOURCES, Similar, UserRecord, decode_row, encode_row, sealed, unsealed};
pub use redis::Remote;

/// What kind of thing a key names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// A user's candidates, by the user's id.
    Users,
    /// The items similar to one, by the item's id.
    Items,
    /// What all requests share: the manifest, the catalog.
    Shared,
}

impl Space {
    pub const ALL: [Self; 3] = [Self::Users, Self::Items, Self::Shared];

    /// Its name in a store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Items => "items",
            Self::Shared => "shared",
        }
    }
}

/// Where something is in a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    pub space: Space,
    pub id: &'a str,
}

/// A key with its bytes, to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub space: Space,
    pub id: String,
    pub bytes: Vec<u8>,
}

/// Why a store gives nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Nothing was ever published in it.
    #[error("{0} holds no build: make one with pipeline build")]
    Empty(String),
    /// It can't be reached or read.
    #[error("the store is down: {0}")]
    Down(String),
    /// It did not answer in time.
    #[error("the store did not answer within {0} ms")]
    Slow(u64),
    /// It can't be written.
    #[error("the store cannot be written: {0}")]
    Unwritten(String),
    /// What names it is no path and no address.
    #[error("{0}")]
    Address(String),
}

/// A published build: it never changes.
pub trait Build: Send + Sync {
    /// Later builds of the same store have a higher number.
    fn version(&self) -> u64;

    /// The bytes of these keys, in their order; `None` for what is not there. One round trip.
    fn read(&self, keys: &[Key<'_>]) -> Result<Vec<Option<Vec<u8>>>, StoreError>;

    /// How many entries a space has.
    fn len(&self, space: Space) -> Result<u64, StoreError>;

    /// Bytes that it takes where it is kept.
    fn size(&self) -> Result<u64, StoreError>;
}

/// A build that is being written: seen by nobody until it is published, and gone if it is dropped before.
pub trait Writer: Send {
    fn put(&mut self, entries: Vec<Entry>) -> Result<(), StoreError>;

    /// Makes this the build that is read, at once and for all; returns its version.
    fn publish(self: Box<Self>) -> Result<u64, StoreError>;
}

/// A place for builds.
pub trait Store: Send + Sync {
    /// `redb`, `redis`.
    fn kind(&self) -> &'static str;

    /// What it is called on a screen; without passwords.
    fn name(&self) -> String;

    /// The build that was published last. Cheap where that has not changed.
    fn open(&self) -> Result<Arc<dyn Build>, StoreError>;

    /// Begins a build: an empty one, or one that starts out as the published build is (`onto`).
    fn begin(&self, onto: bool) -> Result<Box<dyn Writer>, StoreError>;
}

/// The store that `place` names: `redis://…` or `rediss://…`, else a file.
///
/// # Errors
/// [`StoreError::Address`] where it is neither. Nothing is opened yet.
pub fn store_at(place: &str) -> Result<Arc<dyn Store>, StoreError> {
    match place.split_once("://") {
        Some(("redis" | "unix" | "redis+unix", _)) => Ok(Arc::new(Remote::at(place)?)),
        Some((scheme, _)) => Err(StoreError::Address(format!(
            "{scheme}:// is no store: name a file, or redis://HOST:PORT/DB"
        ))),
        None if place.is_empty() => Err(StoreError::Address(
            "name the store: a file, or redis://HOST".to_owned(),
        )),
        None => Ok(Arc::new(Embedded::at(place))),
    }
}

/// A version above the one of before: microseconds since 1970, so that versions of different machines rarely collide.
fn next_version(before: Option<u64>) -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_or(0, |d| d.as_micros() as u64);
    now.max(before.map_or(1, |v| v.saturating_add(1)))
}
