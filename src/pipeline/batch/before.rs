//! What was published before, and whose ratings are others since.

use std::sync::Arc;

use super::error::BatchError;
use crate::data::{Dataset, UserIx};
use crate::pipeline::fetch::Shared;
use crate::pipeline::store::{Build, Key, Space, Store, UserRecord};
use crate::pipeline::{Catalog, Manifest};

/// Users that are looked up at once.
const AT_ONCE: usize = 64;

/// Everybody with a rating, in the order of the file.
pub(super) fn rated(data: &Dataset) -> Vec<UserIx> {
    data.users().filter(|u| !data.user_row(*u).is_empty()).collect()
}

/// Whose candidates are computed, and what was known of them before.
#[derive(Default)]
pub(super) struct Touched {
    pub users: Vec<UserIx>,
    /// How many of them had no record.
    pub new: u64,
    /// Bytes and candidates of the records that the others had.
    pub bytes: u64,
    pub candidates: u64,
}

/// What was published before.
pub(super) struct Before {
    build: Arc<dyn Build>,
    pub version: u64,
    pub manifest: Manifest,
    pub catalog: Catalog,
}

impl Before {
    pub fn read(store: &dyn Store) -> Result<Self, BatchError> {
        let build = store.open()?;
        let shared = Shared::read(&*build)?;
        Ok(Self {
            version: build.version(),
            build,
            manifest: Arc::unwrap_or_clone(shared.manifest),
            catalog: Arc::unwrap_or_clone(shared.catalog),
        })
    }

    /// The users whose ratings are others than their record says, or who have none.
    pub fn touched(&self, data: &Dataset, numbers: &[u32]) -> Result<Touched, BatchError> {
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
pub(super) fn profile_hash(data: &Dataset, user: UserIx, numbers: &[u32]) -> u64 {
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
