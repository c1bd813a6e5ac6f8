//! The files of a cache's folder: their names, what state they are in, which have to go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::{Entry, Kind, Label, Unusable};
use crate::task::{Cancelled, Task};

/// What is being written is called so until it is whole.
pub(super) const UNFINISHED: &str = "unfinished-";
const EXTENSION: &str = "cache";

/// What was not written to for so long will not be finished.
const GIVEN_UP: Duration = Duration::from_secs(15 * 60);

/// In which state a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Whole,
    /// Written by another version of the program: not used.
    Older,
    /// Truncated or altered: not used.
    Damaged,
    /// Something else under such a name, or a file that cannot be read.
    Foreign,
    /// Being written, or left half written by a program that was stopped.
    Unfinished,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "ok",
            Self::Older => "older",
            Self::Damaged => "damaged",
            Self::Foreign => "foreign",
            Self::Unfinished => "unfinished",
        }
    }
}

/// A file of the folder.
#[derive(Clone, Debug)]
pub struct Listed {
    pub file: String,
    pub label: Option<Label>,
    pub bytes: u64,
    /// When it was made, in seconds since 1970, where it says so.
    pub created: Option<u64>,
    pub used: SystemTime,
    pub state: State,
    pub problem: Option<String>,
}

/// The name of the file for a key.
pub(super) fn name_of(kind: Kind, key: &str) -> String {
    // FNV-1a. That two keys share a name does no harm: the file tells the whole key.
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let hash = key.as_bytes().iter().fold(0xcbf2_9ce4_8422_2325, mix);
    format!("{}-{hash:016x}.{EXTENSION}", kind.name())
}

/// Whether we gave a file its name.
fn is_ours(name: &str) -> bool {
    let hash_of = |kind: Kind| {
        name.strip_prefix(kind.name())?
            .strip_prefix('-')?
            .strip_suffix(EXTENSION)
    };
    let hash = [Kind::Dataset, Kind::Fit].into_iter().find_map(hash_of);
    let named = |hash: &str| hash.len() == 17 && hash.bytes().all(|b| b.is_ascii_hexdigit() || b == b'.');
    name.starts_with(UNFINISHED) || hash.is_some_and(named)
}

/// Name, path, length and time of last use of each of our files, by name. A folder that is not there is empty.
fn files(folder: &Path) -> io::Result<Vec<(String, PathBuf, u64, SystemTime)>> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut files = Vec::new();
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        // Another program may have removed it meanwhile.
        if let (true, Ok(about)) = (is_ours(&name), entry.metadata())
            && !about.is_dir()
        {
            let used = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            files.push((name, entry.path(), about.len(), used));
        }
    }
    files.sort();
    Ok(files)
}

/// All files, by name; with `task`, every byte of them is checked.
pub(super) fn list(folder: &Path, task: Option<&Task>) -> io::Result<Result<Vec<Listed>, Cancelled>> {
    let mut listed = Vec::new();
    for (file, path, bytes, used) in files(folder)? {
        let opened = Entry::open(&path);
        let (label, created) = opened
            .as_ref()
            .map_or((None, None), |e| (Some(e.label().clone()), Some(e.created())));
        let checked = opened.and_then(|entry| match (&label, task) {
            (Some(label), _) if name_of(label.kind, &label.key) != file => Err(Unusable::Foreign),
            (_, Some(task)) => entry.verify(task),
            _ => Ok(()),
        });
        let state = match &checked {
            _ if file.starts_with(UNFINISHED) => State::Unfinished,
            Ok(()) => State::Whole,
            Err(Unusable::Cancelled(cancelled)) => return Ok(Err(*cancelled)),
            // Gone since the folder was read.
            Err(Unusable::Missing) => continue,
            Err(Unusable::Older) => State::Older,
            Err(Unusable::Damaged(_)) => State::Damaged,
            Err(Unusable::Foreign | Unusable::Unreadable(_)) => State::Foreign,
        };
        listed.push(Listed {
            file,
            label,
            bytes,
            created,
            used,
            state,
            problem: checked
                .err()
                .map(|e| e.to_string())
                .filter(|_| state != State::Unfinished),
        });
    }
    Ok(Ok(listed))
}

/// Removes all files; returns how many there were and their bytes.
pub(super) fn clear(folder: &Path) -> io::Result<(usize, u64)> {
    let mut removed = (0, 0);
    for (_, path, bytes, _) in files(folder)? {
        match fs::remove_file(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
            Ok(()) => removed = (removed.0 + 1, removed.1 + bytes),
        }
    }
    Ok(removed)
}

/// Removes what was given up half written, then what was not used for longest until no more than `limit` bytes are left.
pub(super) fn tidy(folder: &Path, limit: u64) -> io::Result<()> {
    let mut files = files(folder)?;
    let old = |used: &SystemTime| used.elapsed().is_ok_and(|age| age > GIVEN_UP);
    files.retain(|(name, path, _, used)| {
        let unfinished = name.starts_with(UNFINISHED);
        if unfinished && old(used) && fs::remove_file(path).is_ok() {
            tracing::info!(file = name, "removed what was left half written");
        }
        !unfinished
    });
    files.sort_by_key(|(_, _, _, used)| *used);
    let mut total: u64 = files.iter().map(|f| f.2).sum();
    for (name, path, bytes, _) in files {
        if total <= limit {
            break;
        }
        if fs::remove_file(path).is_ok() {
            tracing::info!(file = name, bytes, "evicted");
            total -= bytes;
        }
    }
    Ok(())
}
