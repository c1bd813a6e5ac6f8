use std::io::{self, Write};

use super::{check_ids, columns, write_rows};
use crate::data::Dataset;
use crate::task::Cancel;

/// Writes all ratings as CSV, in the order of the file.
///
/// # Errors
/// Writing failed, an id holds a line break, or cancelled.
pub fn write_csv(data: &Dataset, to: &mut dyn Write, cancel: &Cancel) -> io::Result<()> {
    write_csv_rows(data, |_| true, to, cancel)
}

/// As [`write_csv`], only the rows that `keep` picks by their position in the order of the file.
///
/// # Errors
/// As those of [`write_csv`].
pub fn write_csv_rows(
    data: &Dataset,
    keep: impl Fn(usize) -> bool,
    to: &mut dyn Write,
    cancel: &Cancel,
) -> io::Result<()> {
    check_ids(data, &['\n', '\r'])?;
    check_backslashes(data)?;
    writeln!(to, "{}", columns(data).join(","))?;
    write_rows(data, ",", keep, field, to, cancel)
}

/// Refuses ids whose backslash would be read as making a quotation mark text.
fn check_backslashes(data: &Dataset) -> io::Result<()> {
    let escapes = |id: &&str| id.contains("\\\"") || (id.ends_with('\\') && field(id) != **id);
    match data.user_ids().iter().chain(data.item_ids().iter()).find(escapes) {
        Some(id) => Err(io::Error::other(format!(
            "the id \"{}\" has a backslash before a quotation mark, which CSV cannot hold; Parquet (.parquet) can",
            id.escape_debug()
        ))),
        None => Ok(()),
    }
}

/// A field, in quotation marks where it needs them.
fn field(text: &str) -> String {
    if text.contains([',', '"', ';', '\t', '|']) || text.trim() != text {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
