use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use etcetera::BaseStrategy;

use super::folder::{self, Listed, UNFINISHED, name_of};
use super::{Entry, Kind, Label, Unusable, Writer};
use crate::task::{Cancel, Cancelled, Task};

/// The most that is kept, in bytes; beyond it, what was not used for longest goes.
pub const LIMIT: u64 = 4 << 30;

/// What is done sooner is done again rather than kept.
const WORTHWHILE: Duration = Duration::from_millis(50);

/// A folder where things are kept that took long to make, or none. Cloning shares it.
#[derive(Clone, Default)]
pub struct Cache {
    shared: Option<Arc<Shared>>,
}

struct Shared {
    folder: PathBuf,
    limit: u64,
    worthwhile: Duration,
    stop: Cancel,
    /// Held while a file is written: one after the other.
    turn: Mutex<()>,
    writing: Mutex<Vec<JoinHandle<()>>>,
    warning: Mutex<Option<String>>,
}

type Content = Box<dyn FnOnce(&mut Writer<'_>) -> io::Result<()> + Send>;

impl Cache {
    /// Neither finds nor keeps anything.
    pub fn none() -> Self {
        Self::default()
    }

    /// `recscope` in the XDG cache folder; none where there is no such folder.
    pub fn in_xdg_folder() -> Self {
        match etcetera::base_strategy::Xdg::new() {
            Ok(folders) => Self::in_folder(&folders.cache_dir().join("recscope")),
            Err(_) => Self::none(),
        }
    }

    /// In this folder, which is made when it is first needed.
    pub fn in_folder(folder: &Path) -> Self {
        Self::with(folder, LIMIT, WORTHWHILE)
    }

    /// In this folder, with a limit of its own and whatever it took to make: for tests.
    pub fn keeping_all(folder: &Path, limit: u64) -> Self {
        Self::with(folder, limit, Duration::ZERO)
    }

    fn with(folder: &Path, limit: u64, worthwhile: Duration) -> Self {
        Self {
            shared: Some(Arc::new(Shared {
                folder: folder.to_owned(),
                limit,
                worthwhile,
                stop: Cancel::new(),
                turn: Mutex::default(),
                writing: Mutex::default(),
                warning: Mutex::default(),
            })),
        }
    }

    pub fn folder(&self) -> Option<&Path> {
        self.shared.as_ref().map(|s| s.folder.as_path())
    }

    /// Whether what took so long is worth being kept.
    pub fn is_worth(&self, took: Duration) -> bool {
        self.shared.as_ref().is_some_and(|s| took >= s.worthwhile)
    }

    /// Whether so many bytes take long to read as text: below 1 MiB they don't.
    pub fn is_worth_bytes(&self, bytes: u64) -> bool {
        let shared = self.shared.as_ref();
        shared.is_some_and(|s| s.worthwhile.is_zero() || bytes >= 1 << 20)
    }

    /// What was kept for this key, made from what has this stamp, by this program. Its sections are yet to be checked.
    pub fn find(&self, kind: Kind, key: &str, stamp: &str) -> Option<Entry> {
        let shared = self.shared.as_ref()?;
        let file = name_of(kind, key);
        let entry = match Entry::open(&shared.folder.join(&file)) {
            Ok(entry) => entry,
            Err(Unusable::Missing) => return None,
            Err(why) => {
                tracing::info!(file, %why, "not taken from the cache");
                return None;
            }
        };
        let label = entry.label();
        if label.kind != kind || label.key != key {
            tracing::info!(file, "not taken from the cache: it is about something else");
            return None;
        }
        if label.stamp != stamp {
            tracing::info!(file, "not taken from the cache: what it was made from has changed");
            return None;
        }
        entry.touch();
        Some(entry)
    }

    /// Keeps something, now, on this thread. That it cannot be kept is a warning ([`Cache::warning`]).
    pub fn keep(&self, label: Label, content: impl FnOnce(&mut Writer<'_>) -> io::Result<()>) {
        if let Some(shared) = &self.shared {
            shared.keep(label, content);
        }
    }

    /// Keeps something, in the background; `content` is asked for it there.
    pub fn keep_later(&self, label: Label, content: Content) {
        let Some(shared) = &self.shared else { return };
        let work = {
            let shared = Arc::clone(shared);
            move || {
                let _turn = shared.turn.lock().unwrap_or_else(PoisonError::into_inner);
                if !shared.stop.is_cancelled() {
                    shared.keep(label, content);
                }
            }
        };
        match std::thread::Builder::new().name("cache".to_owned()).spawn(work) {
            Ok(thread) => {
                let mut writing = shared.writing.lock().unwrap_or_else(PoisonError::into_inner);
                writing.retain(|t| !t.is_finished());
                writing.push(thread);
            }
            Err(error) => shared.warn(&error),
        }
    }

    /// Waits for what is being kept in the background, for as long as that takes or for `patience`; what is not done then
    /// is given up, and leaves nothing behind.
    pub fn finish(&self, patience: Option<Duration>) {
        let Some(shared) = &self.shared else { return };
        let writing = std::mem::take(&mut *shared.writing.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some(patience) = patience {
            let start = Instant::now();
            while start.elapsed() < patience && writing.iter().any(|t| !t.is_finished()) {
                std::thread::sleep(Duration::from_millis(2));
            }
            shared.stop.cancel();
        }
        for thread in writing {
            // A panic there was said there; nothing was kept then.
            let _ = thread.join();
        }
    }

    /// Why something could not be kept: the first time that it happened, in one sentence.
    pub fn warning(&self) -> Option<String> {
        let shared = self.shared.as_ref()?;
        shared.warning.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All files, by name, from what their directories say.
    pub fn list(&self) -> io::Result<Vec<Listed>> {
        let listed = self.folder().map(|f| folder::list(f, None)).transpose()?;
        Ok(listed.and_then(Result::ok).unwrap_or_default())
    }

    /// All files, by name, every byte of them checked.
    pub fn verify(&self, task: &Task) -> io::Result<Result<Vec<Listed>, Cancelled>> {
        let listed = self.folder().map(|f| folder::list(f, Some(task))).transpose()?;
        Ok(listed.unwrap_or_else(|| Ok(Vec::new())))
    }

    /// Removes all files, and nothing that is not ours; returns how many there were and their bytes.
    pub fn clear(&self) -> io::Result<(usize, u64)> {
        self.folder().map_or(Ok((0, 0)), folder::clear)
    }
}

impl Shared {
    fn keep(&self, label: Label, content: impl FnOnce(&mut Writer<'_>) -> io::Result<()>) {
        let name = label.name.clone();
        match self.try_to_keep(label, content) {
            Ok(()) => tracing::info!(name, "kept in the cache"),
            Err(_) if self.stop.is_cancelled() => {}
            Err(error) => self.warn(&error),
        }
    }

    /// Written under another name, brought to the disk, renamed: there is never half a file under its own name.
    fn try_to_keep(&self, label: Label, content: impl FnOnce(&mut Writer<'_>) -> io::Result<()>) -> io::Result<()> {
        fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(name_of(label.kind, &label.key));
        let mut file = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(&self.folder)?;
        let mut writer = Writer::new(&mut file, self.stop.clone())?;
        content(&mut writer)?;
        writer.finish(label)?;
        file.flush()?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|e| e.error)?;
        folder::tidy(&self.folder, self.limit)
    }

    fn warn(&self, error: &io::Error) {
        let folder = self.folder.display();
        let sentence = format!("{folder}: the cache cannot be written ({error}); --no-cache does without");
        tracing::warn!("{sentence}");
        let mut warning = self.warning.lock().unwrap_or_else(PoisonError::into_inner);
        warning.get_or_insert(sentence);
    }
}
