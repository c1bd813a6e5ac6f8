//! A build is one file of redb, written beside its place and renamed onto it: what is there is always whole, and readers of
//! the build before keep reading that one until they look again.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use redb::{Database, ReadOnlyDatabase, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use tempfile::NamedTempFile;

use super::{Build, Entry, Key, Space, Store, StoreError, Writer, next_version};
use crate::task::contained;

/// Bytes by id.
type Table = TableDefinition<'static, &'static str, &'static [u8]>;

const USERS: Table = TableDefinition::new("users");
const ITEMS: Table = TableDefinition::new("items");
const SHARED: Table = TableDefinition::new("shared");
const VERSION: TableDefinition<'static, (), u64> = TableDefinition::new("version");

/// The memory that a reader keeps pages in, and a builder what is not written yet.
const CACHE: usize = 64 << 20;
/// A build that nobody writes any more is removed after so long.
const ABANDONED: Duration = Duration::from_secs(60);

fn table(space: Space) -> Table {
    match space {
        Space::Users => USERS,
        Space::Items => ITEMS,
        Space::Shared => SHARED,
    }
}

fn down(error: impl Into<redb::Error>) -> StoreError {
    StoreError::Down(error.into().to_string())
}

fn unwritten(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unwritten(error.to_string())
}

/// Runs what reads a file. The library is not sure to survive damaged ones.
fn guarded<T>(read: impl FnOnce() -> Result<T, StoreError>) -> Result<T, StoreError> {
    contained(read).unwrap_or_else(|| {
        Err(StoreError::Down(
            "its file is damaged or cut: build it again".to_owned(),
        ))
    })
}

/// A store in one file.
pub struct Embedded {
    path: PathBuf,
    /// What was opened last, and what the file was then.
    opened: Mutex<Option<(Stamp, Arc<Opened>)>>,
}

/// What tells one file at a path from the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    length: u64,
    modified: Option<SystemTime>,
    inode: u64,
}

impl Stamp {
    fn of(path: &Path) -> std::io::Result<Self> {
        let found = fs::metadata(path)?;
        #[cfg(unix)]
        let inode = std::os::unix::fs::MetadataExt::ino(&found);
        #[cfg(not(unix))]
        let inode = 0;
        Ok(Self {
            length: found.len(),
            modified: found.modified().ok(),
            inode,
        })
    }
}

impl Embedded {
    /// The store in this file, which need not exist yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            opened: Mutex::default(),
        }
    }

    /// Where it stands.
    fn folder(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        }
    }

    /// How the names of its unfinished builds begin.
    fn prefix(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!(".{name}.building-")
    }

    fn look(&self) -> Result<Arc<Opened>, StoreError> {
        let stamp = match Stamp::of(&self.path) {
            Ok(stamp) => stamp,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Err(StoreError::Empty(self.name())),
            Err(e) => return Err(StoreError::Down(e.to_string())),
        };
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, build)) = opened.as_ref().filter(|(was, _)| *was == stamp) {
            return Ok(Arc::clone(build));
        }
        let build = Arc::new(guarded(|| Opened::at(&self.path))?);
        *opened = Some((stamp, Arc::clone(&build)));
        Ok(build)
    }

    /// Removes what builders left behind that were killed. One that is alive holds a lock on its file.
    fn tidy(&self) {
        let prefix = self.prefix();
        for entry in fs::read_dir(self.folder()).into_iter().flatten().flatten() {
            if !entry.file_name().to_string_lossy().starts_with(&prefix) {
                continue;
            }
            let age = entry
                .metadata()
                .and_then(|m| m.modified())
                .ok()
                .and_then(|t| t.elapsed().ok());
            let is_left = age.is_some_and(|age| age > ABANDONED)
                && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok());
            if is_left {
                // Whoever else tidies up may have been first.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Store for Embedded {
    fn kind(&self) -> &'static str {
        "redb"
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn open(&self) -> Result<Arc<dyn Build>, StoreError> {
        Ok(self.look()?)
    }

    fn begin(&self, onto: bool) -> Result<Box<dyn Writer>, StoreError> {
        self.tidy();
        let before = match self.look() {
            Ok(build) => Some(build.version()),
            Err(error) if onto => return Err(error),
            Err(_) => None,
        };
        let file = tempfile::Builder::new()
            .prefix(&self.prefix())
            .tempfile_in(self.folder())
            .map_err(unwritten)?;
        if onto {
            fs::copy(&self.path, file.path()).map_err(unwritten)?;
        }
        let (file, place) = file.into_parts();
        let (database, work) = guarded(|| {
            let mut builder = Database::builder();
            builder.set_cache_size(CACHE);
            let database = builder.create_file(file).map_err(unwritten)?;
            let work = database.begin_write().map_err(unwritten)?;
            for space in Space::ALL {
                work.open_table(table(space)).map_err(unwritten)?;
            }
            Ok((database, work))
        })?;
        Ok(Box::new(Building {
            work: Some(work),
            database: Some(database),
            place: Some(place),
            path: self.path.clone(),
            version: next_version(before),
        }))
    }
}

/// A file that is open for reading.
struct Opened {
    database: ReadOnlyDatabase,
    version: u64,
    size: u64,
}

impl Opened {
    fn at(path: &Path) -> Result<Self, StoreError> {
        let database = Database::builder()
            .set_cache_size(CACHE)
            .open_read_only(path)
            .map_err(|e| StoreError::Down(format!("{}: {e}", path.display())))?;
        let read = database.begin_read().map_err(down)?;
        let version = read.open_table(VERSION).map_err(down)?.get(()).map_err(down)?;
        let version = version.map(|v| v.value());
        let version = version.ok_or_else(|| StoreError::Down(format!("{} is no store", path.display())))?;
        drop(read);
        let size = fs::metadata(path).map_or(0, |m| m.len());
        Ok(Self {
            database,
            version,
            size,
        })
    }
}

impl Build for Opened {
    fn version(&self) -> u64 {
        self.version
    }

    fn read(&self, keys: &[Key<'_>]) -> Result<Vec<Option<Vec<u8>>>, StoreError> {
        guarded(|| {
            let read = self.database.begin_read().map_err(down)?;
            let mut tables = BTreeMap::new();
            let mut found = Vec::with_capacity(keys.len());
            for key in keys {
                let table = match tables.entry(key.space) {
                    std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                    std::collections::btree_map::Entry::Vacant(new) => {
                        new.insert(read.open_table(table(key.space)).map_err(down)?)
                    }
                };
                let bytes = table.get(key.id).map_err(down)?;
                found.push(bytes.map(|b| b.value().to_vec()));
            }
            Ok(found)
        })
    }

    fn len(&self, space: Space) -> Result<u64, StoreError> {
        guarded(|| {
            let read = self.database.begin_read().map_err(down)?;
            read.open_table(table(space)).map_err(down)?.len().map_err(down)
        })
    }

    fn size(&self) -> Result<u64, StoreError> {
        Ok(self.size)
    }
}

/// A build on its way: one transaction on a file of its own. Dropped unpublished, the file goes.
struct Building {
    // In this order: what was begun ends before the file is closed, and is closed before it is removed.
    work: Option<redb::WriteTransaction>,
    database: Option<Database>,
    place: Option<tempfile::TempPath>,
    path: PathBuf,
    version: u64,
}

impl Drop for Building {
    fn drop(&mut self) {
        // A library that panicked over a damaged file panics again where what it left is given up.
        let (work, database) = (self.work.take(), self.database.take());
        contained(|| drop(work));
        contained(|| drop(database));
    }
}

impl Writer for Building {
    fn put(&mut self, mut entries: Vec<Entry>) -> Result<(), StoreError> {
        let Some(work) = &self.work else { return Ok(()) };
        // In order, as the tree is: fewer pages are touched.
        entries.sort_by(|a, b| (a.space, &a.id).cmp(&(b.space, &b.id)));
        guarded(|| {
            for some in entries.chunk_by(|a, b| a.space == b.space) {
                let mut table = work.open_table(table(some[0].space)).map_err(unwritten)?;
                for entry in some {
                    table
                        .insert(entry.id.as_str(), entry.bytes.as_slice())
                        .map_err(unwritten)?;
                }
            }
            Ok(())
        })
    }

    fn publish(mut self: Box<Self>) -> Result<u64, StoreError> {
        let (work, database) = (self.work.take(), self.database.take());
        guarded(|| {
            if let Some(work) = work {
                let mut table = work.open_table(VERSION).map_err(unwritten)?;
                table.insert((), self.version).map_err(unwritten)?;
                drop(table);
                // On the disk before it gets its name.
                work.commit().map_err(unwritten)?;
            }
            // Closed, so that it is marked as whole.
            drop(database);
            Ok(())
        })?;
        if let Some(place) = self.place.take() {
            open_to_all(&place);
            NamedTempFile::from_parts((), place)
                .persist(&self.path)
                .map_err(|e| unwritten(e.error))?;
        }
        // So that the name survives a power cut, too; where folders can't be synced, it is as safe as it gets.
        let folder = self.path.parent().filter(|f| !f.as_os_str().is_empty());
        let _ = File::open(folder.unwrap_or(Path::new("."))).and_then(|folder| folder.sync_all());
        Ok(self.version)
    }
}

/// Like any other file: temporary ones are their owner's alone.
fn open_to_all(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // A store that only its owner reads is a store still.
        let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o644));
    }
    #[cfg(not(unix))]
    let _ = path;
}
