//! A table or view of an SQLite database: `FILE.sqlite#TABLE`; tables called as those of items and users are read with it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use super::super::columns::{Role, by_alias};
use super::super::error::{LoadError, quoted};
use super::super::input::{self, Input, shown};
use super::super::records::Place as Spot;
use super::super::rows::{Cell, Counting, Piece, RowFile, SAMPLE, Take, first_rows, hand_over};
use super::super::table::{read_items, read_users};
use super::{About, Format, Layout, Opening, Place, Plan, csv_folder};

pub(super) const FORMAT: Format = Format {
    name: "sqlite",
    title: "SQLite",
    files: "`FILE.sqlite#TABLE`, a table or a view; without `#TABLE` the only one that looks like ratings; tables `movies`, `items`, `users` … with it",
    recognize,
    layout: Some(Layout { is, text: false, open }),
};

fn is(head: &[u8]) -> bool {
    head.starts_with(b"SQLite format 3\0")
}

fn recognize(place: &Place) -> Option<Plan> {
    let file = place.file.as_ref()?;
    // A pipe is not even opened.
    if !is(&input::open(file).ok()?.head) {
        return None;
    }
    let tables = Database::at(file).ok()?.tables().ok()?;
    let ratings = match &place.table {
        Some(table) => table.clone(),
        None => the_ratings(&tables).ok()?.to_owned(),
    };
    let path = |table: &str| {
        let mut path = file.clone().into_os_string();
        path.push(format!("#{table}"));
        PathBuf::from(path)
    };
    let beside = |names: &[&str]| {
        let named = |name: &&str| {
            tables
                .iter()
                .find(|t| t.name.eq_ignore_ascii_case(name) && t.name != ratings)
        };
        names.iter().find_map(named).map(|t| path(&t.name))
    };
    let plan = Plan::of(FORMAT.name, path(&ratings));
    let plan = plan.with(About::Items, beside(&csv_folder::ITEMS), read_items);
    Some(plan.with(About::Users, beside(&["users"]), read_users))
}

struct Table {
    name: String,
    columns: Vec<String>,
}

/// The only table that has columns of users and of items.
fn the_ratings(tables: &[Table]) -> Result<&str, String> {
    let named = |table: &&Table| {
        let known = |role| by_alias(&table.columns, role).is_some();
        known(Role::User) && known(Role::Item)
    };
    let found: Vec<&Table> = tables.iter().filter(named).collect();
    let list = |tables: &[&Table]| {
        let names: Vec<String> = tables.iter().take(10).map(|t| quoted(t.name.as_bytes())).collect();
        names.join(", ")
    };
    match found[..] {
        [one] => Ok(&one.name),
        [] if tables.is_empty() => Err("the database has no tables".to_owned()),
        [] => {
            let all: Vec<&Table> = tables.iter().collect();
            Err(format!(
                "no table has columns of users and items (name one of {} behind #)",
                list(&all)
            ))
        }
        _ => Err(format!(
            "several tables may be the ratings (name one behind #: {})",
            list(&found)
        )),
    }
}

/// A database, opened for reading alone.
struct Database(Connection);

impl Database {
    fn at(file: &Path) -> Result<Self, rusqlite::Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self(Connection::open_with_flags(file, flags)?))
    }

    /// All tables and views but SQLite's own, in the order in which they were made.
    fn tables(&self) -> Result<Vec<Table>, rusqlite::Error> {
        let own =
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
        let mut statement = self.0.prepare(own)?;
        let names: Result<Vec<String>, _> = statement.query_map([], |row| row.get(0))?.collect();
        // The names of a prepared query's columns may panic where they are no text.
        let mut columns = self.0.prepare("SELECT name FROM pragma_table_info(?1)")?;
        let table = |name: String| {
            let columns: Result<Vec<String>, _> = columns.query_map([&name], |row| row.get(0))?.collect();
            let columns = columns?;
            Ok(Table { name, columns })
        };
        names?.into_iter().map(table).collect()
    }
}

fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A table that is read by a thread of its own: what holds its place in the database cannot be handed about.
struct Sqlite {
    path: PathBuf,
    shown: String,
    /// Goes when the file is closed, where it is a temporary one.
    _copy: Option<tempfile::TempPath>,
    table: String,
    columns: Vec<String>,
    wanted: Vec<usize>,
    batches: Option<Receiver<Result<Batch, String>>>,
    rows: u64,
    total: u64,
}

fn open(input: Input, opening: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    let name = input.name.clone();
    let (path, copy) = input.into_file()?;
    let fail = |problem: String| LoadError::File {
        file: name.clone(),
        problem,
    };
    let database = Database::at(&path).map_err(|e| fail(in_words(&e)))?;
    let tables = database.tables().map_err(|e| fail(in_words(&e)))?;
    let table = match opening.table {
        Some(table) => table,
        None => the_ratings(&tables).map_err(fail)?,
    };
    let Some(table) = tables.iter().find(|t| t.name.eq_ignore_ascii_case(table)) else {
        let names: Vec<String> = tables.iter().take(10).map(|t| quoted(t.name.as_bytes())).collect();
        let (wanted, known) = (quoted(table.as_bytes()), names.join(", "));
        return Err(fail(format!("the database has no table {wanted} (there are {known})")));
    };
    let count = format!("SELECT count(*) FROM {}", identifier(&table.name));
    let total: i64 = database
        .0
        .query_row(&count, [], |row| row.get(0))
        .map_err(|e| fail(in_words(&e)))?;
    Ok(Box::new(Sqlite {
        path,
        shown: format!("{}#{}", shown(opening.path), table.name),
        _copy: copy,
        table: table.name.clone(),
        wanted: (0..table.columns.len()).collect(),
        columns: table.columns.clone(),
        batches: None,
        rows: 0,
        total: u64::try_from(total).unwrap_or(0),
    }))
}

/// What the database says is wrong.
fn in_words(error: &rusqlite::Error) -> String {
    let why = error.to_string().replace('\n', " ");
    format!(
        "it is an SQLite database that cannot be read ({why}; is the download complete, or a program writing to it?)"
    )
}

/// A cell that outlives the row.
enum Owned {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    /// Bytes that are no text.
    Bytes,
}

#[derive(Default)]
struct Batch {
    /// Row by row.
    cells: Vec<Owned>,
    width: usize,
}

/// Rows that are handed on at once, and how many such batches may wait.
const BATCH: usize = 8192;
const WAITING: usize = 4;

impl Batch {
    fn add(&mut self, row: &Row<'_>) -> Result<(), rusqlite::Error> {
        for column in 0..self.width {
            self.cells.push(match row.get_ref(column)? {
                ValueRef::Null => Owned::Null,
                ValueRef::Integer(n) => Owned::Integer(n),
                ValueRef::Real(x) => Owned::Real(x),
                ValueRef::Text(text) | ValueRef::Blob(text) => match std::str::from_utf8(text) {
                    Ok(text) => Owned::Text(text.to_owned()),
                    Err(_) => Owned::Bytes,
                },
            });
        }
        Ok(())
    }

    /// Hands over the rows, the first of which is number `first`.
    fn hand_over(&self, first: u64, wanted: &[usize], take: &mut dyn Take) {
        let all: Vec<usize> = (0..self.width).collect();
        for (number, row) in (first..).zip(self.cells.chunks(self.width.max(1))) {
            let place = |n: usize| Spot {
                line: number,
                column: wanted.get(n).map_or(1, |&column| column as u64 + 1),
            };
            let broken = row.iter().position(|cell| matches!(cell, Owned::Bytes));
            let cell = |n: usize| match &row[n] {
                Owned::Null | Owned::Bytes => Cell::Missing,
                Owned::Integer(n) => Cell::Integer(*n),
                Owned::Real(x) => Cell::Number(*x),
                Owned::Text(text) => Cell::Text(text),
            };
            let more = match broken {
                Some(n) => take.bad(place(n), "the value is neither a number nor text in UTF-8".to_owned()),
                None => hand_over(&all, cell, &place, take),
            };
            if !more {
                return;
            }
        }
    }
}

/// The first `most` rows of a table, in batches, to `each`, until it wants no more.
fn read_table(
    path: &Path,
    table: &str,
    columns: &[String],
    most: usize,
    each: &mut dyn FnMut(Batch) -> bool,
) -> Result<(), rusqlite::Error> {
    let database = Database::at(path)?;
    let names: Vec<String> = columns.iter().map(|c| identifier(c)).collect();
    let query = format!("SELECT {} FROM {}", names.join(", "), identifier(table));
    let mut statement = database.0.prepare(&query)?;
    let mut rows = statement.query([])?;
    let empty = || Batch {
        cells: Vec::new(),
        width: columns.len(),
    };
    let (mut batch, mut read) = (empty(), 0);
    while read < most
        && let Some(row) = rows.next()?
    {
        batch.add(row)?;
        read += 1;
        if read.is_multiple_of(BATCH) && !each(std::mem::replace(&mut batch, empty())) {
            return Ok(());
        }
    }
    if !batch.cells.is_empty() {
        each(batch);
    }
    Ok(())
}

impl Sqlite {
    fn wanted_names(&self) -> Vec<String> {
        self.wanted.iter().map(|&column| self.columns[column].clone()).collect()
    }

    /// Starts to read.
    fn start(&self) -> Receiver<Result<Batch, String>> {
        let (sender, receiver) = sync_channel(WAITING);
        let (path, table, columns) = (self.path.clone(), self.table.clone(), self.wanted_names());
        thread::spawn(move || {
            // Where nobody listens any more, reading ends.
            let read = read_table(&path, &table, &columns, usize::MAX, &mut |batch| {
                sender.send(Ok(batch)).is_ok()
            });
            if let Err(error) = read {
                let _ = sender.send(Err(in_words(&error)));
            }
        });
        receiver
    }
}

impl RowFile for Sqlite {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        let (mut first, wanted) = (None, self.wanted.clone());
        // What is wrong comes again when the rows are read.
        let _ = read_table(&self.path, &self.table, &self.wanted_names(), SAMPLE, &mut |batch| {
            first = Some(batch);
            false
        });
        first.map_or_else(Vec::new, |batch| {
            first_rows(Box::new(move |take| {
                batch.hand_over(1, &wanted, take);
                Ok(())
            }))
        })
    }

    fn want(&mut self, columns: &[usize]) {
        self.wanted = columns.to_vec();
    }

    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        let batches = match self.batches.take() {
            Some(batches) => batches,
            None => self.start(),
        };
        let next = batches.recv();
        self.batches = Some(batches);
        let batch = match next {
            // The thread has ended.
            Err(_) => return Ok(None),
            Ok(batch) => batch.map_err(|problem| LoadError::File {
                file: self.shown.clone(),
                problem,
            })?,
        };
        let (first, wanted) = (self.rows + 1, self.wanted.clone());
        self.rows += (batch.cells.len() / batch.width.max(1)) as u64;
        Ok(Some(Box::new(move |take| {
            batch.hand_over(first, &wanted, take);
            Ok(())
        })))
    }

    fn progress(&self) -> (u64, Option<u64>) {
        (self.rows, Some(self.total))
    }

    fn counting(&self) -> Counting {
        Counting::Rows
    }
}
