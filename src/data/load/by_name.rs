//! Tables with a header that are no ratings: read row by row, their columns by name.

use std::path::Path;

use super::error::LoadError;
use super::formats;
use super::metadata::MetadataFile;
use super::rejects::SKIP;
use super::{ColumnName, LoadOptions, input::shown};
use crate::data::LoadReport;
use crate::task::Task;

/// What is wrong with a row: at which field, counted from 0, and what.
pub type Wrong = (usize, String);

/// Reads the table at `path` row by row. `header` is shown the names of the columns before `row` is shown the fields of
/// each row, trimmed and as many as there are columns; what either of them finds wrong becomes an error with its place.
pub fn read_by_name(
    path: &Path,
    task: &Task,
    header: impl FnOnce(&[String]) -> Result<(), String>,
    row: impl FnMut(&[String]) -> Result<(), Wrong>,
) -> Result<(), LoadError> {
    read(path, task, header, row).map_err(|error| match error {
        // No row may be skipped here.
        LoadError::At {
            file,
            line,
            column,
            problem,
        } => LoadError::At {
            file,
            line,
            column,
            problem: problem.strip_suffix(SKIP).unwrap_or(&problem).to_owned(),
        },
        other => other,
    })
}

fn read(
    path: &Path,
    task: &Task,
    header: impl FnOnce(&[String]) -> Result<(), String>,
    mut row: impl FnMut(&[String]) -> Result<(), Wrong>,
) -> Result<(), LoadError> {
    let mut report = LoadReport::default();
    let opened = formats::open_table(path, None)?;
    let mut file = MetadataFile::open(path, opened, &LoadOptions::default(), None, &mut report, task)?;
    file.sniff_syntax();
    let Some(names) = file.next_row()? else {
        return Err(LoadError::File {
            file: shown(path),
            problem: "it is empty, where a table with a header is expected".to_owned(),
        });
    };
    header(&names).or_else(|problem| file.reject(0, &problem))?;
    while let Some(fields) = file.next_row()? {
        let (found, wanted) = (fields.len(), names.len());
        let read = if found == wanted {
            row(&fields)
        } else {
            let problem = format!("the row has {found} fields, the header {wanted}");
            Err((found.min(wanted), problem))
        };
        read.or_else(|(field, problem)| file.reject(field, &problem))?;
    }
    Ok(())
}

/// The place of the column that is named, else of the first that is called like one of `aliases`.
pub fn find_column(header: &[String], named: Option<&ColumnName>, aliases: &[&str]) -> Option<usize> {
    let is = |name: &str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
    match named {
        Some(ColumnName::Number(number)) => number.checked_sub(1).filter(|&at| at < header.len()),
        Some(ColumnName::Header(name)) => is(name),
        Some(ColumnName::Nothing) => None,
        None => aliases.iter().find_map(|name| is(name)),
    }
}
