//! One table in several files, read one behind the other: a folder of `part-…` files as Spark writes it, in any format, or
//! whatever files a format names.

use std::path::{Path, PathBuf};
use std::vec;

use super::super::error::LoadError;
use super::super::input::{short_name, shown};
use super::super::rows::{Counting, Opened, Piece, RowFile};
use super::text_rows::{Form, TextRows};
use super::{Format, How, Place, Plan, delimited, open as open_file};

pub(super) const FORMAT: Format = Format {
    name: "delimited, json, parquet",
    title: "one table in parts, as Spark writes it",
    files: "`part-…`, of any format; columns as in the first of them",
    recognize,
    layout: None,
};

fn recognize(place: &Place) -> Option<Plan> {
    if place.file.is_some() {
        return None;
    }
    let parts = place.all(|name| name.starts_with("part-"));
    let (first, more) = parts.split_first()?;
    let mut plan = Plan::of(delimited::FORMAT.name, first.clone());
    plan.more = more.to_vec();
    Some(plan)
}

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
pub(super) fn open(path: &Path, files: &[PathBuf], how: &How) -> Result<Opened, LoadError> {
    let mut rest = files.iter();
    let opened = rest.by_ref().find_map(|part| open_part(part, None, how).transpose());
    let current = opened.unwrap_or_else(|| {
        Err(LoadError::File {
            file: shown(path),
            problem: "it has no parts with rows".to_owned(),
        })
    })?;
    let columns = current.file.columns().to_vec();
    let parts = Parts {
        wanted: (0..columns.len()).collect(),
        columns,
        current,
        rest: rest.cloned().collect::<Vec<_>>().into_iter(),
        how: how.clone(),
        done: 0,
    };
    Ok(Opened::Rows(parts.current.format, shown(path), Box::new(parts)))
}

/// A part that was opened.
struct Part {
    format: &'static str,
    shown: String,
    file: Box<dyn RowFile>,
    /// Of delimited text.
    form: Option<Form>,
}

/// Opens a part, as the first one was where that is known; `None` where it is blank text.
fn open_part(path: &Path, form: Option<&Form>, how: &How) -> Result<Option<Part>, LoadError> {
    let input = match open_file(path, how)? {
        Opened::Rows(format, shown, file) => {
            return Ok(Some(Part {
                format,
                shown,
                file,
                form: None,
            }));
        }
        Opened::Text(input) => input,
    };
    let shown = input.name.clone();
    Ok(TextRows::open(input, form, how)?.map(|text| Part {
        format: delimited::FORMAT.name,
        shown,
        form: Some(text.form().clone()),
        file: Box::new(text),
    }))
}

struct Parts {
    columns: Vec<String>,
    wanted: Vec<usize>,
    current: Part,
    rest: vec::IntoIter<PathBuf>,
    how: How,
    /// What was read of the parts before it.
    done: u64,
}

impl Parts {
    /// Goes on with the next part; `false` where there is none.
    fn advance(&mut self) -> Result<bool, LoadError> {
        let mut next = None;
        while next.is_none() {
            let Some(path) = self.rest.next() else { return Ok(false) };
            next = open_part(&path, self.current.form.as_ref(), &self.how)?;
        }
        let Some(mut part) = next else { return Ok(false) };
        self.done += self.current.file.progress().0;
        let columns = part.file.columns();
        let place = |&w: &usize| columns.iter().position(|c| *c == self.columns[w]);
        let places: Option<Vec<usize>> = self.wanted.iter().map(place).collect();
        let Some(places) = places else {
            let problem = format!(
                "its columns are not those of the part before it ({})",
                self.columns.join(", ")
            );
            return Err(LoadError::File {
                file: part.shown,
                problem,
            });
        };
        part.file.want(&places);
        self.current = part;
        Ok(true)
    }
}

impl RowFile for Parts {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        self.current.file.sample()
    }

    fn want(&mut self, columns: &[usize]) {
        self.wanted = columns.to_vec();
        self.current.file.want(columns);
    }

    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        loop {
            if let Some(piece) = self.current.file.next()? {
                let part = short_name(Path::new(&self.current.shown));
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
        (self.done + self.current.file.progress().0, None)
    }

    fn counting(&self) -> Counting {
        self.current.file.counting()
    }

    fn is_ordered(&self) -> bool {
        self.current.file.is_ordered()
    }

    fn is_headless(&self) -> bool {
        self.current.file.is_headless()
    }

    fn remarks(&mut self) -> Vec<String> {
        self.current.file.remarks()
    }
}
