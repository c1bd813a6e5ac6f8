//! The lists that a build holds, of many users at once.

use std::sync::Arc;

use super::fetch::Shared;
use super::store::{Build, Key, Space, Store, StoreError, UserRecord};

/// A published build, read for its lists as the batch left them: no session, no rules, no fallback.
pub struct StoredLists {
    build: Arc<dyn Build>,
    shared: Shared,
    name: String,
}

impl StoredLists {
    /// The build that was published last.
    ///
    /// # Errors
    /// The store's, or that what is there is damaged.
    pub fn open(store: &dyn Store) -> Result<Self, StoreError> {
        let build = store.open()?;
        Ok(Self {
            shared: Shared::read(&*build)?,
            name: store.name(),
            build,
        })
    }

    /// What the store is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The ids of each user's `n` best items, best first; none of a user who is not there. One round trip.
    ///
    /// # Errors
    /// The store's, or that a record is damaged, somebody else's, or of other data.
    pub fn best(&self, users: &[&str], n: usize) -> Result<Vec<Vec<&str>>, StoreError> {
        let space = Space::Users;
        let keys: Vec<Key<'_>> = users.iter().map(|id| Key { space, id }).collect();
        let found = self.build.read(&keys)?;
        let lists = users.iter().zip(found);
        lists
            .map(|(user, bytes)| bytes.map_or_else(|| Ok(Vec::new()), |bytes| self.list(user, &bytes, n)))
            .collect()
    }

    fn list(&self, user: &str, bytes: &[u8], n: usize) -> Result<Vec<&str>, StoreError> {
        let catalog = &self.shared.catalog;
        let record = UserRecord::decode(bytes).ok().filter(|record| {
            let is_in = record.candidates.iter().all(|c| (c.item as usize) < catalog.len());
            record.user == user && record.dataset == self.shared.manifest.data.identity && is_in
        });
        let record = record.ok_or_else(|| {
            let user = crate::data::printable(user);
            StoreError::Down(format!(
                "the record of user {user:?} is damaged or of other data: build it again"
            ))
        })?;
        let best = record.candidates.iter().take(n);
        Ok(best.map(|candidate| catalog.id(candidate.item)).collect())
    }
}
