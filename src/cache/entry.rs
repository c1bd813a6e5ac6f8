use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{BLOCK, Directory, END, HEAD, Label, MAGIC, PROGRAM, TAIL, VERSION};
use crate::task::{Cancelled, Report, Task};

/// Why a file, or a part of it, is as good as none.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    #[error("it is not there")]
    Missing,
    #[error("it is no cache of recscope")]
    Foreign,
    #[error("another version of recscope has written it")]
    Older,
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl From<io::Error> for Unusable {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::UnexpectedEof => Self::Damaged("its end is missing"),
            _ => Self::Unreadable(error),
        }
    }
}

/// A file whose beginning, end and directory are in order. Its sections are checked as they are read.
#[derive(Debug)]
pub struct Entry {
    file: File,
    directory: Directory,
    starts: Vec<u64>,
    bytes: u64,
}

impl Entry {
    /// Opens a file and reads its directory.
    pub fn open(path: &Path) -> Result<Self, Unusable> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(Unusable::Foreign);
        }
        let bytes = about.len();
        if bytes < HEAD + TAIL {
            return Err(Unusable::Damaged("it is too short"));
        }
        let (mut head, mut tail) = ([0; HEAD as usize], [0; TAIL as usize]);
        read_at(&file, &mut head, 0)?;
        if head[..8] != MAGIC {
            return Err(Unusable::Foreign);
        }
        if head[8..] != VERSION.to_le_bytes() {
            return Err(Unusable::Older);
        }
        read_at(&file, &mut tail, bytes - TAIL)?;
        if tail[12..] != END {
            return Err(Unusable::Damaged("its end is missing"));
        }
        let directory = read_directory(&file, bytes, &tail)?;
        let mut starts = Vec::with_capacity(directory.sections.len());
        let mut at = HEAD;
        for section in &directory.sections {
            starts.push(at);
            at = at
                .checked_add(section.bytes)
                .ok_or(Unusable::Damaged("its sections are too long"))?;
        }
        if at != bytes - TAIL - directory_bytes(&tail) {
            return Err(Unusable::Damaged("its sections do not fill it"));
        }
        if directory.program != PROGRAM {
            return Err(Unusable::Older);
        }
        Ok(Self {
            file,
            directory,
            starts,
            bytes,
        })
    }

    pub fn label(&self) -> &Label {
        &self.directory.label
    }

    /// When it was made, in seconds since 1970.
    pub fn created(&self) -> u64 {
        self.directory.created
    }

    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    pub fn sections(&self) -> usize {
        self.directory.sections.len()
    }

    pub fn section(&self, section: usize, task: &Task) -> Result<Vec<u8>, Unusable> {
        let about = self.directory.sections.get(section);
        let about = about.ok_or(Unusable::Damaged("a section is missing"))?;
        let mut buffer = vec![0; about.bytes as usize];
        self.read(vec![(section, &mut buffer)], task)?;
        Ok(buffer)
    }

    /// Reads whole sections, each into a buffer of its very length: block by block on all threads, each checked while it is
    /// still in the processor's cache.
    ///
    /// # Errors
    /// Why they cannot be used. Then what is in the buffers means nothing.
    pub fn read(&self, wanted: Vec<(usize, &mut [u8])>, task: &Task) -> Result<(), Unusable> {
        let mut blocks = Vec::new();
        let mut total = 0;
        for (section, buffer) in wanted {
            let known = self.directory.sections.get(section);
            let Some(about) = known.filter(|s| s.bytes == buffer.len() as u64) else {
                return Err(Unusable::Damaged("a section has another length"));
            };
            if about.sums.len() != buffer.len().div_ceil(BLOCK) {
                return Err(Unusable::Damaged("a section has too few checksums"));
            }
            total += about.bytes;
            for ((k, block), sum) in buffer.chunks_mut(BLOCK).enumerate().zip(&about.sums) {
                blocks.push((self.starts[section] + (k * BLOCK) as u64, block, *sum));
            }
        }
        let done = AtomicU64::new(0);
        task.pool.try_each(blocks, |(at, block, sum)| {
            task.cancel.check()?;
            read_at(&self.file, block, at)?;
            if crc32fast::hash(block) != sum {
                return Err(Unusable::Damaged("a checksum is wrong"));
            }
            let so_far = done.fetch_add(block.len() as u64, Ordering::Relaxed) + block.len() as u64;
            task.progress
                .say(|| Report::of("reading the cache", so_far, total, "bytes"));
            Ok(())
        })
    }

    /// Reads everything, to see whether it could be.
    pub fn verify(&self, task: &Task) -> Result<(), Unusable> {
        let sections = self.directory.sections.iter().zip(&self.starts);
        let blocks = sections.flat_map(|(section, start)| {
            let sums = section.sums.iter().enumerate();
            sums.map(move |(k, sum)| {
                let at = (k * BLOCK) as u64;
                let bytes = section.bytes.saturating_sub(at).min(BLOCK as u64) as usize;
                (start + at, bytes, *sum)
            })
        });
        for (section, start) in self.directory.sections.iter().zip(&self.starts) {
            let blocks = section.bytes.div_ceil(BLOCK as u64);
            if blocks != section.sums.len() as u64 || start + section.bytes > self.bytes {
                return Err(Unusable::Damaged("a section has too few checksums"));
            }
        }
        task.pool.try_each(blocks.collect(), |(at, bytes, sum)| {
            task.cancel.check()?;
            let mut block = vec![0; bytes];
            read_at(&self.file, &mut block, at)?;
            let right = crc32fast::hash(&block) == sum;
            right.then_some(()).ok_or(Unusable::Damaged("a checksum is wrong"))
        })
    }

    /// Notes that it was of use just now: what was not for longest is evicted first.
    pub(super) fn touch(&self) {
        // Where that cannot be noted, it will be evicted earlier than it had to be.
        let _ = self.file.set_modified(std::time::SystemTime::now());
    }
}

fn directory_bytes(tail: &[u8; TAIL as usize]) -> u64 {
    let mut length = [0; 8];
    length.copy_from_slice(&tail[..8]);
    u64::from_le_bytes(length)
}

fn read_directory(file: &File, bytes: u64, tail: &[u8; TAIL as usize]) -> Result<Directory, Unusable> {
    let length = directory_bytes(tail);
    if length > bytes - HEAD - TAIL {
        return Err(Unusable::Damaged("its directory is too long"));
    }
    let mut directory = vec![0; length as usize];
    read_at(file, &mut directory, bytes - TAIL - length)?;
    if crc32fast::hash(&directory).to_le_bytes() != tail[8..12] {
        return Err(Unusable::Damaged("the checksum of its directory is wrong"));
    }
    postcard::from_bytes(&directory).map_err(|_| Unusable::Damaged("its directory makes no sense"))
}

/// Fills `buffer` with what stands at `at`; several threads may read the same file.
#[cfg(unix)]
pub(super) fn read_at(file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, buffer, at)
}

/// Fills `buffer` with what stands at `at`; several threads may read the same file.
#[cfg(windows)]
pub(super) fn read_at(file: &File, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        let n = std::os::windows::fs::FileExt::seek_read(file, buffer, at)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        buffer = &mut buffer[n..];
        at += n as u64;
    }
    Ok(())
}
