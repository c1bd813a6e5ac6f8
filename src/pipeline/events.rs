//! Events as lines of JSON: what users do, read, and what they were shown, written with the probability of each choice.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Act, Response};

/// Something that a user did.
#[derive(Clone, Debug, PartialEq)]
pub struct Event<'a> {
    pub user: Cow<'a, str>,
    pub act: Act,
    pub item: Cow<'a, str>,
    /// Seconds since 1970, where it says so.
    pub time: Option<f64>,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, alias = "user_id", alias = "userId")]
    user: Id<'a>,
    #[serde(borrow, alias = "type", alias = "event_type", alias = "act", alias = "action")]
    event: Cow<'a, str>,
    #[serde(borrow, alias = "item_id", alias = "itemId")]
    item: Id<'a>,
    #[serde(alias = "timestamp", alias = "ts")]
    time: Option<f64>,
}

/// An id, which JSON may have as a number: kept as it is written.
struct Id<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reads;
        impl<'de> Visitor<'de> for Reads {
            type Value = Id<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an id: text or a whole number")
            }

            fn visit_borrowed_str<E: de::Error>(self, id: &'de str) -> Result<Id<'de>, E> {
                Ok(Id(Cow::Borrowed(id)))
            }

            fn visit_str<E: de::Error>(self, id: &str) -> Result<Id<'de>, E> {
                Ok(Id(Cow::Owned(id.to_owned())))
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<Id<'de>, E> {
                Ok(Id(Cow::Owned(id.to_string())))
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<Id<'de>, E> {
                Ok(Id(Cow::Owned(id.to_string())))
            }
        }
        from.deserialize_any(Reads)
    }
}

impl<'a> Event<'a> {
    /// Reads one line, `{"user":"7","event":"click","item":"50","time":978300760}`; the time may be missing, and other keys
    /// are ignored.
    ///
    /// # Errors
    /// What is wrong with it, in a few words.
    pub fn parse(line: &'a [u8]) -> Result<Self, String> {
        let raw: Raw<'a> = serde_json::from_slice(line).map_err(|e| {
            let said = e.to_string();
            // The line is always the first: the reader counts its own.
            said.replace(" at line 1 column ", " at column ")
        })?;
        let act = Act::find(&raw.event).ok_or_else(|| {
            let names = Act::ALL.map(Act::name).join(", ");
            format!("{:?} is none of {names}", crate::data::printable(&raw.event))
        })?;
        if raw.user.0.is_empty() || raw.item.0.is_empty() {
            return Err("an id is empty".to_owned());
        }
        Ok(Self {
            user: raw.user.0,
            act,
            item: raw.item.0,
            time: raw.time.filter(|t| t.is_finite()),
        })
    }
}

/// One item that was shown, as the log has it. `ope` reads `action`, `reward` and `propensity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Seconds since 1970.
    pub time: i64,
    pub user: String,
    /// The build that answered.
    pub version: u64,
    pub position: usize,
    /// The item.
    pub action: String,
    /// 1 as soon as it was clicked, watched or bought.
    pub reward: u8,
    pub propensity: f64,
    /// The rule of the slot in which it stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
}

impl Shown {
    /// What an answer shows.
    pub fn of(response: &Response, now: i64) -> Vec<Self> {
        let shown = |item: &super::Listed| Self {
            time: now,
            user: response.user.clone(),
            version: response.version,
            position: item.rank,
            action: item.id.clone(),
            reward: 0,
            propensity: item.propensity,
            slot: item.rule.clone().filter(|_| item.by == "slot"),
        };
        response.items.iter().map(shown).collect()
    }
}

/// A log of what was shown. It only grows, but for one thing: a reward of 0 becomes 1 where it stands.
pub struct Log {
    file: File,
    /// Where the reward of what a user was shown last stands, and the slot it was in: by user and item.
    open: HashMap<(String, String), u64>,
    end: u64,
}

/// What a log's slots have shown and what came of it: slot, item, shows, clicks.
pub type Past = Vec<(String, String, u64, u64)>;

const REWARD: &str = "\"reward\":0";

impl Log {
    /// Opens a log, or begins one; returns what its slots have shown so far. A last line that was cut off is taken
    /// away.
    ///
    /// # Errors
    /// It can't be read or written; a line is none of this log, with its number.
    pub fn open(path: &Path) -> io::Result<(Self, Past)> {
        let file = OpenOptions::new()
            .read(true)
            .append(false)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        let mut log = Self {
            file,
            open: HashMap::new(),
            end: 0,
        };
        let mut past: HashMap<(String, String), (u64, u64)> = HashMap::new();
        let mut reader = BufReader::with_capacity(1 << 16, log.file.try_clone()?);
        let (mut line, mut number) = (Vec::new(), 0);
        while reader.by_ref().read_until(b'\n', &mut line)? > 0 {
            number += 1;
            let is_cut = line.last() != Some(&b'\n');
            match serde_json::from_slice::<Shown>(&line) {
                Ok(shown) => {
                    if let Some(slot) = &shown.slot {
                        let counts = past.entry((slot.clone(), shown.action.clone())).or_default();
                        counts.0 += 1;
                        counts.1 += u64::from(shown.reward);
                    }
                    log.note(&line, shown.user, shown.action);
                    log.end += line.len() as u64;
                    if is_cut {
                        log.file.seek(SeekFrom::End(0))?;
                        log.file.write_all(b"\n")?;
                        log.end += 1;
                    }
                }
                // Whoever wrote it was killed.
                Err(_) if is_cut && line.starts_with(b"{\"") => log.file.set_len(log.end)?,
                Err(e) => {
                    let what = format!("line {number} is none of this log ({e})");
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
            }
            line.clear();
        }
        let past = past
            .into_iter()
            .map(|((slot, item), (shows, clicks))| (slot, item, shows, clicks));
        let mut past: Past = past.collect();
        past.sort();
        Ok((log, past))
    }

    /// Remembers where the reward of a line that begins at the end stands, where it is 0.
    fn note(&mut self, line: &[u8], user: String, item: String) {
        let found = line.windows(REWARD.len()).position(|w| w == REWARD.as_bytes());
        if let Some(at) = found {
            let at = self.end + (at + REWARD.len() - 1) as u64;
            self.open.insert((user, item), at);
        } else {
            self.open.remove(&(user, item));
        }
    }

    /// Writes down what was shown, at once.
    ///
    /// # Errors
    /// It can't be written.
    pub fn append(&mut self, shown: &[Shown]) -> io::Result<()> {
        let mut text = Vec::new();
        let begun = self.end;
        for one in shown {
            let mut line = serde_json::to_vec(one)?;
            line.push(b'\n');
            self.note(&line, one.user.clone(), one.action.clone());
            self.end += line.len() as u64;
            text.extend_from_slice(&line);
        }
        self.file.seek(SeekFrom::Start(begun))?;
        self.file.write_all(&text)
    }

    /// The user clicked, watched or bought an item: where it was shown to them and had no reward yet, it has one now.
    ///
    /// # Errors
    /// It can't be written.
    pub fn reward(&mut self, user: &str, item: &str) -> io::Result<bool> {
        let Some(at) = self.open.remove(&(user.to_owned(), item.to_owned())) else {
            return Ok(false);
        };
        self.file.seek(SeekFrom::Start(at))?;
        self.file.write_all(b"1")?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(user: &str, item: &str, slot: Option<&str>) -> Shown {
        Shown {
            time: 5,
            user: user.to_owned(),
            version: 1,
            position: 1,
            action: item.to_owned(),
            reward: 0,
            propensity: 0.25,
            slot: slot.map(str::to_owned),
        }
    }

    #[test]
    fn a_reward_is_written_where_the_item_was_shown_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        let (mut log, past) = Log::open(&path).unwrap();
        assert!(past.is_empty());
        // An id that looks like a reward.
        let odd = "\"reward\":0";
        log.append(&[shown("a", "1", Some("new")), shown("a", odd, None)])
            .unwrap();
        log.append(&[shown("a", "1", Some("new")), shown("b", "1", None)])
            .unwrap();
        assert!(log.reward("a", "1").unwrap());
        // Once is enough, and nobody was shown this.
        assert!(!log.reward("a", "1").unwrap() && !log.reward("c", "1").unwrap());
        let read = || -> Vec<Shown> {
            let text = std::fs::read_to_string(&path).unwrap();
            text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
        };
        assert_eq!(read().iter().map(|s| s.reward).collect::<Vec<_>>(), [0, 0, 1, 0]);
        // Opened again, it goes on where it was; a line that was cut off is gone.
        drop(log);
        let half = "{\"time\":5,\"user\":\"a";
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .unwrap()
            .write_all(half.as_bytes())
            .unwrap();
        let (mut log, past) = Log::open(&path).unwrap();
        assert_eq!(past, [("new".to_owned(), "1".to_owned(), 2, 1)]);
        assert!(log.reward("a", odd).unwrap() && log.reward("b", "1").unwrap());
        log.append(&[shown("d", "9", None)]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let good: Vec<Shown> = text.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(good.iter().map(|s| s.reward).collect::<Vec<_>>(), [0, 1, 1, 1, 0]);
        assert_eq!(good[1].action, odd);
    }

    #[test]
    fn what_is_no_log_is_not_written_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt");
        std::fs::write(&path, "dear diary\n").unwrap();
        assert!(Log::open(&path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "dear diary\n");
    }

    #[test]
    fn events_are_read_under_the_names_that_logs_use() {
        let read = |line: &str| {
            Event::parse(line.as_bytes()).map(|e| (e.user.into_owned(), e.act, e.item.into_owned(), e.time))
        };
        let seven = |time| Ok(("7".to_owned(), Act::Buy, "5\u{e9}".to_owned(), time));
        assert_eq!(
            read("{\"user\":7,\"event\":\"buy\",\"item\":\"5\u{e9}\",\"time\":3.5,\"more\":[1]}"),
            seven(Some(3.5))
        );
        assert_eq!(
            read("{\"user_id\":\"7\",\"type\":\"purchase\",\"itemId\":\"5\\u00e9\"}"),
            seven(None)
        );
        for wrong in [
            "",
            "[]",
            "{}",
            "{\"user\":1.5,\"event\":\"buy\",\"item\":1}",
            "{\"user\":\"\",\"event\":\"buy\",\"item\":1}",
            "\u{0}",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
