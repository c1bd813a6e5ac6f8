//! One table in several files, read one behind the other: a folder of `part-…` files as Spark writes it, or whatever files a
//! format names.

use std::path::{Path, PathBuf};
use std::vec;

use super::super::error::LoadError;
use super::super::input::{short_name, shown};
use super::super::rows::{Counting, Opened, Piece, RowFile};
use super::{How, open as open_file};

/// The parts in a folder by name, what else Spark puts beside them left out.
pub(super) fn of_folder(folder: &Path) -> Vec<PathBuf> {
    let is_part = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("part-") && path.is_file()
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut parts: Vec<PathBuf> = entries.map(|e| e.path()).filter(is_part).collect();
    parts.sort_unstable();
    parts
}

/// Whether parts of a table stand in a folder of that name.
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() && !of_folder(path).is_empty()
}

/// Opens the table behind `path`, which consists of `files`.
pub(super) fn open(path: &Path, files: &[PathBuf], how: How) -> Result<Opened, LoadError> {
    let [first, rest @ ..] = files else {
        return Err(LoadError::File {
            file: shown(path),
            problem: "it has no parts".to_owned(),
        });
    };
    let (format, shown, current) = open_part(first, how)?;
    let columns = current.columns().to_vec();
    let parts = Parts {
        wanted: (0..columns.len()).collect(),
        columns,
        current,
        shown,
        rest: Vec::from(rest).into_iter(),
        how,
        done: 0,
    };
    Ok(Opened::Rows(format, super::super::input::shown(path), Box::new(parts)))
}

fn open_part(path: &Path, how: How) -> Result<(&'static str, String, Box<dyn RowFile>), LoadError> {
    match open_file(path, how)? {
        Opened::Rows(format, shown, file) => Ok((format, shown, file)),
        Opened::Text(input) => Err(LoadError::File {
            file: input.name,
            problem: "delimited text is not read in parts (put them into one file first)".to_owned(),
        }),
    }
}

struct Parts {
    columns: Vec<String>,
    wanted: Vec<usize>,
    current: Box<dyn RowFile>,
    /// The current part as a person may see it.
    shown: String,
    rest: vec::IntoIter<PathBuf>,
    how: How,
    /// What was read of the parts before it.
    done: u64,
}

impl Parts {
    /// Goes on with the next part; `false` where there is none.
    fn advance(&mut self) -> Result<bool, LoadError> {
        let Some(path) = self.rest.next() else { return Ok(false) };
        self.done += self.current.progress().0;
        let (_, shown, mut file) = open_part(&path, self.how)?;
        let places: Option<Vec<usize>> = self
            .wanted
            .iter()
            .map(|&w| file.columns().iter().position(|c| *c == self.columns[w]))
            .collect();
        let Some(places) = places else {
            let problem = format!(
                "its columns are not those of the part before it ({})",
                self.columns.join(", ")
            );
            return Err(LoadError::File { file: shown, problem });
        };
        file.want(&places);
        self.current = file;
        self.shown = shown;
        Ok(true)
    }
}

impl RowFile for Parts {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        self.current.sample()
    }

    fn want(&mut self, columns: &[usize]) {
        self.wanted = columns.to_vec();
        self.current.want(columns);
    }

    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        loop {
            if let Some(piece) = self.current.next()? {
                let part = short_name(Path::new(&self.shown));
                return Ok(Some(Box::new(move |take| {
                    take.part(&part);
                    piece(take)
                })));
            }
            if !self.advance()? {
                return Ok(None);
            }
        }
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.done + self.current.progress().0, None)
    }

    fn counting(&self) -> Counting {
        self.current.counting()
    }

    fn is_ordered(&self) -> bool {
        self.current.is_ordered()
    }

    fn remarks(&mut self) -> Vec<String> {
        self.current.remarks()
    }
}
