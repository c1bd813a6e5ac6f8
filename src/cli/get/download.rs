//! A file from elsewhere, whole or not at all: what was cut off is taken up where it ended, as long as it is the same file.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use md5::{Digest, Md5};
use ureq::http::{HeaderMap, Response, StatusCode};
use ureq::{Agent, Body};

use crate::task::{Report, Task};

/// How long to wait, and how often to try.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// Nothing at all came for so long.
    pub silence: Duration,
    /// How often a connection that was cut is taken up again.
    pub attempts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            silence: Duration::from_secs(60),
            attempts: 4,
        }
    }
}

/// Why there is no file: one sentence.
#[derive(Debug, thiserror::Error)]
pub(super) enum DownloadError {
    /// What came so far is kept, and the next call goes on from there.
    #[error("{address}: {why} ({got} bytes are kept: the same command goes on from there)")]
    Cut { address: String, why: String, got: u64 },
    #[error("{address}: {why}")]
    Refused { address: String, why: String },
    #[error("{address}: its MD5 is {found}, not {expected}: it was changed, or damaged; nothing is kept")]
    Changed {
        address: String,
        found: String,
        expected: String,
    },
    #[error("{}: it cannot be written ({error})", .path.display())]
    Writing { path: PathBuf, error: io::Error },
    #[error("cancelled")]
    Cancelled,
}

/// Downloads `address` to `path`. Until it is whole it is called `path.part`, with what the server says of its version
/// in `path.version`.
pub(super) fn download(
    address: &str,
    path: &Path,
    md5: Option<&str>,
    patience: Patience,
    task: &Task,
) -> Result<(), DownloadError> {
    let config = Agent::config_builder()
        .timeout_connect(Some(patience.silence))
        .timeout_per_read(Some(patience.silence))
        .timeout_recv_response(Some(patience.silence))
        .http_status_as_error(false)
        .user_agent(concat!("recscope/", env!("CARGO_PKG_VERSION")));
    let download = Download {
        agent: config.build().into(),
        address,
        part: with_end(path, "part"),
        version: with_end(path, "version"),
        has_md5: md5.is_some(),
        task,
    };
    let mut attempt = 1;
    loop {
        match download.attempt() {
            Err(DownloadError::Cut { .. }) if attempt < patience.attempts => attempt += 1,
            other => break other?,
        }
    }
    download.finish(path, md5)
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

struct Download<'a> {
    agent: Agent,
    address: &'a str,
    part: PathBuf,
    version: PathBuf,
    has_md5: bool,
    task: &'a Task,
}

impl Download<'_> {
    fn refused(&self, why: impl ToString) -> DownloadError {
        let address = self.address.to_owned();
        DownloadError::Refused {
            address,
            why: why.to_string(),
        }
    }

    fn writing(&self, error: io::Error) -> DownloadError {
        let path = self.part.clone();
        DownloadError::Writing { path, error }
    }

    fn cut(&self, why: impl ToString) -> DownloadError {
        DownloadError::Cut {
            address: self.address.to_owned(),
            why: why.to_string(),
            got: self.got(),
        }
    }

    /// Bytes that are there.
    fn got(&self) -> u64 {
        fs::metadata(&self.part).map_or(0, |about| about.len())
    }

    /// Asks for what is missing and takes it.
    fn attempt(&self) -> Result<(), DownloadError> {
        let version = fs::read_to_string(&self.version).unwrap_or_default();
        // Without a version nobody could tell that it is the same file, but for its checksum.
        let got = if version.is_empty() && !self.has_md5 {
            0
        } else {
            self.got()
        };
        let mut request = self.agent.get(self.address);
        if got > 0 {
            request = request.header("Range", format!("bytes={got}-"));
            if !version.is_empty() {
                request = request.header("If-Range", &version);
            }
        }
        let response = request.call().map_err(|e| match got {
            0 => self.refused(in_words(&e)),
            _ => self.cut(in_words(&e)),
        })?;
        match response.status() {
            StatusCode::OK => self.take(response, 0),
            StatusCode::PARTIAL_CONTENT if begins_at(response.headers(), got) => self.take(response, got),
            StatusCode::PARTIAL_CONTENT => Err(self.refused("the server sends another part than was asked for")),
            // All of it may be there, or it is no longer the same file: what is kept is of no use then.
            StatusCode::RANGE_NOT_SATISFIABLE if got > 0 => {
                let length = header(response.headers(), "content-range").and_then(|r| r.strip_prefix("bytes */"));
                if length == Some(&got.to_string()) {
                    return Ok(());
                }
                self.forget();
                Err(self.cut("the file is shorter now than what was downloaded of it"))
            }
            status => Err(self.refused(format!("the server answers {status}"))),
        }
    }

    /// Writes the body behind the first `from` bytes.
    fn take(&self, response: Response<Body>, from: u64) -> Result<(), DownloadError> {
        let headers = response.headers();
        let whole = header(headers, "content-length").and_then(|n| n.parse::<u64>().ok());
        let whole = whole.map(|n| n + from);
        let version = header(headers, "etag").filter(|tag| !tag.starts_with("W/"));
        let version = version.or_else(|| header(headers, "last-modified")).unwrap_or("");
        fs::write(&self.version, version).map_err(|e| self.writing(e))?;
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(false)
            .open(&self.part);
        let mut file = file.map_err(|e| self.writing(e))?;
        file.set_len(from).map_err(|e| self.writing(e))?;
        io::Seek::seek(&mut file, io::SeekFrom::Start(from)).map_err(|e| self.writing(e))?;
        let mut body = response.into_body().into_reader();
        let mut got = from;
        let mut buffer = vec![0; 1 << 16];
        loop {
            self.task.cancel.check().map_err(|_| DownloadError::Cancelled)?;
            let n = body.read(&mut buffer).map_err(|e| self.cut(in_words_of_reading(&e)))?;
            if n == 0 {
                break;
            }
            file.write_all(&buffer[..n]).map_err(|e| self.writing(e))?;
            got += n as u64;
            self.task
                .progress
                .say(|| Report::of("downloading", got, whole, "bytes"));
        }
        match whole {
            Some(whole) if got != whole => Err(self.cut(format!("the connection ended at {got} of {whole} bytes"))),
            _ => Ok(()),
        }
    }

    /// Gives a whole file its name, where its checksum is right.
    fn finish(&self, path: &Path, md5: Option<&str>) -> Result<(), DownloadError> {
        if let Some(expected) = md5 {
            let found = md5_of(&self.part).map_err(|e| self.writing(e))?;
            if found != expected {
                self.forget();
                return Err(DownloadError::Changed {
                    address: self.address.to_owned(),
                    found,
                    expected: expected.to_owned(),
                });
            }
        }
        fs::rename(&self.part, path).map_err(|e| self.writing(e))?;
        // It only told versions apart while the file was not whole.
        let _ = fs::remove_file(&self.version);
        Ok(())
    }

    /// Nothing of it is of use.
    fn forget(&self) {
        let _ = fs::remove_file(&self.part);
        let _ = fs::remove_file(&self.version);
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// Whether the part that comes begins at `first`.
fn begins_at(headers: &HeaderMap, first: u64) -> bool {
    let range = header(headers, "content-range").and_then(|r| r.strip_prefix("bytes "));
    let begin = range.and_then(|r| r.split('-').next());
    begin.and_then(|b| b.trim().parse::<u64>().ok()) == Some(first)
}

fn in_words(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Timeout(_) => "the server is silent".to_owned(),
        ureq::Error::HostNotFound => "there is no such server (is there a network?)".to_owned(),
        other => format!("it cannot be reached ({other})"),
    }
}

fn in_words_of_reading(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|e| e.downcast_ref::<ureq::Error>());
    match (inner, error.kind()) {
        (Some(ureq::Error::Timeout(_)), _) | (_, io::ErrorKind::TimedOut) => "the server fell silent".to_owned(),
        _ => format!("the connection was cut ({error})"),
    }
}

fn md5_of(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            break;
        }
        hasher.update(&buffer[..n]);
    }
    Ok(hasher.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

#[cfg(test)]
#[path = "download_tests.rs"]
mod tests;
