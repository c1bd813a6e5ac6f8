//! Files that grow line by line, and survive being stopped in the middle of one.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// A file of lines, open to be written on by nobody else.
#[derive(Debug)]
pub struct Lines {
    file: File,
    /// Where the next line begins, if something unfinished stands there.
    cut: Option<u64>,
}

/// What a file of lines holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// The whole lines, without their ends.
    pub lines: Vec<Vec<u8>>,
    /// What stands behind the last line end: it was not finished.
    pub rest: Vec<u8>,
}

impl Lines {
    /// Opens the file, or begins it. Nothing in it is changed by that.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] where somebody else is writing on it; it is no file, or cannot be read or written.
    pub fn open(path: &Path) -> io::Result<(Self, Held)> {
        if path.exists() && !path.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path)?;
        if file.try_lock().is_err() {
            return Err(io::Error::new(
                io::ErrorKind::WouldBlock,
                "another program is writing on it",
            ));
        }
        file.seek(SeekFrom::Start(0))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let held = Held::of(&bytes);
        let whole = bytes.len() - held.rest.len();
        let cut = (!held.rest.is_empty()).then_some(whole as u64);
        Ok((Self { file, cut }, held))
    }

    /// Appends lines in one piece, each of which must end with a line end. What was not finished before is taken away.
    pub fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        if let Some(whole) = self.cut.take() {
            self.file.set_len(whole)?;
        }
        self.file.write_all(lines)
    }
}

impl Held {
    /// Of the contents of a file.
    pub fn of(bytes: &[u8]) -> Self {
        let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let rest = lines.pop().unwrap_or_default();
        Self { lines, rest }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn half_a_line_is_taken_away_by_the_next_and_by_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("lines");
        let (mut lines, held) = Lines::open(&path).unwrap();
        assert_eq!(held, Held::default());
        lines.append(b"one\ntwo\n").unwrap();
        // Nobody else may write on it meanwhile.
        assert_eq!(Lines::open(&path).unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(lines);
        fs::write(&path, "one\ntwo\nthr").unwrap();
        let (mut lines, held) = Lines::open(&path).unwrap();
        assert_eq!((held.lines.len(), held.rest.as_slice()), (2, b"thr".as_slice()));
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthr");
        lines.append(b"three\n").unwrap();
        lines.append(b"four\n").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\nfour\n");
        assert!(Lines::open(place.path()).is_err());
    }
}
