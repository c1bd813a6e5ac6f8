//! Parquet, as Spark, pandas, polars and DuckDB write it.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::schema::types::SchemaDescriptor;

use super::super::error::LoadError;
use super::super::input::Input;
use super::super::rows::{Counting, Piece, RowFile, SAMPLE, Take, first_rows};
use super::{Format, Layout, Opening, nowhere};
use crate::task::contained;
use column::Column;

mod column;
mod known;

pub(super) const FORMAT: Format = Format {
    name: "parquet",
    title: "Parquet",
    files: "`FILE.parquet` (snappy, zstd, gzip, lz4 or not compressed)",
    recognize: nowhere,
    layout: Some(Layout { is, text: false, open }),
};

fn is(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}

struct Parquet {
    file: Arc<Opened>,
    columns: Vec<String>,
    wanted: Vec<usize>,
    group: usize,
    rows: Arc<AtomicU64>,
}

struct Opened {
    reader: Reader,
    /// Readers that nobody uses now: each has the file open for itself, since threads would move each other's place in it.
    idle: Mutex<Vec<Reader>>,
    path: PathBuf,
    shown: String,
    /// Goes when the file is closed, where it is a temporary one.
    _copy: Option<tempfile::TempPath>,
}

type Reader = SerializedFileReader<File>;

impl Opened {
    /// A reader of one's own.
    fn reader(&self) -> Result<Reader, String> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        idle.map_or_else(|| reader_of(&self.path), Ok)
    }

    fn give_back(&self, reader: Reader) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(reader);
    }
}

fn reader_of(path: &Path) -> Result<Reader, String> {
    let file = File::open(path).map_err(|e| e.to_string())?;
    SerializedFileReader::new(file).map_err(|e| e.to_string())
}

fn open(input: Input, _: &Opening<'_>) -> Result<Box<dyn RowFile>, LoadError> {
    let shown = input.name.clone();
    let (path, copy): (PathBuf, _) = input.into_file()?;
    let reader = guarded(&shown, || reader_of(&path))?;
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = names(&schema);
    Ok(Box::new(Parquet {
        wanted: (0..columns.len()).collect(),
        columns,
        file: Arc::new(Opened {
            reader,
            idle: Mutex::default(),
            path,
            shown,
            _copy: copy,
        }),
        group: 0,
        rows: Arc::default(),
    }))
}

/// What the columns are called: by the field at the top where it has one value a row or is a list, else by the whole path.
fn names(schema: &SchemaDescriptor) -> Vec<String> {
    let leaves = |top: &str| schema.columns().iter().filter(|c| c.path().parts()[0] == top).count();
    let name = |path: &[String]| match path {
        [top, ..] if leaves(top) == 1 => top.clone(),
        path => path.join("."),
    };
    schema.columns().iter().map(|c| name(c.path().parts())).collect()
}

/// Runs what reads the file. The library is not sure to survive damaged ones.
fn guarded<T>(shown: &str, read: impl FnOnce() -> Result<T, String>) -> Result<T, LoadError> {
    contained(read)
        .unwrap_or_else(|| Err("its parts do not fit together".to_owned()))
        .map_err(|why| {
            let why = why.replace('\n', " ");
            // The library names the codec that it was built without.
            let problem = if why.contains("Disabled feature") {
                format!("it is a Parquet file whose compression is not read ({why}; write it with snappy or zstd)")
            } else {
                format!("it is a Parquet file, but damaged ({why}; is the download complete?)")
            };
            let file = shown.to_owned();
            LoadError::File { file, problem }
        })
}

impl Parquet {
    /// The rows of a row group, the first of which is number `first`, or the first `most` of them.
    fn piece(&self, group: usize, first: u64, most: usize) -> Piece {
        let (file, wanted, done) = (Arc::clone(&self.file), self.wanted.clone(), Arc::clone(&self.rows));
        Box::new(move |take| {
            guarded(&file.shown, || {
                let reader = file.reader()?;
                let rows = read_group(&reader, group, &wanted, first, most, take)?;
                file.give_back(reader);
                done.fetch_add(rows, Ordering::Relaxed);
                Ok(())
            })
        })
    }

    fn rows_of(&self, group: usize) -> u64 {
        let metadata = self.file.reader.metadata();
        u64::try_from(metadata.row_group(group).num_rows()).unwrap_or(0)
    }
}

/// Rows that are decoded at once: few enough for a processor's cache.
const BATCH: usize = 8192;

fn read_group(
    reader: &Reader,
    group: usize,
    wanted: &[usize],
    first: u64,
    most: usize,
    take: &mut dyn Take,
) -> Result<u64, String> {
    let group = reader.get_row_group(group).map_err(|e| e.to_string())?;
    let rows = u64::try_from(group.metadata().num_rows()).map_err(|_| "it has a negative number of rows")?;
    let all: Result<Vec<Column>, String> = wanted.iter().map(|&column| Column::open(&*group, column)).collect();
    let mut columns = all?;
    let mut done = 0;
    while done < rows.min(most as u64) {
        let batch = (rows - done).min(BATCH as u64) as usize;
        for column in &mut columns {
            let read = column.read(batch)?;
            if read != batch {
                return Err(format!("a column has {} rows of {rows}", done + read as u64));
            }
        }
        if !column::hand_over(&columns, batch, first + done, wanted, take) {
            return Ok(done);
        }
        done += batch as u64;
    }
    Ok(done)
}

impl RowFile for Parquet {
    fn columns(&self) -> &[String] {
        &self.columns
    }

    fn sample(&mut self) -> Vec<Vec<String>> {
        let groups = self.file.reader.metadata().num_row_groups();
        let first = (0..groups).find(|&g| self.rows_of(g) > 0);
        first.map_or_else(Vec::new, |group| first_rows(self.piece(group, 1, SAMPLE)))
    }

    fn want(&mut self, columns: &[usize]) {
        self.wanted = columns.to_vec();
        self.rows = Arc::default();
    }

    fn next(&mut self) -> Result<Option<Piece>, LoadError> {
        let group = self.group;
        if group >= self.file.reader.metadata().num_row_groups() {
            return Ok(None);
        }
        self.group += 1;
        let first = 1 + (0..group).map(|g| self.rows_of(g)).sum::<u64>();
        Ok(Some(self.piece(group, first, usize::MAX)))
    }

    fn progress(&self) -> (u64, Option<u64>) {
        let rows = self.file.reader.metadata().file_metadata().num_rows();
        (self.rows.load(Ordering::Relaxed), u64::try_from(rows).ok())
    }

    fn counting(&self) -> Counting {
        Counting::Rows
    }
}
