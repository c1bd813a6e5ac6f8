//! Zip archives: a file in one is named as in a folder, `ml-latest-small.zip/ml-latest-small/ratings.csv`.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

pub(super) const MARK: &[u8] = b"PK\x03\x04";

/// Whether a file begins as a zip archive does.
pub(super) fn is_archive(file: &Path) -> bool {
    // Opening a pipe would wait for its writer.
    if !file.is_file() {
        return false;
    }
    let mut head = [0; MARK.len()];
    let read = File::open(file).and_then(|mut f| f.read_exact(&mut head));
    read.is_ok() && head == MARK
}

/// The archive and the name in it, where a path leads into an archive.
pub(super) fn split(path: &Path) -> Option<(PathBuf, String)> {
    if path.exists() {
        return None;
    }
    let archive = path.ancestors().skip(1).find(|a| a.is_file())?;
    let entry = path.strip_prefix(archive).ok()?;
    let parts: Option<Vec<&str>> = entry.iter().map(|part| part.to_str()).collect();
    is_archive(archive).then_some((archive.to_owned(), parts?.join("/")))
}

/// The names of the files in an archive; what operating systems add to it is left out.
pub(super) fn names(archive: &Path) -> Result<Vec<String>, String> {
    let archive = open_archive(archive)?;
    let hidden = |part: &str| part.starts_with('.') || part == "__MACOSX";
    let own = |name: &String| !name.ends_with('/') && !name.split('/').any(hidden);
    let names: Result<Vec<String>, _> = archive.file_names().map(|name| name.map(Cow::into_owned)).collect();
    Ok(names.map_err(|e| damaged(&e))?.into_iter().filter(own).collect())
}

/// The content of a file in an archive, and its bytes there.
pub(super) fn open(archive: &Path, name: &str) -> Result<(Box<dyn Read + Send>, u64), String> {
    let mut zip = open_archive(archive)?;
    let Some(number) = zip.index_for_name(name) else {
        return Err("the archive holds no such file".to_owned());
    };
    let entry = zip.by_index_raw(number).map_err(|e| damaged(&e))?;
    if entry.encrypted() {
        return Err("it is encrypted (unpack it first)".to_owned());
    }
    let Some(start) = entry.data_start() else {
        return Err("the archive is damaged (its content cannot be found)".to_owned());
    };
    let (method, packed) = (entry.compression(), entry.compressed_size());
    let checks = (entry.crc32(), entry.size());
    drop(entry);
    let mut file = File::open(archive).map_err(|e| e.to_string())?;
    file.seek(SeekFrom::Start(start)).map_err(|e| e.to_string())?;
    let raw = file.take(packed);
    let content: Box<dyn Read + Send> = match method {
        CompressionMethod::Stored => Box::new(raw),
        CompressionMethod::Deflated => Box::new(DeflateDecoder::new(io::BufReader::new(raw))),
        other => {
            return Err(format!(
                "it is compressed by a method that is not read ({other}; unpack it first)"
            ));
        }
    };
    let checked = Checked {
        inner: content,
        hasher: crc32fast::Hasher::new(),
        bytes: 0,
        wanted: checks,
    };
    Ok((Box::new(checked), packed))
}

fn open_archive(archive: &Path) -> Result<ZipArchive<io::BufReader<File>>, String> {
    let file = File::open(archive).map_err(|e| e.to_string())?;
    ZipArchive::new(io::BufReader::new(file)).map_err(|e| damaged(&e))
}

fn damaged(error: &zip::result::ZipError) -> String {
    format!("it is a zip archive, but damaged ({error}; is the download complete?)")
}

/// Holds what was read against the archive's checksum.
struct Checked {
    inner: Box<dyn Read + Send>,
    hasher: crc32fast::Hasher,
    bytes: u64,
    wanted: (u32, u64),
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..n]);
        self.bytes += n as u64;
        let ended = n == 0 && !buffer.is_empty();
        if self.bytes > self.wanted.1 || (ended && (self.hasher.clone().finalize(), self.bytes) != self.wanted) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the checksum is wrong"));
        }
        Ok(n)
    }
}
