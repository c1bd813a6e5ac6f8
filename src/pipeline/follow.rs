//! Events followed as they come: from a file that grows, a pipe, a Redis stream.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::SessionEvent;
use super::events::Event;
use super::store::StoreError;

/// Events of a session that are remembered.
const SESSION: usize = 20;
/// A new session begins after so many seconds without an event.
const GAP: f64 = 1800.0;
/// Bad lines that are shown.
const SHOWN: usize = 10;
/// Longer lines are none.
const LONGEST: usize = 1 << 20;
/// New items that are remembered by name.
const MOST_NEW: usize = 1000;
/// How long a stream is waited for.
const PATIENCE: Duration = Duration::from_millis(200);

/// Where events come from.
pub enum Origin {
    /// A file of lines that grows, and may be begun anew.
    File { path: PathBuf, at: u64, rest: Vec<u8> },
    /// A pipe: it ends.
    Pipe { from: Box<dyn Read + Send>, rest: Vec<u8> },
    /// A Redis stream, read from its beginning.
    Stream {
        connection: Box<redis::Connection>,
        key: String,
        after: String,
    },
}

/// What came of looking for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Looked {
    /// Bytes, or entries of a stream.
    pub read: u64,
    /// There will be no more.
    pub ended: bool,
}

impl Origin {
    /// A file, `-` for standard input, or `redis://HOST/DB#STREAM`.
    ///
    /// # Errors
    /// It can't be opened.
    pub fn at(place: &str) -> Result<Self, StoreError> {
        if place == "-" {
            return Ok(Self::Pipe {
                from: Box::new(io::stdin()),
                rest: Vec::new(),
            });
        }
        if place.contains("://") {
            let (address, key) = place.split_once('#').unwrap_or((place, "events"));
            let wrong = |e: redis::RedisError| StoreError::Down(e.to_string());
            let client = redis::Client::open(address)
                .map_err(|e| StoreError::Address(format!("this is no address of a Redis server ({e})")))?;
            let connection = client
                .get_connection_with_timeout(Duration::from_secs(2))
                .map_err(wrong)?;
            return Ok(Self::Stream {
                connection: Box::new(connection),
                key: key.to_owned(),
                after: "0".to_owned(),
            });
        }
        File::open(place).map_err(|e| StoreError::Down(format!("{place}: {e}")))?;
        Ok(Self::File {
            path: place.into(),
            at: 0,
            rest: Vec::new(),
        })
    }

    /// Hands over whole lines that have come since; waits a little where a stream has none.
    ///
    /// # Errors
    /// It can't be read any more.
    pub fn look(&mut self, each: &mut dyn FnMut(&[u8])) -> io::Result<Looked> {
        match self {
            Self::File { path, at, rest } => {
                let mut file = File::open(&*path)?;
                if file.metadata()?.len() < *at {
                    // It was begun anew.
                    (*at, *rest) = (0, Vec::new());
                }
                file.seek(SeekFrom::Start(*at))?;
                let read = pump(&mut file, rest, each, u64::MAX)?;
                *at += read;
                Ok(Looked { read, ended: false })
            }
            Self::Pipe { from, rest } => {
                let read = pump(from, rest, each, 1)?;
                if read == 0 && !rest.is_empty() {
                    each(&std::mem::take(rest));
                }
                Ok(Looked { read, ended: read == 0 })
            }
            Self::Stream { connection, key, after } => stream(connection, key, after, each),
        }
    }

    /// What stands after the last end of a line.
    pub fn rest(&mut self) -> Vec<u8> {
        match self {
            Self::File { rest, .. } | Self::Pipe { rest, .. } => std::mem::take(rest),
            Self::Stream { .. } => Vec::new(),
        }
    }
}

/// Cuts what can be read into lines, until there is no more or `enough` bytes were read; returns how many were.
fn pump(from: &mut dyn Read, rest: &mut Vec<u8>, each: &mut dyn FnMut(&[u8]), enough: u64) -> io::Result<u64> {
    let mut buffer = vec![0; 1 << 16];
    let mut total = 0;
    while total < enough {
        let n = match from.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        total += n as u64;
        let mut new = &buffer[..n];
        while let Some(end) = memchr::memchr(b'\n', new) {
            if rest.is_empty() {
                each(&new[..end]);
            } else {
                rest.extend_from_slice(&new[..end]);
                each(rest);
                rest.clear();
            }
            new = &new[end + 1..];
        }
        // What is too long to be a line is said once its end comes; its middle is not kept.
        if rest.len() <= LONGEST {
            rest.extend_from_slice(new);
        }
    }
    Ok(total)
}

/// A stream's name and its entries: an id and fields.
type Reply = Option<Vec<(String, Vec<(String, Vec<(String, String)>)>)>>;

/// Entries of a stream, each as a line: its field `json`, or an object of its fields.
fn stream(
    connection: &mut redis::Connection,
    key: &str,
    after: &mut String,
    each: &mut dyn FnMut(&[u8]),
) -> io::Result<Looked> {
    let wait = PATIENCE.as_millis() as u64;
    let mut ask = redis::cmd("XREAD");
    ask.arg("COUNT")
        .arg(1000)
        .arg("BLOCK")
        .arg(wait)
        .arg("STREAMS")
        .arg(key)
        .arg(&*after);
    let reply: Reply = ask.query(connection).map_err(io::Error::other)?;
    let mut read = 0;
    for (id, fields) in reply.into_iter().flatten().flat_map(|(_, entries)| entries) {
        read += 1;
        match fields.iter().find(|(name, _)| name == "json") {
            Some((_, line)) => each(line.as_bytes()),
            None => each(&object(&fields)),
        }
        *after = id;
    }
    Ok(Looked { read, ended: false })
}

fn object(fields: &[(String, String)]) -> Vec<u8> {
    let value = |name: &str, text: &str| match (name, text.parse::<f64>()) {
        ("time" | "timestamp" | "ts", Ok(number)) => serde_json::Value::from(number),
        _ => serde_json::Value::from(text),
    };
    let object: serde_json::Map<_, _> = fields
        .iter()
        .map(|(name, text)| (name.clone(), value(name, text)))
        .collect();
    serde_json::to_vec(&object).unwrap_or_default()
}

/// A line that is no event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// From 1.
    pub line: u64,
    pub reason: String,
}

/// What is known of the events so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Followed {
    pub lines: u64,
    pub events: u64,
    /// Events after the build: what the batch knows nothing of.
    pub unseen_by_batch: u64,
    pub clicks: u64,
    pub skips: u64,
    pub watches: u64,
    pub buys: u64,
    /// Users with an event that the batch knows nothing of.
    pub users_touched: usize,
    pub bad: u64,
    pub bad_lines: Vec<BadLine>,
    /// Items of events that the build does not have.
    pub new_items: usize,
    /// Time of the latest event, in seconds since 1970.
    pub latest: Option<f64>,
    #[serde(skip)]
    sessions: HashMap<String, Session>,
    #[serde(skip)]
    new: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
struct Session {
    events: VecDeque<SessionEvent>,
    last: Option<f64>,
    touched: bool,
}

impl Followed {
    /// Takes in a line; a bad one is counted. `built_at` is in milliseconds since 1970; `is_known` says whether the build
    /// has an item. An event without a time came after the build. Empty lines are none.
    pub fn take<'a>(&mut self, line: &'a [u8], built_at: i64, is_known: impl Fn(&str) -> bool) -> Option<Event<'a>> {
        self.lines += 1;
        let line = line.trim_ascii();
        if line.is_empty() {
            return None;
        }
        let read = if line.len() > LONGEST {
            Err("the line is longer than a megabyte".to_owned())
        } else {
            Event::parse(line)
        };
        let event = match read {
            Ok(event) => event,
            Err(reason) => {
                self.bad += 1;
                if self.bad_lines.len() < SHOWN {
                    self.bad_lines.push(BadLine {
                        line: self.lines,
                        reason,
                    });
                }
                return None;
            }
        };
        self.count(&event, built_at, is_known);
        Some(event)
    }

    fn count(&mut self, event: &Event<'_>, built_at: i64, is_known: impl Fn(&str) -> bool) {
        use super::Act;
        self.events += 1;
        *match event.act {
            Act::Click => &mut self.clicks,
            Act::Skip => &mut self.skips,
            Act::Watch => &mut self.watches,
            Act::Buy => &mut self.buys,
        } += 1;
        self.latest = match (self.latest, event.time) {
            (Some(latest), Some(time)) => Some(latest.max(time)),
            (latest, time) => time.or(latest),
        };
        if !self.sessions.contains_key(&*event.user) {
            self.sessions.insert(event.user.to_string(), Session::default());
        }
        let Some(session) = self.sessions.get_mut(&*event.user) else {
            return;
        };
        let is_after = event.time.is_none_or(|t| t * 1e3 > built_at as f64);
        if is_after {
            self.unseen_by_batch += 1;
            self.users_touched += usize::from(!session.touched);
            session.touched = true;
        }
        let is_new = session
            .last
            .zip(event.time)
            .is_some_and(|(last, time)| time - last > GAP);
        if is_new {
            session.events.clear();
        }
        session.last = event.time.or(session.last);
        if session.events.len() == SESSION {
            session.events.pop_front();
        }
        session.events.push_back(SessionEvent {
            act: event.act,
            item: event.item.to_string(),
        });
        if self.new.len() < MOST_NEW && !is_known(&event.item) && self.new.insert(event.item.to_string()) {
            self.new_items += 1;
        }
    }

    /// How it stands, in a line; and the last line that was none, where there was one.
    pub fn in_words(&self) -> (String, Option<String>) {
        let count = |n: u64, one: &str| {
            let end = if n == 1 { "" } else { "s" };
            format!("{} {one}{end}", crate::task::thousands(n))
        };
        let text = format!(
            "{} followed, {}, {}, {}",
            count(self.events, "event"),
            count(self.users_touched as u64, "user"),
            count(self.new_items as u64, "new item"),
            count(self.bad, "bad line")
        );
        let bad = self
            .bad_lines
            .last()
            .map(|bad| format!("line {}: {}", bad.line, crate::data::printable(&bad.reason)));
        (text, bad)
    }

    /// The session of a user, the oldest event first.
    pub fn session(&self, user: &str) -> Vec<SessionEvent> {
        let session = self.sessions.get(user);
        session.map_or_else(Vec::new, |s| s.events.iter().cloned().collect())
    }

    /// Items of events that the build does not have, by id; at most 1000.
    pub fn new_items(&self) -> impl Iterator<Item = &str> {
        self.new.iter().map(String::as_str)
    }
}
