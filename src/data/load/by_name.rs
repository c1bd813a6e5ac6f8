//! Tables with a header that are no ratings: read row by row, their columns by name.

use std::path::Path;

use super::error::LoadError;
use super::formats;
use super::metadata::MetadataFile;
use super::rejects::SKIP;
use super::{ColumnMap, ColumnName, LoadOptions, input::shown};
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

/// The place of a column that must be there, its usual names in `aliases`.
///
/// # Errors
/// One sentence that says how to name it.
pub fn needed_column(
    header: &[String],
    named: Option<&ColumnName>,
    aliases: &[&str],
    role: &str,
) -> Result<usize, String> {
    find_column(header, named, aliases).ok_or_else(|| match named {
        Some(ColumnName::Number(number)) => format!("there is no column {number} for the {role}"),
        Some(ColumnName::Header(name)) => format!("there is no column \"{name}\" for the {role}"),
        Some(ColumnName::Nothing) | None => format!(
            "there is no column of the {role}: call it {} or name it by --columns {role}=COLUMN",
            aliases[0]
        ),
    })
}

/// The finite number in a field; `role` is what it is called where it is none.
///
/// # Errors
/// What is wrong, with its place.
pub fn number_field(fields: &[String], at: usize, role: &str) -> Result<f64, Wrong> {
    let text = fields[at].as_str();
    let number = text.parse::<f64>().ok().filter(|x| x.is_finite());
    number.ok_or_else(|| (at, format!("{role} \"{text}\" is not a number")))
}

/// Reads `action=item_id,reward=click,propensity=3`, by header or by number from 1: which of `roles` has which column.
/// `table` is what such a table is called.
///
/// # Errors
/// One sentence on what is no role, no column, or named twice.
pub fn named_columns(
    text: &str,
    roles: &[&'static str],
    table: &str,
) -> Result<Vec<(&'static str, ColumnName)>, String> {
    let mut columns: Vec<(&'static str, ColumnName)> = Vec::new();
    for part in text.split(',') {
        let (role, name) = part.split_once('=').unwrap_or((part, ""));
        // The names of columns are read as those of ratings are.
        let name = format!("user={name}").parse::<ColumnMap>()?.user;
        let Some(known) = roles.iter().find(|known| **known == role.trim()) else {
            let (last, others) = roles.split_last().unwrap_or((&"", &[]));
            return Err(format!(
                "\"{}\" is not a column of {table} ({} or {last})",
                role.trim(),
                others.join(", ")
            ));
        };
        if columns.iter().any(|(role, _)| role == known) {
            return Err(format!("two columns are named for {known}"));
        }
        columns.push((known, name.unwrap_or(ColumnName::Number(1))));
    }
    Ok(columns)
}
