//! The file that trials are kept in, a JSON line each: what was tried before is not tried again.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{Trial, Tuned};
use crate::data::clean_label;
use crate::task::Lines;

/// What trials belong to; those of anything else are no use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The identity of the data, in hexadecimal.
    pub data: String,
    pub split: String,
    pub metric: String,
    /// Which test items are relevant, where not all are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relevant: Option<String>,
    pub seed: u64,
}

/// The first line.
#[derive(Serialize, Deserialize)]
struct Head {
    schema: u32,
    tune: Identity,
}

/// A file of trials, open to be written on.
pub struct Journal {
    lines: Lines,
    /// How it is called where something is said of it.
    name: String,
}

/// What a file of trials holds.
#[derive(Debug, Default)]
pub struct Kept {
    pub trials: Vec<Trial>,
    /// What had to be left out, or should be known.
    pub notes: Vec<String>,
}

impl Journal {
    /// Opens the file, or begins it. A last line that was not finished is left out.
    ///
    /// # Errors
    /// A sentence: it cannot be read or written, somebody else is writing on it, it is no such file, or its trials are of
    /// something else.
    pub fn open(path: &Path, identity: &Identity) -> Result<(Self, Kept), String> {
        let name = clean_label(&path.to_string_lossy()).into_owned();
        let opened = Lines::open(path);
        let (lines, held) = opened.map_err(|error| format!("{name}: {error}; name another file for the trials"))?;
        let head = Head {
            schema: 1,
            tune: identity.clone(),
        };
        let is_begun = !held.lines.is_empty();
        let mut journal = Self { lines, name };
        if !is_begun && !held.rest.is_empty() && !held.rest.starts_with(b"{\"schema\":1,\"tune\":") {
            return Err(foreign(&journal.name));
        }
        let mut kept = read(&held.lines, &journal.name, identity)?;
        if !held.rest.is_empty() {
            let (name, number) = (&journal.name, held.lines.len() + 1);
            kept.notes
                .push(format!("{name}:{number}: the line was not finished; it is left out"));
        }
        if !is_begun {
            journal.line(&head)?;
        }
        Ok((journal, kept))
    }

    /// Appends a trial.
    ///
    /// # Errors
    /// A sentence where it cannot be written.
    pub fn trial(&mut self, trial: &Trial) -> Result<(), String> {
        self.line(trial)
    }

    /// Appends what came out in the end.
    ///
    /// # Errors
    /// As [`Journal::trial`].
    pub fn result(&mut self, tuned: &Tuned) -> Result<(), String> {
        self.line(tuned)
    }

    /// A line, in one piece: a reader never sees half of it unless the program was stopped within the write.
    fn line(&mut self, value: &impl Serialize) -> Result<(), String> {
        let failed = |error: io::Error| format!("{}: it cannot be written ({error})", self.name);
        let mut line = serde_json::to_vec(value).map_err(|error| failed(error.into()))?;
        line.push(b'\n');
        self.lines.append(&line).map_err(failed)
    }
}

fn foreign(name: &str) -> String {
    format!("{name}:1: it does not begin as a file of trials does; name another file")
}

/// The trials in whole lines.
fn read(lines: &[Vec<u8>], name: &str, identity: &Identity) -> Result<Kept, String> {
    let mut kept = Kept::default();
    let mut results = 0;
    for (at, line) in lines.iter().enumerate() {
        if at == 0 {
            let head: Head = serde_json::from_slice(line).map_err(|_| foreign(name))?;
            if head.tune != *identity {
                return Err(other(name, &head.tune, identity));
            }
            continue;
        }
        if line.is_empty() {
            continue;
        }
        if let Ok(trial) = serde_json::from_slice::<Trial>(line) {
            kept.trials.push(trial);
        } else if serde_json::from_slice::<Winner>(line).is_ok() {
            results += 1;
        } else {
            kept.notes.push(format!(
                "{name}:{}: the line is no trial and no result; it is left out",
                at + 1
            ));
        }
    }
    if results > 0 {
        let times = if results == 1 {
            "once".to_owned()
        } else {
            format!("{results} times")
        };
        kept.notes.push(format!(
            "{name}: the test part was touched {times} before; figures on it that are looked at again and again grow too good"
        ));
    }
    Ok(kept)
}

/// A line with a result.
#[derive(Deserialize)]
struct Winner {
    #[serde(rename = "winner")]
    _winner: String,
}

/// In what the trials of a file are other than those to come.
fn other(name: &str, was: &Identity, is: &Identity) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "all".to_owned());
    let pairs = [
        ("split", was.split.clone(), is.split.clone()),
        ("metric", was.metric.clone(), is.metric.clone()),
        ("relevant", text(&was.relevant), text(&is.relevant)),
        ("seed", was.seed.to_string(), is.seed.to_string()),
    ];
    let other = pairs.into_iter().find(|(_, was, is)| was != is);
    let what = other.map_or_else(
        || "of other data".to_owned(),
        |(what, was, is)| format!("of {what} {}, not {is}", clean_label(&was)),
    );
    format!("{name}: its trials are {what}; name another file")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn identity() -> Identity {
        Identity {
            data: "00ff".into(),
            split: "random:seed=1".into(),
            metric: "ndcg@10".into(),
            relevant: None,
            seed: 1,
        }
    }

    fn trial(trial: usize) -> Trial {
        Trial {
            trial,
            formula: "ease".into(),
            rung: 0,
            validation: Some(0.25),
            seconds: 0.5,
            reason: None,
        }
    }

    #[test]
    fn what_was_killed_within_a_line_goes_on_after_the_last_whole_one() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("trials.jsonl");
        let (mut journal, kept) = Journal::open(&path, &identity()).unwrap();
        assert!(kept.trials.is_empty() && kept.notes.is_empty());
        journal.trial(&trial(1)).unwrap();
        // Nobody else may write on it meanwhile.
        assert!(
            Journal::open(&path, &identity())
                .err()
                .unwrap()
                .contains("another program")
        );
        drop(journal);
        let whole = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{whole}{{\"trial\":2,\"for")).unwrap();
        let (mut journal, kept) = Journal::open(&path, &identity()).unwrap();
        assert_eq!(kept.trials, [trial(1)]);
        assert!(
            kept.notes[0].ends_with(":3: the line was not finished; it is left out"),
            "{:?}",
            kept.notes
        );
        journal.trial(&trial(2)).unwrap();
        drop(journal);
        let (_, kept) = Journal::open(&path, &identity()).unwrap();
        assert_eq!((kept.trials.len(), kept.notes.len()), (2, 0));
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn trials_of_something_else_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("trials.jsonl");
        drop(Journal::open(&path, &identity()).unwrap());
        let refused = |identity: Identity| Journal::open(&path, &identity).err().unwrap();
        let seed = Identity { seed: 2, ..identity() };
        assert!(refused(seed).contains("of seed 1, not 2; name another file"));
        let data = Identity {
            data: "0".into(),
            ..identity()
        };
        assert!(refused(data).contains("of other data"));
        for text in ["user,item\n1,2\n", "no line"] {
            fs::write(&path, text).unwrap();
            assert!(refused(identity()).contains(":1: it does not begin"), "{text}");
            // It is left as it was.
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert!(
            Journal::open(place.path(), &identity())
                .err()
                .unwrap()
                .contains("no file")
        );
    }

    #[test]
    fn lines_that_mean_nothing_and_earlier_results_are_told() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("trials.jsonl");
        drop(Journal::open(&path, &identity()).unwrap());
        let head = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{head}nonsense\n{{\"winner\":\"ease\"}}\n")).unwrap();
        let (_, kept) = Journal::open(&path, &identity()).unwrap();
        assert_eq!(kept.notes.len(), 2);
        assert!(kept.notes[0].contains(":2: the line is no trial"));
        assert!(kept.notes[1].contains("touched once before"));
    }
}
