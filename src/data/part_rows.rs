//! Tables in Parquet read row by row with all their columns, lists among them: a file, or a folder of parts as Spark writes
//! it. For what is no table of ratings; those take the road of columns in `load`.

use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use super::LoadError;
use super::text::clean_label;
use crate::task::{Task, contained};

/// A row of such a table.
pub struct PartRow(Row);

/// The Parquet files of a folder as Spark writes it, in the order of their names; a file by itself.
pub fn part_files(path: &Path) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|e| e.path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")));
    files.sort();
    files
}

/// The columns of the first part; none where it can't be read.
pub fn part_columns(path: &Path) -> Vec<String> {
    let first = part_files(path).into_iter().next();
    let read = first.and_then(|file| {
        let shown = shown(&file);
        let names = |reader: SerializedFileReader<File>| {
            let schema = reader.metadata().file_metadata().schema().get_fields().to_vec();
            Ok(schema.iter().map(|field| field.name().to_owned()).collect())
        };
        guarded(&shown, || opened(&file).and_then(names)).ok()
    });
    read.unwrap_or_default()
}

/// Calls `each` with every row of a file, or of a folder's files in order.
///
/// # Errors
/// What is wrong with a file, or what `each` says, with file and row; cancelled.
pub fn for_each_row(
    path: &Path,
    task: &Task,
    each: &mut dyn FnMut(&PartRow) -> Result<(), String>,
) -> Result<(), LoadError> {
    for file in part_files(path) {
        let shown = shown(&file);
        // What `each` says is told apart from what the library says.
        let mut wrong = None;
        guarded(&shown, || {
            let reader = opened(&file)?;
            let rows = reader.get_row_iter(None).map_err(|e| e.to_string())?;
            for (n, row) in rows.enumerate() {
                if n % 1024 == 0 && task.cancel.check().is_err() {
                    wrong = Some(LoadError::Cancelled);
                    return Ok(());
                }
                let row = PartRow(row.map_err(|e| e.to_string())?);
                if let Err(why) = each(&row) {
                    let problem = format!("row {}: {why}", n + 1);
                    let file = shown.clone();
                    wrong = Some(LoadError::File { file, problem });
                    return Ok(());
                }
            }
            Ok(())
        })?;
        wrong.map_or(Ok(()), Err)?;
    }
    Ok(())
}

fn opened(file: &Path) -> Result<SerializedFileReader<File>, String> {
    let opened = File::open(file).map_err(|e| e.to_string())?;
    SerializedFileReader::new(opened).map_err(|e| e.to_string())
}

fn shown(path: &Path) -> String {
    clean_label(&path.to_string_lossy()).into_owned()
}

/// Runs what reads a file. The library is not sure to survive damaged ones.
fn guarded<T>(shown: &str, read: impl FnOnce() -> Result<T, String>) -> Result<T, LoadError> {
    let result = contained(read).unwrap_or_else(|| Err("its parts do not fit together".to_owned()));
    result.map_err(|why| {
        let why = why.replace('\n', " ");
        // The library names the codec that it was built without.
        let remedy = if why.contains("Disabled feature") {
            "; write it with snappy or zstd"
        } else {
            ""
        };
        LoadError::File {
            file: shown.to_owned(),
            problem: format!("it cannot be read ({why}{remedy})"),
        }
    })
}

impl PartRow {
    /// The first of `names` that is a column, ignoring case.
    pub fn find(&self, names: &[&str]) -> Option<&Field> {
        let column = |name: &&str| {
            let mut columns = self.0.get_column_iter();
            columns.find(|(column, _)| column.eq_ignore_ascii_case(name))
        };
        names.iter().find_map(column).map(|(_, field)| field)
    }

    /// The field at a place, from 0.
    pub fn at(&self, place: usize) -> Option<&Field> {
        self.0.get_column_iter().nth(place).map(|(_, field)| field)
    }

    /// The id in a column: text, or a whole number as text.
    ///
    /// # Errors
    /// There is no such column, or no id in it.
    pub fn id(&self, name: &str) -> Result<String, String> {
        let field = self.find(&[name]).ok_or_else(|| missing(name))?;
        part_id(field).ok_or_else(|| format!("its {name} is neither a whole number nor text"))
    }

    /// The finite number in a column.
    ///
    /// # Errors
    /// There is no such column, or no such number in it.
    pub fn number(&self, name: &str) -> Result<f64, String> {
        let field = self.find(&[name]).ok_or_else(|| missing(name))?;
        part_number(field).ok_or_else(|| format!("its {name} is no finite number"))
    }

    /// The finite numbers of a list.
    ///
    /// # Errors
    /// There is no such column, no list, or no such number in it.
    pub fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        let list = match self.find(&[name]).ok_or_else(|| missing(name))? {
            Field::ListInternal(list) => list.elements(),
            _ => return Err(format!("its {name} is no list")),
        };
        let number = |field| part_number(field).ok_or_else(|| format!("a value of its {name} is no finite number"));
        list.iter().map(number).collect()
    }
}

fn missing(name: &str) -> String {
    format!("there is no column {name}")
}

/// A field as an id: text, or a whole number as text.
pub fn part_id(field: &Field) -> Option<String> {
    match field {
        Field::Str(text) => Some(text.clone()),
        Field::Byte(n) => Some(n.to_string()),
        Field::Short(n) => Some(n.to_string()),
        Field::Int(n) => Some(n.to_string()),
        Field::Long(n) => Some(n.to_string()),
        Field::UByte(n) => Some(n.to_string()),
        Field::UShort(n) => Some(n.to_string()),
        Field::UInt(n) => Some(n.to_string()),
        Field::ULong(n) => Some(n.to_string()),
        _ => None,
    }
}

/// A field as a finite number.
pub fn part_number(field: &Field) -> Option<f64> {
    let number = match field {
        Field::Float(x) => f64::from(*x),
        Field::Double(x) => *x,
        Field::Int(n) => f64::from(*n),
        other => part_id(other)?.parse().ok()?,
    };
    number.is_finite().then_some(number)
}
